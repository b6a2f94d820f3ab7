import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** How long anything on the page may take: generous, because the machine is busy with other tests. */
export const PATIENCE = 60_000;

/** What somebody does with the page, and everything that must not happen meanwhile. */
export class Studio {
  /** What went wrong unseen: scripts that threw, policy violations, requests to other hosts. @type {string[]} */
  faults = [];

  /** @param {{ url: string, key: string, shots: string, ask: (what: string) => Promise<string> }} house */
  constructor({ url, key, shots, ask }) {
    this.url = url;
    this.key = key;
    this.shots = shots;
    this.ask = ask;
  }

  async launch() {
    this.browser = await chromium.launch({ executablePath: process.env.GESSO_TEST_CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });
  }

  async close() {
    await this.browser?.close();
  }

  /** Opens the page in a new window with a storage of its own. @param {import('playwright-core').BrowserContextOptions & { fragment?: string }} [options] */
  async open({ fragment = `#key=${this.key}`, ...options } = {}) {
    this.context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    return await this.openTab(fragment);
  }

  /** Another tab of the same window. */
  async openTab(fragment = '') {
    const page = await this.context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const origin = new URL(this.url).origin;
    page.on('pageerror', error => this.faults.push(`script: ${error.stack ?? error.message}`));
    page.on('console', message => {
      const text = message.text();
      // refused requests are told to the console by the browser, whatever the page does about them
      if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
        this.faults.push(`console: ${text}`);
    });
    page.on('request', request => {
      const to = new URL(request.url());
      if (!['data:', 'blob:'].includes(to.protocol) && to.origin !== origin)
        this.faults.push(`request to ${request.url()}`);
    });
    await page.goto(this.url + fragment);
    return page;
  }

  /** @param {import('playwright-core').Page} page @param {string} name */
  async shot(page, name) {
    await page.screenshot({ path: join(this.shots, `${name}.png`) });
  }

  /** Accessibility faults of the page as it is. @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
  async barriers(page) {
    // evaluated by the debugger, which the page's policy does not bind
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    return await page.evaluate(async () => {
      // @ts-ignore axe is global now
      const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
      return violations.flatMap(violation => violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 160)} — ${node.failureSummary}`));
    });
  }

  /** The server's own view, with this case's key. @param {string} path @param {RequestInit} [init] */
  async api(path, init = {}) {
    const response = await fetch(`${this.url}api/${path}`, { ...init, headers: { Authorization: `Bearer ${this.key}`, ...init.headers } });
    if (!response.ok)
      throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : await response.json();
  }

  /** Pictures of this case's key, newest first. */
  async pictures() {
    return (await this.api('pictures?mine=true&limit=100')).data;
  }

  /** A job of this case's key that is already there when the page opens. @param {object} work */
  submit(work) {
    return this.api('jobs', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(work) });
  }

  /** @param {string} job @returns {Promise<any>} the job at its end */
  async finished(job) {
    return await until(async () => {
      const now = await this.api(`jobs/${job}`);
      return ['succeeded', 'failed', 'cancelled'].includes(now.state) ? now : null;
    });
  }
}

/** @template T @param {() => Promise<T | null | undefined | false>} look @returns {Promise<T>} what it gives once it gives something */
export async function until(look) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 100))) {
    const found = await look();
    if (found)
      return found;
  }
  throw new Error(`It did not happen within ${PATIENCE / 1000} seconds: ${look}`);
}

/** Types a prompt and draws. @param {import('playwright-core').Page} page @param {string} words */
export async function draw(page, words) {
  await page.getByRole('textbox', { name: 'Prompt' }).fill(words);
  await page.getByRole('button', { name: /^Draw/ }).click();
}

/** Chooses a model that draws slowly, so that there is time to do something: "slow" comes to its end, "endless" waits to be cancelled. @param {import('playwright-core').Page} page @param {'slow' | 'endless'} model */
export async function choose(page, model) {
  await page.getByLabel('Model').selectOption(model);
}

/** The card of a job. @param {import('playwright-core').Page} page @param {string} words */
export function card(page, words) {
  return page.locator('article.card', { hasText: words });
}

/** The pictures in the gallery. @param {import('playwright-core').Page} page */
export function tiles(page) {
  return page.getByRole('list', { name: 'Pictures' }).getByRole('button');
}
