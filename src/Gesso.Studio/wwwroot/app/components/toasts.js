import { h, icon } from '../dom.js';

const SHOWN_MS = 8000;

/**
 * Short messages at the edge of the page. Errors are read out at once.
 * @param {Element} place
 */
export function createToasts(place) {
  /** @param {string} text @param {'note' | 'problem'} kind */
  function show(text, kind) {
    for (const same of [...place.children].filter(child => child.firstChild?.textContent === text))
      same.remove();
    const toast = h('div', { class: `toast ${kind}`, role: kind === 'problem' ? 'alert' : 'status' },
      h('p', {}, text),
      h('button', { type: 'button', class: 'quiet square', 'aria-label': 'Dismiss', onclick: () => toast.remove() }, icon('close')));
    place.append(toast);
    setTimeout(() => toast.remove(), kind === 'problem' ? 2 * SHOWN_MS : SHOWN_MS);
  }
  return {
    /** @param {string} text */
    note: text => show(text, 'note'),
    /** @param {unknown} error */
    problem: error => show(error instanceof Error ? error.message : String(error), 'problem'),
  };
}

/** @typedef {ReturnType<typeof createToasts>} Toasts */
