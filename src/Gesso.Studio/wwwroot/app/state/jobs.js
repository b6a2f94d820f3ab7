/** @import { Job, JobState, Picture, Progress } from '../connection/types.js' */
/** @import { Notice } from '../connection/watch.js' */

/**
 * A job as it lies on the easel: what the server says of it, and what this page adds.
 * @typedef {object} Sheet
 * @property {Job} job
 * @property {string | null} preview  data: URL of the picture being drawn
 * @property {boolean} connected  false while the stream of its events is broken
 * @property {boolean} cancelling  asked, not answered yet
 *
 * @typedef {ReadonlyMap<string, Sheet>} Sheets  by job id
 *
 * @typedef {Notice | { type: 'submitted', job: Job } | { type: 'listed', jobs: Job[] } | { type: 'cancelling', job: string, asked: boolean }
 *   | { type: 'cleared', job: string } | { type: 'picture-deleted', picture: string } | { type: 'forgotten' }} Action
 */

/** Finished jobs that stay in view while others are drawn. */
const FINISHED_KEPT = 3;

const FINAL = new Set(/** @type {JobState[]} */ (['succeeded', 'failed', 'cancelled']));

/** @param {Job} job */
export function isFinal(job) {
  return FINAL.has(job.state);
}

/** @type {Sheets} */
export const noSheets = new Map();

/**
 * The whole of what the page knows of unfinished work, as a pure function of what happened.
 * @param {Sheets} sheets
 * @param {Action} action
 * @returns {Sheets} the same map when nothing changed
 */
export function reduceJobs(sheets, action) {
  switch (action.type) {
    case 'submitted':
      // new work pushes the finished sheets from the easel into the gallery
      return put(new Map([...sheets].filter(([, sheet]) => !isFinal(sheet.job))), action.job);
    case 'listed':
      return action.jobs.reduce((all, job) => (isNews(all.get(job.id)?.job, job) ? put(all, job) : all), sheets);
    case 'state':
      return action.job.state === 'cancelled' ? without(sheets, action.job.id) : trim(put(sheets, action.job));
    case 'progress':
      return change(sheets, action.job, sheet => withProgress(sheet, action.progress));
    case 'picture':
      return change(sheets, action.job, sheet => ({ ...sheet, job: { ...sheet.job, pictures: withPicture(sheet.job.pictures, action.picture) }, preview: null }));
    case 'place':
      return change(sheets, action.job, sheet => ({ ...sheet, job: { ...sheet.job, position: action.position, wait_seconds: action.waitSeconds } }));
    case 'connection':
      return change(sheets, action.job, sheet => ({ ...sheet, connected: action.connected }));
    case 'cancelling':
      return change(sheets, action.job, sheet => ({ ...sheet, cancelling: action.asked }));
    case 'cleared':
      return without(sheets, action.job);
    case 'picture-deleted':
      return withoutPicture(sheets, action.picture);
    case 'forgotten':
      return noSheets;
  }
}

/** Jobs that are not finished, in the order in which they were sent. @param {Sheets} sheets @returns {Sheet[]} */
export function activeSheets(sheets) {
  return inOrder(sheets).filter(sheet => !isFinal(sheet.job));
}

/**
 * What to show large: finished sheets and the first of the unfinished ones, oldest first.
 * @param {Sheets} sheets
 * @param {number} most
 * @returns {{ shown: Sheet[], more: number }} more: unfinished jobs beyond those shown
 */
export function easel(sheets, most) {
  const ordered = inOrder(sheets);
  const finished = ordered.filter(sheet => isFinal(sheet.job));
  const active = ordered.filter(sheet => !isFinal(sheet.job));
  const shown = [...finished, ...active.slice(0, most)].sort(byAge);
  return { shown, more: Math.max(0, active.length - most) };
}

/** The job Esc cancels: the one sent last. @param {Sheets} sheets @returns {Sheet | null} */
export function latestActive(sheets) {
  return activeSheets(sheets).filter(sheet => !sheet.cancelling).at(-1) ?? null;
}

