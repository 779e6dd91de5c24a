// The reader's language. English stands in the sources: _("Saved {name}", {name}).

import { root } from "./api.js";

export const language = document.documentElement.lang || "en";
let texts = {};

/** To be awaited before the first text. */
export const ready = language === "en" ? Promise.resolve() : load();

async function load() {
  try {
    const answer = await fetch(`${root}/i18n/${language}.json`);
    if (answer.ok) texts = await answer.json();
  } catch {
    // English is better than nothing.
  }
}

/** The text in the reader's language, with {names} filled in. */
export function _(text, values = {}) {
  const known = texts[text] ?? text;
  return known.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/** Marks a text that is translated where it is shown. */
export const N_ = (text) => text;
