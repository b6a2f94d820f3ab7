import { sentence } from '../../connection/errors.js';
import { h, icon } from '../../dom.js';
import { draftOf, workOf } from '../../recipes/draft.js';
import { loadDraft, saveDraft } from '../../recipes/draft-storage.js';
import { sizeLike } from '../../recipes/shapes.js';
import { drawnStart, uploadStart } from '../../recipes/start-picture.js';
import { createSettingsPanel } from './settings-panel.js';

/** @import { Draft, Start } from '../../recipes/draft.js' */
/** @import { Picture, Work } from '../../connection/types.js' */
/** @import { Session } from '../../session.js' */

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * The form: words, a picture to start from, settings, and the button that draws.
 * @param {Session} session
 * @param {{ copyCode: (work: Work) => void, sent: () => void }} actions
 */
export function createComposer(session, { copyCode, sent }) {
  let draft = loadDraft();
  let sending = false;

  const prompt = h('textarea', {
    class: 'prompt', name: 'prompt', rows: 4, placeholder: 'Describe a picture', 'aria-label': 'Prompt', 'aria-keyshortcuts': 'Control+Enter', oninput: () => change({ prompt: prompt.value }),
  });
  const file = h('input', { type: 'file', class: 'unseen', accept: 'image/*', tabIndex: -1, 'aria-hidden': 'true', onchange: () => startFromFile() });
  const choose = h('button', { type: 'button', class: 'quiet', onclick: () => file.click() }, icon('picture-plus'), h('span', {}, 'Start from a picture'));
  const start = h('div', { class: 'start', hidden: true });
  const draw = h('button', { type: 'submit', class: 'primary' }, 'Draw', h('kbd', { 'aria-hidden': 'true' }, IS_APPLE ? '⌘ ↵' : 'Ctrl ↵'));
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const panel = createSettingsPanel(change);
  const element = h('form', { class: 'composer', noValidate: true, 'aria-label': 'New picture', onsubmit: (/** @type {Event} */ event) => submit(event) },
    h('div', { class: 'sheet' }, prompt, start, file, h('div', { class: 'sheet-foot' }, choose, draw)),
    problem,
    panel.element,
    h('button', { type: 'button', class: 'quiet copy-code', onclick: () => copyCode(workOf(draft)) }, icon('code'), 'Copy as code'));

  element.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      element.requestSubmit();
    }
  });
  session.house.subscribe(house => {
    panel.showModels(house, draft);
    panel.showDraft(draft);
  });
  show(draft);
  panel.unfold(draft);

  /** @param {Partial<Draft>} part */
  function change(part) {
    const before = draft;
    draft = { ...draft, ...part };
    saveDraft(draft);
    if (draft.model !== before.model)
      panel.showModels(session.house.state, draft);
    panel.showDraft(draft);
    fitPrompt();
    if (draft.start !== before.start)
      showStart();
  }

  /** @param {Draft} next */
  function show(next) {
    draft = next;
    prompt.value = draft.prompt;
    panel.showModels(session.house.state, draft);
    change({});
    showStart();
  }

  /** @param {Draft} next */
  function fill(next) {
    show(next);
    panel.unfold(draft);
    tellProblem(null);
    prompt.focus();
  }

  function showStart() {
    const from = draft.start;
    start.hidden = from === null;
    choose.hidden = from !== null;
    if (from === null)
      return start.replaceChildren();
    const amount = h('output', {}, percent(draft.strength));
    const strength = h('input', {
      type: 'range', min: '0.05', max: '1', step: '0.05', value: String(draft.strength), 'aria-label': 'How much is redrawn', oninput: () => {
        change({ strength: strength.valueAsNumber });
        amount.textContent = percent(draft.strength);
      },
    });
    start.replaceChildren(
      h('img', { src: from.thumbnail || undefined, alt: 'The picture to start from', class: 'start-picture' }),
      h('div', { class: 'start-strength' }, h('div', { class: 'start-label' }, h('span', {}, 'Redraw'), amount), strength),
      h('button', { type: 'button', class: 'quiet square', 'aria-label': 'Do not start from this picture', onclick: () => removeStart() }, icon('close')));
  }

  function removeStart() {
    change({ start: null });
    choose.focus();
  }

  function startFromFile() {
    const chosen = file.files?.[0];
    file.value = '';
    if (chosen)
      startFrom(uploadStart(session.api, chosen));
  }

  /** @param {Promise<Start>} coming */
  async function startFrom(coming) {
    tellProblem(null);
    element.classList.add('busy');
    try {
      const from = await coming;
      const model = session.house.state.models.find(one => one.name === (draft.model ?? session.house.state.defaultModel));
      change({ start: from, ...sizeLike(from.width, from.height, model?.defaults?.size, model?.pixel_step) });
      prompt.focus();
    } catch (error) {
      tellProblem(error);
    } finally {
      element.classList.remove('busy');
    }
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (sending)
      return;
    tellProblem(null);
    setSending(true);
    try {
      await session.submit(workOf(draft));
      sent();
    } catch (error) {
      tellProblem(error);
      prompt.focus();
    } finally {
      setSending(false);
    }
  }

  /** @param {boolean} value */
  function setSending(value) {
    sending = value;
    draw.setAttribute('aria-disabled', String(value));
  }

  /** @param {unknown} error */
  function tellProblem(error) {
    problem.hidden = error === null;
    problem.textContent = error === null ? '' : sentence(error);
  }

  /** Where field-sizing is not known yet, the field grows by hand. */
  function fitPrompt() {
    if (CSS.supports('field-sizing', 'content'))
      return;
    prompt.style.height = 'auto';
    prompt.style.height = `${prompt.scrollHeight}px`;
  }

  return {
    element,
    /** @param {Blob} picture  from outside */
    startFromFile: picture => startFrom(uploadStart(session.api, picture)),
    /** With its words and settings, but a seed of its own. @param {Picture} picture */
    startFromPicture(picture) {
      fill({ ...draftOf(picture), seed: '' });
      startFrom(drawnStart(session.api, picture));
    },
    focus: () => prompt.focus(),
    fill,
    /** @param {string} words */
    suggest(words) {
      show({ ...draft, prompt: words });
      prompt.focus();
    },
  };
}

/** @param {number} fraction */
function percent(fraction) {
  return `${Math.round(fraction * 100)} %`;
}
