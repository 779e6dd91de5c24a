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

/** Colours by device name that stay the same from one period to the next on the page. */
export function colouring() {
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, known.size);
    return colourClass(known.get(name));
  };
}
