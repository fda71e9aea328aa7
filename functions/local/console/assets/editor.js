// A document as text: a textarea with line numbers, and findings at the lines that they are about. Tab leaves it.

import { h } from './dom.js';

// editor calls changed with the text as it is typed, left when one goes elsewhere after that, and save when Ctrl+S or Cmd+S is pressed.
export function editor({ changed, left, save, describedby }) {
  const gutter = h('div', { class: 'gutter', 'aria-hidden': 'true' });
  const marks = h('div', { class: 'marks', 'aria-hidden': 'true' });
  const area = h('textarea', {
    spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', wrap: 'off', 'aria-label': 'Document, as JSON',
    'aria-describedby': describedby, 'aria-keyshortcuts': 'Control+S',
  });
  const element = h('div', { class: 'editor' }, gutter, h('div', { class: 'sheet' }, marks, area));
  let found = [];

  // number writes the line numbers, and behind the text what was found: where its line ends.
  function number() {
    const lines = area.value.split('\n');
    area.rows = lines.length;
    const byLine = new Map();
    for (const finding of found) {
      if (!byLine.has(finding.line) || finding.severity === 'error') byLine.set(finding.line, finding);
    }
    gutter.replaceChildren(...lines.map((_, i) => h('div', { class: byLine.get(i + 1)?.severity ?? '' }, String(i + 1))));
    marks.replaceChildren(...lines.map((line, i) => {
      const finding = byLine.get(i + 1);
      return h('div', { class: finding?.severity ?? '' }, h('span', {}, line), finding && h('em', {}, finding.message));
    }));
  }

  area.addEventListener('input', () => {
    found = [];
    number();
    changed(area.value);
  });
  area.addEventListener('change', left);
  area.addEventListener('scroll', () => {
    marks.scrollLeft = area.scrollLeft;
  });
  area.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault();
      save();
    }
  });

  return {
    element,
    text: () => area.value,
    focus: () => area.focus(),
    // set replaces the text and keeps the caret as well as it can.
    set(text) {
      const { selectionStart, selectionEnd } = area;
      area.value = text;
      area.setSelectionRange(Math.min(selectionStart, text.length), Math.min(selectionEnd, text.length));
      found = [];
      number();
    },
    mark(findings) {
      found = findings;
      area.setAttribute('aria-invalid', String(findings.some((finding) => finding.severity === 'error')));
      number();
    },
    // jump selects a line.
    jump(line) {
      const lines = area.value.split('\n');
      const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
      area.focus();
      area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
      gutter.children[line - 1]?.scrollIntoView({ block: 'nearest' });
    },
  };
}
