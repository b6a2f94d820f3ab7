import { h, icon } from '../dom.js';
import { counted } from '../format.js';

/** @import { House, Session } from '../session.js' */

/**
 * The right end of the bar: how the server is, and whose key this is.
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {{ openKey: () => void, openShortcuts: () => void }} actions
 */
export function createHeader(place, session, { openKey, openShortcuts }) {
  const state = h('p', { class: 'house-state', role: 'status' });
  const keyName = h('span', {});
  const key = h('button', { type: 'button', class: 'quiet', title: 'The key of this browser', onclick: openKey }, icon('key'), keyName);
  place.replaceChildren(
    state,
    h('button', { type: 'button', class: 'quiet square', 'aria-label': 'Keyboard shortcuts', title: 'Keyboard shortcuts (?)', onclick: openShortcuts }, icon('keyboard')),
    key);
  session.house.subscribe(house => {
    keyName.textContent = house.status?.key.name ?? 'Key';
    key.setAttribute('aria-label', `${keyName.textContent}: the key of this browser`);
    const { kind, text } = describe(house);
    state.dataset['kind'] = kind;
    if (state.textContent !== text)
      state.textContent = text;
  });
}

/** @param {House} house */
function describe({ connected, refused, status, models }) {
  if (!connected)
    return { kind: 'away', text: 'Reconnecting…' };
  if (refused !== null)
    return { kind: 'away', text: 'No access' };
  if (status === null)
    return { kind: 'quiet', text: '' };
  if (models.length > 0 && !models.some(model => model.ready))
    return { kind: 'away', text: 'No worker is ready' };
  return status.queue.queued > 0 ? { kind: 'ready', text: `${counted(status.queue.queued, 'job')} waiting` } : { kind: 'ready', text: 'Ready' };
}
