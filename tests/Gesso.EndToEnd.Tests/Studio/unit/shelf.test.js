import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyShelf, reduceShelf } from '../../../../src/Gesso.Studio/wwwroot/app/state/shelf.js';
import { picture } from './samples.js';

/** @import { Shelf } from '../../../../src/Gesso.Studio/wwwroot/app/state/shelf.js' */

/** @param {...number} numbers */
const pictures = (...numbers) => numbers.map(n => picture({ id: `job_${String(n).padStart(3, '0')}-0` }));

/** @param {Shelf} shelf */
const numbers = shelf => shelf.pictures.map(one => Number(one.job.slice(4)));

const three = reduceShelf(emptyShelf, { type: 'head', page: { data: pictures(9, 8, 7), next: 'c7' }, known: [] });

test('pages follow each other, newest first, none twice', () => {
  const all = reduceShelf(three, { type: 'page', page: { data: pictures(7, 6, 5), next: null } });
  assert.deepEqual(numbers(all), [9, 8, 7, 6, 5]);
  assert.equal(all.next, null);
});

test('pictures of one job are in the order of their making, the last first', () => {
  const shelf = reduceShelf(emptyShelf, { type: 'added', pictures: [picture({ id: 'job_1-0' }), picture({ id: 'job_1-2' }), picture({ id: 'job_1-1' })] });
  assert.deepEqual(shelf.pictures.map(one => one.index), [2, 1, 0]);
});

test('a new first page brings what is new and takes what was deleted elsewhere', () => {
  const more = reduceShelf(three, { type: 'page', page: { data: pictures(6, 5), next: 'c5' } });
  const refreshed = reduceShelf(more, { type: 'head', page: { data: pictures(10, 9, 7), next: 'c7' }, known: more.pictures });
  assert.deepEqual(numbers(refreshed), [10, 9, 7, 6, 5]);
  assert.equal(refreshed.next, 'c5');
});

test('a picture that came while the page was asked for stays', () => {
  const added = reduceShelf(three, { type: 'added', pictures: pictures(11) });
  assert.deepEqual(numbers(reduceShelf(added, { type: 'head', page: { data: pictures(9, 8, 7), next: 'c7' }, known: three.pictures })), [11, 9, 8, 7]);
});

test('after more than a page of news the gallery begins again rather than leave a gap', () => {
  const jumped = reduceShelf(three, { type: 'head', page: { data: pictures(30, 29, 28), next: 'c28' }, known: three.pictures });
  assert.deepEqual(numbers(jumped), [30, 29, 28]);
  assert.equal(jumped.next, 'c28');
});

test('an empty first page empties the gallery', () => {
  assert.deepEqual(numbers(reduceShelf(three, { type: 'head', page: { data: [], next: null }, known: three.pictures })), []);
});

test('a known picture keeps the address under which the browser has it, until it is renewed', () => {
  const again = reduceShelf(three, { type: 'head', page: { data: [picture({ id: 'job_009-0', url: '/other' }), ...pictures(8, 7)], next: 'c7' }, known: three.pictures });
  assert.notEqual(again.pictures[0]?.url, '/other');
  assert.equal(reduceShelf(again, { type: 'refreshed', picture: picture({ id: 'job_009-0', url: '/other' }) }).pictures[0]?.url, '/other');
});

test('deleting what is not there changes nothing', () => {
  assert.equal(reduceShelf(three, { type: 'deleted', picture: 'job_1-0' }), three);
  assert.deepEqual(numbers(reduceShelf(three, { type: 'deleted', picture: 'job_008-0' })), [9, 7]);
});
