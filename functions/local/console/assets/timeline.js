// What happened to a pass, and how the phones that hold it stand.

import { h, when } from './dom.js';

const isTime = (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value);

// value writes whatever the server says: times as times, lists by commas.
function value(v) {
  if (isTime(v)) return when(v);
  if (Array.isArray(v)) return v.map((one) => one.message ?? String(one)).join('; ');
  if (v !== null && typeof v === 'object') return JSON.stringify(v);
  return String(v);
}

// timeline lists events, the newest first.
export function timeline(events) {
  if (!events?.length) return h('p', { class: 'empty' }, 'Nothing has happened yet.');
  return h('ol', { class: 'timeline', reversed: true }, [...events].reverse().map(({ time, event, version, device, detail }) =>
    h('li', { 'data-event': event },
      when(time),
      h('strong', {}, event, version ? ` version ${version}` : ''),
      device && h('code', {}, device),
      detail && h('span', { class: 'detail' }, value(detail)))));
}

const words = { registered: 'Registered', pushed: 'Pushed', answer: 'APNs answered', listed: 'Listed', delivered: 'Delivered', nextPush: 'Next push' };

// phones shows each phone that registered the pass, and why it stands as it does.
export function phones({ phones: list, devices }) {
  if (!list?.length) {
    const n = devices?.registered ?? 0;
    return h('p', { class: 'empty' }, n ? `${n} registered.` : 'No phone has registered this pass.');
  }
  return h('ul', { class: 'phones' }, list.map(({ device, state, why, ...rest }) =>
    h('li', { 'data-state': state },
      h('code', {}, device), h('strong', {}, state), h('span', { class: 'why' }, why ?? ''),
      h('dl', {}, Object.entries(rest).filter(([, v]) => v).map(([name, v]) => h('div', {}, h('dt', {}, words[name] ?? name), h('dd', {}, value(v))))))));
}
