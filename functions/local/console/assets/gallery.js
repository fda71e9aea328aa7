// Passes and templates at a glance.

import { button, fill, frame, h, notice, roll, when } from './dom.js';
import { ask, issuerPath, passPath } from './api.js';
import { listen } from './live.js';
import { forget } from './draft.js';
import { findingText } from './findings.js';

const passType = () => document.getElementById('pass-type').value;

// gallery is the view at the root.
export function gallery() {
  const status = notice();
  const passes = h('ul', { class: 'tiles' });
  const templates = h('ul', { class: 'tiles' });
  const more = button('Show more', () => { pages += 1; issued.refresh(); });
  const serial = h('input', { type: 'text', required: true, maxlength: '64', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off' });
  const find = h('form', { class: 'find', hidden: true, onsubmit: open },
    more, h('label', {}, 'Serial number ', serial), h('button', { type: 'submit' }, 'Open'));
  const element = h('div', {},
    h('h1', {}, 'Passes'), status.element, passes, find,
    h('h2', { class: 'big' }, 'Templates'),
    h('p', { class: 'lead' }, 'Choose one: a pass is issued with sample data, and opens for you to change.'),
    templates);
  const showPasses = roll(passes, passPath, passTile);
  const showTemplates = roll(templates, (view) => `${view.name} ${view.revision ? 'whole' : 'broken'} ${view.drawn}`, (view) => templateTile(view, issue));
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
    showPasses(views);
    if (!views.length) fill(passes, h('li', { class: 'empty' }, 'No pass has been issued yet.'));
  }

  function open(event) {
    event.preventDefault();
    location.hash = `#/passes/${passPath({ passTypeIdentifier: passType(), serialNumber: serial.value.trim() })}`;
  }

  async function loadTemplates() {
    const list = await ask('GET', '/local/templates');
    showTemplates(list.templates);
  }

  async function issue(name) {
    try {
      const sample = await ask('GET', `/local/templates/${encodeURIComponent(name)}/sample?passTypeIdentifier=${encodeURIComponent(passType())}`);
      await ask('PUT', issuerPath(sample), { body: sample.text, headers: { 'Content-Type': 'application/json' } });
      forget(sample);
      location.hash = `#/passes/${passPath(sample)}`;
    } catch (problem) {
      status.fail(`${name}: ${problem.message} `, (problem.findings ?? []).map(findingText).join(' '));
      status.element.scrollIntoView({ block: 'center' });
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
  const facts = h('span', { class: 'sub' });
  const state = h('span', {});
  const element = h('li', { class: 'tile' }, card.element,
    h('div', { class: 'caption' }, h('a', { href: `#/passes/${passPath(pass)}` }, pass.serialNumber), facts, state));
  return {
    element,
    update(view) {
      if (view.version > 0) card.show(`/local/passes/${passPath(view)}/drawn?version=${view.version}`);
      fill(facts, view.template ?? 'no template', ' · ', when(view.written));
      fill(state, badge(view));
    },
  };
}

function badge(view) {
  if (view.deleted) return h('span', { class: 'badge' }, 'Deleted');
  if (view.problem) return h('span', { class: 'badge bad' }, 'Cannot be packaged');
  if (view.voided) return h('span', { class: 'badge' }, 'Voided');
  return null;
}

// templateTile is one template, drawn with its sample, and a button over all of it; none while there is nothing to issue.
function templateTile({ name, revision }, issue) {
  const card = frame(`Template ${name}, front`, { tabindex: '-1', loading: 'lazy' });
  const label = revision
    ? button(name, () => issue(name), { class: 'cover', 'aria-label': `Issue a pass of the template ${name}` })
    : h('strong', {}, name);
  const style = h('span', { class: 'sub' });
  const state = h('span', {});
  const problems = h('ul', { class: 'problems' });
  const element = h('li', { class: 'tile' }, card.element, h('div', { class: 'caption' }, label, style, state, problems));
  return {
    element,
    update(view) {
      if (view.drawn) card.show(`/local/templates/${encodeURIComponent(name)}/drawn?revision=${view.revision}`);
      style.textContent = view.style ?? '';
      fill(state, view.broken && h('span', { class: 'badge bad' }, view.revision ? 'Broken: shown as it was' : 'Broken'));
      fill(problems, (view.findings ?? []).slice(0, 5).map((finding) => h('li', {}, findingText(finding))));
      problems.hidden = !view.findings?.length;
    },
  };
}
