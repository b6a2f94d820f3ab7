import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, emptyDraft, restoreDraft, settingsOf, variedWork, workOf, workOfPicture } from '../../../../src/Gesso.Studio/wwwroot/app/recipes/draft.js';
import { parseSize, shapesFor, sizeLike } from '../../../../src/Gesso.Studio/wwwroot/app/recipes/shapes.js';
import { job, picture } from './samples.js';

const start = { id: 'abc', thumbnail: 'data:', width: 300, height: 200 };

test('an untouched form asks for nothing but the words', () => {
  assert.deepEqual(workOf({ ...emptyDraft, prompt: 'an owl' }), { prompt: 'an owl' });
});

test('a full form asks for everything', () => {
  assert.deepEqual(
    workOf({ prompt: 'an owl', model: 'm', width: 64, height: 32, count: 3, steps: 9, guidance: 2.5, trueGuidance: 4, negative: 'fog', adapters: 'brand:0.8, ink,x:y', seed: ' 12 ', format: 'webp', start, strength: 0.4 }),
    { model: 'm', prompt: 'an owl', size: '64x32', n: 3, seed: 12, steps: 9, guidance: 2.5, true_guidance: 4, negative_prompt: 'fog', adapters: [{ name: 'brand', weight: 0.8 }, { name: 'ink', weight: 1 }, { name: 'x:y', weight: 1 }], image: 'abc', strength: 0.4, output_format: 'webp' });
});

test('a seed that is no number goes to the server as it is, which says what it expects', () => {
  assert.equal(workOf({ ...emptyDraft, seed: 'seven' }).seed, 'seven');
  assert.equal(workOf({ ...emptyDraft, seed: '9223372036854775807' }).seed, '9223372036854775807');
});

test('adapters of a recipe come back into the form, and out of it the same', () => {
  const adapters = [{ name: 'brand', weight: -0.5 }, { name: 'ink', weight: 1 }];
  const draft = draftOf(picture({ id: 'job_1-0', request: { adapters } }));
  assert.equal(draft.adapters, 'brand:-0.5, ink');
  assert.deepEqual(workOf(draft).adapters, adapters);
  assert.deepEqual(workOfPicture(picture({ id: 'job_1-0', request: { adapters } }), 7).adapters, adapters);
});

test('quoted words are laid in unless the form says no, and a repeated picture keeps what it had', () => {
  assert.equal(workOf({ ...emptyDraft, prompt: 'a sign "OPEN"', words: false }).text, false);
  assert.equal('text' in workOf({ ...emptyDraft, prompt: 'a sign "OPEN"' }), false);
  const bare = picture({ id: 'job_1-0', prompt: 'a sign “OPEN”', request: { text: false } });
  assert.deepEqual([draftOf(bare).words, workOfPicture(bare, 7).text], [false, false]);
  const plain = picture({ id: 'job_1-0', prompt: "a dog's life", request: { text: false } });
  assert.deepEqual([draftOf(plain).words, 'text' in workOfPicture(plain, 7)], [true, false]);
  const document = { layers: [{ id: 'a', text: 'OPEN', region: { box: [0, 0, 64, 64] } }] };
  const laid = picture({ id: 'job_1-0', request: { text: document } });
  assert.deepEqual(workOfPicture(laid, 7).text, document);
  assert.deepEqual(workOf(draftOf(laid)).text, document);
  assert.equal('text' in workOf({ ...draftOf(laid), document: null }), false);
});

test('strength is sent only with a picture', () => {
  assert.equal('strength' in workOf({ ...emptyDraft, strength: 0.2 }), false);
});

const drawn = picture({
  id: 'job_1-2', seed: 9, request: { model: 'm', prompt: 'an owl', size: '64x32', n: 4, seed: 7, steps: 9, guidance: null, negative_prompt: 'fog', image: 'abc', strength: 0.4, sampler: 'euler', output_format: 'png' }, model: 'm',
});

test('repeating one of four pictures asks for that one, by its own seed', () => {
  assert.deepEqual(workOfPicture(drawn, drawn.seed), { model: 'm', prompt: 'an owl', size: '64x32', steps: 9, negative_prompt: 'fog', image: 'abc', strength: 0.4, sampler: 'euler', seed: 9 });
});

test('a variation leaves the seed to the server', () => {
  assert.equal('seed' in workOfPicture(drawn, null), false);
  assert.deepEqual(variedWork(job({ id: 'job_1', n: 4, request: { steps: 3, seed: 5, n: 4 } })), { model: 'gesso-mini', prompt: 'an owl', steps: 3, n: 4 });
});

test('a recipe fills the form, the picture itself aside', () => {
  const draft = draftOf(drawn);
  assert.deepEqual([draft.prompt, draft.width, draft.height, draft.steps, draft.negative, draft.seed, draft.start], ['an owl', 64, 32, 9, 'fog', '9', null]);
});

test('what storage gives back is taken only where it fits', () => {
  assert.deepEqual(restoreDraft({ prompt: 'kept', count: 'two', width: 64, steps: null, negative: 5, start: { id: 'x' }, stranger: 1 }), { ...emptyDraft, prompt: 'kept', width: 64, start: { id: 'x' } });
  assert.deepEqual(restoreDraft({ document: { layers: [{ text: 'OPEN' }] } }).document, { layers: [{ text: 'OPEN' }] });
  assert.equal(restoreDraft({ document: { pages: 1 } }).document, null);
  assert.deepEqual(restoreDraft(null), emptyDraft);
  assert.deepEqual(restoreDraft('text'), emptyDraft);
});

test('a new tab begins with the settings, without the words', () => {
  const settings = settingsOf({ ...emptyDraft, prompt: 'an owl', seed: '5', steps: 9, start, document: { layers: [] } });
  assert.deepEqual([settings.prompt, settings.seed, settings.steps, settings.start, settings.document], ['', '', 9, null, null]);
});

test('proportions keep the number of pixels the model was made for, in its steps', () => {
  for (const [size, step] of /** @type {[string, number][]} */ ([['1024x1024', 16], ['128x128', 16], ['768x512', 8]])) {
    const own = parseSize(size);
    assert.ok(own);
    for (const shape of shapesFor(size, step)) {
      assert.equal(shape.width % step + shape.height % step, 0);
      assert.ok(Math.abs(shape.width * shape.height / (own.width * own.height) - 1) < 0.15, `${shape.name} of ${size}: ${shape.width}x${shape.height}`);
    }
  }
  assert.deepEqual(shapesFor('1024x1024', 16).find(shape => shape.name === 'Square'), { name: 'Square', width: 1024, height: 1024 });
});

test('a picture to start from asks for its own proportions, however extreme', () => {
  assert.deepEqual(sizeLike(4000, 3000, '1024x1024', 16), { width: 1184, height: 880 });
  assert.deepEqual(sizeLike(1, 10_000, '128x128', 16), { width: 16, height: 12_800 });
});

test('sizes that are none are not read', () => {
  for (const text of ['', 'auto', '10', '10x', 'x10', '1x2x3', null, undefined])
    assert.equal(parseSize(text), null);
});
