// What happens on the server, as it happens: server-sent events that name what has changed. Whoever shows it looks again.

const listeners = new Set();

// listen calls look with every event that concerns() it, after a gap in the events, and when it is asked to refresh: never two
// at a time, since the answer that was asked for first could be shown last.
export function listen(concerns, look) {
  const listener = { concerns, look: together(look) };
  listeners.add(listener);
  return { refresh: listener.look, stop: () => listeners.delete(listener) };
}

const rest = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

// together makes one call of many that come close together, and never makes two at a time. After each it rests for as long as
// that took, so that much going on leaves the page, and the server, time for other things.
function together(look) {
  let waiting = false;
  let busy = false;
  const run = async () => {
    if (busy) return;
    busy = true;
    while (waiting) {
      waiting = false;
      const began = performance.now();
      try {
        await look();
      } catch (error) {
        console.warn(error);
      }
      await rest(performance.now() - began);
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

// connect follows the events from now on, and says whether it can. A page that is not to be seen does not: a browser has six
// connections to a server at most, and as many consoles in its tabs would leave none to ask with.
export function connect(status) {
  let source = null;
  let missed = false;

  function follow() {
    source = new EventSource('/local/events');
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

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      source?.close();
      source = null;
      missed = true;
    } else if (!source) {
      follow();
    }
  });
  if (document.hidden) missed = true;
  else follow();
}
