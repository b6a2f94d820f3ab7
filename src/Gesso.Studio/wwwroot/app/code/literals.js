/** A string for JavaScript and C#: both read JSON's escapes, but neither may hold the two line separators of Unicode as they are. @param {string} text */
export function quoted(text) {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replaceAll('\u0085', '\\u0085');
}

/** One word of a POSIX shell. @param {string} text */
export function shellQuoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The file name that stands for the picture to start from. */
export const START_FILE = 'start.png';

/** @import { Work } from '../connection/types.js' */

/**
 * A job's work as OpenAI's interface takes it: its own fields on top, Gesso's in one object.
 * @param {Work} work
 */
export function openAiCall(work) {
  const { model, prompt, size, n, output_format, output_compression, image, mask, mask_reading, ...own } = work;
  const fields = defined({ model, prompt, size, n, output_format, output_compression });
  const gesso = defined(own);
  return { isEdit: image != null, fields, gesso: Object.keys(gesso).length > 0 ? gesso : null };
}

/** @param {Record<string, unknown>} fields */
function defined(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
