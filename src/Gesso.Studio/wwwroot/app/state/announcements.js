import { counted } from '../format.js';

/** @import { Action } from './jobs.js' */

/**
 * What a screen reader says of a job: each milestone once, and not each of its steps.
 */
export class Announcements {
  /** @type {Map<string, { quarter: number, place: number | null, done: boolean }>} */
  #told = new Map();

  /** @param {Action} action @returns {string | null} */
  of(action) {
    switch (action.type) {
      case 'submitted':
        this.#state(action.job.id);
        return 'Sent.';
      case 'place':
        return this.#place(action.job, action.position);
      case 'progress':
        return this.#progress(action.job, action.progress.fraction);
      case 'picture':
        return action.picture.index > 0 ? `Picture ${action.picture.index + 1} is ready.` : null;
      case 'connection':
        return action.connected ? 'Connected again.' : 'The connection is lost. Reconnecting.';
      case 'state':
        return this.#ended(action.job);
      default:
        return null;
    }
  }

  /** @param {string} job */
  #state(job) {
    let state = this.#told.get(job);
    if (state === undefined)
      this.#told.set(job, state = { quarter: 0, place: null, done: false });
    return state;
  }

  /** @param {string} job @param {number} position */
  #place(job, position) {
    const state = this.#state(job);
    if (state.place === position)
      return null;
    state.place = position;
    return position === 0 ? 'Next in the queue.' : `${counted(position, 'job')} before it.`;
  }

  /** @param {string} job @param {number} fraction */
  #progress(job, fraction) {
    const state = this.#state(job);
    const quarter = Math.floor(fraction * 4);
    if (quarter <= state.quarter || quarter >= 4)
      return null;
    state.quarter = quarter;
    return `${quarter * 25} percent.`;
  }

  /** @param {import('../connection/types.js').Job} job */
  #ended(job) {
    const state = this.#state(job.id);
    if (state.done || job.state === 'queued' || job.state === 'running')
      return job.event === 'started' ? 'Drawing.' : null;
    state.done = true;
    if (job.state === 'succeeded')
      return job.n > 1 ? `${job.n} pictures are ready.` : 'The picture is ready.';
    return job.state === 'cancelled' ? 'Cancelled.' : `Failed. ${job.error?.message ?? ''}`.trim();
  }
}
