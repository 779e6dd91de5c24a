// What it costs, by socket: a day, a month or a year.

import { get, page, TOTAL, url } from "./api.js";
import { bars } from "./charts/bars.js";
import { failure, newest } from "./charts/failure.js";
import { csv, csvLink, foot } from "./charts/foot.js";
import { lineChart } from "./charts/lines.js";
import { longLabel, partsOf, placesOf, places } from "./charts/parts.js";
import { choice, isUnknown, keepInAddress, periodBar, spanInAddress, tiles, today } from "./charts/period.js";
import { shares } from "./charts/shares.js";
import { colouring, OTHERS, colourClass } from "./charts/theme.js";
import { h, replace, table } from "./dom.js";
import { dateTime, energy, money, number, percent, price } from "./format.js";
import { _, language, ready } from "./i18n.js";

const CENT = 0.005;
const find = (id) => document.getElementById(id);

await ready;
const hidden = new Set();
const colourOf = colouring();
const latest = newest();
let span = spanInAddress(today().slice(0, 7));
let unit = "cost";
let answer = null;
let shown = null;
const showPeriod = periodBar(find("period"), { device: TOTAL, choose: (value) => load(value) });
const press = choice(find("unit"), [["cost", _("Cost")], ["energy", "kWh"]], (value) => { unit = value; draw(); });
const chart = bars(find("chart"), {
  label: _("By socket and part of the period; arrow keys read the values."),
  describe: (index) => described(index),
  choose: (index) => { const part = shown.parts[index - shown.offset]; if (part && shown.step !== "hour") load(part.start.slice(0, shown.step === "day" ? 10 : 7)); },
});
const under = foot(find("chart-foot"));
let prices = null;

async function load(asked) {
  span = asked === "all" ? today().slice(0, 4) : asked;
  keepInAddress({ span });
  showPeriod(span, answer?.label === span ? answer.navigation : null);
  const waiting = setTimeout(() => find("main").classList.add("is-waiting"), 150);
  try {
    const found = await latest((signal) => get("figures", { device: TOTAL, span }, { signal }));
    if (!found) return;
    answer = found;
    find("main").classList.remove("is-failed");
    showPeriod(answer.label, answer.navigation);
    tiles(find("tiles"), answer);
    colours();
    draw();
    priceCurve();
    everySocket();
    exports_();
  } catch (error) {
    find("main").classList.add("is-failed");
    replace(find("tiles"), failure(error, () => load(span)));
  } finally {
    clearTimeout(waiting);
    find("main").classList.add("is-there");
    find("main").classList.remove("is-waiting");
  }
}

/** The largest have a colour of their own, and keep it from one period to the next. */
function colours() {
  const size = (one) => Number(one.cost) || one.energy_kwh || 0;
  const ranked = [...(answer.devices ?? [])].sort((a, b) => size(b) - size(a)).map((one) => one.device);
  const others = (answer.stack ?? []).map((one) => one.device).filter((name) => !ranked.includes(name));
  colourOf.largest([...ranked, ...others]);
}

function draw() {
  press(unit);
  const { step, parts } = partsOf(answer);
  const { count, offset } = places(answer, step, parts);
  const total = Math.max(count, parts.length + offset);
  const all = lines(parts);
  const series = all.filter((one) => !hidden.has(one.name)).map((one) => ({
    ...one, values: Array.from({ length: total }, (__, index) => one.values[index - offset] ?? null) }));
  shown = { step, parts, offset, series };
  chart.show({ series, isUnknown: isUnknown(answer), places: placesOf(answer, step, parts, total, offset),
    ticks: unit === "cost" ? (value) => money(value) : (value, digits) => `${number(value, digits)} kWh` });
  legend(all);
  const pieces = shareLines();
  if (pieces.length) shares(find("share"), pieces);
  else replace(find("share"), h("p", { class: "muted" }, _("Nothing was measured here.")));
  under({
    caption: _("By socket"), rows: () => parts.map((part, index) => ({ part, index })),
    columns: [{ label: _("Time"), cell: ({ part }) => longLabel(part, step) },
      ...all.map((one) => ({ label: one.label, numeric: true, cell: ({ index }) => worded(one.values[index]) })),
      { label: _("Sum"), numeric: true, cell: ({ part }) => worded(unit === "cost" ? part.cost : part.energy_kwh) }],
    links: [csvLink(csv("figures", { device: TOTAL, span: answer.label, table: "stack" }))],
  });
}

