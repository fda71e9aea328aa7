// Campaigns: how far the passes of a template have come up to it.

import { button, fill, h, notice, roll, when } from './dom.js';
import { ask } from './api.js';
import { listen } from './live.js';

// campaigns is the view of all campaigns.
export function campaigns() {
  const list = h('ul', { class: 'campaigns' });
  const status = notice();
  const showCampaigns = roll(list, path, (c) => campaignItem(c, put));

  async function look() {
    const { campaigns: all } = await ask('GET', '/issuer/v1/campaigns');
    showCampaigns(all);
    if (!all.length) fill(list, h('li', { class: 'empty' }, 'No template has a campaign yet. One begins when a template changes that passes use.'));
  }

  async function put(c, state) {
    try {
      await ask('PATCH', path(c), { body: JSON.stringify({ state }), headers: { 'Content-Type': 'application/merge-patch+json' } });
    } catch (problem) {
      status.fail(problem.message);
    }
    shown.refresh();
  }

  const sweep = button('Sweep now', async () => {
    try {
      const done = await ask('POST', '/local/sweep');
      status.say(`Swept: ${Object.entries(done).map(([what, n]) => `${n} ${what}`).join(', ')}.`);
    } catch (problem) {
      status.fail(problem.message);
    }
  });
  const shown = listen((event) => event.kind === 'campaign', look);
  shown.refresh();
  return {
    element: h('div', {}, h('h1', {}, 'Campaigns'),
      h('p', { class: 'lead' }, 'When a template changes, a campaign brings every pass that uses it up to it.'), status.element, list,
      h('h2', { class: 'big' }, 'Sweep'),
      h('p', { class: 'lead' }, 'What the scheduler does every few minutes: it announces again what retries could not bring to its end.'), sweep),
    stop: shown.stop,
  };
}

const path = (c) => `/issuer/v1/campaigns/${encodeURIComponent(c.passTypeIdentifier)}/${encodeURIComponent(c.template)}`;

// campaignItem is one campaign; put asks for another state of it.
function campaignItem({ template, passTypeIdentifier }, put) {
  let now = null;
  const badge = h('span', { class: 'badge' });
  const change = button('', () => put(now, now.state === 'running' ? 'paused' : 'running'));
  const progress = h('progress', { 'aria-label': `Passes of ${template} that came up` });
  const facts = h('div', {});
  const element = h('li', { class: 'panel' },
    h('div', { class: 'panel-head' },
      h('h2', {}, template, ' ', h('span', { class: 'sub' }, passTypeIdentifier)),
      h('div', { class: 'actions' }, badge, change)),
    progress, facts);
  return {
    element,
    update(c) {
      now = c;
      element.dataset.state = c.state;
      badge.textContent = c.state;
      change.textContent = { running: 'Pause', done: 'Look again' }[c.state] ?? 'Resume';
      change.setAttribute('aria-label', `${change.textContent}: the campaign of ${template}`);
      const total = Math.max(c.total, c.done);
      progress.max = total || 1;
      progress.value = c.state === 'done' ? total || 1 : c.done;
      const numbers = [
        `${c.done} of ${total} passes`, c.round > 1 && `round ${c.round}`, c.refused && `${c.refused} refused`, c.left && `${c.left} left behind`,
        c.complaints && `${c.complaints} complaints`, `${c.pace} a second`,
      ].filter(Boolean).join(' · ');
      fill(facts,
        h('p', { class: 'sub' }, numbers),
        c.reason && h('p', { class: 'notice bad' }, c.reason),
        c.watchUntil && c.state === 'running' && h('p', { class: 'sub' }, 'Those that go first are watched until ', when(c.watchUntil)),
        c.started && h('p', { class: 'sub' }, 'Began ', when(c.started), c.ended ? ', ended ' : '', c.ended ? when(c.ended) : ''));
    },
  };
}
