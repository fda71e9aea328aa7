// Findings in words, and the list of those of the editor.

import { button, fill, h } from './dom.js';

// findingText is a finding in one line.
export const findingText = (finding) => [finding.path, finding.message, finding.rule && `(${finding.rule})`].filter(Boolean).join(' ');

// findingList shows what was found in a document. Each leads to its line.
export function findingList(jump) {
  const summary = h('p', { class: 'summary', role: 'status' });
  const list = h('ol', { class: 'findings' });
  let listed = '';
  return {
    element: h('div', { class: 'findings-box' }, summary, list),
    say(text) {
      summary.textContent = text;
    },
    show(findings) {
      const errors = findings.filter((finding) => finding.severity === 'error').length;
      const warnings = findings.length - errors;
      const counts = [count(errors, 'error'), count(warnings, 'warning')].filter(Boolean).join(', ');
      summary.textContent = counts || 'Nothing is wrong with it.';
      summary.className = `summary ${errors ? 'bad' : warnings ? 'doubtful' : 'good'}`;
      const found = JSON.stringify(findings);
      if (found === listed) return; // somebody may be pressing one of its buttons
      listed = found;
      fill(list, findings.toSorted((a, b) => a.line - b.line).map((finding) => h('li', { class: finding.severity },
        button(`Line ${finding.line}`, () => jump(finding.line), { class: 'jump' }),
        h('span', {}, finding.message),
        h('code', {}, [finding.path, finding.rule].filter(Boolean).join(' · ')))));
    },
  };
}

function count(n, what) {
  return n ? `${n} ${what}${n > 1 ? 's' : ''}` : '';
}