const worded = (value) => (value === null || value === undefined ? "–" : unit === "cost" ? money(value) : energy(value * 1000));

/** One line for each socket, then those without a colour together, then what belongs to none. */
function lines(parts) {
  const key = unit === "cost" ? "cost" : "energy_kwh";
  const given = (answer.stack ?? []).map((one) => ({ name: one.device, label: one.device, colour: colourOf(one.device), values: one[key].map(asNumber) }));
  const ranked = [...given].sort((a, b) => total(b.values) - total(a.values));
  const own = ranked.filter((one) => one.colour !== colourClass(OTHERS));
  const rest = ranked.filter((one) => one.colour === colourClass(OTHERS));
  if (rest.length) {
    own.push({ name: "\u0000others", label: _("{count} others", { count: rest.length }), colour: colourClass(OTHERS),
      values: parts.map((__, index) => total(rest.map((one) => one.values[index]))) });
  }
  if (unit !== "cost") return own;
  const base = parts.map((part, index) => {
    const left = Number(part.cost ?? 0) - total(given.map((one) => one.values[index]));
    return part.cost !== null && left > CENT ? left : 0;
  });
  if (total(base) > CENT) own.push({ name: "\u0000base", label: _("Base price"), colour: "colour-base", values: base });
  return own;
}

const asNumber = (value) => (value === null || value === undefined ? null : Number(value));
const total = (values) => values.reduce((sum, value) => sum + (value ?? 0), 0);

function legend(all) {
  const held = document.activeElement?.dataset?.series;
  replace(find("legend"), all.map((one) => h("li", {}, h("button", {
    type: "button", data: { series: one.name }, "aria-pressed": String(!hidden.has(one.name)),
    onclick: () => {
      if (!hidden.delete(one.name)) hidden.add(one.name);
      draw();
    },
  }, h("span", { class: `chart-mark ${one.colour}` }), h("span", { class: "truncate" }, one.label)))));
  if (held !== undefined) [...find("legend").querySelectorAll("button")].find((one) => one.dataset.series === held)?.focus();
}

function described(index) {
  const part = shown.parts[index - shown.offset];
  if (!part) return ["–", []];
  const found = shown.series.filter((one) => one.values[index]).map((one) => [one.colour, one.label, worded(one.values[index])]);
  return [longLabel(part, shown.step), [...found.reverse(), [null, _("Sum"), worded(total(shown.series.map((one) => one.values[index])))]]];
}

function shareLines() {
  const value = (one) => Math.max(0, Number(unit === "cost" ? one.cost : one.energy_kwh) || 0);
  const found = [...(answer.devices ?? [])].map((one) => ({
    name: one.device, href: page("/socket", { device: one.device, span: answer.label }), colour: colourOf(one.device), amount: value(one) }));
  const base = unit === "cost" ? Number(answer.cost) - total(found.map((one) => one.amount)) : 0;
  if (base > CENT) found.push({ name: _("Base price"), colour: "colour-base", amount: base });
  const whole = total(found.map((one) => one.amount)) || 1;
  return gathered(found.sort((a, b) => b.amount - a.amount))
    .map((one) => ({ ...one, share: (100 * one.amount) / whole, value: worded(one.amount) }));
}

/** Those without a colour of their own in one line; the table below has each. */
function gathered(found) {
  const rest = found.filter((one) => one.colour === colourClass(OTHERS));
  if (rest.length < 2) return found;
  const others = { name: _("{count} others", { count: rest.length }), colour: colourClass(OTHERS), amount: total(rest.map((one) => one.amount)) };
  return [...found.filter((one) => !rest.includes(one)), others];
}

