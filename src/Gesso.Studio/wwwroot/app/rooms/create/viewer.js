import { h, icon } from '../../dom.js';
import { pictureImage, setShape } from './frame.js';
import { recipeList } from './recipe-list.js';

/** @import { Picture } from '../../connection/types.js' */

/**
 * @typedef {object} ViewerActions
 * @property {(picture: Picture) => void} repeat
 * @property {(picture: Picture) => void} vary
 * @property {(picture: Picture) => void} startFrom
 * @property {(picture: Picture) => void} reuse  its recipe into the form
 * @property {(picture: Picture) => void} copyCode
 * @property {(picture: Picture) => Promise<void>} download
 * @property {(picture: Picture) => Promise<boolean>} remove
 * @property {(picture: string) => Promise<string | null>} renew
 * @property {() => readonly Picture[]} pictures  in the order of the gallery
 * @property {() => Promise<void>} more
 * @property {(picture: string) => void} closed  with the picture that was shown last
 */

/** One picture, large, with its recipe and everything that can be done with it. @param {ViewerActions} actions */
export function createViewer(actions) {
  /** @type {Picture | null} */
  let shown = null;
  const stage = h('div', { class: 'viewer-stage' });
  const side = h('div', { class: 'viewer-side' });
  const previous = h('button', { type: 'button', class: 'viewer-turn', 'aria-label': 'Newer picture', onclick: () => turn(-1) }, icon('left'));
  const next = h('button', { type: 'button', class: 'viewer-turn', 'aria-label': 'Older picture', onclick: () => turn(1) }, icon('right'));
  const dialog = h('dialog', { class: 'viewer', 'aria-label': 'Picture' },
    h('div', { class: 'viewer-picture' }, stage, previous, next),
    side,
    h('button', { type: 'button', class: 'quiet square viewer-close', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close')));
  document.body.append(dialog);
  dialog.addEventListener('keydown', event => key(event));
  dialog.addEventListener('close', () => {
    const last = shown;
    shown = null;
    stage.replaceChildren();
    if (last)
      actions.closed(last.id);
  });

  /** @type {Record<string, (picture: Picture) => void>} */
  const keys = {
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
    r: picture => leaveTo(actions.repeat, picture),
    v: picture => leaveTo(actions.vary, picture),
    s: picture => leaveTo(actions.startFrom, picture),
    e: picture => leaveTo(actions.reuse, picture),
    c: picture => actions.copyCode(picture),
    d: picture => actions.download(picture),
    Delete: picture => remove(picture),
  };

  /** @param {KeyboardEvent} event */
  function key(event) {
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined || shown === null || event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLTextAreaElement)
      return;
    event.preventDefault();
    act(shown);
  }

  /** Back to the page, where the work goes on. @param {(picture: Picture) => void} act @param {Picture} picture */
  function leaveTo(act, picture) {
    shown = null; // the focus goes where the work goes on, not back to the gallery
    dialog.close();
    act(picture);
  }

  /** @param {1 | -1} by */
  function turn(by) {
    const all = actions.pictures();
    const at = all.findIndex(picture => picture.id === shown?.id);
    const to = all[at + by];
    if (to !== undefined)
      show(to);
    if (at + by >= all.length - 5)
      actions.more().catch(() => {});
  }

  /** @param {Picture} picture */
  async function remove(picture) {
    const all = actions.pictures();
    const at = all.findIndex(other => other.id === picture.id);
    const after = all[at + 1] ?? all[at - 1];
    if (!await actions.remove(picture))
      return;
    if (after === undefined)
      dialog.close();
    else
      show(after);
  }

  /** @param {Picture} picture */
  function show(picture) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset['action'];
    shown = picture;
    const image = pictureImage(picture, actions.renew);
    setShape(image, picture.width, picture.height);
    stage.replaceChildren(image);
    side.replaceChildren(
      h('p', { class: 'viewer-prompt' }, picture.prompt || 'No words'),
      h('div', { class: 'viewer-actions' },
        action('repeat', 'Repeat', 'R', 'Draw it again, with the same seed', () => leaveTo(actions.repeat, picture)),
        action('vary', 'Vary', 'V', 'The same words with a new seed', () => leaveTo(actions.vary, picture)),
        action('picture-plus', 'Start from this', 'S', 'Draw over it', () => leaveTo(actions.startFrom, picture)),
        action('edit', 'Use recipe', 'E', 'Put its words and settings into the form', () => leaveTo(actions.reuse, picture))),
      recipeList(picture),
      h('div', { class: 'viewer-actions quiet-actions' },
        picture.request.mask ? null : action('code', 'Copy as code', 'C', 'The same call for a program', () => actions.copyCode(picture)),
        action('download', 'Download', 'D', 'Save the file', () => actions.download(picture)),
        action('trash', 'Delete', 'Del', 'Delete it for good', () => remove(picture))));
    const all = actions.pictures();
    const at = all.findIndex(other => other.id === picture.id);
    previous.disabled = at <= 0;
    next.disabled = at < 0 || at === all.length - 1;
    if (focused)
      /** @type {HTMLElement | null} */ (side.querySelector(`[data-action="${focused}"]`))?.focus();
  }

  return {
    /** @param {Picture} picture */
    open(picture) {
      show(picture);
      if (!dialog.open)
        dialog.showModal();
      dialog.focus();
    },
    close: () => dialog.close(),
    get isOpen() {
      return dialog.open;
    },
  };
}

/** @param {string} drawing @param {string} text @param {string} shortcut @param {string} title @param {() => void} onclick */
function action(drawing, text, shortcut, title, onclick) {
  return h('button', { type: 'button', 'data-action': drawing, title: `${title} (${shortcut})`, 'aria-keyshortcuts': shortcut === 'Del' ? 'Delete' : shortcut, onclick }, icon(drawing), text);
}
