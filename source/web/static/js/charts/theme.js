// Colours of the charts; they stand in charts.css, for both schemes.

const COLOURS = 12;
/** Of what has no colour of its own. */
export const OTHERS = "others";

/** The class of the nth device; the thirteenth and later ones share one. */
export const colourClass = (index) => `colour-${index === OTHERS || index >= COLOURS ? OTHERS : index + 1}`;

/** The value of a custom property, for what is drawn on a canvas. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const listeners = new Set();
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => listeners.forEach((listener) => listener()));

/** Calls it whenever the scheme changes: a canvas does not follow by itself. */
export function onScheme(listener) {
  listeners.add(listener);
}

/**
 * Colours by device name. largest([names, the largest first]) gives one to each of the first
 * twelve; who has one keeps it as long as it is among them.
 */
export function colouring() {
  const known = new Map();
  const colourOf = (name) => colourClass(known.get(name) ?? OTHERS);
  colourOf.largest = (names) => {
    const first = new Set(names.slice(0, COLOURS));
    for (const name of known.keys()) if (names.includes(name) && !first.has(name)) known.delete(name);
    for (const name of [...first].sort()) {
      if (!known.has(name)) known.set(name, free(known, first));
    }
  };
  return colourOf;
}

/** The first colour nobody has; else that of one that is not shown now. */
function free(known, shown) {
  const taken = new Set(known.values());
  for (let index = 0; index < COLOURS; index += 1) if (!taken.has(index)) return index;
  const [gone, index] = [...known].find(([name]) => !shown.has(name));
  known.delete(gone);
  return index;
}
