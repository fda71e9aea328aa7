// The document as it is being written: checked and drawn as one types, and saved when one says so.

import { button, fill, h } from './dom.js';
import { ask, issuerPath, passPath } from './api.js';
import { editor } from './editor.js';
import { findingList } from './findings.js';

const pause = 200; // milliseconds without a key before what is typed is checked

// What was being written when its view was left is kept for as long as the tab is open.
const place = (id) => `draft of ${passPath(id)}`;

function keep(id, draft) {
  try {
    if (draft) sessionStorage.setItem(place(id), JSON.stringify(draft));
    else sessionStorage.removeItem(place(id));
  } catch (problem) {
    console.warn(problem); // the tab has no room left
  }
}

function kept(id) {
  try {
    return JSON.parse(sessionStorage.getItem(place(id)) ?? 'null');
  } catch {
    return null; // the browser lets the page keep nothing
  }
}

// forget drops what was kept of a pass: there is another of its name now.
export const forget = (id) => keep(id, null);

// draftOf is the editor of a pass. It draws into the frames, calls typed when one types, and saved or failed with what became of a
// save.
export function draftOf(id, { front, back, typed, saved, failed }) {
  let revision = '';
  let stored = ''; // the text as it was read
  let gone = false; // the pass is deleted
  let typing = false; // what is written may be half a word, or half an address
  let saving = false;
  let saves = 0; // what was read before the last one is not what is stored
  let timer = 0;
  let request = new AbortController();
  let overtaken = null; // what somebody else has written meanwhile
  let stopped = false;

  const listed = findingList((line) => text.jump(line));
  const text = editor({ changed: type, left: rest, save, describedby: 'findings' });
  listed.element.id = 'findings';
  const saveButton = button('Save', save, { class: 'primary' });
  const discardButton = button('Discard', () => {
    if (overtaken) take(overtaken);
    return set(stored);
  });
  const conflict = h('div', { class: 'notice', role: 'alert', hidden: true });
  const element = h('div', {},
    h('div', { class: 'panel-head' }, h('h2', {}, 'Document'), h('div', { class: 'actions' }, discardButton, saveButton)),
    conflict, text.element, listed.element);

  const dirty = () => text.text() !== stored;

  function type() {
    typing = true;
    clearTimeout(timer);
    timer = setTimeout(check, pause);
    offer();
    typed();
  }

  // rest is when one has typed to the end.
  function rest() {
    typing = false;
    return check();
  }

  function offer() {
    saveButton.disabled = !dirty() && !gone;
    saveButton.textContent = gone ? 'Revive' : 'Save';
    discardButton.disabled = !dirty();
  }

  function set(value) {
    text.set(value);
    offer();
    return rest();
  }

  // check asks what is wrong with the text, and draws it when nothing is. While one types, no picture is fetched.
  async function check() {
    clearTimeout(timer);
    request.abort();
    request = new AbortController();
    try {
      const path = `/local/passes/${passPath(id)}/draft`;
      const answer = await ask('POST', typing ? `${path}?pictures=kept` : path, { body: text.text(), signal: request.signal });
      text.mark(answer.findings);
      listed.show(answer.findings);
      for (const side of [front, back]) side.element.classList.toggle('stale', !answer.draft);
      if (!answer.draft) return;
      front.show(`${path}/drawn?side=front&draft=${answer.draft}`);
      back.show(`${path}/drawn?side=back&draft=${answer.draft}`);
    } catch (problem) {
      if (problem.name !== 'AbortError') listed.say(problem.message);
    }
  }

  async function save() {
    if (saving || (!dirty() && !gone)) return;
    saving = true;
    const written = text.text();
    try {
      const answer = await ask('PUT', issuerPath(id), {
        body: written, headers: { 'Content-Type': 'application/json', 'If-Match': `"${revision}"` },
      });
      revision = answer.revision;
      stored = written; // what has been typed since is a change of it
      gone = false;
      saves += 1;
      offer();
      saved('Saved.');
      if (stopped) leave();
      if (!dirty()) rest();
    } catch (problem) {
      if (problem.status === 412) {
        conflict.querySelector('button')?.focus();
      } else {
        failed(problem);
        rest();
      }
    }
    saving = false;
    return load();
  }

  // load reads the document. What somebody else has written meanwhile does not take the place of what is being typed.
  async function load() {
    if (saving) return; // its end looks
    const before = saves;
    const read = await ask('GET', `/local/passes/${passPath(id)}/document`);
    if (saving || saves !== before || read.revision === revision) return;
    if (revision && dirty() && read.text !== text.text()) return clash(read);
    take(read);
    if (read.text === text.text()) return check();
    return set(stored);
  }

  function take(read) {
    overtaken = null;
    conflict.hidden = true;
    ({ revision, text: stored, deleted: gone } = read);
    offer();
  }

  function clash(read) {
    if (overtaken?.revision === read.revision) return;
    overtaken = read;
    gone = read.deleted;
    offer();
    conflict.hidden = false;
    fill(conflict, `Somebody else has ${gone ? 'deleted' : 'changed'} this document meanwhile. `,
      button('Take theirs', () => { settle(); return set(stored); }),
      button('Keep mine', settle));
  }

  function settle() {
    take(overtaken);
    text.focus();
  }

  const before = kept(id);
  if (before) {
    ({ revision, stored, gone } = before);
    text.set(before.text);
    rest();
  }
  offer();
  const leave = () => keep(id, dirty() ? { revision, stored, gone, text: text.text() } : null);
  addEventListener('pagehide', leave);
  return {
    element, check, load, save,
    dirty,
    revision: () => revision,
    deleted: () => gone,
    stop() {
      stopped = true;
      clearTimeout(timer);
      request.abort();
      removeEventListener('pagehide', leave);
      leave();
    },
  };
}
