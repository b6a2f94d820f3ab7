import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { readMessages, SseParser } from '../../../../src/Gesso.Studio/wwwroot/app/connection/sse.js';
import { pieces, random } from './random.js';

/** @param {...string} texts */
function parsed(...texts) {
  const parser = new SseParser();
  return texts.flatMap(text => parser.push(text));
}

test('fields become messages, and the id stays until another comes', () => {
  assert.deepEqual(parsed('event: state\nid: 3\ndata: {"a":1}\n\ndata: more\n\n'), [
    { event: 'state', data: '{"a":1}', id: '3' },
    { event: 'message', data: 'more', id: '3' },
  ]);
});

test('several data lines are one text; comments, unknown fields and empty messages are nothing', () => {
  assert.deepEqual(parsed(': hello\n\nevent: nothing\n\nfoo: bar\ndata:a\ndata\ndata:  b\n\n'), [{ event: 'message', data: 'a\n\n b', id: null }]);
});

test('a message without its empty line is not delivered', () => {
  assert.deepEqual(parsed('data: half'), []);
  assert.deepEqual(parsed('data: half\n'), []);
});

test('line ends of all three kinds, a byte order mark, ids with a null', () => {
  assert.deepEqual(parsed('\uFEFFdata: a\r\rdata: b\r\n\r\nid: x\0y\ndata: c\n\n').map(message => [message.data, message.id]), [['a', null], ['b', null], ['c', null]]);
});

test('retry is kept when it is a number', () => {
  const parser = new SseParser();
  parser.push('retry: soon\n\n');
  assert.equal(parser.retry, null);
  parser.push('retry: 2500\n\n');
  assert.equal(parser.retry, 2500);
});

test('any cut into pieces gives the same messages', () => {
  const next = random(7);
  for (let round = 0; round < 400; round++) {
    const ends = ['\n', '\r\n', '\r'];
    let text = '';
    for (let line = 0; line < 12; line++) {
      const field = ['data: x' + line, 'data', 'event: e', 'id: ' + line, ': comment', '', ''][Math.floor(next() * 7)];
      text += field + ends[Math.floor(next() * 3)];
    }
    assert.deepEqual(parsed(...pieces(text, next)), parsed(text), JSON.stringify(text));
  }
});

test('a stream of bytes is read across characters that are cut in two', async () => {
  const bytes = new TextEncoder().encode('data: Ölfarbe 🎨\n\n');
  const stream = new ReadableStream({
    start(controller) {
      for (const byte of bytes)
        controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const messages = [];
  for await (const message of readMessages(stream))
    messages.push(message.data);
  assert.deepEqual(messages, ['Ölfarbe 🎨']);
});

test('a reader that stops early closes the stream', async () => {
  let cancelled = false;
  const stream = new ReadableStream({
    start: controller => controller.enqueue(new TextEncoder().encode('data: 1\n\ndata: 2\n\n')),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const message of readMessages(stream)) {
    assert.equal(message.data, '1');
    break;
  }
  assert.equal(cancelled, true);
});

test('a stream that is silent for too long is broken', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
    let source;
    const messages = readMessages(new ReadableStream({ start: controller => void (source = controller) }));
    const first = messages.next();
    mock.timers.tick(30_000);
    source?.enqueue(new TextEncoder().encode(': still here\n\ndata: 1\n\n'));
    assert.equal((await first).value?.data, '1');
    const second = assert.rejects(messages.next(), /35 seconds/);
    await new Promise(setImmediate); // it waits again
    mock.timers.tick(36_000);
    await second;
  } finally {
    mock.timers.reset();
  }
});
