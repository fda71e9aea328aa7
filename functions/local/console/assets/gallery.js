// Passes and templates at a glance.

import { arrange, button, fill, frame, h, when } from './dom.js';
import { ask, issuerPath, passPath } from './api.js';
import { listen } from './live.js';
import { findingText } from './findings.js';

const passType = () => document.getElementById('pass-type').value;

// gallery is the view at the root.
export function gallery() {
  const status = h('p', { class: 'notice', role: 'status', hidden: true });
  const passes = h('ul', { class: 'tiles' });
  const templates = h('ul', { class: 'tiles' });
  const more = button('Show more', () => { pages += 1; issued.refresh(); });
  const serial = h('input', { type: 'text', required: true, maxlength: '64', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off' });
  const find = h('form', { class: 'find', hidden: true, onsubmit: open },
    more, h('label', {}, 'Serial number ', serial), h('button', { type: 'submit' }, 'Open'));
  const element = h('div', {},
    h('h1', {}, 'Passes'), status, passes, find,
    h('h2', { class: 'big' }, 'Templates'),
    h('p', { class: 'lead' }, 'Choose one: a pass is issued with sample data, and opens for you to change.'),
    templates);
  let tiles = new Map();
  let pages = 1; // of passes that are shown

  // load shows the passes, those that were written last first.
  async function load() {
    const views = [];
    let next = '';
    for (let page = 0; page < pages; page += 1) {
      const list = await ask('GET', `/local/passes?after=${encodeURIComponent(next)}`);
      views.push(...list.passes);
      next = list.next ?? '';
      if (!next) break;
    }
    find.hidden = !next;
    views.sort((a, b) => Date.parse(b.written) - Date.parse(a.written));
    const shown = new Map();
    for (const view of views) {
      const key = passPath(view);
      const tile = tiles.get(key) ?? passTile(view);
      tile.update(view);
      shown.set(key, tile);
    }
    tiles = shown;
    arrange(passes, [...tiles.values()].map((tile) => tile.element));
    if (!tiles.size) fill(passes, h('li', { class: 'empty' }, 'No pass has been issued yet.'));
  }

  function open(event) {
    event.preventDefault();
    location.hash = `#/passes/${passPath({ passTypeIdentifier: passType(), serialNumber: serial.value.trim() })}`;
  }

  async function loadTemplates() {
    const list = await ask('GET', '/local/templates');
    fill(templates, list.templates.map((view) => templateTile(view, issue)));
  }

  async function issue(name) {
    try {
      const sample = await ask('GET', `/local/templates/${encodeURIComponent(name)}/sample?passTypeIdentifier=${encodeURIComponent(passType())}`);
      await ask('PUT', issuerPath(sample), { body: sample.text, headers: { 'Content-Type': 'application/json' } });
      location.hash = `#/passes/${passPath(sample)}`;
    } catch (problem) {
      status.hidden = false;
      status.scrollIntoView({ block: 'center' });
      fill(status, `${name}: ${problem.message} `, (problem.findings ?? []).map(findingText).join(' '));
    }
  }

  const issued = listen((event) => event.kind === 'pass' && event.serialNumber, load);
  const offered = listen((event) => event.kind === 'template', loadTemplates);
  issued.refresh();
  offered.refresh();
  return {
    element,
    stop() {
      issued.stop();
      offered.stop();
    },
  };
}

// passTile is one pass: its current package drawn, and a link over all of it.
function passTile(pass) {
  const card = frame(`${pass.serialNumber}, front`, { tabindex: '-1', loading: 'lazy' });
  const caption = h('div', { class: 'caption' });
  const element = h('li', { class: 'tile' }, card.element, caption);
  return {
    element,
    update(view) {
      if (view.version > 0) card.show(`/local/passes/${passPath(view)}/drawn?version=${view.version}`);
      fill(caption,
        h('a', { href: `#/passes/${passPath(view)}` }, view.serialNumber),
        h('span', { class: 'sub' }, view.template ?? 'no template', ' · ', when(view.written)),
        badge(view));
    },
  };
}

function badge(view) {
  if (view.deleted) return h('span', { class: 'badge' }, 'Deleted');
  if (view.problem) return h('span', { class: 'badge bad' }, 'Cannot be packaged');
  if (view.voided) return h('span', { class: 'badge' }, 'Voided');
  return null;
}

// templateTile is one template, drawn with its sample, and a button over all of it.
function templateTile(view, issue) {
  const card = frame(`Template ${view.name}, front`, { tabindex: '-1', loading: 'lazy' });
  if (view.drawn) card.show(`/local/templates/${encodeURIComponent(view.name)}/drawn?revision=${view.revision}`);
  const problems = (view.findings ?? []).slice(0, 5);
  return h('li', { class: 'tile' }, card.element,
    h('div', { class: 'caption' },
      view.revision
        ? button(view.name, () => issue(view.name), { class: 'cover', 'aria-label': `Issue a pass of the template ${view.name}` })
        : h('strong', {}, view.name),
      h('span', { class: 'sub' }, view.style ?? ''),
      view.broken && h('span', { class: 'badge bad' }, view.revision ? 'Broken: shown as it was' : 'Broken'),
      problems.length > 0 && h('ul', { class: 'problems' }, problems.map((finding) => h('li', {}, findingText(finding))))));
}
