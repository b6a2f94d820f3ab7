import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeSheets, easel, latestActive, noSheets, reduceJobs } from '../../../../src/Gesso.Studio/wwwroot/app/state/jobs.js';
import { job, picture } from './samples.js';

/** @import { Action, Sheets } from '../../../../src/Gesso.Studio/wwwroot/app/state/jobs.js' */
/** @import { Job } from '../../../../src/Gesso.Studio/wwwroot/app/connection/types.js' */

/** @param {Action[]} actions @param {Sheets} [from] */
const after = (actions, from = noSheets) => actions.reduce(reduceJobs, from);

/** @param {Sheets} sheets @param {string} id */
function sheet(sheets, id) {
  const found = sheets.get(id);
  assert.ok(found, `${id} is not there`);
  return found;
}

/** @param {string} id @param {Partial<Job>} [part] @returns {Action} */
const state = (id, part) => ({ type: 'state', job: job({ id, ...part }) });

/** @param {string} id @param {number} image @param {number} step @param {string | null} [preview] @returns {Action} */
const progress = (id, image, step, preview = null) => ({ type: 'progress', job: id, progress: { image, images: 2, step, steps: 4, fraction: step / 4, attempt: 1, preview } });

test('a submitted job is there at once, and its progress follows', () => {
  const sheets = after([{ type: 'submitted', job: job({ id: 'job_1' }) }, state('job_1', { state: 'running' }), progress('job_1', 0, 2, 'data:a')]);
  assert.equal(sheet(sheets, 'job_1').job.progress?.step, 2);
  assert.equal(sheet(sheets, 'job_1').preview, 'data:a');
});

test('a preview stays through steps without one, and goes with its picture', () => {
  const drawing = after([state('job_1', { state: 'running', n: 2 }), progress('job_1', 0, 2, 'data:a'), progress('job_1', 0, 3)]);
  assert.equal(sheet(drawing, 'job_1').preview, 'data:a');
  const second = after([{ type: 'picture', job: 'job_1', picture: picture({ id: 'job_1-0' }) }, progress('job_1', 1, 1)], drawing);
  assert.equal(sheet(second, 'job_1').preview, null);
  assert.deepEqual(sheet(second, 'job_1').job.pictures.map(one => one.id), ['job_1-0']);
});

test('progress that comes late does not go back', () => {
  const sheets = after([state('job_1', { state: 'running' }), progress('job_1', 1, 3), progress('job_1', 0, 4)]);
  assert.equal(sheet(sheets, 'job_1').job.progress?.image, 1);
});

test('a new attempt begins again', () => {
  const sheets = after([state('job_1', { state: 'running' }), progress('job_1', 1, 3), state('job_1', { state: 'queued', event: 'returned' }),
    { type: 'progress', job: 'job_1', progress: { image: 0, images: 2, step: 1, steps: 4, fraction: 0.1, attempt: 2 } }]);
  assert.equal(sheet(sheets, 'job_1').job.progress?.step, 1);
});

test('nothing changes a finished job', () => {
  const done = after([state('job_1', { state: 'succeeded', pictures: [picture({ id: 'job_1-0' })] })]);
  assert.equal(after([progress('job_1', 0, 3)], done), done);
  assert.equal(after([{ type: 'listed', jobs: [job({ id: 'job_1', state: 'running' })] }], done), done);
});

test('a list older than the stream does not put a running job back into the queue', () => {
  const running = after([state('job_1', { state: 'running', attempt: 1 })]);
  assert.equal(after([{ type: 'listed', jobs: [job({ id: 'job_1', attempt: 0 })] }], running), running);
});

test('a list brings jobs that others sent', () => {
  assert.deepEqual([...after([{ type: 'listed', jobs: [job({ id: 'job_2' })] }]).keys()], ['job_2']);
});

test('a cancelled job leaves the easel, a failed one stays with its reason', () => {
  const sheets = after([{ type: 'submitted', job: job({ id: 'job_1' }) }, { type: 'listed', jobs: [job({ id: 'job_2' })] }, state('job_1', { state: 'cancelled' }),
    state('job_2', { state: 'failed', error: { code: 'x', message: 'No.' } })]);
  assert.deepEqual([...sheets.keys()], ['job_2']);
  assert.equal(sheet(sheets, 'job_2').job.error?.message, 'No.');
});

test('new work pushes finished work from the easel, but not what is still drawn', () => {
  const sheets = after([state('job_1', { state: 'succeeded' }), state('job_2', { state: 'running' }), { type: 'submitted', job: job({ id: 'job_3' }) }]);
  assert.deepEqual([...sheets.keys()].sort(), ['job_2', 'job_3']);
});

test('three finished jobs stay while others are drawn', () => {
  const sheets = after(['1', '2', '3', '4'].map(n => state(`job_${n}`, { state: 'succeeded' })));
  assert.deepEqual([...sheets.keys()], ['job_2', 'job_3', 'job_4']);
});

test('the easel shows the first of the queue and counts the rest', () => {
  const sheets = after([state('job_0', { state: 'succeeded' }), { type: 'listed', jobs: ['5', '3', '1', '4', '2'].map(n => job({ id: `job_${n}` })) }]);
  const { shown, more } = easel(sheets, 3);
  assert.deepEqual(shown.map(one => one.job.id), ['job_0', 'job_1', 'job_2', 'job_3']);
  assert.equal(more, 2);
  assert.equal(activeSheets(sheets).length, 5);
});

test('Esc means the job sent last that is not being cancelled yet', () => {
  const sheets = after([{ type: 'listed', jobs: [job({ id: 'job_1' }), job({ id: 'job_2' })] }, { type: 'cancelling', job: 'job_2', asked: true }]);
  assert.equal(latestActive(sheets)?.job.id, 'job_1');
  assert.equal(latestActive(noSheets), null);
});

test('places and lost connections are kept beside the job', () => {
  const sheets = after([{ type: 'submitted', job: job({ id: 'job_1' }) }, { type: 'place', job: 'job_1', position: 3, waitSeconds: 12 }, { type: 'connection', job: 'job_1', connected: false }]);
  assert.equal(sheet(sheets, 'job_1').job.position, 3);
  assert.equal(sheet(sheets, 'job_1').connected, false);
});

test('a deleted picture leaves its job, and the last one takes the job along', () => {
  const two = after([state('job_1', { state: 'succeeded', n: 2, pictures: [picture({ id: 'job_1-0' }), picture({ id: 'job_1-1' })] })]);
  const one = after([{ type: 'picture-deleted', picture: 'job_1-0' }], two);
  assert.deepEqual(sheet(one, 'job_1').job.pictures.map(left => left.id), ['job_1-1']);
  assert.equal(after([{ type: 'picture-deleted', picture: 'job_1-1' }], one).size, 0);
});

test('what does not concern any sheet changes nothing', () => {
  assert.equal(after([progress('job_9', 0, 1), { type: 'cleared', job: 'job_9' }, { type: 'connection', job: 'job_9', connected: false }]), noSheets);
});