function everySocket() {
  const rows = answer.devices ?? [];
  const columns = [
    { label: _("Socket"), cell: (one) => h("a", { class: "name", title: one.device, href: page("/socket", { device: one.device, span: answer.label }) }, one.device) },
    { label: _("Energy"), numeric: true, cell: (one) => energy(one.energy_kwh * 1000) },
    { label: _("Share"), numeric: true, hide: "phone", cell: (one) => percent(one.energy_share_percent, 1) },
    { label: _("Fed in"), numeric: true, hide: "phone", cell: (one) => (one.returned_kwh ? energy(one.returned_kwh * 1000) : "–") },
    { label: _("Mean price"), numeric: true, hide: "phone", cell: (one) => price(one.mean_price_per_kwh) },
    { label: _("Cost"), numeric: true, cell: (one) => money(one.cost) },
    { label: _("Measured"), numeric: true, hide: "phone", cell: (one) => percent(one.measured_percent, 1) },
  ];
  const sums = [_("Sum"), energy(answer.energy_kwh * 1000), "", answer.returned_kwh ? energy(answer.returned_kwh * 1000) : "–",
    price(answer.mean_price_per_kwh), money(answer.cost), percent(answer.measured_percent, 1)];
  replace(find("table"), table(columns, rows, { caption: _("All sockets"), foot: sums }));
  const notes = [];
  if (Number(answer.base_cost)) notes.push(_("The sum contains the base price, {money}.", { money: money(answer.base_cost) }));
  if (answer.left_out?.length) notes.push(_("Not in the sum of the house: {names}.", { names: answer.left_out.join(", ") }));
  find("left-out").textContent = notes.join(" ");
}

function priceCurve() {
  const given = answer.prices;
  find("prices-card").hidden = !given?.time_s?.length;
  if (!given?.time_s?.length) return;
  prices ??= { chart: lineChart(find("prices"), { label: _("Prices over time"), words: price, tick: (value) => money(value), steps: true, zero: true }), under: foot(find("prices-foot")) };
  const feed = given.feed_in_per_kwh.some((value) => value);
  const found = [{ name: _("Price"), values: given.import_per_kwh, low: given.low_per_kwh, high: given.high_per_kwh },
    ...(feed ? [{ name: _("Feed-in"), values: given.feed_in_per_kwh }] : [])];
  // The last price holds to its end: a step needs a point there.
  const apart = given.time_s.length > 1 ? given.time_s[1] - given.time_s[0] : 3600;
  const end = given.time_s.at(-1) + apart;
  const held = (values) => values && [...values, values.at(-1)];
  prices.chart.show({ time_s: [...given.time_s, end], window: [given.time_s[0], end],
    lines: found.map((one) => ({ name: one.name, values: held(one.values), low: held(one.low), high: held(one.high) })) });
  prices.under({
    caption: _("Prices"), rows: () => given.time_s.map((at, index) => ({ at, index })),
    columns: [{ label: _("Time"), cell: (row) => dateTime(row.at) },
      ...found.map((one) => ({ label: one.name, numeric: true, cell: (row) => price(one.values[row.index]) })),
      { label: _("Kind"), cell: (row) => (given.assumed?.[row.index] ? _("assumed") : _("known")) }],
    links: [csvLink(csv("figures", { device: TOTAL, span: answer.label, table: "prices" }))],
  });
}

function exports_() {
  const given = { device: TOTAL, span: answer.label };
  replace(find("export"),
    h("a", { class: "button small", href: csv("figures", { ...given, table: "devices" }), download: "" }, _("Table as CSV")),
    h("a", { class: "button small", href: url("report", { ...given, format: "html", locale: language }), target: "_blank", rel: "noopener" }, _("Report")));
}

await load(span);
