// One question of a form each: how it is asked, read and checked in the browser.
// A control: {node, read() -> value or undefined, problem() -> text or null, set(value), focus()}.

import { h } from "./dom.js";
import { currency, locale, number } from "./format.js";
import { _ } from "./i18n.js";

export const KEPT = "********"; // what the API shows in the place of a secret
const DECIMAL = /^\s*(\d+([.,]\d*)?|[.,]\d+)\s*$/;
const TIME = /^([01]?\d|2[0-4]):[0-5]\d$/;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_WORDS = [DAYS, ["mo", "di", "mi", "do", "fr", "sa", "so"]];

const plain = new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 12 });
let count = 0;
export const nextId = () => `field-${(count += 1)}`;

export const unitOf = (field) =>
  field.unit ? _(field.unit.replace("{currency}", "").trim() || field.unit)
    .replace(/^\//, `${currency}/`) : null;

/** The control for a field; `value` undefined where the file leaves the key out. */
export function control(field, value, { choices, onchange, id }) {
  const make = choices ? choice : MAKERS[field.kind] ?? text;
  return make({ ...field, choices: choices ?? field.choices }, value, { id, onchange });
}

function input(field, shown, { id, onchange }, more = {}) {
  return h("input", {
    id, type: "text", autocomplete: "off", spellcheck: "false", value: shown,
    placeholder: placeholderOf(field), oninput: onchange, required: field.required, ...more,
  });
}

function placeholderOf(field) {
  if (typeof field.default === "number") return plain.format(field.default);
  return field.default_text || field.placeholder || null;
}

function text(field, value, options) {
  const node = input(field, shownText(value), options);
  return simple(node, {
    read: () => node.value.trim() || undefined,
    problem: () => null,
  });
}

const shownText = (value) => (value === undefined || value === null ? "" : String(value));

function simple(node, { read, problem, set, target = node }) {
  return {
    node, read, problem, focus: () => target.focus(),
    set: set ?? ((value) => { target.value = shownText(value); }),
  };
}

function numeric(field, value, options) {
  const show = (one) => (typeof one === "number" ? plain.format(one) : shownText(one));
  const node = input(field, show(value), options, {
    inputmode: field.kind === "integer" ? "numeric" : "decimal",
  });
  const size = () => (DECIMAL.test(node.value) ? Number(node.value.trim().replace(",", ".")) : NaN);
  return simple(node, {
    read: () => {
      if (!node.value.trim()) return undefined;
      return node.value === show(value) ? value : Number.isNaN(size()) ? node.value : size();
    },
    problem: () => (node.value.trim() && !inRange(field, size()) ? range(field) : null),
    set: (one) => { node.value = show(one); },
  });
}

function inRange(field, size) {
  if (Number.isNaN(size) || (field.kind === "integer" && !Number.isInteger(size))) return false;
  const low = field.minimum ?? -Infinity;
  return size <= (field.maximum ?? Infinity) && (field.exclusive_minimum ? size > low : size >= low);
}

const short = (x) => number(x, Number.isInteger(x) ? 0 : String(x).split(".")[1]?.length ?? 2);

/** The allowed range in words. */
export function range(field) {
  const unit = unitOf(field) ?? "";
  const values = { low: short(field.minimum ?? 0), high: short(field.maximum ?? 0), unit };
  const whole = field.kind === "integer";
  if (field.maximum === null || field.maximum === undefined) {
    return whole ? _("Enter a whole number.") : _("Enter a number.");
  }
  if (field.exclusive_minimum) return _("Enter a number above {low}, up to {high} {unit}.", values);
  return whole
    ? _("Enter a whole number from {low} to {high} {unit}.", values)
    : _("Enter a number from {low} to {high} {unit}.", values);
}

/** The range and the default of a field, in short; empty where it has neither or shows both. */
export function limits(field) {
  const isNumber = ["number", "integer"].includes(field.kind);
  if (!isNumber && ((field.default ?? null) === null || field.kind === "weekdays")) return "";
  const unit = unitOf(field) ?? "";
  const united = (x) => [short(x), unit].filter(Boolean).join(" ");
  const told = [];
  if (isNumber && typeof field.maximum === "number") {
    const values = { low: short(field.minimum ?? 0), high: united(field.maximum) };
    told.push(field.exclusive_minimum ? _("above {low}, up to {high}", values) : _("{low} to {high}", values));
  }
  const usual = typeof field.default === "number" ? united(field.default)
    : field.choices?.find((one) => one.value === field.default)?.label ?? field.default_text;
  if (usual) told.push(_("Default: {value}", { value: usual }));
  return told.join(" · ");
}

function flag(field, value, { id, onchange }) {
  const isOn = value === undefined || value === null ? field.default === true : truth(value);
  const node = h("input", { id, type: "checkbox", class: "switch", role: "switch",
    checked: isOn, onchange });
  return simple(node, {
    read: () => (node.checked === isOn ? value : node.checked),
    problem: () => null,
    set: (one) => { node.checked = truth(one); },
  });
}

// In the oldest files a time of day means yes, as words do.
const truth = (value) => value !== 0 && !["false", "0", "no", "off", "false", ""].includes(
  String(value).toLowerCase());

function choice(field, value, { id, onchange }) {
  const known = field.choices.map((one) => (typeof one === "string" ? { value: one, label: one } : one));
  const chosen = value ?? field.default ?? "";
  if (chosen !== "" && !known.some((one) => one.value === chosen)) {
    known.push({ value: chosen, label: String(chosen) });
  }
  if (chosen === "") known.unshift({ value: "", label: field.default_text || _("Please choose") });
  const node = h("select", { id, onchange, value: chosen },
    known.map((one) => h("option", { value: one.value }, one.label)));
  return simple(node, {
    read: () => (node.value === chosen ? value : node.value || undefined),
    problem: () => null,
    set: (one) => {
      if (![...node.options].some((option) => option.value === one)) {
        node.append(h("option", { value: one }, one));
      }
      node.value = one;
    },
  });
}

function dayOfMonth(field, value, options) {
  const shown = value === undefined || value === null ? "" : String(Number(value)).padStart(2, "0");
  const days = Array.from({ length: 31 }, (_one, index) => ({
    value: String(index + 1).padStart(2, "0"), label: _("day {day}", { day: index + 1 }),
  }));
  const none = field.default ? [] : [{ value: "", label: field.default_text || _("none") }];
  const node = choice({ ...field, choices: [...none, ...days] }, shown || undefined, options);
  const { read } = node;
  return { ...node, read: () => ((read() ?? "") === shown ? value : read()) };
}

function dayOfYear(field, value, { id, onchange }) {
  const [day, month] = String(value ?? field.default ?? "").split(".").map(Number);
  const months = Array.from({ length: 12 }, (_one, index) => h("option", { value: index + 1 },
    new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" })
      .format(Date.UTC(2024, index, 1))));
  const numbers = Array.from({ length: 31 }, (_one, index) =>
    h("option", { value: index + 1 }, index + 1));
  const none = h("option", { value: "" }, "–");
  const days = h("select", { id, value: day || "", onchange: () => follow(days, months_) },
    none, numbers);
  const months_ = h("select", { "aria-label": _("Month"), value: month || "",
    onchange: () => follow(months_, days) }, none.cloneNode(true), months);
  const follow = (one, other) => {
    if (one.value && !other.value) other.value = "1";
    if (!one.value) other.value = "";
    onchange();
  };
  const written = () => (days.value && months_.value
    ? `${days.value.padStart(2, "0")}.${months_.value.padStart(2, "0")}` : undefined);
  const first = written();
  return simple(h("div", { class: "pair" }, days, months_), {
    read: () => (written() === first ? value : written()),
    problem: () => {
      const most = new Date(Date.UTC(2024, Number(months_.value), 0)).getUTCDate();
      return written() && Number(days.value) > most ? _("This day does not exist.") : null;
    },
    set: () => {},
    target: days,
  });
}

function timeOfDay(field, value, options) {
  const one = text(field, value, options);
  one.node.setAttribute("inputmode", "numeric");
  one.node.maxLength = 5;
  one.problem = () => (one.read() && !TIME.test(one.read())
    ? _("Enter a time of day such as {example}.", { example: "22:00" }) : null);
  return one;
}

function calendarDate(field, value, options) {
  const node = input(field, shownText(value), options, { type: "date", max: "2999-12-31" });
  return simple(node, {
    read: () => node.value || undefined,
    problem: () => (node.validity.badInput ? _("Enter a date that exists.") : null),
  });
}

function secret(field, value, options) {
  let isGone = false;
  const node = input(field, "", options, {
    type: "password", autocomplete: "new-password",
    placeholder: value ? _("stays as it is") : placeholderOf(field),
  });
  const remove = value ? h("button", { type: "button", class: "button small", onclick: () => {
    isGone = true;
    node.value = "";
    node.placeholder = _("will be removed");
    options.onchange();
  } }, _("Remove")) : null;
  return simple(h("div", { class: "pair" }, node, remove), {
    read: () => node.value || (isGone ? undefined : value),
    problem: () => null,
    target: node,
  });
}

function weekdays(field, value, { id, onchange }) {
  const chosen = daysOf(value);
  const names = DAYS.map((_day, index) => new Intl.DateTimeFormat(locale,
    { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + index)));
  const boxes = DAYS.map((day, index) =>
    h("input", { type: "checkbox", id: index ? null : id, checked: chosen.has(index), onchange }));
  const picked = () => boxes.flatMap((box, index) => (box.checked ? [index] : []));
  const first = JSON.stringify(picked());
  return simple(h("div", { class: "days" }, boxes.map((box, index) =>
    h("label", { class: "day" }, box, h("span", {}, names[index])))), {
    read: () => {
      if (JSON.stringify(picked()) === first) return value;
      return picked().length === 7 ? undefined : picked().map((index) => DAYS[index]);
    },
    problem: () => (picked().length ? null : _("Choose one day at least.")),
    set: () => {},
    target: boxes[0],
  });
}

/** The numbers of the days in "mon-fri", "Sa,So" or a list; all where there is nothing. */
function daysOf(value) {
  const all = new Set(DAYS.keys());
  if (value === undefined || value === null) return all;
  const number = (word) => Math.max(...DAY_WORDS.map((words) =>
    words.findIndex((one) => word.trim().toLowerCase().startsWith(one))));
  const found = new Set();
  for (const part of [value].flat().join(",").split(",")) {
    const [from, to] = part.split(/[-–]/);
    const start = number(from);
    const end = to === undefined ? start : number(to);
    if (start < 0 || end < 0) continue;
    for (let day = start; ; day = (day + 1) % 7) {
      found.add(day);
      if (day === end) break;
    }
  }
  return found;
}

function json(field, value, { id, onchange }) {
  const shown = value === undefined ? "" : JSON.stringify(value, null, 2);
  const node = h("textarea", { id, rows: Math.min(8, shown.split("\n").length + 1), class: "code",
    spellcheck: "false", placeholder: field.placeholder, value: shown, oninput: onchange });
  return simple(node, {
    read: () => {
      if (!node.value.trim()) return undefined;
      return node.value === shown ? value : parsed(node.value)?.value ?? node.value;
    },
    problem: () => (node.value.trim() && !parsed(node.value) ? _("This is not valid JSON.") : null),
  });
}

/** {value} of a JSON text, null where it is none. */
export function parsed(source) {
  try {
    return { value: JSON.parse(source) };
  } catch {
    return null;
  }
}

const MAKERS = {
  number: numeric, integer: numeric, flag, choice, date: calendarDate, time: timeOfDay,
  day_of_month: dayOfMonth, day_of_year: dayOfYear, secret, weekdays, json,
};
