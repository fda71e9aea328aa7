// The simulated iPhone: what it holds, what its lock screen says, and what it did.

import { button, fill, h, when } from './dom.js';
import { ask, passPath } from './api.js';
import { listen } from './live.js';
import { heldPass } from './held.js';

const deeds = {
  added: 'added', registered: 'registered', pushed: 'heard a push', listed: 'asked what changed', fetched: 'fetched',
  unchanged: 'has the newest of', notice: 'shows', personalized: 'signed up with', removed: 'removed', off: 'was switched off', on: 'was switched on',
};

// ada is who signs up with the phone, where a pass asks for that.
const ada = { fullName: 'Ada Example', givenName: 'Ada', familyName: 'Example', emailAddress: 'ada@example.com', phoneNumber: '+15550100', postalCode: '10115', ISOCountryCode: 'DE' };

// phone draws the simulated iPhone into an element, for as long as the page is there.
export function phone(aside) {
  const clock = h('span', {});
  const title = h('p', { class: 'title', tabindex: '-1' }, 'Wallet');
  const banner = h('div', { class: 'banner', hidden: true });
  const wallet = h('ul', { class: 'wallet', 'aria-label': 'Passes on the iPhone' });
  const empty = h('p', { class: 'hint' }, 'No passes. Open one and choose “Add to the iPhone”.');
  const dark = h('p', { class: 'dark-screen', hidden: true });
  const screen = h('div', { class: 'screen' },
    h('div', { class: 'status-bar', 'aria-hidden': 'true' }, clock, h('span', { class: 'island' }), h('span', { class: 'battery' })),
    h('div', { role: 'status' }, banner), title, empty, wallet, dark);
  const handset = h('div', { class: 'handset', 'data-on': 'true' }, screen);
  const power = button('Switch off', () => act('POST', '/local/iphone/power', JSON.stringify({ on: handset.dataset.on !== 'true' })));
  const pull = button('Ask for updates', () => act('POST', '/local/iphone/update'));
  const trouble = h('p', { class: 'notice bad', role: 'alert', hidden: true });
  const history = h('ol', { class: 'deeds' });
  const cards = new Map(); // what the phone holds, by pass
  let open = ''; // the pass that is open
  let noticed = null; // time of the last notice that has been seen; null before the first look

  fill(aside,
    h('h2', {}, 'Simulated iPhone'), handset,
    h('div', { class: 'phone-controls' }, power, pull), trouble,
    h('details', { open: true }, h('summary', {}, 'What it did'), history));

  async function act(method, path, body) {
    trouble.hidden = true;
    try {
      await ask(method, path, { body });
    } catch (problem) {
      trouble.textContent = problem.message;
      trouble.hidden = false;
    }
    shown.refresh();
  }

  function choose(key) {
    const before = open;
    open = key;
    for (const [other, card] of cards) card.open(other === key);
    wallet.classList.toggle('one', key !== '');
    cards.get(key || before)?.focus();
  }

  // hold shows the passes that the phone holds, and draws only those that have changed.
  function hold(passes) {
    const keys = new Set(passes.map(passPath));
    let within = false; // the keyboard is on a pass that goes
    for (const [key, card] of cards) {
      if (keys.has(key)) continue;
      within ||= card.element.contains(document.activeElement);
      card.element.remove();
      cards.delete(key);
      if (open === key) choose('');
    }
    for (const pass of passes) {
      const key = passPath(pass);
      if (!cards.has(key)) {
        const card = heldPass(pass, {
          open: () => choose(key), close: () => choose(''), remove: () => act('DELETE', `/local/iphone/${key}`),
          signUp: () => act('POST', `/local/iphone/${key}/personalize`, JSON.stringify(ada)),
        });
        cards.set(key, card);
        wallet.append(card.element);
      }
      cards.get(key).show(pass);
    }
    empty.hidden = passes.length > 0;
    if (within) (cards.values().next().value ?? title).focus();
  }

  // notify lets the last notice come down, when it is a new one.
  function notify({ events, passes }) {
    const last = events.findLast((event) => event.kind === 'notice');
    const seen = noticed;
    noticed = last?.time ?? '';
    if (!last || seen === null || last.time === seen) return;
    const from = passes.find((pass) => passPath(pass) === passPath(last));
    fill(banner, h('strong', {}, from?.organizationName ?? last.serialNumber), h('span', {}, last.detail));
    banner.hidden = false;
    banner.getAnimations().forEach((animation) => { animation.cancel(); animation.play(); });
  }

  async function look() {
    const view = await ask('GET', '/local/iphone/screen');
    clock.textContent = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(new Date());
    handset.dataset.on = String(view.on);
    power.textContent = view.on ? 'Switch off' : 'Switch on';
    pull.disabled = !view.on;
    dark.hidden = view.on;
    if (!view.on) banner.hidden = true;
    dark.textContent = view.waiting.length ? 'Off. APNs keeps the last push for it.' : 'Off';
    hold(view.passes);
    wallet.inert = !view.on;
    notify(view);
    fill(history, view.events.toReversed().slice(0, 50).map(({ time, kind, serialNumber, detail }) =>
      h('li', { 'data-kind': kind }, when(time), h('span', {}, ` ${deeds[kind] ?? kind} ${serialNumber || ''} `), detail && h('span', { class: 'sub' }, detail))));
    if (!view.events.length) fill(history, h('li', { class: 'sub' }, 'Nothing yet.'));
  }

  const shown = listen((event) => event.kind === 'phone' || event.kind === 'push', look);
  shown.refresh();
}
