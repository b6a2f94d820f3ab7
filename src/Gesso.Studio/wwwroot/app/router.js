import { h } from './dom.js';

/** @import { Room } from './rooms/rooms.js' */
/** @import { Session } from './session.js' */
/** @import { Toasts } from './components/toasts.js' */

/**
 * Shows the room that the address names. A room is made once and keeps its state while another is shown.
 * @param {{ rooms: readonly Room[], place: Element, navigation: HTMLElement, session: Session, toasts: Toasts }} house
 */
export function startRouter({ rooms, place, navigation, session, toasts }) {
  /** @type {Map<Room, ReturnType<Room['create']>>} */
  const entered = new Map();
  const links = rooms.map(room => h('a', { href: `#${room.path}` }, room.name));
  navigation.replaceChildren(...links);
  // with a single room there is nowhere to go
  navigation.hidden = rooms.length < 2;

  function enter() {
    const path = location.hash.replace(/^#/, '');
    const room = rooms.find(candidate => candidate.path === path) ?? rooms[0];
    if (room === undefined)
      return;
    let made = entered.get(room);
    if (made === undefined)
      entered.set(room, made = room.create(session, toasts));
    if (place.firstElementChild !== made.element)
      place.replaceChildren(made.element);
    for (const [i, link] of links.entries()) {
      if (rooms[i] === room)
        link.setAttribute('aria-current', 'page');
      else
        link.removeAttribute('aria-current');
    }
  }

  addEventListener('hashchange', enter);
  enter();
  return { focusRoom: () => [...entered.values()].at(-1)?.focus() };
}
