// A pass in the simulated iPhone: the top of it in the stack, or all of it when it is open.

import { button, frame, h } from './dom.js';
import { passPath } from './api.js';

// heldPass calls open, close, remove and signUp when its user asks for that.
export function heldPass(pass, { open, close, remove, signUp }) {
  const path = `/local/iphone/${passPath(pass)}/drawn`;
  const front = frame(`${pass.serialNumber} on the iPhone, front`, { tabindex: '-1' });
  const back = frame(`${pass.serialNumber} on the iPhone, back`);
  const cover = h('button', { type: 'button', class: 'cover', 'aria-label': `Open ${pass.serialNumber}`, onclick: open });
  const done = button('Done', close);
  const turn = button('Turn over', () => turnTo(element.dataset.side === 'front' ? 'back' : 'front'));
  const form = button('Sign up', signUp, { hidden: true });
  const element = h('li', { class: 'held', 'data-side': 'front' },
    h('div', { class: 'face front' }, front.element), h('div', { class: 'face back' }, back.element), cover,
    h('div', { class: 'pass-buttons' }, done, turn, form, button('Remove', remove)));
  let digest = '';

  function turnTo(side) {
    element.dataset.side = side;
    turn.textContent = side === 'front' ? 'Turn over' : 'Turn back';
    if (side === 'back') back.show(`${path}?side=back&digest=${digest}`);
  }

  return {
    element,
    show(held) {
      if (digest && digest !== held.digest) {
        element.classList.remove('changed');
        requestAnimationFrame(() => element.classList.add('changed'));
      }
      digest = held.digest;
      form.hidden = !held.signUp;
      front.show(`${path}?side=front&digest=${digest}`);
      if (element.dataset.side === 'back') turnTo('back');
    },
    open(is) {
      element.classList.toggle('open', is);
      turnTo('front');
    },
    focus() {
      (element.classList.contains('open') ? done : cover).focus();
    },
  };
}
