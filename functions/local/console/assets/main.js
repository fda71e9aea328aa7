// The console: which view is shown, and what stays beside it.

import { fill, h } from './dom.js';
import { connect } from './live.js';
import { gallery } from './gallery.js';
import { pass } from './pass.js';
import { campaigns } from './campaigns.js';
import { log } from './log.js';
import { phone } from './phone.js';

const views = [
  [/^#?\/?$/, () => gallery(), 'Passes and templates'],
  [/^#\/passes\/([^/]+)\/([^/]+)$/, (passTypeIdentifier, serialNumber) => pass({ passTypeIdentifier, serialNumber }), 'Pass'],
  [/^#\/campaigns$/, () => campaigns(), 'Campaigns'],
  [/^#\/log$/, () => log(), 'Device log'],
];

const main = document.getElementById('main');
let stop = () => {};

// route shows the view that the address names.
function route(focus) {
  for (const [pattern, view, title] of views) {
    const found = pattern.exec(location.hash);
    if (!found) continue;
    const parameters = found.slice(1).map(decode);
    if (parameters.includes(null)) continue;
    stop();
    const shown = view(...parameters);
    stop = shown.stop;
    fill(main, shown.element);
    document.title = `${parameters.at(-1) ?? title} – Wallet passes`;
    mark();
    if (focus) {
      main.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    return;
  }
  stop();
  stop = () => {};
  document.title = 'Wallet passes';
  mark();
  fill(main, h('p', { class: 'notice' }, 'There is no such page. ', h('a', { href: '#/' }, 'All passes')));
}

// decode reads a segment of the address; null when nobody can.
function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

// mark says in the navigation where one is.
function mark() {
  for (const link of document.querySelectorAll('nav a')) {
    const here = link.hash === (location.hash || '#/') || (link.hash === '#/' && location.hash.startsWith('#/passes/'));
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

// Links to a place on the page leave the address to the view.
for (const link of document.querySelectorAll('a[href="#main"], a[href="#iphone"]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    const place = document.querySelector(link.getAttribute('href'));
    place.focus({ preventScroll: true });
    place.scrollIntoView();
  });
}
addEventListener('hashchange', () => route(true));
route(false);
phone(document.getElementById('iphone'));
connect(document.getElementById('live'));
