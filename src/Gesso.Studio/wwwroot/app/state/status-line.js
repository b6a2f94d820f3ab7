import { counted, duration } from '../format.js';

/** @import { Sheet } from './jobs.js' */

/**
 * Where a job stands, in a few words.
 * @param {Sheet} sheet
 * @returns {{ text: string, fraction: number | null }} fraction: null where nothing can be measured yet
 */
export function statusLine({ job, connected, cancelling }) {
  const fraction = job.state === 'running' && job.progress ? job.progress.fraction : null;
  if (job.state === 'failed')
    return { text: job.error?.message ?? 'The server gave no reason.', fraction: null };
  if (job.state === 'succeeded' || job.state === 'cancelled')
    return { text: drawn(job.pictures), fraction: null };
  if (cancelling)
    return { text: 'Cancelling…', fraction };
  if (!connected)
    return { text: 'Reconnecting…', fraction };
  return { text: job.state === 'queued' ? waiting(job.position, job.wait_seconds) : drawing(job.progress), fraction };
}

/** @param {Sheet['job']['pictures']} pictures */
function drawn([first, ...others]) {
  if (first === undefined)
    return '';
  return others.length > 0 ? counted(others.length + 1, 'picture') : `${first.width} × ${first.height} · seed ${first.seed}`;
}

/** @param {number | null | undefined} position  jobs that go first @param {number | null | undefined} seconds */
function waiting(position, seconds) {
  const place = position == null ? 'Waiting' : position === 0 ? 'Next in the queue' : `${counted(position, 'job')} before it`;
  const wait = duration(seconds);
  return wait === '' || seconds === 0 ? place : `${place} · about ${wait}`;
}

/** @param {Sheet['job']['progress']} progress */
function drawing(progress) {
  if (!progress)
    return 'Starting…';
  const picture = progress.images > 1 ? `Picture ${progress.image + 1} of ${progress.images} · ` : '';
  const left = duration(progress.eta_seconds);
  const step = progress.step >= progress.steps ? 'Finishing' : `Step ${progress.step} of ${progress.steps}`;
  return `${picture}${step}${left === '' || progress.step >= progress.steps ? '' : ` · about ${left} left`}`;
}
