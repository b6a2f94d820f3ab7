import { h } from '../dom.js';

/** @import { Child } from '../dom.js' */

/**
 * One of a few, side by side: a radio group, so the arrow keys work as everywhere.
 * @template T
 * @param {{ name: string, label: string, class?: string, onchange: (value: T) => void }} options
 */
export function createChoice({ name, label, class: kind = '', onchange }) {
  const element = h('div', { class: `choice ${kind}`, role: 'radiogroup', 'aria-label': label });
  /** @type {{ value: T, input: HTMLInputElement }[]} */
  let entries = [];
  return {
    element,
    /** @param {{ value: T, label: string, content: Child }[]} options */
    setOptions(options) {
      entries = options.map(({ value, label: text }) => ({
        value,
        input: h('input', { type: 'radio', name, 'aria-label': text, title: text, onchange: () => onchange(value) }),
      }));
      element.replaceChildren(...entries.map(({ input }, i) => h('label', { class: 'option' }, input, h('span', { class: 'face', 'aria-hidden': 'true' }, options[i]?.content))));
    },
    /** @param {(value: T) => boolean} is */
    select(is) {
      for (const { value, input } of entries)
        input.checked = is(value);
    },
  };
}