/** @param {Sheets} sheets @param {Job} job @returns {Sheets} */
function put(sheets, job) {
  const known = sheets.get(job.id);
  const progress = job.progress ? newer(known?.job.progress ?? null, job.progress) : null;
  const sheet = {
    job: { ...job, pictures: (job.pictures ?? []).reduce(withPicture, known?.job.pictures ?? []), progress },
    preview: isFinal(job) || job.state === 'queued' ? null : (known?.preview ?? null),
    connected: known?.connected ?? true,
    cancelling: (known?.cancelling ?? false) && !isFinal(job),
  };
  return new Map(sheets).set(job.id, sheet);
}

/** A list may have been made before an event that came earlier over the stream. @param {Job | undefined} known @param {Job} listed */
function isNews(known, listed) {
  if (known === undefined)
    return !isFinal(listed);
  if (isFinal(known))
    return false;
  return !(known.state === 'running' && listed.state === 'queued' && (listed.attempt ?? 0) <= (known.attempt ?? 0));
}

/** @param {Sheet} sheet @param {Progress} progress @returns {Sheet} */
function withProgress(sheet, progress) {
  if (isFinal(sheet.job))
    return sheet;
  const kept = newer(sheet.job.progress ?? null, progress);
  const samePicture = sheet.job.progress?.image === kept.image;
  return {
    ...sheet,
    job: { ...sheet.job, state: 'running', progress: { ...kept, preview: null } },
    preview: kept.preview ?? (samePicture ? sheet.preview : null),
  };
}

/** @param {Progress | null} a @param {Progress} b @returns {Progress} */
function newer(a, b) {
  if (a === null)
    return b;
  const before = (a.attempt ?? 0) - (b.attempt ?? 0) || a.image - b.image || a.step - b.step;
  return before > 0 ? a : b;
}

/** @param {Picture[]} pictures @param {Picture} picture @returns {Picture[]} */
function withPicture(pictures, picture) {
  return [...pictures.filter(other => other.id !== picture.id), picture].sort((a, b) => a.index - b.index);
}

/** @param {Sheets} sheets @param {string} picture @returns {Sheets} */
function withoutPicture(sheets, picture) {
  const sheet = [...sheets.values()].find(candidate => candidate.job.pictures.some(other => other.id === picture));
  if (sheet === undefined)
    return sheets;
  const pictures = sheet.job.pictures.filter(other => other.id !== picture);
  if (pictures.length === 0 && isFinal(sheet.job))
    return without(sheets, sheet.job.id);
  return new Map(sheets).set(sheet.job.id, { ...sheet, job: { ...sheet.job, pictures } });
}

/** @param {Sheets} sheets @param {string} id @param {(sheet: Sheet) => Sheet} to @returns {Sheets} */
function change(sheets, id, to) {
  const sheet = sheets.get(id);
  if (sheet === undefined)
    return sheets;
  const changed = to(sheet);
  return changed === sheet ? sheets : new Map(sheets).set(id, changed);
}

/** @param {Sheets} sheets @param {string} id @returns {Sheets} */
function without(sheets, id) {
  if (!sheets.has(id))
    return sheets;
  const rest = new Map(sheets);
  rest.delete(id);
  return rest;
}

/** @param {Sheets} sheets @returns {Sheets} */
function trim(sheets) {
  const finished = inOrder(sheets).filter(sheet => isFinal(sheet.job));
  return finished.slice(0, Math.max(0, finished.length - FINISHED_KEPT)).reduce((all, sheet) => without(all, sheet.job.id), sheets);
}

/** @param {Sheets} sheets */
function inOrder(sheets) {
  return [...sheets.values()].sort(byAge);
}

/** Ids sort by time of creation, finer than the seconds of created_at. @param {Sheet} a @param {Sheet} b */
function byAge(a, b) {
  return a.job.created_at - b.job.created_at || (a.job.id < b.job.id ? -1 : 1);
}
