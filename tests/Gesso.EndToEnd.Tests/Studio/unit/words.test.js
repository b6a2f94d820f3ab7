import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyInFragment } from '../../../../src/Gesso.Studio/wwwroot/app/connection/key.js';
import { counted, duration, fileSize, moment } from '../../../../src/Gesso.Studio/wwwroot/app/format.js';
import { Announcements } from '../../../../src/Gesso.Studio/wwwroot/app/state/announcements.js';
import { statusLine } from '../../../../src/Gesso.Studio/wwwroot/app/state/status-line.js';
import { job, picture } from './samples.js';

/** @param {Partial<import('../../../../src/Gesso.Studio/wwwroot/app/connection/types.js').Job>} part @param {object} [more] */
const line = (part, more = {}) => statusLine({ job: job({ id: 'job_1', ...part }), preview: null, connected: true, cancelling: false, ...more });

const progress = { image: 1, images: 4, step: 5, steps: 16, fraction: 0.33, eta_seconds: 12 };

test('the status line tells place, step, time left, and what is in the way', () => {
  assert.equal(line({ position: 3, wait_seconds: 240 }).text, '3 jobs before it · about 4 min');
  assert.equal(line({ position: 0, wait_seconds: null }).text, 'Next in the queue');
  assert.equal(line({ position: null, wait_seconds: null }).text, 'Waiting');
  assert.equal(line({ state: 'running' }).text, 'Starting…');
  assert.deepEqual(line({ state: 'running', progress }), { text: 'Picture 2 of 4 · Step 5 of 16 · about 12 s left', fraction: 0.33 });
  assert.equal(line({ state: 'running', progress: { ...progress, images: 1, step: 16 } }).text, 'Finishing');
  assert.deepEqual(line({ state: 'running', progress }, { connected: false }), { text: 'Reconnecting…', fraction: 0.33 });
  assert.equal(line({ state: 'running', progress }, { cancelling: true }).text, 'Cancelling…');
  assert.equal(line({ state: 'failed', error: { code: 'x', message: 'The disk is full.' } }).text, 'The disk is full.');
  assert.equal(line({ state: 'succeeded' }).text, '');
  assert.equal(line({ state: 'succeeded', pictures: [picture({ id: 'job_1-0' })] }).text, '128 × 128 · seed 7');
  assert.equal(line({ state: 'succeeded', pictures: [picture({ id: 'job_1-0' }), picture({ id: 'job_1-1' })] }).text, '2 pictures');
});

test('a screen reader hears each milestone once', () => {
  const announcements = new Announcements();
  /** @param {number} fraction @returns {any} */
  const step = fraction => ({ type: 'progress', job: 'job_1', progress: { ...progress, fraction } });
  const said = [
    { type: 'submitted', job: job({ id: 'job_1' }) },
    { type: 'place', job: 'job_1', position: 2, waitSeconds: 1 },
    { type: 'place', job: 'job_1', position: 2, waitSeconds: 1 },
    { type: 'state', job: job({ id: 'job_1', state: 'running', event: 'started' }) },
    step(0.1), step(0.26), step(0.3), step(0.8), step(0.99), step(1),
    { type: 'connection', job: 'job_1', connected: false },
    { type: 'picture', job: 'job_1', picture: picture({ id: 'job_1-0' }) },
    { type: 'state', job: job({ id: 'job_1', state: 'succeeded' }) },
    { type: 'state', job: job({ id: 'job_1', state: 'succeeded' }) },
  ].map(action => announcements.of(/** @type {any} */ (action))).filter(words => words !== null);
  assert.deepEqual(said, ['Sent.', '2 jobs before it.', 'Drawing.', '25 percent.', '75 percent.', 'The connection is lost. Reconnecting.', 'The picture is ready.']);
});

test('durations, sizes and counts are words for people', () => {
  assert.deepEqual([0, 0.4, 42.4, 100, 7200, null, undefined, -1, NaN].map(duration), ['1 s', '1 s', '42 s', '2 min', '2 h', '', '', '', '']);
  assert.deepEqual([12, 13_400, 2_450_000].map(fileSize), ['12 bytes', '13 kB', '2.5 MB']);
  assert.deepEqual([counted(1, 'job'), counted(3, 'job')], ['1 job', '3 jobs']);
});

test('moments tell the day only when it is another one', () => {
  const now = new Date(2026, 10, 24, 12, 0);
  assert.equal(moment(new Date(2026, 10, 24, 9, 41).getTime() / 1000, now), 'today, 09:41');
  assert.equal(moment(new Date(2026, 9, 3, 9, 41).getTime() / 1000, now), '3 October, 09:41');
  assert.equal(moment(new Date(2025, 9, 3, 9, 41).getTime() / 1000, now), '3 October 2025, 09:41');
});

test('a key is taken from the fragment of the address only', () => {
  assert.equal(keyInFragment('#key=gsk_abc-_1'), 'gsk_abc-_1');
  assert.equal(keyInFragment('#/?key=gsk_abc'), null);
  assert.equal(keyInFragment('#key='), null);
  assert.equal(keyInFragment(''), null);
});
