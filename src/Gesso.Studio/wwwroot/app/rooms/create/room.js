import { confirmed } from '../../components/dialog.js';
import { acceptPictures } from '../../components/picture-drop.js';
import { h } from '../../dom.js';
import { draftOf, variedWork, workOfPicture } from '../../recipes/draft.js';
import { latestActive } from '../../state/jobs.js';
import { openCodeDialog } from './code-dialog.js';
import { createComposer } from './composer.js';
import { createEasel } from './easel.js';
import { examplesFor } from './examples.js';
import { createGallery } from './gallery.js';
import { createViewer } from './viewer.js';

/** @import { Picture, Work } from '../../connection/types.js' */
/** @import { Session } from '../../session.js' */
/** @import { Toasts } from '../../components/toasts.js' */

/**
 * The first room: words in, pictures out.
 * @param {Session} session
 * @param {Toasts} toasts
 */
export function createCreateRoom(session, toasts) {
  /** @param {Promise<unknown>} work */
  const attempt = work => work.catch(error => toasts.problem(error));
  /** @param {string} picture */
  const renew = picture => session.renewAddress(picture);

  const composer = createComposer(session, { copyCode: openCodeDialog, sent: () => showEasel() });
  const viewer = createViewer({
    repeat: picture => draw(workOfPicture(picture, picture.seed)),
    vary: picture => draw(workOfPicture(picture, null)),
    startFrom: picture => composer.startFromPicture(picture),
    reuse: picture => composer.fill(draftOf(picture)),
    copyCode: picture => openCodeDialog(workOfPicture(picture, picture.seed)),
    download,
    remove,
    renew,
    pictures: () => session.shelf.state.pictures,
    more: () => session.loadMore(),
    closed: picture => gallery.focus(picture),
  });
  const easel = createEasel({
    cancel: job => attempt(session.cancel(job)),
    again: job => attempt(session.retry(job)),
    clear: job => session.tell({ type: 'cleared', job }),
    open: picture => viewer.open(picture),
    vary: job => draw(variedWork(job)),
    startFrom: picture => composer.startFromPicture(picture),
    renew,
  });
  const gallery = createGallery({ open: picture => viewer.open(picture), renew, more: () => session.loadMore() });
  const examples = h('ul', { class: 'examples' });
  const empty = h('section', { class: 'empty', hidden: true },
    h('h2', {}, 'An empty wall'),
    h('p', {}, 'Describe a picture and press Draw. You can watch it form, and it stays here with its recipe.'),
    examples);
  const element = h('div', { class: 'create' }, composer.element, h('div', { class: 'wall' }, easel.element, empty, gallery.element));

  /** @type {Set<string>} */
  let onEasel = new Set();
  session.jobs.subscribe(sheets => {
    const before = [...onEasel].join();
    onEasel = easel.show(sheets);
    if ([...onEasel].join() !== before)
      gallery.show(session.shelf.state, onEasel);
    showEmpty();
  });
  session.onAction(action => {
    // what the server adjusted or could not heed
    for (const warning of action.type === 'submitted' ? (action.job.warnings ?? []) : [])
      toasts.note(warning);
  });
  session.shelf.subscribe(shelf => {
    gallery.show(shelf, onEasel);
    showEmpty();
  });
  session.house.subscribe(({ defaultModel }) => {
    if (examples.dataset['model'] === String(defaultModel))
      return;
    examples.dataset['model'] = String(defaultModel);
    examples.replaceChildren(...examplesFor(defaultModel).map(words => h('li', {}, h('button', { type: 'button', class: 'example', onclick: () => composer.suggest(words) }, words))));
  });
  acceptPictures(picture => composer.startFromFile(picture));
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]'))
      return;
    const focused = document.activeElement?.closest('[data-job]')?.getAttribute('data-job');
    const job = focused && session.jobs.state.get(focused)?.job.state.match(/queued|running/) ? focused : latestActive(session.jobs.state)?.job.id;
    if (job)
      attempt(session.cancel(job));
  });

  function showEmpty() {
    empty.hidden = !session.shelf.state.started || session.shelf.state.pictures.length > 0 || session.jobs.state.size > 0;
  }

  /** @param {Work} work */
  function draw(work) {
    attempt(session.submit(work).then(() => showEasel()));
  }

  /** On a phone the form stands above the easel and hides it. */
  function showEasel() {
    const { top } = easel.element.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2)
      easel.element.scrollIntoView({ block: 'start' });
  }

  /** @param {Picture} picture */
  async function download(picture) {
    // a fresh address: the one that is shown may have been signed long ago
    const address = await session.renewAddress(picture.id);
    if (address === null)
      return toasts.problem('The picture could not be fetched. Is the server running?');
    const link = h('a', { href: `${address}${address.includes('?') ? '&' : '?'}download=1`, download: `${picture.id}.${picture.media_type.replace('image/', '').replace('jpeg', 'jpg')}` });
    link.click();
  }

  /** @param {Picture} picture */
  async function remove(picture) {
    if (!await confirmed({ title: 'Delete this picture?', text: 'It is removed from the server, and nobody can bring it back. Its recipe goes with it.', action: 'Delete' }))
      return false;
    try {
      await session.deletePicture(picture.id);
      return true;
    } catch (error) {
      toasts.problem(error);
      return false;
    }
  }

  return { element, focus: () => composer.focus() };
}
