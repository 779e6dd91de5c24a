// Energy and cost of a socket by hour, day, month and year, and what goes with the same span.

import { get, TOTAL } from "../api.js";
import { h, replace, table } from "../dom.js";
import { dateTime, duration, energy, money, number, power } from "../format.js";
import { _ } from "../i18n.js";
import { bars } from "./bars.js";
import { failure, newest } from "./failure.js";
import { csv, csvLink, foot } from "./foot.js";
import { heat } from "./heat.js";
import { longLabel, partsOf, places, placesOf, seconds } from "./parts.js";
import { ALL, choice, isUnknown, keepInAddress, kindOf, periodBar, spanInAddress, tiles, today } from "./period.js";
import { completeness } from "./shares.js";

const find = (id) => document.getElementById(id);

/** Draws the lower half of the page of a device; gives {again()} for what could not be asked. */
export function foldedEnergy(device, name) {
  let span = spanInAddress(today().slice(0, 7));
  let unit = "energy";
  let answer = null;
  let before = null;
  let shown = null;
  const latest = newest();
  const showPeriod = periodBar(find("period"), { all: true, device, choose: (value) => load(value) });
  const press = choice(find("unit"), [["energy", "kWh"], ["cost", _("Cost")]], (value) => { unit = value; draw(); });
  const chart = bars(find("energy"), {
    label: _("Energy of {name} by part of the period; arrow keys read the values.", { name }),
    describe: (index) => described(shown, index),
    choose: (index) => { const inner = within(shown, index); if (inner) load(inner); },
  });
  const under = foot(find("energy-foot"));
  const map = heat(find("heat"), _("Mean power of {name} by weekday and hour", { name }));
  const underMap = foot(find("heat-foot"));

  async function load(asked) {
    span = asked;
    showPeriod(span, answer?.label === span ? answer.navigation : null);
    keepInAddress({ span });
    const waiting = setTimeout(() => find("energy").classList.add("waiting"), 150);
    try {
      const found = await latest((signal) => figuresOf(device, span, signal));
      if (!found) return;
      answer = found;
      find("main").classList.remove("is-failed");
      before = null;
      showPeriod(span, answer.navigation);
      all();
      comparison(found);
    } catch (error) {
      find("main").classList.toggle("is-gone", error.status === 404); // the power chart tells it
      find("main").classList.add("is-failed");
      replace(find("tiles"), failure(error, () => load(span)));
    } finally {
      clearTimeout(waiting);
      find("main").classList.add("is-there");
      find("energy").classList.remove("waiting");
    }
  }

  /** The period before comes later, as an outline behind the bars. */
  async function comparison(of) {
    if (!of.previous || span === ALL) return;
    try {
      const found = await figuresOf(device, of.previous.label);
      if (answer !== of) return;
      before = found;
      draw();
    } catch {
      // the bars stand without it
    }
  }

  function all() {
    tiles(find("tiles"), answer);
    draw();
    find("complete-part").hidden = span === ALL;
    find("heat-card").hidden = span === ALL;
    if (span !== ALL) completeness(find("complete"), answer);
    map.show(answer.mean_power_w ?? []);
    underMap({ caption: _("When power is used"), columns: map.columns, rows: map.lines,
      links: [csvLink(csv("figures", { device, span: answer.label, table: "week" }))] });
    runs(answer, device);
    standby(answer, device);
  }

  function draw() {
    press(unit);
    if (!answer) return;
    shown = columnsOf(answer, before, unit);
    chart.show({ places: shown.places, series: shown.series, isUnknown: isUnknown(answer), ticks: unit === "cost" ? (value) => money(value) : (value, digits) => `${number(value, digits)} kWh` });
    replace(find("energy-legend"), shown.series.length > 1 && shown.series.map((one) =>
      h("li", {}, h("span", { class: `chart-mark ${one.colour}` }), one.name)));
    under({
      caption: _("Energy and cost"), columns: tableColumns(shown.step), rows: () => shown.parts,
      links: [csvLink(span === ALL ? csv("years", { device }) : csv("figures", { device, span: answer.label, table: "parts" }))],
    });
  }

  load(span);
  return { again() { if (find("main").classList.contains("is-failed")) load(span); } };
}

/** All years come as lines of their own, of which the whole is made. */
async function figuresOf(device, span, signal) {
  if (span !== ALL) return get("figures", { device, span }, { signal });
  const { years } = await get("years", { device }, { signal });
  const of = (key) => sum(years, key);
  const parts = years.map((one) => ({ ...one, start: `${one.label}-06-15T12:00:00Z` }));
  return {
    kind: ALL, label: ALL, years: parts, start: parts[0]?.start, is_over: false, navigation: {},
    energy_kwh: of("energy_kwh"), returned_kwh: of("returned_kwh"), cost: of("cost"), revenue: of("revenue"), base_cost: of("base_cost"),
    mean_price_per_kwh: of("energy_kwh") ? of("energy_cost") / of("energy_kwh") : null,
  };
}

const amount = (part, unit) => (unit === "cost" ? (part.cost === null ? null : Number(part.cost)) : part.energy_kwh);
const back = (part, unit) => -(unit === "cost" ? Number(part.revenue ?? 0) : part.returned_kwh ?? 0);

