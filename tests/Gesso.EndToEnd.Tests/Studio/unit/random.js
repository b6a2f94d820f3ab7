/** A repeatable source of numbers (mulberry32). @param {number} seed */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {string} text @param {() => number} next @returns {string[]} the text in pieces of any length, empty ones included */
export function pieces(text, next) {
  const all = [];
  for (let at = 0; at < text.length;) {
    const length = Math.floor(next() * 7);
    all.push(text.slice(at, at + length));
    at += length;
  }
  return all;
}
