import { parseSize } from './shapes.js';

/** @import { AdapterUse, Job, Picture, TextDocument, Work } from '../connection/types.js' */

/**
 * A picture to start from, already on the server.
 * @typedef {object} Start
 * @property {string} id  of an upload or of a drawn picture
 * @property {string} thumbnail  data: URL that survives a reload
 * @property {number} width
 * @property {number} height
 *
 * What the form holds. Null means "as the model does it".
 * @typedef {object} Draft
 * @property {string} prompt
 * @property {string | null} model
 * @property {number | null} width
 * @property {number | null} height
 * @property {number} count
 * @property {number | null} steps
 * @property {number | null} guidance
 * @property {number | null} trueGuidance
 * @property {string} negative
 * @property {string} adapters  as typed: "brand:0.8, ink"
 * @property {boolean} words  quoted words are laid in as letters; false: left to the model
 * @property {TextDocument | null} document  what is laid in instead, of a recipe that says it
 * @property {string} seed  as typed: seeds go beyond what a number holds exactly
 * @property {'png' | 'jpeg' | 'webp'} format
 * @property {Start | null} start
 * @property {number} strength  0 … 1
 */

const DEFAULT_STRENGTH = 0.75;

/** Marks between which the server may look for words to lay in. */
const QUOTED = /["“”„«»‹›「」『』]/;

/** @type {Readonly<Draft>} */
export const emptyDraft = Object.freeze({
  prompt: '', model: null, width: null, height: null, count: 1, steps: null, guidance: null, trueGuidance: null, negative: '', adapters: '', words: true, document: null, seed: '', format: 'png', start: null, strength: DEFAULT_STRENGTH,
});

/** What a submitted draft asks the server for; nothing that the model decides. @param {Draft} draft @returns {Work} */
export function workOf(draft) {
  return compact({
    model: draft.model,
    prompt: draft.prompt,
    size: draft.width !== null && draft.height !== null ? `${draft.width}x${draft.height}` : null,
    n: draft.count > 1 ? draft.count : null,
    seed: seedOf(draft.seed),
    steps: draft.steps,
    guidance: draft.guidance,
    true_guidance: draft.trueGuidance,
    negative_prompt: draft.negative.trim() === '' ? null : draft.negative,
    adapters: adaptersOf(draft.adapters),
    text: draft.document ?? (draft.words === false ? false : null),
    image: draft.start?.id,
    strength: draft.start ? draft.strength : null,
    output_format: draft.format === 'png' ? null : draft.format,
  });
}

const REPEATED = /** @type {const} */ ([
  'model', 'prompt', 'prompt_2', 'size', 'steps', 'guidance', 'true_guidance', 'negative_prompt', 'image', 'strength', 'mask', 'mask_reading', 'control_image', 'sampler', 'parity', 'text_length',
  'adapters', 'text', 'output_format', 'output_compression',
]);

/** The work that draws one picture again. @param {Picture} picture @param {number | null} seed  null: a new one @returns {Work} */
export function workOfPicture(picture, seed) {
  return repeated(picture, seed, null);
}

/** The work of a whole job with a new seed. @param {Job} job @returns {Work} */
export function variedWork(job) {
  return repeated(job, null, job.n > 1 ? job.n : null);
}

/** @param {Pick<Job, 'model' | 'prompt' | 'request'>} of @param {number | null} seed @param {number | null} n @returns {Work} */
function repeated({ model, prompt, request }, seed, n) {
  /** @type {Record<string, unknown>} */
  const work = {};
  for (const field of REPEATED)
    work[field] = request[field];
  if (work.output_format === 'png')
    work.output_format = null;
  if (work.text === 'auto' || (work.text === false && !QUOTED.test(prompt)))
    work.text = null;
  if (work.image == null)
    work.strength = work.mask = work.mask_reading = null;
  return compact({ ...work, model, prompt, seed, n });
}

/** The form filled with a picture's recipe. @param {Picture} picture @returns {Draft} */
export function draftOf({ request, ...picture }) {
  const size = parseSize(request.size) ?? { width: picture.width, height: picture.height };
  return {
    ...emptyDraft,
    prompt: picture.prompt,
    model: picture.model,
    width: size.width,
    height: size.height,
    steps: request.steps ?? null,
    guidance: request.guidance ?? null,
    trueGuidance: request.true_guidance ?? null,
    negative: request.negative_prompt ?? '',
    adapters: adapterText(request.adapters),
    words: !(request.text === false && QUOTED.test(picture.prompt)),
    document: documentIn(request.text),
    seed: String(picture.seed),
    format: request.output_format === 'jpeg' || request.output_format === 'webp' ? request.output_format : 'png',
  };
}

/** @param {unknown} text @returns {TextDocument | null} */
function documentIn(text) {
  return typeof text === 'object' ? /** @type {TextDocument | null} */ (text) : null;
}

/** What a new tab begins with: the settings used last, without the words. @param {Draft} draft @returns {Draft} */
export function settingsOf(draft) {
  return { ...draft, prompt: '', negative: '', seed: '', document: null, start: null, strength: DEFAULT_STRENGTH };
}

/** Only fields of the right kind come back from storage. @param {unknown} stored @returns {Draft} */
export function restoreDraft(stored) {
  const draft = { ...emptyDraft };
  if (typeof stored !== 'object' || stored === null)
    return draft;
  const known = /** @type {Record<string, unknown>} */ (stored);
  const target = /** @type {Record<string, unknown>} */ (draft);
  for (const [field, initial] of Object.entries(emptyDraft)) {
    const value = known[field];
    const kinds = KINDS[field] ?? [typeof initial];
    if (kinds.includes(value === null ? 'null' : typeof value))
      target[field] = value;
  }
  if (!Array.isArray(draft.document?.layers))
    draft.document = null;
  return draft;
}

/** @type {Record<string, string[]>} */
const KINDS = {
  model: ['null', 'string'], width: ['null', 'number'], height: ['null', 'number'], steps: ['null', 'number'], guidance: ['null', 'number'], trueGuidance: ['null', 'number'], start: ['null', 'object'],
  document: ['null', 'object'],
};

/** A seed that JSON carries exactly; larger ones and words are left to the server to judge. @param {string} text @returns {any} */
function seedOf(text) {
  const trimmed = text.trim();
  if (trimmed === '')
    return null;
  const number = Number(trimmed);
  return Number.isSafeInteger(number) ? number : trimmed;
}

/** The list that a text means; null when it is empty. Names the server does not know, it answers. @param {string} text @returns {AdapterUse[] | null} */
function adaptersOf(text) {
  const parts = text.split(',').map(part => part.trim()).filter(part => part !== '');
  const uses = parts.map(part => {
    const colon = part.lastIndexOf(':');
    const behind = part.slice(colon + 1).trim();
    const isWeight = colon > 0 && behind !== '' && Number.isFinite(Number(behind));
    return isWeight ? { name: part.slice(0, colon).trim(), weight: Number(behind) } : { name: part, weight: 1 };
  });
  return uses.length === 0 ? null : uses;
}

/** The short form: a weight of 1 is left out. @param {AdapterUse[] | null | undefined} adapters @returns {string} */
export function adapterText(adapters) {
  return (adapters ?? []).map(({ name, weight }) => (weight === 1 ? name : `${name}:${weight}`)).join(', ');
}

/** A document's words on one line. @param {TextDocument} document @returns {string} */
export function textIn(document) {
  return document.layers.map(layer => layer.text).join(' · ');
}

/** @param {Record<string, unknown>} work @returns {Work} */
function compact(work) {
  return Object.fromEntries(Object.entries(work).filter(([, value]) => value !== null && value !== undefined));
}
