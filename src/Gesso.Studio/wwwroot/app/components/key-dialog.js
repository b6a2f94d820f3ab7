import { h } from '../dom.js';
import { openDialog } from './dialog.js';

/** @import { Session } from '../session.js' */

/**
 * Asks for the key when there is none or the server does not know it, and lets it be changed.
 * @param {Session} session
 */
export function createKeyDialog(session) {
  /** @type {HTMLDialogElement | null} */
  let dialog = null;
  session.house.subscribe(({ refused, status }) => {
    if (refused !== null)
      open(refused);
    else if (status !== null && dialog?.dataset['asked'] === 'true')
      dialog.close();
  });

  /** @param {string | null} refused  why the server asks; empty: there is no key yet; null: the person asks */
  function open(refused = null) {
    dialog?.close();
    const asked = refused !== null;
    const key = h('input', { type: 'password', name: 'key', autocomplete: 'current-password', spellcheck: false, placeholder: 'gsk_…', required: true, 'aria-label': 'API key', autofocus: true });
    const form = h('form', {
      class: 'key-form', noValidate: true, onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const typed = key.value.trim();
        if (typed === '')
          return key.focus();
        opened.close();
        session.useKey(typed);
      },
    }, key, h('button', { type: 'submit', class: 'primary' }, 'Use this key'));
    const opened = openDialog({ title: asked ? 'This server asks for a key' : 'The key of this browser', class: 'small', closable: !asked },
      refused ? h('p', { class: 'problem', role: 'alert' }, refused) : null,
      h('p', {}, asked
        ? 'The first start of the server printed one, together with an address that carries it. An administrator makes more on the command line:'
        : `It is ${describe(session)}. Another key shows other pictures. An administrator makes keys on the command line:`),
      h('pre', { class: 'code' }, h('code', {}, 'gesso keys create NAME --role submit')),
      form,
      asked ? null : h('div', { class: 'dialog-actions' }, h('button', { type: 'button', class: 'danger', onclick: () => session.keys.set(null) }, 'Forget the key')));
    opened.dataset['asked'] = String(asked);
    opened.addEventListener('close', () => {
      if (dialog === opened)
        dialog = null;
    });
    dialog = opened;
  }

  return { open: () => open() };
}

/** @param {Session} session */
function describe(session) {
  const key = session.house.state.status?.key;
  return key ? `“${key.name}” and may ${{ admin: 'do everything', submit: 'draw', read: 'look' }[key.role.toLowerCase()] ?? key.role}` : 'not checked yet';
}
