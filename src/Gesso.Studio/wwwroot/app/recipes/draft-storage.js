import { restoreDraft, settingsOf } from './draft.js';

/** @import { Draft } from './draft.js' */

const DRAFT = 'gesso.draft';
const SETTINGS = 'gesso.settings';

/** This tab's form as it was before the reload; in a new tab the settings used last. @returns {Draft} */
export function loadDraft() {
  return restoreDraft(read(sessionStore(), DRAFT) ?? read(localStore(), SETTINGS));
}

/** @param {Draft} draft */
export function saveDraft(draft) {
  write(sessionStore(), DRAFT, draft);
  write(localStore(), SETTINGS, settingsOf(draft));
}

/** Storage is a convenience: full, forbidden or damaged, the page works without it. @param {Storage | null} storage @param {string} name @returns {unknown} */
function read(storage, name) {
  try {
    return JSON.parse(storage?.getItem(name) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {Storage | null} storage @param {string} name @param {unknown} value */
function write(storage, name, value) {
  try {
    storage?.setItem(name, JSON.stringify(value));
  } catch {
    // see read
  }
}

function sessionStore() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function localStore() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
