/** @import { Job, Picture } from '../../../../src/Gesso.Studio/wwwroot/app/connection/types.js' */

/** @param {Partial<Job> & { id: string }} part @returns {Job} */
export function job(part) {
  return {
    state: 'queued', model: 'gesso-mini', prompt: 'an owl', n: 1, size: '128x128', created_at: 1000, attempt: 0, position: 1, wait_seconds: 4, progress: null, pictures: [], error: null,
    key: 'key_a', request: { seed: 7 }, ...part,
  };
}

/** @param {Partial<Picture> & { id: string }} part @returns {Picture} */
export function picture(part) {
  const [owner = 'job_1', index = '0'] = part.id.split('-');
  return {
    job: owner, index: Number(index), url: `/api/pictures/${part.id}/content?sig=1`, media_type: 'image/png', width: 128, height: 128, bytes: 1000, seed: 7, created_at: 1000, prompt: 'an owl',
    model: 'gesso-mini', request: {}, ...part,
  };
}
