/** @typedef {{ name: string, width: number, height: number }} Shape */

/** Proportions people ask for, from tall to wide. */
const PROPORTIONS = /** @type {const} */ ([
  ['Tall', 9, 16],
  ['Portrait', 3, 4],
  ['Square', 1, 1],
  ['Landscape', 4, 3],
  ['Wide', 16, 9],
]);

/** @param {string | null | undefined} text  WIDTHxHEIGHT @returns {{ width: number, height: number } | null} */
export function parseSize(text) {
  const match = /^(\d+)x(\d+)$/.exec(text ?? '');
  return match ? { width: Number(match[1]), height: Number(match[2]) } : null;
}

/**
 * The usual proportions at about the number of pixels the model was made for.
 * @param {string | null | undefined} defaultSize  the model's
 * @param {number | null | undefined} pixelStep  width and height are multiples of it
 * @returns {Shape[]}
 */
export function shapesFor(defaultSize, pixelStep) {
  return PROPORTIONS.map(([name, across, down]) => ({ name, ...sizeLike(across, down, defaultSize, pixelStep) }));
}

/**
 * A size of the given proportions that the model draws well.
 * @param {number} across
 * @param {number} down
 * @param {string | null | undefined} defaultSize
 * @param {number | null | undefined} pixelStep
 */
export function sizeLike(across, down, defaultSize, pixelStep) {
  const { width, height } = parseSize(defaultSize) ?? { width: 1024, height: 1024 };
  const area = width * height;
  const step = pixelStep ?? 16;
  /** @param {number} side */
  const snapped = side => Math.max(step, Math.round(side / step) * step);
  return { width: snapped(Math.sqrt((area * across) / down)), height: snapped(Math.sqrt((area * down) / across)) };
}
