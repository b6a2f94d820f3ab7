import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, sleep } from '../../../../src/Gesso.Studio/wwwroot/app/connection/backoff.js';
import { ApiError } from '../../../../src/Gesso.Studio/wwwroot/app/connection/errors.js';
import { watchJob } from '../../../../src/Gesso.Studio/wwwroot/app/connection/watch.js';

/** @param {string} state @param {string} id */
const state = (state, id) => ({ event: 'state', id, data: JSON.stringify({ id: 'job_1', state }) });

/**
 * A server whose answers are written down; an Error is thrown where it stands, instead of the answer or in the middle of it.
 * @param {(Error | (object | Error)[] | null)[]} answers
 */
function scripted(answers) {
  /** @type {(string | null)[]} */
  const asked = [];
  return {
    asked,
    /** @param {string} _ @param {string | null} lastId */
    async events(_, lastId) {
      asked.push(lastId);
      const answer = answers[asked.length - 1];
      if (answer === undefined || answer instanceof Error)
        throw answer ?? new Error('asked too often');
      if (answer === null)
        return null;
      return (async function* () {
        for (const message of answer) {
          if (message instanceof Error)
            throw message;
          yield /** @type {any} */ (message);
        }
      })();
    },
  };
}

/** @param {ReturnType<typeof scripted>} api */
async function watched(api, signal = new AbortController().signal) {
  /** @type {any[]} */
  const notices = [];
  /** @type {number[]} */
  const waits = [];
  await watchJob(api, 'job_1', notice => notices.push(notice), signal, { wait: async ms => void waits.push(ms), backoff: new Backoff(() => 1) });
  return { notices, waits };
}

test('a job is followed to its end', async () => {
  const api = scripted([[state('queued', '1'), { event: 'place', data: '{"position":2,"wait_seconds":8}', id: '1' }, state('running', '2'),
    { event: 'progress', data: '{"image":0,"step":3}', id: '2' }, { event: 'news', data: '{}', id: '2' }, state('succeeded', '3')]]);
  const { notices } = await watched(api);
  assert.deepEqual(notices.map(notice => notice.type), ['state', 'place', 'state', 'progress', 'state']);
  assert.deepEqual(notices[1], { type: 'place', job: 'job_1', position: 2, waitSeconds: 8 });
});

test('a broken stream goes on after the last event, and says so in between', async () => {
  const api = scripted([[state('queued', '1'), state('running', '2'), new TypeError('network error')], new ApiError(0, 'unreachable', ''), [state('succeeded', '3')]]);
  const { notices, waits } = await watched(api);
  assert.deepEqual(api.asked, [null, '2', '2']);
  assert.deepEqual(notices.map(notice => notice.type === 'connection' ? notice.connected : notice.job.state), ['queued', 'running', false, true, 'succeeded']);
  assert.deepEqual(waits, [500, 1000]);
});

test('a stream that ends before the job does is opened again', async () => {
  const api = scripted([[state('running', '1')], [state('failed', '2')]]);
  const { notices } = await watched(api);
  assert.equal(notices.at(-1).job.state, 'failed');
});

test('a server that asks for patience gets it', async () => {
  const { waits } = await watched(scripted([new ApiError(503, 'draining', '', { retryAfter: 7 }), [state('succeeded', '1')]]));
  assert.deepEqual(waits, [7000]);
});

test('a job that ended unseen ends the watch', async () => {
  const api = scripted([[state('running', '1')], null]);
  const { notices } = await watched(api);
  assert.deepEqual(api.asked, [null, '1']);
  assert.equal(notices.at(-1).type, 'connection');
});

test('a job that is gone ends the watch', async () => {
  await assert.rejects(watched(scripted([new ApiError(404, 'not_found', 'Job job_1 does not exist.')])), { status: 404 });
});

test('an aborted watch stops without another word', async () => {
  const controller = new AbortController();
  const api = scripted([[state('running', '1')]]);
  const events = api.events.bind(api);
  api.events = async (job, lastId) => {
    const messages = await events(job, lastId);
    return (async function* () {
      yield* messages;
      controller.abort();
      throw new DOMException('aborted', 'AbortError');
    })();
  };
  await assert.rejects(watched(api, controller.signal), { name: 'AbortError' });
});

test('waits double up to eight seconds and shrink again after success', () => {
  const backoff = new Backoff(() => 0);
  assert.deepEqual(Array.from({ length: 7 }, () => backoff.next()), [250, 500, 1000, 2000, 4000, 4000, 4000]);
  backoff.reset();
  assert.equal(backoff.next(), 250);
});

test('a sleep ends early when it is aborted', async () => {
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort();
  await assert.rejects(sleeping, { name: 'AbortError' });
});
