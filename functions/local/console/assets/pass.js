// One pass: drawn, its document in an editor, its timeline and its phones.

import { button, fill, frame, h, notice, when } from './dom.js';
import { ask, issuerPath, passPath, same } from './api.js';
import { listen } from './live.js';
import { draftOf } from './draft.js';
import { phones, timeline } from './timeline.js';

// pass is the view of one pass.
export function pass(id) {
  const front = frame(`${id.serialNumber}, front`, { tabindex: '-1' });
  const back = frame(`${id.serialNumber}, back`);
  const facts = h('p', { class: 'facts' });
  const status = notice();
  const actions = h('div', { class: 'actions' });
  const events = h('div');
  const holders = h('div');
  const draft = draftOf(id, { front, back, typed: () => status.say(''), saved: status.say, failed: (problem) => status.fail(problem.message) });
  const columns = h('div', { class: 'pass-columns' },
    h('section', { class: 'drawn', 'aria-label': 'The pass, drawn' },
      h('figure', {}, front.element, h('figcaption', {}, 'Front')),
      h('figure', {}, back.element, h('figcaption', {}, 'Back'))),
    h('div', { class: 'words' },
      h('section', { class: 'panel', 'aria-label': 'Document' }, draft.element),
      h('section', { class: 'panel', 'aria-label': 'Phones' }, h('h2', {}, 'Phones'), holders),
      h('section', { class: 'panel', 'aria-label': 'Timeline' }, h('h2', {}, 'Timeline'), events)));
  const element = h('div', { class: 'pass' },
    h('div', { class: 'pass-head' }, h('div', {}, h('h1', {}, id.serialNumber), facts), actions),
    status.element,
    columns);

  // act does what a button asks for, and says what became of it.
  const act = (text, action, done, properties) => button(text, async () => {
    try {
      await action();
      status.say(done);
    } catch (problem) {
      status.fail(problem.message);
    }
    shown.refresh();
  }, properties);

  // settled keeps the buttons from changing the document under what is being typed.
  function settled() {
    if (draft.dirty()) throw new Error('The document has changes that are not saved. Save or discard them first.');
  }

  async function merge(patch) {
    settled();
    await ask('PATCH', issuerPath(id), {
      body: JSON.stringify(patch), headers: { 'Content-Type': 'application/merge-patch+json', 'If-Match': `"${draft.revision()}"` },
    });
  }

  async function remove() {
    settled();
    await ask('DELETE', issuerPath(id));
  }

  async function look() {
    let view;
    try {
      view = await ask('GET', issuerPath(id));
      await draft.load();
    } catch (problem) {
      if (problem.status !== 404) return status.fail(problem.message);
      columns.hidden = true;
      actions.hidden = true;
      return fill(facts, 'There is no such pass. ', h('a', { href: '#/' }, 'All passes'));
    }
    columns.hidden = false;
    actions.hidden = false;
    const { package: current } = view;
    fill(facts, id.passTypeIdentifier, ' · ', state(view), current.lastModified ? ' · ' : '', current.lastModified ? when(current.lastModified) : '');
    showActions(view);
    fill(holders, phones(view));
    fill(events, timeline(view.timeline));
  }

  // showActions offers what can be done now, and leaves the buttons alone while that is the same, for whoever is on one of them.
  function showActions(view) {
    const deleted = draft.deleted();
    const key = JSON.stringify([view.package.version > 0, deleted, view.voided, view.installURL]);
    if (actions.dataset.key === key) return;
    actions.dataset.key = key;
    const within = actions.contains(document.activeElement);
    fill(actions,
      act('Add to the iPhone', () => ask('POST', '/local/iphone', { body: view.installURL }), 'The iPhone holds the pass.',
        { class: 'primary', disabled: view.package.version === 0 }),
      h('a', { class: 'button', href: view.installURL, target: '_blank', rel: 'noopener' }, 'Install page'),
      !deleted && !view.voided && act('Void', () => merge({ voided: true }), 'The pass is void.'),
      !deleted && view.voided && act('Make valid', () => merge({ voided: null }), 'The pass is valid again.'),
      !deleted && act('Delete', remove, 'The pass is deleted: phones that hold it are told that it is void. Revive it with what is in the editor.', { class: 'danger' }),
      deleted && button('Revive', () => draft.save()));
    if (within) actions.firstElementChild.focus();
  }

  const mine = (event) => (event.kind === 'pass' && (!event.serialNumber || same(event, id)) && event.passTypeIdentifier === id.passTypeIdentifier);
  const shown = listen(mine, look);
  const checked = listen((event) => event.kind === 'template', () => draft.check());
  shown.refresh();
  return {
    element,
    stop() {
      shown.stop();
      checked.stop();
      draft.stop();
    },
  };
}

function state({ package: current, voided }) {
  const words = voided ? 'void, ' : '';
  if (!current.version) return `${words}${current.problem ? 'cannot be packaged' : 'being packaged'}`;
  if (current.problem) return `${words}version ${current.version}; what was written since cannot be packaged`;
  return `${words}version ${current.version}${current.current ? ', current' : ', a newer one is being made'}`;
}
