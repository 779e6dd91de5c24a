// The parts of a span - hours, days, months, years - as places on an axis (pure).

import { date, time, timeZone } from "../format.js";

export const STEPS = { hours: "hour", days: "day", months: "month", years: "year" };
const SHORT = {
  hour: { hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric" },
  month: { month: "short" },
  year: { year: "numeric" },
};
const LONG = {
  hour: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "long", year: "numeric" },
  month: { month: "long", year: "numeric" },
  year: { year: "numeric" },
};

/** {step, parts} of an answer of figures. */
export function partsOf(answer) {
  const key = Object.keys(STEPS).find((one) => Array.isArray(answer[one])) ?? "days";
  return { step: STEPS[key], parts: answer[key] ?? [] };
}

export const seconds = (iso) => Date.parse(iso) / 1000;

/** Under a bar. */
const shortLabel = (part, step) =>
  step === "hour" ? time(seconds(part.start), SHORT.hour) : date(seconds(part.start), SHORT[step]);

/** In a tooltip, or a line of a table. */
export const longLabel = (part, step) => date(seconds(part.start), LONG[step]);

/** How many parts the whole span has, and at which place the first one stands. */
export function places(answer, step, parts) {
  const first = parts.length ? seconds(parts[0].start) : seconds(answer.start);
  if (answer.kind === "day") {
    const begin = seconds(answer.start);
    return { count: hoursOfDay(begin), offset: Math.round((first - begin) / 3600) };
  }
  if (answer.kind === "month") {
    const [year, month] = answer.label.split("-").map(Number);
    return { count: new Date(Date.UTC(year, month, 0)).getUTCDate(), offset: field(first, "day") - 1 };
  }
  if (answer.kind === "year") return { count: 12, offset: field(first, "month") - 1 };
  return { count: parts.length, offset: 0 };
}

/** The places of parts that have not begun are named too. */
export function placesOf(answer, step, parts, total, offset) {
  const known = (index) => parts[index - offset];
  return Array.from({ length: total }, (__, index) => {
    const part = known(index);
    if (part) return { short: shortLabel(part, step) };
    if (step === "day" && answer.kind === "month") return { short: String(index + 1) };
    if (step === "month" && answer.kind === "year") return { short: shortLabel({ start: `${answer.label}-${String(index + 1).padStart(2, "0")}-15T12:00:00Z` }, "month") };
    const first = seconds(answer.start);
    return { short: shortLabel({ start: new Date((first + index * 3600) * 1000).toISOString() }, "hour") };
  });
}

/** 23, 24 or 25. */
function hoursOfDay(begin_s) {
  const day = field(begin_s, "day");
  for (const hours of [23, 24]) if (field(begin_s + hours * 3600, "day") !== day) return hours;
  return 25;
}

function field(at_s, name) {
  const format = new Intl.DateTimeFormat("en", { timeZone, [name]: "numeric" });
  return Number(format.format(at_s * 1000));
}
