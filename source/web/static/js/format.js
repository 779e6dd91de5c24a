// Numbers, money, dates and times as the reader writes them, in the time zone of the house.

import { _ } from "./i18n.js";

const page = document.documentElement.dataset;
export const locale = page.locale || "en";
export const timeZone = page.timezone || "UTC";
export const currency = page.currency || "€";
/** Stands where nothing is known. */
export const NONE = "–";

const THIN = "\u202f";
const CODES = { "€": "EUR", $: "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₺": "TRY", "zł": "PLN" };
const code = CODES[currency] ?? (/^[A-Z]{3}$/.test(currency) ? currency : null);
const known = (x) => x !== null && x !== undefined && x !== "" && Number.isFinite(Number(x));
const kept = new Map();

function numbers(options) {
  const key = JSON.stringify(options);
  if (!kept.has(key)) kept.set(key, new Intl.NumberFormat(locale, options));
  return kept.get(key);
}

function dates(options) {
  const key = `date${JSON.stringify(options)}`;
  if (!kept.has(key)) {
    let format;
    try {
      format = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    } catch {
      format = new Intl.DateTimeFormat(locale, options); // a zone without a known name
    }
    kept.set(key, format);
  }
  return kept.get(key);
}

/** A number with so many decimals. */
export function number(x, digits = 0) {
  if (!known(x)) return NONE;
  const shown = numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits });
  return shown.format(Number(Number(x).toFixed(digits)) || 0);
}

/** {value, unit} of a power in W. */
export function powerParts(w) {
  if (!known(w)) return { value: NONE, unit: "W" };
  const size = Math.abs(w);
  if (size >= 999.5) return { value: number(w / 1000, size >= 99_950 ? 0 : 2), unit: "kW" };
  return { value: number(w, size > 0 && size < 9.95 ? 1 : 0), unit: "W" };
}

/** {value, unit} of an energy in Wh. */
export function energyParts(wh) {
  if (!known(wh)) return { value: NONE, unit: "kWh" };
  const size = Math.abs(wh);
  if (size >= 99_950_000) return { value: number(wh / 1e6, 1), unit: "MWh" };
  return { value: number(wh / 1000, kWhDigits(size)), unit: "kWh" };
}

function kWhDigits(wh) {
  if (wh >= 999_500) return 0;
  if (wh >= 99_950) return 1;
  return wh >= 0.5 && wh < 99.5 ? 3 : 2;
}

const joined = ({ value, unit }) => (value === NONE ? NONE : `${value}${THIN}${unit}`);
export const power = (w) => joined(powerParts(w));
export const energy = (wh) => joined(energyParts(wh));

function amount(x, digits) {
  if (!known(x)) return NONE;
  const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  if (!code) return `${number(x, digits)}${THIN}${currency}`;
  const options = { style: "currency", currency: code, currencyDisplay: "narrowSymbol", ...fixed };
  return numbers(options).format(Number(Number(x).toFixed(digits)) || 0);
}

/** An amount of money. */
export const money = (x) => amount(x, 2);
/** A price of a kilowatt hour. */
export const price = (x) => (known(x) ? `${amount(x, 4)}/kWh` : NONE);
/** 12.3 → 12 %. */
export const percent = (x, digits = 0) =>
  known(x)
    ? numbers({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits })
        .format(Number(Number(x).toFixed(digits)) / 100)
    : NONE;

/** Unix seconds, or a calendar date such as "2026-10-31", as a day. */
export const date = (s, options = { dateStyle: "medium" }) => moment(s, options);
export const time = (s, options = { hour: "2-digit", minute: "2-digit" }) => moment(s, options);
export const dateTime = (s, options = { dateStyle: "medium", timeStyle: "short" }) =>
  moment(s, options);

function moment(s, options) {
  if (typeof s === "string" && /^\d{4}-\d\d-\d\d$/.test(s)) {
    const [year, month, day] = s.split("-").map(Number);
    const there = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
    return there.format(Date.UTC(year, month - 1, day));
  }
  return known(s) ? dates(options).format(Number(s) * 1000) : NONE;
}

let ahead_s = 0;
/** Tells the daemon's clock: this browser's may be another one. */
export const setClock = (daemon_s) => { ahead_s = daemon_s - Date.now() / 1000; };
/** The daemon's time, in unix seconds. */
export const now = () => Date.now() / 1000 + ahead_s;

const STEPS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600],
  ["minute", 60], ["second", 1]];

/** "5 minutes ago". */
export function ago(s) {
  if (!known(s)) return NONE;
  const since = Math.max(0, now() - s);
  if (since < 5) return _("just now");
  const [unit, size] = STEPS.find(([, one]) => since >= one);
  return new Intl.RelativeTimeFormat(locale, { numeric: "always" })
    .format(-Math.floor(since / size), unit);
}

/** "5 min": a time span. */
export function duration(seconds) {
  if (!known(seconds)) return NONE;
  const [unit, size] = STEPS.slice(2).find(([, one]) => seconds >= one) ?? ["second", 1];
  return numbers({ style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 })
    .format(Math.floor(seconds / size));
}

/** "2026-10-31", "2026-10", "2026", "A..B" (without day B) in the reader's words. */
export function spanLabel(label) {
  const text = String(label ?? "");
  if (text.includes("..")) {
    const [first, end] = text.split("..");
    const last = new Date(Date.parse(`${end}T12:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    return `${date(first)} – ${date(last)}`;
  }
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    return date(text, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
  }
  if (/^\d{4}-\d\d$/.test(text)) return date(`${text}-01`, { month: "long", year: "numeric" });
  return text;
}
