/** What to try first, by model: the small one knows a few things in four styles (models/gesso-mini/MODEL_CARD.md). @type {Record<string, readonly string[]>} */
const BY_MODEL = {
  'gesso-mini': ['a red apple in noto style', 'an owl in fluent style', 'a rocket in flat style', 'a sunflower in noto style'],
};

const ANY = [
  'a lighthouse on a cliff at dusk, oil on canvas',
  'a bowl of lemons by a window, morning light, film photograph',
  'a fox in tall grass, woodblock print in three colours',
  'the word GESSO in white paint on a brick wall',
];

/** @param {string | null} model */
export function examplesFor(model) {
  return BY_MODEL[model ?? ''] ?? ANY;
}
