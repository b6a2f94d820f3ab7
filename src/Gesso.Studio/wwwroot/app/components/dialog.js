import { h, icon } from '../dom.js';

/** @import { Child } from '../dom.js' */

/**
 * A modal dialog over the page: the browser keeps the focus inside and gives it back; Esc and a click beside it close it. It leaves the document when closed.
 * @param {{ title: string, class?: string, closable?: boolean }} options
 * @param {...Child} content
 */
export function openDialog({ title, class: kind = '', closable = true }, ...content) {
  const heading = h('h2', { id: `dialog-${++opened}` }, title);
  const dialog = h('dialog', { class: `dialog ${kind}`, 'aria-labelledby': heading.id },
    h('div', { class: 'dialog-head' }, heading, closable && h('button', { type: 'button', class: 'quiet square', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'))),
    ...content);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('cancel', event => closable || event.preventDefault());
  dialog.addEventListener('pointerdown', event => {
    if (closable && event.target === dialog && isBeside(dialog, event))
      dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {{ title: string, text: string, action: string }} question @returns {Promise<boolean>} */
export function confirmed({ title, text, action }) {
  return new Promise(resolve => {
    const dialog = openDialog({ title, class: 'small' },
      h('p', {}, text),
      h('div', { class: 'dialog-actions' },
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Keep'),
        h('button', { type: 'button', class: 'danger', autofocus: true, onclick: () => dialog.close('yes') }, action)));
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'));
  });
}

let opened = 0;

/** @param {HTMLDialogElement} dialog @param {PointerEvent} event */
function isBeside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
