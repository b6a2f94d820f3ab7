import { createCreateRoom } from './create/room.js';

/** @import { Session } from '../session.js' */
/** @import { Toasts } from '../components/toasts.js' */

/**
 * @typedef {object} Room
 * @property {string} path  after the # of the address
 * @property {string} name  in the navigation
 * @property {(session: Session, toasts: Toasts) => { element: HTMLElement, focus: () => void }} create  called when the room is first entered
 */

/** Every room of the studio, in the order of the navigation; the first is where one arrives. @type {readonly Room[]} */
export const rooms = [{ path: '/', name: 'Create', create: createCreateRoom }];
