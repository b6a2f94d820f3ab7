import assert from 'node:assert/strict';
import { card, choose, draw, tiles, until } from './studio.js';

/** @import { Studio } from './studio.js' */

/** @param {Studio} studio */
export async function reloadInTheMiddle(studio) {
  const page = await studio.open();
  await choose(page, 'slow');
  await draw(page, 'a slow owl');
  await card(page, 'a slow owl').getByText(/^Step/).waitFor();
  await page.reload();
  await card(page, 'a slow owl').getByText(/^Step/).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Prompt' }).inputValue(), 'a slow owl', 'the form is empty after a reload');
  assert.equal(await page.getByLabel('Model').inputValue(), 'slow');
  await card(page, 'a slow owl').getByRole('button', { name: /^Look at picture/ }).waitFor();
  assert.equal((await studio.pictures()).length, 1, 'the reload drew it twice');
}

/** @param {Studio} studio */
export async function twoTabs(studio) {
  const one = await studio.open();
  const two = await studio.openTab();
  await choose(one, 'slow');
  await draw(one, 'seen in both');
  for (const page of [one, two])
    await card(page, 'seen in both').getByText(/^Step/).waitFor();
  for (const page of [one, two])
    await card(page, 'seen in both').getByRole('button', { name: /^Look at picture/ }).waitFor();
  await card(two, 'seen in both').getByRole('button', { name: /^Look at picture/ }).click();
  const viewer = two.getByRole('dialog', { name: 'Picture' });
  await viewer.getByRole('button', { name: 'Delete' }).click();
  await two.getByRole('dialog', { name: 'Delete this picture?' }).getByRole('button', { name: 'Delete' }).click();
  for (const page of [one, two])
    await card(page, 'seen in both').waitFor({ state: 'detached' });
  assert.equal((await studio.pictures()).length, 0);
}

/** A job of another program with the same key is there, too; one of another key is not. @param {Studio} studio */
export async function otherPrograms(studio) {
  const page = await studio.open();
  await page.getByText('An empty wall').waitFor();
  const stranger = await studio.ask('key');
  await fetch(`${studio.url}api/jobs`, { method: 'POST', headers: { Authorization: `Bearer ${stranger}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ prompt: 'somebody else', model: 'slow' }) });
  const sent = await studio.submit({ prompt: 'by a program', model: 'slow', n: 4 });
  await card(page, 'by a program').waitFor();
  await studio.finished(sent.id);
  await card(page, 'by a program').getByRole('button', { name: /^Look at picture 4/ }).waitFor();
  assert.equal(await card(page, 'somebody else').count(), 0);
}

/** The server is killed while a picture forms, and started again. @param {Studio} studio */
export async function serverRestart(studio) {
  const page = await studio.open();
  await page.getByText('Details').click();
  await page.getByLabel('Steps').fill('200');
  await draw(page, 'a fox in noto style');
  const fox = card(page, 'a fox in noto style');
  await fox.getByText(/^Step/).waitFor();
  await studio.ask('kill');
  await fox.getByText('Reconnecting…').waitFor();
  await studio.shot(page, 'reconnecting');
  await studio.ask('start');
  // a machine that runs other tests beside takes a third of a second for a step
  await fox.getByRole('button', { name: /^Look at picture/ }).waitFor({ timeout: 180_000 });
  await page.getByText('Ready', { exact: true }).waitFor();
  const [picture, ...others] = await studio.pictures();
  assert.equal(picture.prompt, 'a fox in noto style');
  assert.equal(others.length, 0, 'the restart drew it twice');
}

/** What is sent while the server is away arrives once it is back, once. @param {Studio} studio */
export async function sendingWhileAway(studio) {
  const page = await studio.open();
  await page.getByText('An empty wall').waitFor();
  await studio.ask('kill');
  await draw(page, 'sent into the void');
  await page.getByText('Reconnecting…').waitFor();
  await studio.ask('start');
  await card(page, 'sent into the void').getByRole('button', { name: /^Look at picture/ }).waitFor();
  assert.equal((await studio.pictures()).length, 1);
}

/** @param {Studio} studio */
export async function wrongKey(studio) {
  const page = await studio.open({ fragment: '#key=gsk_wrong' });
  const dialog = page.getByRole('dialog', { name: 'This server asks for a key' });
  await dialog.getByText('gesso keys create').waitFor();
  assert.match(await dialog.getByRole('alert').innerText(), /key/);
  await studio.shot(page, 'key');
  await dialog.getByLabel('API key').fill('gsk_wrong_again');
  await dialog.getByRole('button', { name: 'Use this key' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('API key').fill(studio.key);
  await dialog.getByLabel('API key').press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('An empty wall').waitFor();

  const tab = await studio.openTab();
  await tab.getByText('An empty wall').waitFor();
  await tab.getByRole('button', { name: /the key of this browser$/ }).click();
  await tab.getByRole('button', { name: 'Forget the key' }).click();
  for (const open of [tab, page])
    await open.getByRole('dialog', { name: 'This server asks for a key' }).waitFor();
}

/** A key that may only look: pictures are there, drawing is refused in the server's words. @param {Studio} studio */
export async function readOnlyKey(studio) {
  studio.key = await studio.ask('read-key');
  const page = await studio.open();
  await page.getByText('An empty wall').waitFor();
  await draw(page, 'an owl');
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /role|may|key/);
}

/** @param {Studio} studio */
export async function longGallery(studio) {
  const lines = Array.from({ length: 75 }, (_, i) => JSON.stringify({ prompt: `picture ${i}`, model: 'instant' })).join('\n');
  const { jobs } = await studio.api('jobs', { method: 'POST', headers: { 'Content-Type': 'application/jsonl' }, body: lines });
  for (const job of jobs)
    await studio.finished(job.id);
  const page = await studio.open();
  await tiles(page).nth(59).waitFor();
  await until(async () => {
    await page.mouse.wheel(0, 4000);
    return await tiles(page).count() === 75;
  });
  const order = await tiles(page).allInnerTexts();
  assert.equal(new Set(order).size, 75);
  const first = tiles(page).first();
  await first.scrollIntoViewIfNeeded();
  assert.equal(await first.locator('img').getAttribute('alt'), (await studio.pictures())[0].prompt);
}

/** A signed address lives for a while only; a page that stood open longer gets new ones. @param {Studio} studio */
export async function expiredAddresses(studio) {
  const job = await studio.submit({ prompt: 'old', model: 'instant' });
  await studio.finished(job.id);
  const page = await studio.open({ fragment: '' });
  const refused = [];
  await page.route(/\/content\?/, route => {
    if (refused.length > 0)
      return route.continue();
    refused.push(route.request().url());
    return route.fulfill({ status: 403, contentType: 'application/json', body: '{}' });
  });
  await page.goto(`${studio.url}#key=${studio.key}`);
  await until(() => page.evaluate(() => [...document.querySelectorAll('.tile img')].some(image => /** @type {HTMLImageElement} */ (image).naturalWidth > 0)));
  assert.equal(refused.length, 1);
}
