import { h } from '../../dom.js';
import { counted } from '../../format.js';
import { easel } from '../../state/jobs.js';
import { createCard } from './card.js';

/** @import { Sheets } from '../../state/jobs.js' */
/** @import { CardActions } from './card.js' */

/** Unfinished jobs shown at a time; the others are a number. */
const MOST_SHOWN = 6;

/**
 * The work at hand: a card for each job.
 * @param {CardActions} actions
 */
export function createEasel(actions) {
  /** @type {Map<string, ReturnType<typeof createCard>>} */
  const cards = new Map();
  const list = h('div', { class: 'easel-cards' });
  const more = h('p', { class: 'easel-more', hidden: true });
  const element = h('section', { class: 'easel', 'aria-label': 'At work', hidden: true }, list, more);

  return {
    element,
    /** @param {Sheets} sheets @returns {Set<string>} ids of the pictures that are shown here */
    show(sheets) {
      const { shown, more: waiting } = easel(sheets, MOST_SHOWN);
      const present = new Set(shown.map(sheet => sheet.job.id));
      for (const [id, card] of cards) {
        if (!present.has(id)) {
          card.element.remove();
          cards.delete(id);
        }
      }
      for (const [place, sheet] of shown.entries()) {
        let card = cards.get(sheet.job.id);
        if (card === undefined)
          cards.set(sheet.job.id, card = createCard(sheet, actions));
        else
          card.update(sheet);
        if (list.children[place] !== card.element)
          list.insertBefore(card.element, list.children[place] ?? null);
      }
      list.classList.toggle('single', shown.length === 1);
      more.hidden = waiting === 0;
      more.textContent = `${counted(waiting, 'more job')} in the queue`;
      element.hidden = shown.length === 0;
      return new Set(shown.flatMap(sheet => sheet.job.pictures.map(picture => picture.id)));
    },
  };
}
