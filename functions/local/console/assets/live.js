// What happens on the server, as it happens: server-sent events that name what has changed. Whoever shows it looks again.

const listeners = new Set();

// listen calls look with every event that concerns() it, and after a gap in the events. It returns what ends that.
export function listen(concerns, look) {
  const listener = { concerns, look: together(look) };
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// together makes one call of many that come close together, and never makes two at a time.
export function together(look) {
  let waiting = false;
  let busy = false;
  const run = async () => {
    if (busy) return;
    busy = true;
    while (waiting) {
      waiting = false;
      try {
        await look();
      } catch (error) {
        console.warn(error);
      }
    }
    busy = false;
  };
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(run, 40);
  };
}

function tell(event) {
  for (const { concerns, look } of listeners) {
    if (event.kind === 'reload' || concerns(event)) look();
  }
}

// connect follows the events from now on, and says whether it can.
export function connect(status) {
  const source = new EventSource('/local/events');
  let missed = false;
  source.onopen = () => {
    status.textContent = 'Live';
    status.dataset.state = 'on';
    if (missed) tell({ kind: 'reload' });
    missed = false;
  };
  source.onerror = () => {
    status.textContent = 'Connection lost';
    status.dataset.state = 'off';
    missed = true;
  };
  source.onmessage = (message) => tell(JSON.parse(message.data));
}
