import { curl } from '../../code/curl.js';
import { csharp } from '../../code/csharp.js';
import { javascript } from '../../code/javascript.js';
import { copyText } from '../../components/copy.js';
import { openDialog } from '../../components/dialog.js';
import { h, icon } from '../../dom.js';

/** @import { Work } from '../../connection/types.js' */

const LANGUAGES = /** @type {const} */ ([
  ['curl', curl],
  ['JavaScript', javascript],
  ['C#', csharp],
]);

const REMEMBERED = 'gesso.code-language';

/**
 * The call that the page would make, for a program.
 * @param {Work} work
 */
export function openCodeDialog(work) {
  const code = h('code', {});
  const block = h('pre', { class: 'code', tabIndex: 0, id: 'code-panel', role: 'tabpanel' }, code);
  const copied = h('span', {}, 'Copy');
  const copy = h('button', { type: 'button', class: 'primary', autofocus: true, onclick: () => copyText(code.textContent ?? '').then(done => copied.textContent = done ? 'Copied' : 'Select it and copy') }, icon('copy'), copied);
  const tabs = LANGUAGES.map(([name]) => h('button', { type: 'button', role: 'tab', id: `code-tab-${name}`, 'aria-controls': block.id, onclick: () => choose(name) }, name));
  const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Language', onkeydown: (/** @type {KeyboardEvent} */ event) => turn(event) }, ...tabs);
  openDialog({ title: 'The same call as code', class: 'wide' },
    list,
    block,
    h('div', { class: 'dialog-actions' }, h('p', { class: 'note' }, 'The variable GESSO_KEY holds the key', work.image == null ? '.' : '; start.png is the picture to start from.'), copy));
  choose(localStorage.getItem(REMEMBERED) ?? 'curl');

  /** @param {string} name */
  function choose(name) {
    const at = Math.max(0, LANGUAGES.findIndex(([language]) => language === name));
    const [language, write] = /** @type {typeof LANGUAGES[number]} */ (LANGUAGES[at]);
    code.textContent = write(location.origin, work);
    copied.textContent = 'Copy';
    for (const [i, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(i === at));
      tab.tabIndex = i === at ? 0 : -1;
    }
    block.setAttribute('aria-labelledby', `code-tab-${language}`);
    localStorage.setItem(REMEMBERED, language);
  }

  /** @param {KeyboardEvent} event */
  function turn(event) {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0)
      return;
    const at = tabs.findIndex(tab => tab.tabIndex === 0);
    const to = /** @type {HTMLElement} */ (tabs[(at + by + tabs.length) % tabs.length]);
    to.click();
    to.focus();
  }
}
