// The official OpenAI JavaScript SDK against a running server: node cases.mjs URL KEY.
// Prints one JSON object: for each case true, or what went wrong.
import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';

const [url, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const slow = 'slow';

/** A square picture that the server draws, to be sent back to it. */
const pictures = JSON.parse(process.env.GESSO_TEST_PICTURES);
const picture = () => toFile(Buffer.from(pictures.picture, 'base64'), 'picture.png', { type: 'image/png' });
const mask = () => toFile(Buffer.from(pictures.mask, 'base64'), 'mask.png', { type: 'image/png' });

const isPng = base64 => Buffer.from(base64, 'base64').subarray(1, 4).toString() === 'PNG';

const cases = {
  async generates() {
    const answer = await client.images.generate({ prompt: 'a pier', n: 2, size: '512x512', quality: 'high', output_format: 'png', background: 'opaque', moderation: 'low', user: 'u' });
    assert.equal(answer.data.length, 2);
    assert.ok(answer.data.every(d => isPng(d.b64_json)));
    assert.equal(answer.size, '512x512');
    assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
    assert.ok(answer.created > 1_700_000_000);
  },
  async passes_own_fields_on() {
    const answer = await client.images.generate({ prompt: 'a pier', gesso: { seed: 42, steps: 2 } });
    assert.equal(answer.data[0].gesso.seed, 42);
  },
  async edits_with_a_mask() {
    const answer = await client.images.edit({ image: await picture(), mask: await mask(), prompt: 'a door', size: '64x64' });
    assert.ok(isPng(answer.data[0].b64_json));
  },
  async edits_a_list_of_one() {
    const answer = await client.images.edit({ image: [await picture()], prompt: 'a door', n: 2 });
    assert.equal(answer.data.length, 2);
  },
  async varies() {
    const answer = await client.images.createVariation({ image: await picture(), n: 1, response_format: 'b64_json' });
    assert.ok(isPng(answer.data[0].b64_json));
  },
  async streams_with_previews() {
    const events = [];
    for await (const event of await client.images.generate({ model: slow, prompt: 'a pier', stream: true, partial_images: 2 }))
      events.push(event);
    assert.deepEqual(events.map(e => e.type), ['image_generation.partial_image', 'image_generation.partial_image', 'image_generation.completed']);
    assert.deepEqual(events.slice(0, 2).map(e => e.partial_image_index), [0, 1]);
    assert.ok(isPng(events[2].b64_json));
    assert.ok(events[2].usage.output_tokens > 0);
  },
  async streams_an_edit() {
    const events = [];
    for await (const event of await client.images.edit({ model: slow, image: await picture(), prompt: 'a door', stream: true, partial_images: 1 }))
      events.push(event.type);
    assert.deepEqual(events, ['image_edit.partial_image', 'image_edit.completed']);
  },
  async leaves_a_stream() {
    const stream = await client.images.generate({ model: slow, prompt: 'a pier', n: 5, stream: true, partial_images: 3 });
    for await (const event of stream) {
      assert.ok(event.type);
      break;
    }
  },
  async raises_within_a_stream() {
    const stream = await client.images.generate({ model: 'endless', prompt: 'a pier', stream: true, gesso: { deadline_seconds: 0.2 } });
    await assert.rejects(async () => { for await (const _ of stream); }, error => error.code === 'deadline_exceeded');
  },
  async lists_models() {
    const models = [];
    for await (const model of client.models.list())
      models.push(model.id);
    assert.ok(models.includes('gpt-image-test'));
    assert.equal((await client.models.retrieve('gpt-image-test')).object, 'model');
  },
  async raises_bad_requests() {
    await assert.rejects(client.images.generate({ prompt: 'x', n: 0 }), error =>
      error instanceof OpenAI.BadRequestError && error.param === 'n' && error.code === 'invalid_value' && error.type === 'invalid_request_error' && /^req_/.test(error.requestID));
  },
  async raises_unknown_models() {
    await assert.rejects(client.images.generate({ prompt: 'x', model: 'gpt-9' }), error => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
  },
  async raises_wrong_keys() {
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-wrong' });
    await assert.rejects(stranger.images.generate({ prompt: 'x' }), error => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key');
  },
  async does_not_try_again_what_cannot_succeed() {
    let tries = 0;
    const counting = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 3, fetch: (...a) => { tries++; return fetch(...a); } });
    // a job that failed answers 504, which clients would try again without x-should-retry
    await assert.rejects(counting.images.generate({ model: 'endless', prompt: 'x', gesso: { deadline_seconds: 0.2 } }), error => error.status === 504);
    assert.equal(tries, 1);
  },
  async carries_an_idempotency_key() {
    const options = { headers: { 'Idempotency-Key': 'js-one' } };
    const [a, b] = await Promise.all([1, 2].map(() => client.images.generate({ prompt: 'x' }, options)));
    assert.equal(a.gesso.job, b.gesso.job);
  },
};

const results = {};
for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    results[name] = true;
  } catch (error) {
    results[name] = `${error?.stack ?? error}`;
  }
}
console.log(JSON.stringify(results));
