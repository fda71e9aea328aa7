// Elements, made without a line of HTML: what comes from a pass can never become markup.

// h makes an element. A property that begins with "on" is a listener; true and false set and leave out an attribute.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// fill replaces what is in an element.
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}

// arrange makes the elements the children of a list, in their order, and moves no more of them than it has to: a frame that is
// moved loads again.
export function arrange(list, elements) {
  const wanted = new Set(elements);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  let next = list.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
}

// roll shows items in a list, each by the part that make has made for its key: what is shown already is only updated, so that the
// keyboard stays where it is.
export function roll(list, key, make) {
  let parts = new Map();
  return (items) => {
    const shown = new Map();
    for (const item of items) {
      const part = parts.get(key(item)) ?? make(item);
      part.update(item);
      shown.set(key(item), part);
    }
    parts = shown;
    arrange(list, [...parts.values()].map((part) => part.element));
  };
}

// notice is a line about what became of something. What is around it is always there, since only then is the line read out.
export function notice() {
  const line = h('p', { hidden: true });
  const tell = (kind) => (...children) => {
    fill(line, ...children);
    line.className = kind;
    line.hidden = !line.textContent;
  };
  return { element: h('div', { role: 'status' }, line), say: tell('notice'), fail: tell('notice bad') };
}

// button makes a button that is busy while its action is.
export function button(text, action, properties = {}) {
  const element = h('button', { type: 'button', ...properties }, text);
  element.addEventListener('click', async () => {
    if (element.getAttribute('aria-busy') === 'true') return;
    element.setAttribute('aria-busy', 'true');
    try {
      await action();
    } finally {
      element.removeAttribute('aria-busy');
    }
  });
  return element;
}

// frame shows what the server has drawn, shut off from the page. What it showed stays until the next has arrived.
export function frame(title, properties = {}) {
  const element = h('div', { class: 'frame' });
  let shown = '';
  return {
    element,
    show(url) {
      if (url === shown) return;
      shown = url;
      for (const late of element.querySelectorAll('.arriving')) late.remove();
      const next = h('iframe', { title, sandbox: '', src: url, class: 'arriving', ...properties });
      next.addEventListener('load', () => {
        if (shown !== url) return next.remove();
        for (const other of [...element.children]) if (other !== next) other.remove();
        next.classList.remove('arriving');
      });
      element.append(next);
    },
  };
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

// when writes a time, without the date where that is today's.
export function when(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return h('span', {}, text ?? '');
  const today = time.toDateString() === new Date().toDateString();
  return h('time', { datetime: time.toISOString() }, (today ? clock : calendar).format(time));
}
