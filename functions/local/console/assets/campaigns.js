// Campaigns: how far the passes of a template have come up to it.

import { button, fill, h, when } from './dom.js';
import { ask } from './api.js';
import { listen } from './live.js';

// campaigns is the view of all campaigns.
export function campaigns() {
  const list = h('ul', { class: 'campaigns' });
  const status = h('p', { class: 'notice', role: 'status', hidden: true });
  const say = (text) => {
    status.hidden = false;
    status.textContent = text;
  };

  async function look() {
    const { campaigns: all } = await ask('GET', '/issuer/v1/campaigns');
    fill(list, all.length ? all.map(item) : h('li', { class: 'empty' }, 'No template has a campaign yet. One begins when a template changes that passes use.'));
  }

  function item(c) {
    const path = `/issuer/v1/campaigns/${encodeURIComponent(c.passTypeIdentifier)}/${encodeURIComponent(c.template)}`;
    const names = { paused: 'Pause', running: c.state === 'done' ? 'Look again' : 'Resume' };
    const put = (state) => button(names[state], async () => {
      try {
        await ask('PATCH', path, { body: JSON.stringify({ state }), headers: { 'Content-Type': 'application/merge-patch+json' } });
      } catch (problem) {
        say(problem.message);
      }
      shown.refresh();
    }, { 'aria-label': `${names[state]}: the campaign of ${c.template}` });
    const total = Math.max(c.total, c.done);
    const facts = [
      `${c.done} of ${total} passes`, c.round > 1 && `round ${c.round}`, c.refused && `${c.refused} refused`, c.left && `${c.left} left behind`,
      c.complaints && `${c.complaints} complaints`, `${c.pace} a second`,
    ].filter(Boolean).join(' · ');
    return h('li', { class: 'panel', 'data-state': c.state },
      h('div', { class: 'panel-head' },
        h('h2', {}, c.template, ' ', h('span', { class: 'sub' }, c.passTypeIdentifier)),
        h('div', { class: 'actions' }, h('span', { class: 'badge' }, c.state), put(c.state === 'running' ? 'paused' : 'running'))),
      h('progress', { max: String(total || 1), value: String(c.state === 'done' ? total || 1 : c.done), 'aria-label': `Passes of ${c.template} that came up` }),
      h('p', { class: 'sub' }, facts),
      c.reason && h('p', { class: 'notice bad' }, c.reason),
      c.watchUntil && c.state === 'running' && h('p', { class: 'sub' }, 'Those that go first are watched until ', when(c.watchUntil)),
      c.started && h('p', { class: 'sub' }, 'Began ', when(c.started), c.ended ? ', ended ' : '', c.ended ? when(c.ended) : ''));
  }

  const sweep = button('Sweep now', async () => {
    try {
      const done = await ask('POST', '/local/sweep');
      say(`Swept: ${Object.entries(done).map(([what, n]) => `${n} ${what}`).join(', ')}.`);
    } catch (problem) {
      say(problem.message);
    }
  });
  const shown = listen((event) => event.kind === 'campaign', look);
  shown.refresh();
  return {
    element: h('div', {}, h('h1', {}, 'Campaigns'),
      h('p', { class: 'lead' }, 'When a template changes, a campaign brings every pass that uses it up to it.'), status, list,
      h('h2', { class: 'big' }, 'Sweep'),
      h('p', { class: 'lead' }, 'What the scheduler does every few minutes: it announces again what retries could not bring to its end.'), sweep),
    stop: shown.stop,
  };
}
