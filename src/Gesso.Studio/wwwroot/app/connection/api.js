import { ApiError, isAbort } from './errors.js';
import { readMessages, SseParser } from './sse.js';

/** @import { SseMessage } from './sse.js' */
/** @import { Adapter, Job, Model, Picture, Status, Upload, Work } from './types.js' */

/**
 * @typedef {object} Call
 * @property {unknown} [json]
 * @property {Blob} [body]
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

/** A random name for one request, so that repeating it after a lost connection makes no second job. (randomUUID exists on https only.) */
export function newIdempotencyKey() {
  return 'studio-' + [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The public HTTP interface of the server: what every other program uses, and nothing else. */
export class Api {
  /** @type {() => string | null} */
  #key;
  /** @type {(why: string) => void} */
  #onRefused;

  /**
   * @param {() => string | null} key
   * @param {(why: string) => void} onRefused  called when the server does not accept the key
   */
  constructor(key, onRefused) {
    this.#key = key;
    this.#onRefused = onRefused;
  }

  /** @returns {Promise<Status>} */
  status() {
    return this.#json('GET', 'api/status');
  }

  /** @returns {Promise<{ data: Model[], default: string }>} */
  models() {
    return this.#json('GET', 'api/models');
  }

  /** @returns {Promise<{ data: Adapter[] }>} */
  adapters() {
    return this.#json('GET', 'api/adapters');
  }

  /** @param {Work & { previews?: boolean }} work @param {string} idempotencyKey @returns {Promise<Job>} */
  submit(work, idempotencyKey) {
    return this.#json('POST', 'api/jobs', { json: work, headers: { 'Idempotency-Key': idempotencyKey } });
  }

  /** Queued and running jobs: all that run, and the newest of those that wait. @returns {Promise<{ jobs: Job[], isComplete: boolean }>} */
  async activeJobs() {
    const page = await this.#json('GET', 'api/jobs?state=queued,running&limit=50');
    if (page.next === null)
      return { jobs: page.data, isComplete: true };
    const running = await this.#json('GET', 'api/jobs?state=running&limit=50');
    return { jobs: [...new Map([...page.data, ...running.data].map(job => [job.id, job])).values()], isComplete: false };
  }

  /** @param {string} id @returns {Promise<Job>} */
  job(id) {
    return this.#json('GET', `api/jobs/${encodeURIComponent(id)}`);
  }

  /** @param {string} id @returns {Promise<Job>} */
  cancel(id) {
    return this.#json('POST', `api/jobs/${encodeURIComponent(id)}/cancel`);
  }

  /** @param {string} id @param {string} idempotencyKey @returns {Promise<Job>} */
  retry(id, idempotencyKey) {
    return this.#json('POST', `api/jobs/${encodeURIComponent(id)}/retry`, { headers: { 'Idempotency-Key': idempotencyKey } });
  }

  /**
   * The events of a job after the one with the given id; resolves when the server has accepted, the stream ends when the server ends it.
   * @param {string} id
   * @param {string | null} lastEventId
   * @param {SseParser} parser
   * @param {AbortSignal} signal
   * @returns {Promise<AsyncIterable<SseMessage> | null>} null: the job has ended, and nothing came after that event
   */
  async events(id, lastEventId, parser, signal) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'text/event-stream' };
    if (lastEventId !== null)
      headers['Last-Event-ID'] = lastEventId;
    const response = await this.#send('GET', `api/jobs/${encodeURIComponent(id)}/events`, { headers, signal });
    if (response.status === 204)
      return null;
    if (response.body === null)
      throw ApiError.unreachable();
    return readMessages(response.body, parser);
  }

  /** This key's pictures, newest first. @param {string | null} before @param {number} limit @returns {Promise<{ data: Picture[], next: string | null }>} */
  pictures(before, limit) {
    const page = before === null ? '' : `&before=${encodeURIComponent(before)}`;
    return this.#json('GET', `api/pictures?mine=true&limit=${limit}${page}`);
  }

  /** @param {string} id @returns {Promise<Picture>} */
  picture(id) {
    return this.#json('GET', `api/pictures/${encodeURIComponent(id)}`);
  }

  /** @param {string} id @returns {Promise<Blob>} */
  async pictureContent(id) {
    const response = await this.#send('GET', `api/pictures/${encodeURIComponent(id)}/content`);
    return await response.blob();
  }

  /** @param {string} id */
  async deletePicture(id) {
    await this.#send('DELETE', `api/pictures/${encodeURIComponent(id)}`);
  }

  /** @param {Blob} picture @returns {Promise<Upload>} */
  upload(picture) {
    return this.#json('POST', 'api/uploads', { body: picture, headers: { 'Content-Type': picture.type } });
  }

  /** @param {string} method @param {string} path @param {Call} [call] @returns {Promise<any>} */
  async #json(method, path, call) {
    const response = await this.#send(method, path, call);
    return await response.json().catch(() => {
      throw ApiError.unreachable();
    });
  }

  /** @param {string} method @param {string} path @param {Call} [call] @returns {Promise<Response>} */
  async #send(method, path, { json, body, headers = {}, signal } = {}) {
    const key = this.#key();
    const all = { ...headers, ...(key === null ? {} : { Authorization: `Bearer ${key}` }), ...(json === undefined ? {} : { 'Content-Type': 'application/json' }) };
    const response = await fetch(path, { method, headers: all, body: json === undefined ? body : JSON.stringify(json), signal, cache: 'no-store', referrerPolicy: 'no-referrer' })
      .catch(error => {
        throw isAbort(error) ? error : ApiError.unreachable();
      });
    if (response.ok)
      return response;
    const error = await ApiError.from(response);
    if (response.status === 401 && key === this.#key())
      this.#onRefused(error.message);
    throw error;
  }
}
