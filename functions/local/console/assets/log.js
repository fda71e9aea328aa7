// What devices complained about.

import { fill, h, when } from './dom.js';
import { ask } from './api.js';
import { listen } from './live.js';

// log is the view of the device log.
export function log() {
  const list = h('div');
  const look = async () => {
    const { lines } = await ask('GET', '/local/devicelog');
    fill(list, lines.length
      ? h('ol', { class: 'log' }, [...lines].reverse().map(({ time, line }) => h('li', {}, when(time), h('code', {}, line))))
      : h('p', { class: 'empty' }, 'No device has complained.'));
  };
  const shown = listen((event) => event.kind === 'log', look);
  shown.refresh();
  return {
    element: h('div', {}, h('h1', {}, 'Device log'),
      h('p', { class: 'lead' }, 'When a phone cannot use what it was sent, it says so here. Identifiers and tokens are left out.'), list),
    stop: shown.stop,
  };
}
