/**
 * @typedef {object} SseMessage
 * @property {string} event  "message" where the server names none
 * @property {string} data
 * @property {string | null} id  the last id of the stream so far, for Last-Event-ID
 */

/**
 * Server-sent events out of text in pieces of any length. The browser's own EventSource cannot send an Authorization header, so streams are read with fetch.
 * Follows the HTML standard: three kinds of line ends (also cut in two), comments, several data lines, ids that stay until replaced.
 */
export class SseParser {
  #rest = '';
  #started = false;
  #afterReturn = false;
  /** @type {string[]} */
  #data = [];
  #event = '';
  /** @type {string | null} */
  #id = null;

  /** Milliseconds that the server asks to wait before a reconnect. @type {number | null} */
  retry = null;

  /**
   * @param {string} text
   * @returns {SseMessage[]} what the text completes
   */
  push(text) {
    if (!this.#started && text.length > 0) {
      this.#started = true;
      if (text.startsWith('\uFEFF'))
        text = text.slice(1);
    }
    if (this.#afterReturn && text.length > 0) {
      // the previous piece ended with the first half of a CRLF
      this.#afterReturn = false;
      if (text.startsWith('\n'))
        text = text.slice(1);
    }
    const messages = [];
    // previews are single lines of hundreds of kilobytes: look for line ends only in what is new
    let start = 0;
    const ends = /\r\n|\r|\n/g;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      const message = this.#line(this.#rest + text.slice(start, end.index));
      this.#rest = '';
      start = end.index + end[0].length;
      if (message)
        messages.push(message);
      if (end[0] === '\r' && start === text.length)
        this.#afterReturn = true;
    }
    this.#rest += text.slice(start);
    return messages;
  }

  /** @param {string} line @returns {SseMessage | null} */
  #line(line) {
    if (line === '')
      return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data')
      this.#data.push(value);
    else if (field === 'event')
      this.#event = value;
    else if (field === 'id' && !value.includes('\0'))
      this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value))
      this.retry = Number(value);
    return null;
  }

  /** @returns {SseMessage | null} */
  #dispatch() {
    const message = this.#data.length === 0 ? null : { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    this.#data = [];
    this.#event = '';
    return message;
  }
}

/** Servers send at least a comment every ten seconds; a longer silence is a connection that nobody closed (a laptop that slept, a dropped route). */
const SILENCE = 35_000;

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {SseParser} [parser]
 * @returns {AsyncGenerator<SseMessage>} ends with the stream; throws when the connection breaks or is silent for too long
 */
export async function* readMessages(body, parser = new SseParser()) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await within(SILENCE, reader.read());
      if (done)
        return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // a consumer that stops early closes the connection
    reader.cancel().catch(() => {});
  }
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Nothing came for ${milliseconds / 1000} seconds.`)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
