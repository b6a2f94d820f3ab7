import { h } from '../../dom.js';
import { pictureImage, setShape } from './frame.js';

/** @import { Picture } from '../../connection/types.js' */
/** @import { Shelf } from '../../state/shelf.js' */

/**
 * This key's pictures, newest first, in rows of even height; more come as the page is scrolled. Arrow keys walk over it, and only one tile is a tab stop.
 * @param {{ open: (picture: Picture) => void, renew: (picture: string) => Promise<string | null>, more: () => Promise<void> }} actions
 */
export function createGallery({ open, renew, more }) {
  /** @type {Map<string, HTMLElement>} */
  const tiles = new Map();
  const list = h('ul', { class: 'gallery', 'aria-label': 'Pictures', onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event) });
  const sentinel = h('div', { class: 'gallery-end' });
  const element = h('section', { class: 'gallery-part', 'aria-label': 'Gallery', hidden: true }, list, sentinel);
  const nearEnd = new IntersectionObserver(entries => entries.some(entry => entry.isIntersecting) && loadMore(), { rootMargin: '1200px' });
  nearEnd.observe(sentinel);

  async function loadMore() {
    try {
      await more();
    } catch {
      return; // the header says that the server is away; scrolling on asks again
    }
    // a page may be too short to push the end out of sight: look again
    nearEnd.unobserve(sentinel);
    nearEnd.observe(sentinel);
  }

  /** @param {Picture} picture */
  function createTile(picture) {
    const image = pictureImage(picture, renew);
    image.loading = 'lazy';
    const button = h('button', { type: 'button', class: 'tile', tabIndex: -1, 'data-picture': picture.id, onclick: () => open(picture), onfocus: () => makeStop(button) },
      image, h('span', { class: 'tile-words', 'aria-hidden': 'true' }, picture.prompt));
    const tile = h('li', {}, button);
    setShape(tile, picture.width, picture.height);
    return tile;
  }

  /** @returns {HTMLElement[]} */
  const buttons = () => [...list.querySelectorAll('button')];

  /** @param {HTMLElement} button */
  function makeStop(button) {
    for (const other of buttons())
      other.tabIndex = other === button ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const all = buttons();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey)
      return;
    const to = target(event.key, all, at);
    if (to === undefined)
      return;
    event.preventDefault();
    to.focus();
    to.scrollIntoView({ block: 'nearest' });
  }

  /** @param {string} key @param {HTMLElement[]} all @param {number} at */
  function target(key, all, at) {
    switch (key) {
      case 'ArrowLeft':
        return all[at - 1];
      case 'ArrowRight':
        return all[at + 1];
      case 'ArrowUp':
        return beyond(all, at, -1);
      case 'ArrowDown':
        return beyond(all, at, 1);
      case 'Home':
        return all[0];
      case 'End':
        return all.at(-1);
      default:
        return undefined;
    }
  }

  /**
   * The tile of the next row that lies under (or over) this one.
   * @param {HTMLElement[]} all @param {number} at @param {1 | -1} direction
   */
  function beyond(all, at, direction) {
    const from = all[at]?.getBoundingClientRect();
    if (from === undefined)
      return undefined;
    const centre = from.left + from.width / 2;
    let best;
    let bestDistance = Infinity;
    let row = null;
    for (let i = at + direction; all[i] !== undefined; i += direction) {
      const box = /** @type {HTMLElement} */ (all[i]).getBoundingClientRect();
      if (Math.abs(box.top - from.top) < 2)
        continue;
      row ??= box.top;
      if (Math.abs(box.top - row) >= 2)
        break;
      const distance = Math.abs(box.left + box.width / 2 - centre);
      if (distance < bestDistance) {
        best = all[i];
        bestDistance = distance;
      }
    }
    return best;
  }

  return {
    element,
    /** @param {Shelf} shelf @param {Set<string>} elsewhere  pictures that lie on the easel */
    show(shelf, elsewhere) {
      const shown = shelf.pictures.filter(picture => !elsewhere.has(picture.id));
      const present = new Set(shown.map(picture => picture.id));
      for (const [id, tile] of tiles) {
        if (!present.has(id)) {
          if (tile.contains(document.activeElement))
            /** @type {HTMLElement | null} */ ((tile.nextElementSibling ?? tile.previousElementSibling)?.firstElementChild)?.focus();
          tile.remove();
          tiles.delete(id);
        }
      }
      for (const [place, picture] of shown.entries()) {
        let tile = tiles.get(picture.id);
        if (tile === undefined)
          tiles.set(picture.id, tile = createTile(picture));
        if (list.children[place] !== tile)
          list.insertBefore(tile, list.children[place] ?? null);
      }
      if (!buttons().some(button => button.tabIndex === 0) && buttons()[0])
        makeStop(/** @type {HTMLElement} */ (buttons()[0]));
      element.hidden = shown.length === 0;
      sentinel.hidden = shelf.next === null;
    },
    /** @param {string} picture */
    focus(picture) {
      /** @type {HTMLElement | null} */ (tiles.get(picture)?.firstElementChild ?? null)?.focus();
    },
  };
}
