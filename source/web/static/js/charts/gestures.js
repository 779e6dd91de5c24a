// Zooming and panning of a chart over time: wheel, fingers, keys; dragging with the mouse is uPlot's.

const SHORTEST_S = 60;
const LONGEST_S = 60 * 366 * 86400;
const TWICE_MS = 320;

/**
 * gestures(place, over, {view() → [start_s, end_s], move(start_s, end_s, done), reset(),
 * cursor(by)}): `done` is false while a finger is still moving.
 */
export function gestures(place, over, { view, move, reset, cursor }) {
  const zoom = (factor, at = 0.5, done = true) => {
    const [start, end] = view();
    const wide = Math.min(LONGEST_S, Math.max(SHORTEST_S, (end - start) * factor));
    const fixed = start + (end - start) * at;
    move(fixed - wide * at, fixed + wide * (1 - at), done);
  };
  const pan = (share, done = true) => {
    const [start, end] = view();
    const by = (end - start) * share;
    move(start + by, end + by, done);
  };
  const at = (clientX) => {
    const box = over.getBoundingClientRect();
    return (clientX - box.left) / box.width;
  };
  keys(place, { zoom, pan, reset, cursor });
  over.addEventListener("wheel", (event) => {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      pan(event.deltaX / over.clientWidth);
    } else if (event.ctrlKey || event.metaKey || document.activeElement === place) {
      event.preventDefault(); // else the page scrolls, as it should
      zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) / 400), at(event.clientX));
    }
  }, { passive: false });
  over.addEventListener("dblclick", reset);
  over.addEventListener("mousedown", (event) => {
    if (!event.shiftKey || event.button) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    drag(event, over, pan);
  }, true);
  fingers(over, { zoom, pan, reset, view, move });
}

function keys(place, { zoom, pan, reset, cursor }) {
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const turn = event.shiftKey ? cursor : (by) => pan(by * 0.2);
    const act = {
      ArrowLeft: () => turn(-1), ArrowRight: () => turn(1),
      "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
      0: reset, Escape: reset, PageUp: () => pan(-1), PageDown: () => pan(1),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function drag(event, over, pan) {
  let last = event.clientX;
  const step = (moved) => {
    pan((last - moved.clientX) / over.clientWidth, false);
    last = moved.clientX;
  };
  addEventListener("mousemove", step);
  addEventListener("mouseup", () => {
    removeEventListener("mousemove", step);
    pan(0);
  }, { once: true });
}

/** One finger pans, two zoom, two taps go back; up and down stays the page's. */
function fingers(over, { reset, view, move }) {
  const down = new Map();
  let begin = null;
  let tapped = 0;
  const middle = () => {
    const xs = [...down.values()];
    const box = over.getBoundingClientRect();
    return xs.map((x) => (x - box.left) / box.width);
  };
  const hold = () => { begin = { view: view(), at: middle() }; };
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") return;
    down.set(event.pointerId, event.clientX);
    over.setPointerCapture(event.pointerId);
    hold();
  });
  over.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, event.clientX);
    const now = middle();
    const [start, end] = begin.view;
    if (now.length === 1) {
      const by = (begin.at[0] - now[0]) * (end - start);
      move(start + by, end + by, false);
    } else if (now.length === 2) {
      const held = begin.at.map((share) => start + share * (end - start)).sort((a, b) => a - b);
      const [left, right] = [...now].sort((a, b) => a - b);
      const wide = Math.max(SHORTEST_S, (held[1] - held[0]) / Math.max(0.02, right - left));
      const from = held[0] - left * wide;
      move(from, from + wide, false);
    }
  });
  const up = (event) => {
    const began = begin;
    if (!down.delete(event.pointerId)) return;
    const moved = began.view[0] !== view()[0] || began.view[1] !== view()[1];
    hold();
    if (moved) move(...view(), true);
    else if (event.type === "pointerup" && event.timeStamp - tapped < TWICE_MS) reset();
    tapped = moved ? 0 : event.timeStamp;
  };
  over.addEventListener("pointerup", up);
  over.addEventListener("pointercancel", up);
}
