import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { card, choose, draw, tiles, until } from './studio.js';

/** @import { Studio } from './studio.js' */

/** From the printed address to a picture on the wall. @param {Studio} studio */
export async function generateWithPreviews(studio) {
  const page = await studio.open();
  await page.getByText('An empty wall').waitFor();
  assert.equal(page.url(), studio.url, 'the key stays in the address bar');
  assert.equal(await page.evaluate(() => history.length > 2), false, 'the address with the key stays in the history');
  await page.getByRole('button', { name: 'a red apple in noto style' }).click();
  await page.getByText('Details').click();
  await page.getByLabel('Steps').fill('120');
  await page.getByLabel('Seed').fill('7');
  await page.getByRole('textbox', { name: 'Prompt' }).press('Control+Enter');

  const apple = card(page, 'a red apple in noto style');
  await apple.getByText(/^Step \d+ of 120/).waitFor();
  await apple.getByText(/left$/).waitFor();
  const forming = apple.locator('img.forming');
  await forming.waitFor();
  const first = await forming.getAttribute('src');
  assert.match(first ?? '', /^data:image\//);
  await until(async () => await forming.count() === 0 || await forming.getAttribute('src') !== first);
  assert.match(await page.title(), /^\d+ % · Gesso$/);
  await studio.shot(page, 'forming');

  await apple.getByRole('button', { name: /^Look at picture/ }).waitFor();
  await apple.getByRole('button', { name: 'Vary' }).waitFor();
  await until(async () => await page.title() === 'Gesso');
  assert.equal(await page.getByRole('status').filter({ hasText: 'The picture is ready.' }).count(), 1, 'screen readers are not told');
  const [picture] = await studio.pictures();
  assert.deepEqual([picture.prompt, picture.seed, picture.request.steps], ['a red apple in noto style', 7, 120]);
  await studio.shot(page, 'finished');

  await apple.getByRole('button', { name: 'Put away' }).click();
  await tiles(page).first().waitFor();
  assert.equal(await tiles(page).count(), 1);
}

/** @param {Studio} studio */
export async function cancelWithEscape(studio) {
  const page = await studio.open();
  await choose(page, 'endless');
  await draw(page, 'first, to be kept');
  await card(page, 'first, to be kept').getByText(/^Step/).waitFor();
  await draw(page, 'second, to be cancelled');
  await card(page, 'second, to be cancelled').waitFor();
  await page.keyboard.press('Escape');
  await card(page, 'second, to be cancelled').waitFor({ state: 'detached' });
  const jobs = (await studio.api('jobs')).data;
  assert.equal(jobs.find(job => job.prompt.startsWith('second')).state, 'cancelled');
  assert.notEqual(jobs.find(job => job.prompt.startsWith('first')).state, 'cancelled');

  await card(page, 'first, to be kept').getByRole('button', { name: 'Cancel' }).click();
  await card(page, 'first, to be kept').waitFor({ state: 'detached' });
  assert.equal((await studio.api('jobs?state=queued,running')).data.length, 0);
}

/** @param {Studio} studio */
export async function severalPictures(studio) {
  const page = await studio.open();
  await page.getByLabel('3 pictures').check({ force: true });
  await page.getByLabel(/^Wide/).check({ force: true });
  await draw(page, 'three owls');
  const owls = card(page, 'three owls');
  await owls.getByRole('button', { name: /^Look at picture 3/ }).waitFor();
  assert.equal(await owls.locator('.frame').count(), 3);
  const pictures = await studio.pictures();
  assert.deepEqual(pictures.map(picture => picture.index).sort(), [0, 1, 2]);
  assert.ok(pictures.every(picture => picture.width > picture.height), 'they are not wide');
}

/** Same seed: same bytes; a variation: another picture. @param {Studio} studio */
export async function repeatAndVary(studio) {
  const page = await studio.open();
  await draw(page, 'a rocket in flat style');
  await card(page, 'a rocket').getByRole('button', { name: /^Look at picture/ }).click();
  const viewer = page.getByRole('dialog', { name: 'Picture' });
  const [download] = await Promise.all([page.waitForEvent('download'), viewer.getByRole('button', { name: 'Download' }).click()]);
  assert.match(download.suggestedFilename(), /^job_.*-0\.png$/);
  assert.equal(readFileSync(await download.path()).subarray(1, 4).toString(), 'PNG');
  await viewer.getByRole('button', { name: 'Repeat' }).click();
  await until(async () => (await studio.pictures()).length === 2);
  await card(page, 'a rocket').getByRole('button', { name: 'Vary' }).click();
  await until(async () => (await studio.pictures()).length === 3);
  const [varied, repeated, first] = await studio.pictures();
  const bytes = async picture => Buffer.from(await (await fetch(new URL(picture.url, studio.url))).arrayBuffer()).toString('base64');
  assert.equal(repeated.seed, first.seed);
  assert.equal(await bytes(repeated), await bytes(first));
  assert.notEqual(varied.seed, first.seed);
  assert.notEqual(await bytes(varied), await bytes(first));
}

/** Dropped from outside, then one of the wall. @param {Studio} studio */
export async function startFromPictures(studio) {
  const page = await studio.open();
  await page.getByText('An empty wall').waitFor();
  const file = readFileSync(join(import.meta.dirname ?? '.', 'start.png')).toString('base64');
  const data = await page.evaluateHandle(async base64 => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
    transfer.items.add(new File([bytes], 'start.png', { type: 'image/png' }));
    return transfer;
  }, file);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
  await page.getByText('Drop the picture to start from it').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await page.getByAltText('The picture to start from').waitFor();
  await page.getByLabel('How much is redrawn').fill('0.6');
  await page.reload();
  await page.getByAltText('The picture to start from').waitFor();
  await studio.shot(page, 'start');
  await draw(page, 'an apple, redrawn');
  await card(page, 'an apple, redrawn').getByRole('button', { name: /^Look at picture/ }).waitFor();
  const [redrawn] = await studio.pictures();
  assert.match(redrawn.request.image, /^[0-9a-f]{64}$/);
  assert.equal(redrawn.request.strength, 0.6);

  await card(page, 'an apple, redrawn').getByRole('button', { name: 'Start from this' }).click();
  await page.getByAltText('The picture to start from').waitFor();
  await draw(page, 'an apple, redrawn twice');
  await card(page, 'an apple, redrawn twice').getByRole('button', { name: /^Look at picture/ }).waitFor();
  const [again] = await studio.pictures();
  assert.ok(again.request.image, 'the second one starts from nothing');
  assert.equal(again.prompt, 'an apple, redrawn twice');

  await page.getByRole('button', { name: 'Do not start from this picture' }).click();
  await page.getByRole('button', { name: 'Start from a picture' }).waitFor();
}

