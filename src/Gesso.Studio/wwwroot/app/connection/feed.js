import { activeSheets } from '../state/jobs.js';
import { Backoff, sleep } from './backoff.js';
import { ApiError, isAbort } from './errors.js';
import { watchJob } from './watch.js';

/** @import { Api } from './api.js' */
/** @import { Action, Sheets } from '../state/jobs.js' */

/** A browser opens six connections to a server, for all tabs together: streams take two of this tab's, the rest is seen by looking again. */
const STREAMS = 2;

const LOOK = { streamed: 5000, waiting: 2000, idle: 6000, hidden: 15000 };

/**
 * Keeps the page's picture of unfinished work true: it looks at the list of jobs now and then (other tabs and programs send some, too), and streams the events
 * of the jobs that are drawn.
 */
export class Feed {
  /** @type {Api} */
  #api;
  /** @type {{ state: Sheets, dispatch: (action: Action) => void }} */
  #jobs;
  /** @type {() => string | null} */
  #ownKey;
  /** @type {(action: Action) => void} */
  #tell;
  /** @type {(connected: boolean) => void} */
  #onConnection;
  /** @type {Map<string, AbortController>} */
  #streams = new Map();
  /** @type {AbortController | null} */
  #running = null;
  /** @type {AbortController} */
  #pause = new AbortController();

  /**
   * @param {Api} api
   * @param {{ state: Sheets, dispatch: (action: Action) => void }} jobs
   * @param {() => string | null} ownKey  id of this browser's key: jobs of others are not shown
   * @param {(action: Action) => void} tell  everything that happens
   * @param {(connected: boolean) => void} onConnection
   */
  constructor(api, jobs, ownKey, tell, onConnection) {
    this.#api = api;
    this.#jobs = jobs;
    this.#ownKey = ownKey;
    this.#tell = tell;
    this.#onConnection = onConnection;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden)
        this.#closeStreams();
      this.lookNow();
    });
    // a page put aside by the back button holds no connections; when it returns it has to catch up
    addEventListener('pageshow', event => event.persisted && this.lookNow());
    addEventListener('online', () => this.lookNow());
  }

  start() {
    this.stop();
    this.#running = new AbortController();
    this.#loop(this.#running.signal).catch(() => {});
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    this.#closeStreams();
  }

  /** Instead of waiting for the next look. */
  lookNow() {
    this.#pause.abort();
  }

  /** @param {AbortSignal} stopped */
  async #loop(stopped) {
    const backoff = new Backoff();
    while (!stopped.aborted) {
      this.#pause = new AbortController();
      let wait;
      try {
        await this.#look();
        backoff.reset();
        this.#onConnection(true);
        this.#stream();
        wait = this.#untilNextLook();
      } catch (error) {
        if (stopped.aborted || (error instanceof ApiError && error.status === 401))
          return;
        this.#onConnection(false);
        wait = backoff.next(error instanceof ApiError ? error.retryAfter : null);
      }
      await sleep(wait, AbortSignal.any([stopped, this.#pause.signal])).catch(() => {});
    }
  }

  async #look() {
    const before = activeSheets(this.#jobs.state);
    const { jobs, isComplete } = await this.#api.activeJobs();
    const own = jobs.filter(job => job.key === this.#ownKey());
    this.#tell({ type: 'listed', jobs: own });
    const present = new Set(own.map(job => job.id));
    for (const { job } of before.filter(sheet => !present.has(sheet.job.id) && !this.#streams.has(sheet.job.id))) {
      if (isComplete || job.state === 'running')
        await this.#settle(job.id);
      else
        this.#tell({ type: 'cleared', job: job.id }); // far back in a long queue: it comes again when it is drawn
    }
  }

  /** A job left the list unseen: it ended. @param {string} id */
  async #settle(id) {
    try {
      this.#tell({ type: 'state', job: await this.#api.job(id) });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404)
        throw error;
      this.#tell({ type: 'cleared', job: id });
    }
  }

  #stream() {
    if (document.hidden)
      return;
    const active = activeSheets(this.#jobs.state);
    const wanted = [...active.filter(sheet => sheet.job.state === 'running'), ...active.filter(sheet => sheet.job.state === 'queued')].slice(0, STREAMS);
    const chosen = new Set(wanted.map(sheet => sheet.job.id));
    for (const [id, controller] of this.#streams) {
      if (!chosen.has(id))
        controller.abort();
    }
    for (const id of chosen) {
      if (!this.#streams.has(id))
        this.#follow(id);
    }
  }

  /** @param {string} id */
  async #follow(id) {
    const controller = new AbortController();
    this.#streams.set(id, controller);
    try {
      await watchJob(this.#api, id, notice => this.#tell(notice), controller.signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404)
        this.#tell({ type: 'cleared', job: id });
      else if (!isAbort(error) && !(error instanceof ApiError))
        throw error;
    } finally {
      if (this.#streams.get(id) === controller)
        this.#streams.delete(id);
      if (!controller.signal.aborted)
        this.lookNow(); // the next in line gets the connection
    }
  }

  #closeStreams() {
    for (const controller of this.#streams.values())
      controller.abort();
    this.#streams.clear();
  }

  #untilNextLook() {
    if (document.hidden)
      return LOOK.hidden;
    const active = activeSheets(this.#jobs.state);
    if (active.length === 0)
      return LOOK.idle;
    return active.every(sheet => this.#streams.has(sheet.job.id)) ? LOOK.streamed : LOOK.waiting;
  }
}
