import { createChoice } from '../../components/choice.js';
import { h, icon } from '../../dom.js';
import { textIn } from '../../recipes/draft.js';
import { parseSize, shapesFor } from '../../recipes/shapes.js';
import { field, numberInput, showNumber } from './fields.js';

/** @import { Adapter, Model } from '../../connection/types.js' */
/** @import { Draft } from '../../recipes/draft.js' */
/** @import { Shape } from '../../recipes/shapes.js' */
/** @import { House } from '../../session.js' */

const MOST_PICTURES = 4;

/**
 * Shape, number, model, and the fold-out with the rest. What is left empty the model decides, and the panel says how.
 * @param {(change: Partial<Draft>) => void} change
 */
export function createSettingsPanel(change) {
  /** @type {Model | undefined} */
  let model;
  /** @type {Adapter[]} */
  let fitting = [];
  let shownShapes = '';
  const shape = createChoice({
    name: 'shape',
    label: 'Shape',
    class: 'shapes',
    onchange: (/** @type {{ width: number, height: number }} */ size) => change({ width: size.width, height: size.height }),
  });
  const width = numberInput({ min: 16, step: 1, onchange: value => changeSide('width', value) });
  const height = numberInput({ min: 16, step: 1, onchange: value => changeSide('height', value) });
  width.setAttribute('aria-label', 'Width in pixels');
  height.setAttribute('aria-label', 'Height in pixels');
  const count = createChoice({ name: 'count', label: 'Pictures', class: 'counts', onchange: (/** @type {number} */ value) => change({ count: value }) });
  count.setOptions(Array.from({ length: MOST_PICTURES }, (_, i) => ({ value: i + 1, label: i === 0 ? '1 picture' : `${i + 1} pictures`, content: String(i + 1) })));

  const models = h('select', { onchange: () => change({ model: models.value, width: null, height: null, steps: null, guidance: null, trueGuidance: null }) });
  const modelNote = h('p', { role: 'status' });
  const steps = numberInput({ min: 1, step: 1, onchange: value => change({ steps: value }) });
  const guidance = numberInput({ min: 0, max: 100, step: 'any', onchange: value => change({ guidance: value }) });
  const trueGuidance = numberInput({ min: 1, max: 100, step: 'any', onchange: value => change({ trueGuidance: value }) });
  const negative = h('textarea', { rows: 2, oninput: () => change({ negative: negative.value }) });
  const adapterNames = h('datalist', { id: 'adapter-names' });
  const adapters = h('input', {
    type: 'text', autocomplete: 'off', spellcheck: false, placeholder: 'none, or name:0.8, name', oninput: () => change({ adapters: adapters.value }),
  });
  adapters.setAttribute('list', adapterNames.id);
  const adapterNote = h('p', {});
  const words = h('input', { type: 'checkbox', onchange: () => change({ words: words.checked }) });
  const wordsField = h('label', { class: 'check' }, words, 'Lay words in quotation marks in as letters');
  const laid = h('span', {});
  const laidField = h('div', { class: 'laid' }, h('p', {}, 'Laid in as letters: ', laid),
    h('button', { type: 'button', class: 'quiet square', 'aria-label': 'Do not lay this text in', onclick: () => leaveText() }, icon('close')));
  const seed = h('input', { type: 'text', inputMode: 'numeric', autocomplete: 'off', spellcheck: false, placeholder: 'random', oninput: () => change({ seed: seed.value }) });
  const format = h('select', { onchange: () => change({ format: /** @type {Draft['format']} */ (format.value) }) },
    h('option', { value: 'png' }, 'PNG'), h('option', { value: 'jpeg' }, 'JPEG'), h('option', { value: 'webp' }, 'WebP'));
  const guidanceField = field('Guidance', guidance);
  const negativeNote = h('p', {});
  const adapterField = h('div', {}, field('Adapters', adapters, adapterNote), adapterNames);

  const details = h('details', { class: 'details' },
    h('summary', {}, icon('chevron'), 'Details'),
    h('div', { class: 'details-body' },
      h('div', { class: 'pair' }, field('Steps', steps), field('Seed', seed)),
      h('div', { class: 'pair' }, guidanceField, field('True guidance', trueGuidance)),
      field('Not in the picture', negative, negativeNote),
      adapterField,
      wordsField,
      laidField,
      h('div', { class: 'pair' }, field('File', format))));

  const element = h('div', { class: 'settings' },
    h('div', { class: 'row' }, h('span', { class: 'row-name', 'aria-hidden': 'true' }, 'Shape'), shape.element,
      h('div', { class: 'sides' }, width, h('span', { 'aria-hidden': 'true' }, '×'), height)),
    h('div', { class: 'row' }, h('span', { class: 'row-name', 'aria-hidden': 'true' }, 'Pictures'), count.element),
    h('div', { class: 'row model-row' }, field('Model', models, modelNote)),
    details);

  function leaveText() {
    change({ document: null });
    words.focus();
  }

  /** @param {'width' | 'height'} side @param {number | null} value */
  function changeSide(side, value) {
    const standard = parseSize(model?.defaults?.size);
    const other = side === 'width' ? height : width;
    const pair = { width: standard?.width ?? null, height: standard?.height ?? null, [side]: value };
    pair[side === 'width' ? 'height' : 'width'] = other.value === '' ? (standard?.[side === 'width' ? 'height' : 'width'] ?? null) : other.valueAsNumber;
    change(value === null ? { width: null, height: null } : pair);
  }

  /** New buttons would take the focus away, so they are made only for a model of other sizes. @param {Shape[]} shapes */
  function showShapes(shapes) {
    const sizes = JSON.stringify(shapes);
    if (sizes === shownShapes)
      return;
    shownShapes = sizes;
    shape.setOptions(shapes.map(one => ({ value: one, label: `${one.name}, ${one.width} × ${one.height}`, content: h('span', { class: `shape-${one.name.toLowerCase()}` }) })));
  }

  return {
    element,
    /** @param {House} house @param {Draft} draft */
    showModels(house, draft) {
      const name = draft.model ?? house.defaultModel;
      model = house.models.find(one => one.name === name);
      if (models.options.length !== house.models.length || [...models.options].some((option, i) => option.value !== house.models[i]?.name))
        models.replaceChildren(...house.models.map(one => h('option', { value: one.name }, one.name)));
      models.value = name ?? '';
      modelNote.textContent = model && !model.ready ? (model.problem ?? 'No worker is ready for this model; work for it waits.') : '';
      modelNote.hidden = modelNote.textContent === '';
      showShapes(shapesFor(model?.defaults?.size, model?.pixel_step));
      const standard = parseSize(model?.defaults?.size);
      width.step = height.step = String(model?.pixel_step ?? 1);
      width.placeholder = String(standard?.width ?? '');
      height.placeholder = String(standard?.height ?? '');
      steps.placeholder = String(model?.defaults?.steps ?? '');
      guidanceField.hidden = model?.takes_guidance === false;
      guidance.placeholder = String(model?.defaults?.guidance ?? '');
      trueGuidance.placeholder = String(model?.defaults?.true_guidance ?? '');
      fitting = house.adapters.filter(one => name !== null && one.models.includes(name));
      adapterNames.replaceChildren(...fitting.map(one => h('option', { value: one.name }, one.trigger ?? '')));
      adapterField.hidden = fitting.length === 0 && draft.adapters === '';
    },
    /** @param {Draft} draft */
    showDraft(draft) {
      const standard = parseSize(model?.defaults?.size);
      const size = { width: draft.width ?? standard?.width, height: draft.height ?? standard?.height };
      shape.select(one => one.width === size.width && one.height === size.height);
      count.select(value => value === draft.count);
      showNumber(width, draft.width);
      showNumber(height, draft.height);
      showNumber(steps, draft.steps);
      showNumber(guidance, draft.guidance);
      showNumber(trueGuidance, draft.trueGuidance);
      if (document.activeElement !== negative)
        negative.value = draft.negative;
      if (document.activeElement !== adapters)
        adapters.value = draft.adapters;
      const triggers = fitting.filter(one => one.trigger && namesIn(draft.adapters).includes(one.name.toLowerCase()) && !draft.prompt.includes(one.trigger));
      adapterNote.textContent = triggers.map(one => `${one.name} learned the words “${one.trigger}”: put them into the prompt.`).join(' ');
      words.checked = draft.words;
      wordsField.hidden = draft.document !== null;
      laidField.hidden = draft.document === null;
      laid.textContent = draft.document === null ? '' : textIn(draft.document);
      if (document.activeElement !== seed)
        seed.value = draft.seed;
      format.value = draft.format;
      const scale = draft.trueGuidance ?? model?.defaults?.true_guidance ?? 1;
      negativeNote.textContent = draft.negative.trim() !== '' && scale <= 1 ? 'Takes effect with a true guidance above 1.' : '';
    },
    /** Opens the fold-out when it holds something, so that no setting acts unseen. @param {Draft} draft */
    unfold(draft) {
      if (draft.steps !== null || draft.guidance !== null || draft.trueGuidance !== null || draft.negative !== '' || draft.adapters !== '' || !draft.words || draft.document !== null || draft.seed !== '')
        details.open = true;
    },
  };
}

/** The names in a text of adapters, without their weights. @param {string} text */
function namesIn(text) {
  return text.toLowerCase().split(',').map(part => part.replace(/:[^:]*$/, '').trim());
}
