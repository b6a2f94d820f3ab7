import { h } from '../../dom.js';

let made = 0;

/**
 * A label, its control and, under it, what the model does when it is left alone.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {HTMLElement} [note]
 */
export function field(label, control, note) {
  const id = `field-${++made}`;
  control.id = id;
  if (note) {
    note.id = `${id}-note`;
    note.classList.add('note');
    control.setAttribute('aria-describedby', note.id);
  }
  return h('div', { class: 'field' }, h('label', { for: id }, label), control, note);
}

/**
 * A number that may be left empty.
 * @param {{ min: number, max?: number, step: number | 'any', onchange: (value: number | null) => void }} options
 */
export function numberInput({ min, max, step, onchange }) {
  const input = h('input', { type: 'number', min: String(min), max: max === undefined ? undefined : String(max), step: String(step), inputMode: step === 1 ? 'numeric' : 'decimal' });
  input.addEventListener('input', () => onchange(input.value === '' || Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber));
  return input;
}

/** @param {HTMLInputElement} input @param {number | null} value  left alone while somebody types there */
export function showNumber(input, value) {
  if (document.activeElement !== input)
    input.value = value === null ? '' : String(value);
}
