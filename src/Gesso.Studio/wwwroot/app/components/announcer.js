/**
 * The one place where screen readers hear of what happens.
 * @param {Element} region  with role="status"
 */
export function createAnnouncer(region) {
  return (/** @type {string} */ text) => {
    // the same words twice in a row are news, too
    region.textContent = region.textContent === text ? text + '\u00a0' : text;
  };
}
