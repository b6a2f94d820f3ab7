import { createInterface } from 'node:readline';
import * as connection from './cases-connection.js';
import * as drawing from './cases-drawing.js';
import * as looks from './cases-looks.js';
import { Studio } from './studio.js';

// node drive.js CASE URL KEY SHOTS — lines that begin with ? are questions to whoever started this, answered on standard input
const [name = '', url = '', key = '', shots = ''] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** @param {string} what */
async function ask(what) {
  console.log(`?${what}`);
  return String((await answers.next()).value);
}

/** @type {Record<string, (studio: Studio) => Promise<void>>} */
const cases = { ...drawing, ...connection, ...looks };
const run = cases[name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())];
if (run === undefined)
  throw new Error(`There is no case "${name}"; there are ${Object.keys(cases).join(', ')}.`);
const studio = new Studio({ url, key, shots, ask });
try {
  await studio.launch();
  await run(studio);
  if (studio.faults.length > 0)
    throw new Error(`Besides, this happened:\n${studio.faults.join('\n')}`);
} catch (error) {
  for (const [i, page] of (studio.context?.pages() ?? []).entries())
    await page.screenshot({ path: `${shots}/failed-${name}-${i}.png` }).catch(() => {});
  console.error(error, studio.faults);
  process.exitCode = 1;
} finally {
  await studio.close();
  process.stdin.destroy();
}
