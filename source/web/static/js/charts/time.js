// What the charts over time share: the axis of time, the look, the frame around uPlot.

import { date, time, timeZone } from "../format.js";
import { token } from "./theme.js";

const MINUTE = 60;
const DAY = 86400;
const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
export const zoned = (at_s) => uPlot.tzDate(new Date(at_s * 1000), timeZone);

/** The moments on the axis, in the reader's words; a date stands where a day begins. */
function moments(u, splits, axis, space, step) {
  let day = "";
  return splits.map((at) => {
    if (step >= 300 * DAY) return date(at, { year: "numeric" });
    if (step >= 27 * DAY) return date(at, { month: "short", year: "numeric" });
    const today = date(at, { day: "numeric", month: "short" });
    if (step >= DAY) return today;
    const begins = day !== "" && day !== today;
    day = today;
    return begins ? today : time(at, step < MINUTE
      ? { hour: "2-digit", minute: "2-digit", second: "2-digit" } : { hour: "2-digit", minute: "2-digit" });
  });
}

/** Both axes; `words` gives the texts of the upright one. */
export function axes(words, size = 64) {
  const look = { stroke: () => token("--muted"), font: FONT, ticks: { show: false } };
  return [
    { ...look, values: moments, space: 76, size: 30, grid: { show: false } },
    { ...look, values: (u, splits) => splits.map(words), size, space: 44, gap: 8,
      grid: { stroke: () => token("--chart-grid"), width: 1 } },
  ];
}

/** Zero belongs to power; a flat line gets some room. */
export function fromZero(u, low, high) {
  if (low === null) return [0, 100];
  const bottom = Math.min(0, low);
  const room = Math.max((Math.max(high, 0) - bottom) * 0.06, 1);
  return [bottom < 0 ? bottom - room : 0, Math.max(high, 0) + room];
}

/** Room on both sides of what is not counted from zero. */
export function around(u, low, high) {
  if (low === null) return [0, 1];
  const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.005, 0.05);
  return [low - room, high + room];
}

/** A canvas colour with transparency. */
export const faint = (name, opacity) => `color-mix(in srgb, ${token(name)} ${opacity * 100}%, transparent)`;

/** Whether points are to be shown: a single value between two gaps would not be seen as a line. */
export function alone(u, series, from, to) {
  const values = u.data[series];
  for (let at = from; at <= to; at += 1) {
    if (known(values[at]) && !known(values[at - 1]) && !known(values[at + 1])) return true;
  }
  return false;
}

const known = (value) => value !== null && value !== undefined;
