const FIRST = 500;
const LONGEST = 8000;

/** Waits that double from half a second to eight, each between half and the whole of it, so that a hundred open pages do not come back in step. */
export class Backoff {
  #failures = 0;
  #random;

  /** @param {() => number} [random]  0 … 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** After something arrived. */
  reset() {
    this.#failures = 0;
  }

  /** @param {number | null} [asked]  seconds the server asked for @returns {number} milliseconds */
  next(asked = null) {
    const wait = Math.min(LONGEST, FIRST * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.max((asked ?? 0) * 1000, wait * (0.5 + this.#random() / 2));
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejects when aborted
 */
export function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted)
      return reject(signal.reason);
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', aborted, { once: true });
    function done() {
      signal.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted() {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}
