/**
 * A value that changes by actions, and those who want to know.
 * @template S, A
 * @param {(state: S, action: A) => S} reduce
 * @param {S} initial
 */
export function createStore(reduce, initial) {
  let state = initial;
  /** @type {Set<(state: S) => void>} */
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    /** @param {A} action */
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state)
        return;
      state = next;
      for (const listener of [...listeners])
        listener(state);
    },
    /** Calls at once and after each change. @param {(state: S) => void} listener @returns {() => void} stops it */
    subscribe(listener) {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
  };
}
