import { Backoff, sleep } from './backoff.js';
import { ApiError } from './errors.js';
import { SseParser } from './sse.js';

/** @import { Api } from './api.js' */
/** @import { Job, Picture, Progress } from './types.js' */

/**
 * @typedef {{ type: 'state', job: Job } | { type: 'picture', job: string, picture: Picture } | { type: 'progress', job: string, progress: Progress }
 *   | { type: 'place', job: string, position: number, waitSeconds: number | null } | { type: 'connection', job: string, connected: boolean }} Notice
 */

const FINAL = new Set(['succeeded', 'failed', 'cancelled']);

/**
 * Follows one job to its end, through lost connections and restarts of the server: it reconnects with the id of the last event it saw, and the server sends
 * what came after.
 * @param {Pick<Api, 'events'>} api
 * @param {string} job
 * @param {(notice: Notice) => void} notify
 * @param {AbortSignal} signal
 * @param {{ wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>, backoff?: Backoff }} [timing]
 * @returns {Promise<void>} resolves at the job's end; rejects when aborted, or when the server refuses for good
 */
export async function watchJob(api, job, notify, signal, { wait = sleep, backoff = new Backoff() } = {}) {
  /** @type {string | null} */
  let lastId = null;
  let connected = true;
  for (;;) {
    const parser = new SseParser();
    let asked = null;
    try {
      const messages = await api.events(job, lastId, parser, signal);
      if (messages === null)
        return;
      if (!connected)
        notify({ type: 'connection', job, connected: connected = true });
      for await (const message of messages) {
        backoff.reset();
        lastId = message.id ?? lastId;
        const notice = read(job, message);
        if (notice)
          notify(notice);
        if (notice?.type === 'state' && FINAL.has(notice.job.state))
          return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError && !error.isPassing && error.status < 500)
        throw error;
      asked = error instanceof ApiError ? error.retryAfter : null;
    }
    signal.throwIfAborted();
    if (connected)
      notify({ type: 'connection', job, connected: connected = false });
    await wait(Math.max(backoff.next(asked), parser.retry ?? 0), signal);
  }
}

/** @param {string} job @param {{ event: string, data: string }} message @returns {Notice | null} unknown events are for newer pages */
function read(job, { event, data }) {
  const value = JSON.parse(data);
  switch (event) {
    case 'state':
      return { type: 'state', job: value };
    case 'picture':
      return { type: 'picture', job, picture: value };
    case 'progress':
      return { type: 'progress', job, progress: value };
    case 'place':
      return { type: 'place', job, position: value.position, waitSeconds: value.wait_seconds };
    default:
      return null;
  }
}
