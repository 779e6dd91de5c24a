// Which day, month or year is shown: choosing it, going on and back, and its figures in short.

import { h, replace } from "../dom.js";
import { date, energy, money, now, percent, price, spanLabel, timeZone } from "../format.js";
import { _ } from "../i18n.js";
import { picker } from "./picker.js";

export const ALL = "all";
const KINDS = { day: 10, month: 7, year: 4 };

/** "2026-11-25" in the time zone of the house. */
export function today() {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now() * 1000);
}

/** day, month, year, all or range. */
export function kindOf(span) {
  if (span === ALL) return ALL;
  return Object.keys(KINDS).find((kind) => KINDS[kind] === span.length && !span.includes("..")) ?? "range";
}

/** What the address of the page asks for, if it can be meant. */
export function spanInAddress(fallback) {
  const asked = new URLSearchParams(location.search).get("span") ?? "";
  return /^(\d{4}(-\d\d){0,2}|all|\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d)$/.test(asked) ? asked : fallback;
}

/** Keeps what is shown in the address, so that it can be kept and sent. */
export function keepInAddress(values) {
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(values)) address.searchParams.set(key, value);
  history.replaceState(null, "", address);
}

/** The span of another kind around, or the newest one within, what is shown. */
function asKind(span, kind) {
  if (kind === ALL) return ALL;
  const newest = today();
  const anchor = span === ALL || span.includes("..") ? newest : span;
  if (anchor.length >= KINDS[kind]) return anchor.slice(0, KINDS[kind]);
  if (newest.startsWith(anchor)) return newest.slice(0, KINDS[kind]);
  const month = anchor.length === 4 ? `${anchor}-12` : anchor;
  if (kind === "month") return month;
  const [year, number] = month.split("-").map(Number);
  return `${month}-${new Date(Date.UTC(year, number, 0)).getUTCDate()}`;
}

/** Buttons of which one is pressed; gives press(value). */
export function choice(node, options, choose) {
  const buttons = options.map(([value, label]) =>
    h("button", { type: "button", "aria-pressed": "false", data: { value }, onclick: () => choose(value) }, label));
  replace(node, buttons);
  return (value) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.value === value)));
}

/** periodBar(node, {all, device, choose(span)}) gives show(span, navigation). */
export function periodBar(node, { all = false, device, choose }) {
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": _("Period") });
  const label = h("span", { class: "label", id: "label", "aria-live": "polite" });
  const step = (text, sign) => h("button", { type: "button", class: "icon-button step-button", "aria-label": text, title: text, disabled: true }, sign);
  const [back, forward] = [step(_("Previous"), "‹"), step(_("Next"), "›")];
  const newest = h("button", { type: "button", class: "button small" }, _("Now"));
  const any = picker({ label, device, today, choose });
  let shown = null;
  let ways = {};
  const press = choice(tabs, [["day", _("Day")], ["month", _("Month")], ["year", _("Year")], ...(all ? [[ALL, _("All years")]] : [])],
    (kind) => choose(asKind(shown, kind)));
  back.addEventListener("click", () => choose(ways.previous));
  forward.addEventListener("click", () => choose(ways.next));
  newest.addEventListener("click", () => choose(asKind(today(), kindOf(shown))));
  replace(node, h("div", { class: "steps" }, back, any.node, forward), tabs, newest);
  return (span, navigation) => {
    shown = span;
    ways = navigation ?? {};
    press(kindOf(span));
    any.show(span, kindOf(span));
    label.textContent = span === ALL ? _("All years") : spanLabel(span);
    for (const [button, way] of [[back, ways.previous], [forward, ways.next]]) {
      if (document.activeElement === button && !way) newest.focus();
      button.disabled = !way;
    }
    newest.disabled = span === ALL || today().startsWith(span);
  };
}

/** A day without its year, of which the heading tells. */
const inShort = (label) => (kindOf(label) === "day" ? date(label, { weekday: "short", day: "numeric", month: "short" }) : spanLabel(label));

/** Beyond it the other period was hardly measured, or hardly anything was used: it says nothing. */
const MOST_PERCENT = 999;

/** "12 % more than October 2026". */
export function change(value, label, isPart) {
  if (value === null || value === undefined || !label || value > MOST_PERCENT) return null;
  const size = percent(Math.abs(value), Math.abs(value) < 9.95 ? 1 : 0);
  const values = { percent: size, span: inShort(label) };
  const text = Math.abs(value) < 0.05 ? _("as much as {span}", values)
    : value > 0 ? _("{percent} more than {span}", values) : _("{percent} less than {span}", values);
  const way = Math.abs(value) < 0.05 ? "" : value > 0 ? "up" : "down";
  return h("span", { class: `change ${way}`, title: isPart ? _("Compared up to the same day and time.") : null },
    way && h("span", { "aria-hidden": "true" }, way === "up" ? "▲ " : "▼ "), text);
}

/** The unit of a price smaller than its number. */
function priced(value) {
  const [amount, unit] = price(value).split("/");
  return [amount, unit && h("span", { class: "unit" }, `/${unit}`)];
}

/** Whether nothing at all is known of a span: none was measured or estimated in it. */
export const isUnknown = (answer) =>
  answer.measured_percent !== undefined && !answer.measured_percent && !answer.estimated_percent && !answer.energy_kwh && !answer.returned_kwh;

/** The sum of a span in a few figures. */
export function tiles(node, answer) {
  const compared = (key) => [answer.previous, answer.year_before]
    .map((one) => one && change(one.change_percent?.[key], one.label, one.is_part))
    .filter(Boolean).map((line) => h("span", { class: "note" }, line));
  const known = (value) => (isUnknown(answer) && !Number(answer.cost) ? null : value);
  const found = [
    [_("Cost"), money(known(answer.cost)), compared("cost")],
    [_("Energy"), energy(known(answer.energy_kwh * 1000)), compared("energy")],
    [_("Mean price"), priced(known(answer.mean_price_per_kwh)), []],
  ];
  if (Number(answer.base_cost)) found.push([_("Base price, included"), money(answer.base_cost), []]);
  if (Number(answer.returned_kwh)) {
    found.push([_("Fed in"), energy(answer.returned_kwh * 1000), [h("span", { class: "note" }, _("{money} earned", { money: money(answer.revenue) }))]]);
  }
  if (Number(answer.assumed_price_percent)) {
    found.push([_("Price assumed"), percent(answer.assumed_price_percent, 1), [h("span", { class: "note" }, _("of the energy: the market price is not known"))]]);
  }
  replace(node, found.map(([label, value, notes]) => h("div", { class: "figure" },
    h("span", { class: "label" }, label), h("span", { class: "value" }, value), notes)));
}
