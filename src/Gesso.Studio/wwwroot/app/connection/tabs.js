/**
 * @typedef {{ type: 'job-sent', job: string } | { type: 'picture-deleted', picture: string }} TabMessage
 */

const CHANNEL = 'gesso';

/** Tells the other tabs at once what they would otherwise find out at their next look at the server. */
export class Tabs {
  #channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(CHANNEL) : null;

  /** @param {TabMessage} message */
  tell(message) {
    this.#channel?.postMessage(message);
  }

  /** @param {(message: TabMessage) => void} listener */
  onMessage(listener) {
    this.#channel?.addEventListener('message', event => listener(event.data));
  }
}
