/** @param {number | null | undefined} seconds @returns {string} "8 s", "3 min", "2 h"; empty where unknown */
export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds) || seconds < 0)
    return '';
  if (seconds < 90)
    return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** @param {number} bytes */
export function fileSize(bytes) {
  if (bytes < 1000)
    return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = one + 's') {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** @param {number} unixSeconds @param {Date} now @returns {string} "today, 09:41", "23 November, 09:41" */
export function moment(unixSeconds, now) {
  const at = new Date(unixSeconds * 1000);
  if (at.toDateString() === now.toDateString())
    return `today, ${time.format(at)}`;
  return `${(at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at)}, ${time.format(at)}`;
}
