import { Api, newIdempotencyKey } from './connection/api.js';
import { Backoff, sleep } from './connection/backoff.js';
import { ApiError } from './connection/errors.js';
import { Feed } from './connection/feed.js';
import { KeyRing } from './connection/key.js';
import { Tabs } from './connection/tabs.js';
import { noSheets, reduceJobs } from './state/jobs.js';
import { emptyShelf, reduceShelf } from './state/shelf.js';
import { createStore } from './state/store.js';

/** @import { Adapter, Job, Model, Status, Work } from './connection/types.js' */
/** @import { Action } from './state/jobs.js' */

/**
 * What the server is and who we are there; null until known.
 * @typedef {{ status: Status | null, models: Model[], adapters: Adapter[], defaultModel: string | null, connected: boolean, refused: string | null }} House
 */

/** @type {House} */
const unknownHouse = { status: null, models: [], adapters: [], defaultModel: null, connected: true, refused: null };

const PAGE = 60;
const HEAD = 20;
const REFRESH = 20_000;
const SUBMIT_ATTEMPTS = 6;

/** Everything the rooms share: the server, this browser's key, its jobs and pictures, the other tabs. */
export class Session {
  keys = new KeyRing();
  tabs = new Tabs();
  jobs = createStore(reduceJobs, noSheets);
  shelf = createStore(reduceShelf, emptyShelf);
  house = createStore((/** @type {House} */ house, /** @type {Partial<House>} */ change) => ({ ...house, ...change }), unknownHouse);
  api = new Api(() => this.keys.key, why => this.#refuse(why));

  /** @type {Set<(action: Action) => void>} */
  #witnesses = new Set();
  #feed = new Feed(this.api, this.jobs, () => this.house.state.status?.key.id ?? null, action => this.tell(action), connected => this.house.dispatch({ connected }));
  /** @type {Promise<void> | null} */
  #loadingMore = null;
  #generation = 0;

  constructor() {
    this.keys.onChange(() => this.open());
    this.tabs.onMessage(message => {
      if (message.type === 'job-sent')
        this.#feed.lookNow();
      else
        this.#pictureGone(message.picture);
    });
    setInterval(() => this.#refresh(), REFRESH);
    document.addEventListener('visibilitychange', () => this.#refresh());
  }

  /** @param {(action: Action) => void} witness  sees everything that happens to jobs, after the stores know it */
  onAction(witness) {
    this.#witnesses.add(witness);
  }

  /** With the key there is now: from nothing to a page full of pictures. */
  async open() {
    const generation = ++this.#generation;
    this.#feed.stop();
    this.jobs.dispatch({ type: 'forgotten' });
    this.shelf.dispatch({ type: 'forgotten' });
    this.house.dispatch({ ...unknownHouse, connected: this.house.state.connected });
    if (this.keys.key === null)
      return this.house.dispatch({ refused: '' });
    const backoff = new Backoff();
    while (generation === this.#generation && this.house.state.refused === null) {
      try {
        await Promise.all([this.#lookAtHouse(), this.#loadHead(PAGE)]);
        if (generation === this.#generation)
          this.#feed.start();
        return;
      } catch (error) {
        if (error instanceof ApiError && !error.isPassing && error.status < 500)
          return this.house.dispatch({ refused: error.message });
        this.house.dispatch({ connected: false });
        await sleep(backoff.next(error instanceof ApiError ? error.retryAfter : null), new AbortController().signal);
      }
    }
  }

  /** The key that somebody typed; the one there is already means "try again". @param {string} key */
  useKey(key) {
    if (key === this.keys.key)
      this.open();
    else
      this.keys.set(key);
  }

  /** @param {Action} action */
  tell(action) {
    this.jobs.dispatch(action);
    if (action.type === 'state')
      this.shelf.dispatch({ type: 'added', pictures: action.job.pictures ?? [] });
    else if (action.type === 'picture')
      this.shelf.dispatch({ type: 'added', pictures: [action.picture] });
    for (const witness of this.#witnesses)
      witness(action);
  }

  /**
   * Sends work; over a lost connection again under the same idempotency key, so that it is drawn once.
   * @param {Work} work @returns {Promise<Job>}
   */
  submit(work) {
    return this.#sent(key => this.api.submit({ ...work, previews: true }, key));
  }

  /** The same work with the same seed once more. @param {string} job */
  retry(job) {
    return this.#sent(key => this.api.retry(job, key));
  }

  /** @param {string} job */
  async cancel(job) {
    this.tell({ type: 'cancelling', job, asked: true });
    try {
      this.tell({ type: 'state', job: await this.api.cancel(job) });
    } catch (error) {
      this.tell({ type: 'cancelling', job, asked: false });
      throw error;
    }
  }

  /** @param {string} picture */
  async deletePicture(picture) {
    await this.api.deletePicture(picture).catch(error => {
      if (!(error instanceof ApiError) || error.status !== 404)
        throw error;
    });
    this.#pictureGone(picture);
    this.tabs.tell({ type: 'picture-deleted', picture });
  }

  /** A picture did not load: its address is too old, or it was deleted elsewhere. @param {string} picture @returns {Promise<string | null>} a new address */
  async renewAddress(picture) {
    try {
      const renewed = await this.api.picture(picture);
      this.shelf.dispatch({ type: 'refreshed', picture: renewed });
      return renewed.url;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404)
        this.#pictureGone(picture);
      return null;
    }
  }

  /** The next page of the gallery, once at a time. @returns {Promise<void>} */
  loadMore() {
    const { next, started } = this.shelf.state;
    if (!started || next === null)
      return Promise.resolve();
    this.#loadingMore ??= this.api.pictures(next, PAGE)
      .then(page => this.shelf.dispatch({ type: 'page', page }))
      .finally(() => this.#loadingMore = null);
    return this.#loadingMore;
  }

  /** @param {(idempotencyKey: string) => Promise<Job>} send */
  async #sent(send) {
    const key = newIdempotencyKey();
    const backoff = new Backoff();
    for (let attempt = 1; ; attempt++) {
      try {
        const job = await send(key);
        this.tell({ type: 'submitted', job });
        this.tabs.tell({ type: 'job-sent', job: job.id });
        this.#feed.lookNow();
        return job;
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isUnreachable || attempt === SUBMIT_ATTEMPTS)
          throw error;
        this.house.dispatch({ connected: false });
        await sleep(backoff.next(error.retryAfter), new AbortController().signal);
      }
    }
  }

  async #lookAtHouse() {
    const key = this.keys.key;
    const [status, models, adapters] = await Promise.all([this.api.status(), this.api.models(), this.api.adapters()]);
    if (key === this.keys.key)
      this.house.dispatch({ status, models: models.data, adapters: adapters.data, defaultModel: models.default, connected: true, refused: null });
  }

  /** @param {number} limit */
  async #loadHead(limit) {
    const key = this.keys.key;
    const known = this.shelf.state.pictures;
    const page = await this.api.pictures(null, limit);
    if (key === this.keys.key)
      this.shelf.dispatch({ type: 'head', page, known });
  }

  /** What other programs drew with this key, and what became of the models. */
  #refresh() {
    if (document.hidden || this.house.state.status === null || this.house.state.refused !== null)
      return;
    // the feed says when the server is away
    Promise.all([this.#lookAtHouse(), this.#loadHead(HEAD)]).catch(() => {});
  }

  /** @param {string} picture */
  #pictureGone(picture) {
    this.shelf.dispatch({ type: 'deleted', picture });
    this.jobs.dispatch({ type: 'picture-deleted', picture });
  }

  /** @param {string} why */
  #refuse(why) {
    this.#feed.stop();
    this.house.dispatch({ refused: why });
  }
}
