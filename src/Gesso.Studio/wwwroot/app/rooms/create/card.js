import { h, icon } from '../../dom.js';
import { isFinal } from '../../state/jobs.js';
import { statusLine } from '../../state/status-line.js';
import { createFrame } from './frame.js';

/** @import { Job, Picture } from '../../connection/types.js' */
/** @import { Sheet } from '../../state/jobs.js' */

/**
 * What can be done with a job and its pictures.
 * @typedef {object} CardActions
 * @property {(job: string) => void} cancel
 * @property {(job: string) => void} again  the same work, after a failure
 * @property {(job: string) => void} clear  off the easel
 * @property {(picture: Picture) => void} open
 * @property {(job: Job) => void} vary  the same words with a new seed
 * @property {(picture: Picture) => void} startFrom
 * @property {(picture: string) => Promise<string | null>} renew
 */

/**
 * A job on the easel, from its place in the queue to its pictures.
 * @param {Sheet} sheet
 * @param {CardActions} actions
 */
export function createCard(sheet, actions) {
  const { id, prompt, n } = sheet.job;
  const frames = Array.from({ length: Math.max(1, n) }, (_, index) => createFrame({ job: sheet.job, index, open: actions.open, renew: actions.renew }));
  const words = h('p', { class: 'card-prompt', id: `${id}-prompt` }, prompt || 'No words');
  const status = h('p', { class: 'card-status' });
  const bar = h('progress', { max: 1, 'aria-label': 'Progress' });
  const buttons = h('div', { class: 'card-actions' });
  const putAway = h('button', { type: 'button', class: 'quiet square put-away', 'aria-label': 'Put away', title: 'Put away', hidden: true, onclick: () => actions.clear(id) }, icon('close'));
  const element = h('article', { class: 'card', 'aria-labelledby': words.id, 'data-job': id },
    h('div', { class: `frames frames-${frames.length > 4 ? 'many' : frames.length}` }, ...frames.map(frame => frame.element)),
    h('div', { class: 'card-foot' }, h('div', { class: 'card-words' }, words, status), bar, buttons),
    putAway);
  let shownButtons = '';

  /** @param {Sheet} next */
  function update(next) {
    const { job } = next;
    const { text, fraction } = statusLine(next);
    status.textContent = text;
    status.hidden = text === '';
    element.dataset.state = job.state;
    element.classList.toggle('bare', job.state === 'failed' && job.pictures.length === 0);
    element.classList.toggle('adrift', !next.connected && !isFinal(job));
    bar.hidden = job.state !== 'running';
    if (fraction === null)
      bar.removeAttribute('value');
    else
      bar.value = fraction;
    for (const picture of job.pictures)
      frames[picture.index]?.showPicture(picture);
    for (const [index, frame] of frames.entries()) {
      if (job.pictures.some(picture => picture.index === index))
        continue;
      const progress = job.state === 'running' && job.progress?.image === index ? job.progress : null;
      if (progress)
        frame.showPreview(next.preview, progress.step / Math.max(1, progress.steps));
      else
        frame.showWaiting();
    }
    showButtons(next);
  }

  /** @param {Sheet} next */
  function showButtons({ job, cancelling }) {
    const kind = `${job.state === 'queued' ? 'running' : job.state} ${cancelling} ${job.pictures.map(picture => picture.id)}`;
    if (kind === shownButtons)
      return;
    shownButtons = kind;
    const hadFocus = buttons.contains(document.activeElement);
    buttons.replaceChildren(...buttonsFor(job, cancelling));
    putAway.hidden = !isFinal(job);
    // whoever pressed a button that is gone goes on with the picture, not at the top of the page
    if (hadFocus)
      /** @type {HTMLElement | null} */ (element.querySelector('.card-actions button, .frame-open, .put-away'))?.focus();
  }

  /** @param {Job} job @param {boolean} cancelling */
  function buttonsFor(job, cancelling) {
    const [first, second] = job.pictures;
    switch (job.state) {
      case 'queued':
      case 'running':
        return [h('button', { type: 'button', 'aria-disabled': String(cancelling), 'aria-keyshortcuts': 'Escape', onclick: () => cancelling || actions.cancel(id) }, 'Cancel', h('kbd', { 'aria-hidden': 'true' }, 'Esc'))];
      case 'failed':
        return [h('button', { type: 'button', onclick: () => actions.again(id) }, icon('repeat'), 'Try again')];
      default:
        return [
          h('button', { type: 'button', onclick: () => actions.vary(job) }, icon('vary'), 'Vary'),
          ...(first && !second ? [h('button', { type: 'button', onclick: () => actions.startFrom(first) }, icon('picture-plus'), 'Start from this')] : []),
        ];
    }
  }

  update(sheet);
  return { element, update };
}
