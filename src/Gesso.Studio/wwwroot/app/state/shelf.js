/** @import { Picture } from '../connection/types.js' */

/**
 * The pictures of the gallery, newest first.
 * @typedef {object} Shelf
 * @property {readonly Picture[]} pictures
 * @property {string | null} next  where the next page begins; null: everything is here
 * @property {boolean} started  whether the first page came
 *
 * @typedef {{ data: Picture[], next: string | null }} Page
 *
 * @typedef {{ type: 'head', page: Page, known: readonly Picture[] } | { type: 'page', page: Page } | { type: 'added', pictures: readonly Picture[] }
 *   | { type: 'refreshed', picture: Picture } | { type: 'deleted', picture: string } | { type: 'forgotten' }} ShelfAction
 */

/** @type {Shelf} */
export const emptyShelf = { pictures: [], next: null, started: false };

/** @param {Shelf} shelf @param {ShelfAction} action @returns {Shelf} */
export function reduceShelf(shelf, action) {
  switch (action.type) {
    case 'head':
      return withHead(shelf, action.page, action.known);
    case 'page':
      return { ...shelf, pictures: merge(shelf.pictures, action.page.data), next: action.page.next };
    case 'added':
      return { ...shelf, pictures: merge(shelf.pictures, action.pictures) };
    case 'refreshed':
      return { ...shelf, pictures: shelf.pictures.map(picture => (picture.id === action.picture.id ? action.picture : picture)) };
    case 'deleted':
      return shelf.pictures.some(picture => picture.id === action.picture)
        ? { ...shelf, pictures: shelf.pictures.filter(picture => picture.id !== action.picture) }
        : shelf;
    case 'forgotten':
      return emptyShelf;
  }
}

/**
 * The first page, asked for again: what is new joins, and what it no longer lists was deleted elsewhere.
 * @param {Shelf} shelf
 * @param {Page} page
 * @param {readonly Picture[]} known  the shelf's pictures when the page was asked for: one that came since is not missing
 * @returns {Shelf}
 */
function withHead(shelf, page, known) {
  if (!shelf.started)
    return { pictures: merge(shelf.pictures, page.data), next: page.next, started: true };
  const oldest = page.next === null ? null : page.data[page.data.length - 1];
  const held = new Set(shelf.pictures.map(picture => picture.id));
  if (oldest && !page.data.some(picture => held.has(picture.id)))
    return { pictures: merge([], page.data), next: page.next, started: true }; // more than a page is new: begin again rather than leave a gap
  const listed = new Set(page.data.map(picture => picture.id));
  const missing = new Set(known.filter(picture => !listed.has(picture.id) && !(oldest && newestFirst(oldest, picture) < 0)).map(picture => picture.id));
  return { pictures: merge(shelf.pictures.filter(picture => !missing.has(picture.id)), page.data), next: page.next === null ? null : shelf.next, started: true };
}

/** Pictures keep the signed address under which the browser has them. @param {readonly Picture[]} known @param {readonly Picture[]} more @returns {Picture[]} */
function merge(known, more) {
  const all = new Map(known.map(picture => [picture.id, picture]));
  for (const picture of more) {
    if (!all.has(picture.id))
      all.set(picture.id, picture);
  }
  return [...all.values()].sort(newestFirst);
}

/** Newest job first; within a job in the order of its pictures. @param {Picture} a @param {Picture} b */
function newestFirst(a, b) {
  if (a.job !== b.job)
    return a.job < b.job ? 1 : -1;
  return b.index - a.index;
}
