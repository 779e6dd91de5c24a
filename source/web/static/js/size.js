// Bytes as readers know them.

import { NONE, number } from "./format.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function size(bytes) {
  if (bytes === null || bytes === undefined) return NONE;
  let step = 0;
  let shown = Math.abs(bytes);
  while (shown >= 999.5 && step < UNITS.length - 1) {
    shown /= 1000;
    step += 1;
  }
  return `${bytes < 0 ? "−" : ""}${number(shown, step && shown < 99.5 ? 1 : 0)} ${UNITS[step]}`;
}
