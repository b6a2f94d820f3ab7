const NAME = 'gesso.key';

/** @param {string} fragment  of the address, with its # @returns {string | null} */
export function keyInFragment(fragment) {
  const key = new URLSearchParams(fragment.replace(/^#/, '')).get('key')?.trim();
  return key ? key : null;
}

/**
 * The API key of this browser: from the address that `gesso serve` printed, then kept in local storage, which every tab shares.
 */
export class KeyRing {
  /** @type {string | null} */
  #key;
  /** @type {Set<(key: string | null) => void>} */
  #listeners = new Set();

  constructor() {
    const fromAddress = keyInFragment(location.hash);
    if (fromAddress !== null) {
      // out of the address bar, the history and screenshots before anything else happens
      history.replaceState(null, '', location.pathname + location.search);
      write(fromAddress);
    }
    this.#key = fromAddress ?? read();
    addEventListener('storage', event => {
      if (event.key === NAME || event.key === null)
        this.#changed(read());
    });
    addEventListener('hashchange', () => {
      const key = keyInFragment(location.hash);
      if (key === null)
        return;
      history.replaceState(null, '', location.pathname + location.search);
      this.set(key);
    });
  }

  get key() {
    return this.#key;
  }

  /** @param {string | null} key */
  set(key) {
    write(key);
    this.#changed(key);
  }

  /** @param {(key: string | null) => void} listener  called after each change, also in another tab */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {string | null} key */
  #changed(key) {
    if (key === this.#key)
      return;
    this.#key = key;
    for (const listener of this.#listeners)
      listener(key);
  }
}

/** Private windows may refuse storage: then the key lives as long as the page. */
function read() {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** @param {string | null} key */
function write(key) {
  try {
    if (key === null)
      localStorage.removeItem(NAME);
    else
      localStorage.setItem(NAME, key);
  } catch {
    // kept in memory only
  }
}
