import { h } from '../../dom.js';
import { fileSize, moment } from '../../format.js';
import { adapterText, textIn } from '../../recipes/draft.js';

/** @import { Picture } from '../../connection/types.js' */

/**
 * How a picture was made, as terms and values; only what was asked for or measured.
 * @param {Picture} picture
 */
export function recipeList({ request, ...picture }) {
  /** @type {[string, string | null][]} */
  const facts = [
    ['Model', picture.model],
    ['Size', `${picture.width} × ${picture.height}`],
    ['Seed', String(picture.seed)],
    ['Steps', text(request.steps)],
    ['Guidance', text(request.guidance)],
    ['True guidance', text(request.true_guidance)],
    ['Not in it', request.negative_prompt || null],
    ['Second prompt', request.prompt_2 || null],
    ['Text', picture.text ? textIn(picture.text.document) : null],
    ['Text check', picture.text && !picture.text.passed ? picture.text.problems.join('; ') : null],
    ['Adapters', adapterText(request.adapters) || null],
    ['Sampler', request.sampler ?? null],
    ['Redrawn', request.image ? `${Math.round((request.strength ?? 1) * 100)} % of a picture` : null],
    ['Made', moment(picture.created_at, new Date())],
    ['File', `${picture.media_type.replace('image/', '').toUpperCase()}, ${fileSize(picture.bytes)}`],
  ];
  return h('dl', { class: 'recipe' }, ...facts.flatMap(([term, value]) => (value === null ? [] : [h('dt', {}, term), h('dd', {}, value)])));
}

/** @param {number | null | undefined} value */
function text(value) {
  return value == null || value === 0 ? null : String(value);
}