function columnsOf(answer, before, unit) {
  const { step, parts } = partsOf(answer);
  const { count, offset } = places(answer, step, parts);
  const total = Math.max(count, parts.length + offset);
  const at = (list, shift, value) => Array.from({ length: total }, (__, index) => (list[index - shift] ? value(list[index - shift]) : null));
  const series = [{ name: unit === "cost" ? _("Cost") : _("Energy"), colour: "colour-use", values: at(parts, offset, (part) => amount(part, unit)) }];
  if (parts.some((part) => part.returned_kwh > 0)) {
    series.push({ name: unit === "cost" ? _("Revenue") : _("Fed in"), colour: "colour-returned", values: at(parts, offset, (part) => back(part, unit)) });
  }
  if (before) {
    const earlier = partsOf(before);
    const shift = places(before, earlier.step, earlier.parts).offset;
    if (earlier.step === step) series.push({ name: _("Period before"), colour: "colour-before", ghost: true, values: at(earlier.parts, shift, (part) => amount(part, unit)) });
  }
  return { answer, step, parts, offset, unit, series, places: placesOf(answer, step, parts, total, offset) };
}

function described({ step, parts, offset, series, unit }, index) {
  const part = parts[index - offset];
  const words = unit === "cost" ? (value) => money(Math.abs(value)) : (value) => energy(Math.abs(value) * 1000);
  const lines = series.filter((one) => one.values[index] !== null && one.values[index] !== undefined)
    .map((one) => [one.colour, one.name, words(one.values[index])]);
  if (part && unit === "energy") lines.push([null, _("Cost"), money(part.cost)]);
  if (part && unit === "cost") lines.push([null, _("Energy"), energy(part.energy_kwh * 1000)]);
  if (part?.missing_percent >= 0.05) lines.push([null, _("Missing"), `${number(part.missing_percent, 1)} %`]);
  return [part ? longLabel(part, step) : "–", lines];
}

/** Where a click on a bar leads: from all years to a year, from there to a month, to a day. */
function within({ answer, step, parts, offset }, index) {
  const part = parts[index - offset];
  const length = { year: 4, month: 7, day: 10 }[step];
  return part && length && kindOf(answer.label) !== "day" ? part.start.slice(0, length) : null;
}

const tableColumns = (step) => [
  { label: _("Time"), cell: (part) => longLabel(part, step) },
  { label: _("Energy"), numeric: true, cell: (part) => energy(part.energy_kwh * 1000) },
  { label: _("Fed in"), numeric: true, hide: "phone", cell: (part) => energy(part.returned_kwh * 1000) },
  { label: _("Cost"), numeric: true, cell: (part) => money(part.cost) },
  { label: _("Measured"), numeric: true, hide: "phone", cell: (part) => `${number(part.measured_percent, 1)} %` },
];

function runs(answer, device) {
  const found = [...(answer.runs ?? [])].reverse();
  find("runs-card").hidden = !found.length;
  replace(find("runs"), found.length && [table([
    { label: _("Start"), cell: (run) => dateTime(seconds(run.start)) },
    ...(device === TOTAL ? [{ label: _("Socket"), cell: (run) => h("span", { class: "name", title: run.device }, run.device) }] : []),
    { label: _("Duration"), numeric: true, cell: (run) => (run.is_over ? clock(run.duration_s) : _("running, {time}", { time: clock(run.duration_s) })) },
    { label: _("Energy"), numeric: true, cell: (run) => energy(run.energy_kwh * 1000) },
    { label: _("Cost"), numeric: true, cell: (run) => money(run.cost) },
    { label: _("Peak"), numeric: true, hide: "phone", cell: (run) => power(run.peak_w) },
  ], found.slice(0, 50), { caption: _("Runs") }),
  h("p", { class: "chart-foot" }, h("span", { class: "muted" }, _("{count} runs, {energy}, {money}", {
    count: found.length, energy: energy(sum(found, "energy_kwh") * 1000), money: money(sum(found, "cost")) })),
  csvLink(csv("figures", { device, span: answer.label, table: "runs" })))]);
}

const sum = (rows, key) => rows.reduce((total, row) => total + Number(row[key] ?? 0), 0);
/** "1:49 h" */
const clock = (seconds_) => (seconds_ < 3600 ? duration(seconds_)
  : `${Math.floor(seconds_ / 3600)}:${String(Math.floor((seconds_ % 3600) / 60)).padStart(2, "0")} h`);

function standby(answer, device) {
  const found = answer.standby ?? [];
  find("standby-card").hidden = !found.length;
  replace(find("standby"), found.length && [table([
    ...(device === TOTAL ? [{ label: _("Socket"), cell: (one) => h("span", { class: "name", title: one.device }, one.device) }] : []),
    { label: _("Standby"), numeric: true, cell: (one) => power(one.power_w) },
    { label: _("Energy a year"), numeric: true, hide: "phone", cell: (one) => energy(one.energy_kwh_year * 1000) },
    { label: _("Cost a year"), numeric: true, cell: (one) => money(one.cost_year) },
    { label: _("Saved if off at night"), numeric: true, cell: (one) => money(one.night_saving_year) },
  ], found, { caption: _("Standby") }),
  h("p", { class: "chart-foot" }, csvLink(csv("figures", { device, span: answer.label, table: "standby" })))]);
}
