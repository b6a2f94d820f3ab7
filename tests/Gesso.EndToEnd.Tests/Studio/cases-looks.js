import assert from 'node:assert/strict';
import { card, draw, tiles, until } from './studio.js';

/** @import { Studio } from './studio.js' */

const WALL = [
  ['a red apple in noto style', 1], ['an owl in fluent style', 2], ['a rocket in flat style', 3], ['a sunflower in noto style', 4], ['a cupcake in twemoji style', 5], ['a fox face in fluent style', 6],
  ['pizza in flat style', 7], ['a strawberry in fluent style', 8], ['a blue heart in fluent style', 9], ['a violin in noto style', 10],
];

/** Fills the wall of this case's key. @param {Studio} studio */
async function fill(studio) {
  const jobs = [];
  for (const [prompt, seed] of WALL)
    jobs.push(await studio.submit({ prompt, seed, previews: false }));
  for (const job of jobs)
    await studio.finished(job.id);
}

/** Everything with the keyboard, and the focus never lost. @param {Studio} studio */
export async function keyboardOnly(studio) {
  await fill(studio);
  const page = await studio.open();
  await tiles(page).nth(WALL.length - 1).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
  await until(async () => await focused() === 'Prompt');
  await page.keyboard.type('an apple');
  await page.keyboard.press('Control+Enter');
  await card(page, 'an apple').getByRole('button', { name: /^Look at picture/ }).waitFor();

  // to the gallery: one tab stop, then arrows
  await until(async () => {
    await page.keyboard.press('Tab');
    return await page.evaluate(() => document.activeElement?.classList.contains('tile'));
  });
  const start = await page.evaluate(() => document.activeElement?.getAttribute('data-picture'));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-picture')), start);
  await page.keyboard.press('ArrowRight');
  const outline = await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus cannot be seen');

  await page.keyboard.press('Enter');
  const viewer = page.getByRole('dialog', { name: 'Picture' });
  await viewer.waitFor();
  const before = await viewer.locator('img').getAttribute('alt');
  await page.keyboard.press('ArrowRight');
  await until(async () => await viewer.locator('img').getAttribute('alt') !== before);
  const after = await viewer.locator('img').getAttribute('alt');
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'hidden' });
  // a dialog tells that it is closed one task later, and the focus follows
  await until(async () => await page.evaluate(() => document.activeElement?.querySelector('img')?.alt) === after);

  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  await page.getByRole('dialog', { name: 'Delete this picture?' }).waitFor();
  await page.keyboard.press('Enter');
  await until(async () => (await studio.pictures()).every(picture => picture.prompt !== after));
  await page.keyboard.press('e');
  await viewer.waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'Prompt');
  assert.notEqual(await page.getByRole('textbox', { name: 'Prompt' }).inputValue(), 'an apple');
}

/** @param {Studio} studio */
export async function copiedCode(studio) {
  const page = await studio.open();
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('textbox', { name: 'Prompt' }).fill('an "owl"');
  await page.getByRole('button', { name: 'Copy as code' }).click();
  const dialog = page.getByRole('dialog', { name: 'The same call as code' });
  for (const [language, part] of [['curl', `${new URL(studio.url).origin}/v1/images/generations`], ['JavaScript', "import OpenAI from 'openai'"], ['C#', 'new GessoClient']]) {
    await dialog.getByRole('tab', { name: language }).click();
    await dialog.getByRole('button', { name: /^Cop/ }).click();
    await dialog.getByText('Copied').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(copied.includes(part) && copied.includes('owl'), copied);
    assert.ok(!copied.includes(studio.key), 'the key is in the code');
  }
  await studio.shot(page, 'code');
}

/** Light and dark, wide and narrow: nothing sticks out, and no barrier to anyone. @param {Studio} studio */
export async function everyLook(studio) {
  await fill(studio);
  const barriers = [];
  for (const [name, options] of /** @type {const} */ ([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
    ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', reducedMotion: 'reduce' }],
    ['tablet', { viewport: { width: 900, height: 1100 } }],
  ])) {
    const page = await studio.open(options);
    await tiles(page).nth(WALL.length - 1).waitFor();
    await page.waitForFunction(() => [...document.images].filter(image => image.getBoundingClientRect().top < innerHeight).every(image => image.complete && image.naturalWidth > 0));
    await studio.shot(page, `wall-${name}`);
    barriers.push(...(await studio.barriers(page)).map(barrier => `${name}: ${barrier}`));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: the page scrolls sideways`);

    await tiles(page).nth(2).click();
    const viewer = page.getByRole('dialog', { name: 'Picture' });
    await viewer.locator('img').waitFor();
    await studio.shot(page, `viewer-${name}`);
    barriers.push(...(await studio.barriers(page)).map(barrier => `${name}, viewer: ${barrier}`));
    await page.keyboard.press('Escape');
    await viewer.waitFor({ state: 'hidden' });

    await page.getByText('Details').click();
    await draw(page, 'a cat face in noto style');
    await card(page, 'a cat face').getByRole('button', { name: /^Look at picture/ }).waitFor();
    await studio.shot(page, `drawn-${name}`);
    barriers.push(...(await studio.barriers(page)).map(barrier => `${name}, drawn: ${barrier}`));
    await page.keyboard.press('?');
    await studio.context?.close();
  }
  assert.deepEqual(barriers, []);
}
