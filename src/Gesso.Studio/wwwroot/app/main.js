import { createAnnouncer } from './components/announcer.js';
import { createHeader } from './components/header.js';
import { createKeyDialog } from './components/key-dialog.js';
import { openShortcuts } from './components/shortcuts.js';
import { createToasts } from './components/toasts.js';
import { takesText } from './dom.js';
import { rooms } from './rooms/rooms.js';
import { startRouter } from './router.js';
import { Session } from './session.js';
import { Announcements } from './state/announcements.js';
import { activeSheets } from './state/jobs.js';

/** @param {string} id */
const part = id => /** @type {HTMLElement} */ (document.getElementById(id));

const session = new Session();
const toasts = createToasts(part('toasts'));
const announce = createAnnouncer(part('announcer'));
const announcements = new Announcements();

session.onAction(action => {
  const words = announcements.of(action);
  if (words !== null)
    announce(words);
});
session.jobs.subscribe(sheets => {
  const running = activeSheets(sheets).find(sheet => sheet.job.progress);
  document.title = running?.job.progress ? `${Math.round(running.job.progress.fraction * 100)} % · Gesso` : 'Gesso';
});
const keyDialog = createKeyDialog(session);
createHeader(part('bar-end'), session, { openKey: () => keyDialog.open(), openShortcuts });
const router = startRouter({ rooms, place: part('room'), navigation: part('rooms'), session, toasts });
document.addEventListener('keydown', event => {
  if (event.key === '?' && !takesText(document.activeElement) && !document.querySelector('dialog[open]'))
    openShortcuts();
});

await session.open();
if (!document.querySelector('dialog[open]'))
  router.focusRoom();