/** A recipe that says what stands where keeps it, and one can take it out. @param {Studio} studio */
export async function laidText(studio) {
  await studio.submit({ model: 'gesso-mini', prompt: 'a door', steps: 2, text: { layers: [{ id: 'title', text: 'OPEN', region: { box: [8, 8, 112, 40] } }] } });
  await until(async () => (await studio.pictures()).length === 1);
  const page = await studio.open();
  await tiles(page).first().click();
  await page.getByRole('dialog', { name: 'Picture' }).getByRole('button', { name: 'Use recipe' }).click();
  const laid = page.getByText('Laid in as letters: OPEN');
  await laid.waitFor();
  await studio.shot(page, 'laid-text');
  assert.deepEqual(await studio.barriers(page), []);
  await page.reload();
  await laid.waitFor();

  await draw(page, 'a gate');
  await until(async () => (await studio.pictures()).length === 2);
  const [again] = await studio.pictures();
  assert.deepEqual([again.prompt, again.request.text.layers[0].text, again.text.passed], ['a gate', 'OPEN', true]);

  await page.getByRole('button', { name: 'Do not lay this text in' }).click();
  await laid.waitFor({ state: 'hidden' });
  await page.getByLabel('Lay words in quotation marks in as letters').waitFor();
}

/** What the server refuses is told in its own words. @param {Studio} studio */
export async function refusalsAreTold(studio) {
  const page = await studio.open();
  await page.getByText('Details').click();
  await page.getByLabel('Seed').fill('seven');
  await draw(page, 'an owl that is refused');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /seed/);
  await page.getByLabel('Seed').fill('7');
  await page.locator('input[type=file]').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
  await page.getByText('not a picture').waitFor();
  await page.locator('input[type=file]').setInputFiles({ name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await until(async () => !(await alert.innerText()).includes('not a picture'));
  assert.equal((await studio.api('jobs')).data.filter(job => job.prompt === 'an owl that is refused').length, 0);
}
