import { h } from '../dom.js';
import { openDialog } from './dialog.js';

const SHORTCUTS = /** @type {const} */ ([
  ['Draw', ['Ctrl', 'Enter']],
  ['Cancel what was sent last', ['Esc']],
  ['Walk over the pictures', ['←', '→', '↑', '↓']],
  ['Look at a picture', ['Enter']],
  ['Repeat it, same seed', ['R']],
  ['Vary it, new seed', ['V']],
  ['Start from it', ['S']],
  ['Use its recipe', ['E']],
  ['Copy it as code', ['C']],
  ['Download it', ['D']],
  ['Delete it', ['Del']],
  ['This list', ['?']],
]);

export function openShortcuts() {
  openDialog({ title: 'Keyboard', class: 'small' },
    h('dl', { class: 'shortcuts' }, ...SHORTCUTS.flatMap(([what, keys]) => [h('dt', {}, what), h('dd', {}, ...keys.map(key => h('kbd', {}, key)))])));
}
