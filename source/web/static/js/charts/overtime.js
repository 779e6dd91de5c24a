// Power over time on the page of a socket: its ranges, its window, its other values.

import { get, TOTAL } from "../api.js";
import { h, replace } from "../dom.js";
import { dateTime, number, now, power } from "../format.js";
import { _ } from "../i18n.js";
import { failure, newest } from "./failure.js";
import { csv, csvLink, foot } from "./foot.js";
import { lineChart } from "./lines.js";
import { choice } from "./period.js";
import { powerChart } from "./power.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const RANGES = { "1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "1y": 365 * DAY, all: null };
const SETTLE_MS = 140;
const LIVE_WIDEST_S = DAY;
const find = (id) => document.getElementById(id);
const names = () => [["1h", _("1 h")], ["6h", _("6 h")], ["24h", _("24 h")], ["7d", _("7 d")], ["30d", _("30 d")], ["1y", _("1 y")], ["all", _("All")]];
const whole = (window) => ({ start_s: Math.floor(window[0]), end_s: Math.max(Math.ceil(window[1]), Math.floor(window[0]) + 1) });

/** Draws it for a device; gives {live(time_s, one), refresh()}. */
export function powerOverTime(device, name) {
  const chart = powerChart(find("power"), {
    label: _("Power of {name} over time. Arrow keys move it, plus and minus zoom, shift and arrow keys read values, 0 goes back.", { name }),
    onWindow: (start_s, end_s, done) => moved(start_s, end_s, done), onReset: () => choose(range),
  });
  const under = foot(find("power-foot"));
  const latest = newest();
  const others = otherValues(device);
  const press = choice(find("ranges"), names(), (value) => choose(value));
  let range = "24h";
  let window = [0, 1];
  let begins_s = null;
  let following = true;
  let timer = 0;
  let seen_s = 0;
  let loaded_s = 0;

  async function choose(value) {
    range = value;
    following = true;
    press(value);
    const end = now();
    if (RANGES[value] === null && begins_s === null) await load([end - HOUR, end], true);
    window = [RANGES[value] === null ? (begins_s ?? end - DAY) : end - RANGES[value], end];
    chart.pending();
    await load(window);
  }

  function moved(start_s, end_s, done) {
    window = [start_s, end_s];
    following = false;
    press(null);
    clearTimeout(timer);
    timer = setTimeout(() => load(window), done ? SETTLE_MS : SETTLE_MS * 3);
    if (!done) chart.window(start_s, end_s);
  }

  async function load(asked, isQuiet = false) {
    try {
      const answer = await latest((signal) => get("power", { device, ...whole(asked), points: 1000 }, { signal }));
      if (!answer) return;
      begins_s = answer.begins_s;
      if (isQuiet) return;
      loaded_s = now();
      chart.show(answer, window);
      under({
        caption: _("Power over time"), columns: columns(), rows: () => rowsOf(answer),
        links: [h("span", { class: "muted" }, steps(answer.step_s)), csvLink(csv("power", { device, ...whole(asked) }))],
      });
      others(asked);
    } catch (error) {
      replace(find("power-foot"), failure(error, () => location.reload()));
    }
  }

  choose(range);
  return {
    refresh: () => choose(range),
    live(time_s, one) {
      if (!following || time_s === null || document.hidden) return;
      const wide = window[1] - window[0];
      if (now() - loaded_s > Math.max(60, wide / 500)) {
        loaded_s = now();
        window = [time_s - wide, time_s];
        load(window);
      } else if (wide <= LIVE_WIDEST_S && one) {
        window = [time_s - wide, time_s];
        const isNew = one.last_reading_s !== null && one.last_reading_s > seen_s;
        if (isNew) chart.add(seen_s = one.last_reading_s, one.power_w);
        chart.window(...window);
      }
    },
  };
}

function steps(step_s) {
  if (step_s < 60) return _("One value each {count} s", { count: step_s });
  if (step_s < HOUR) return _("One value each {count} min", { count: Math.round(step_s / 60) });
  return _("One value each {count} h", { count: number(step_s / HOUR, step_s % HOUR ? 1 : 0) });
}

const columns = () => [
  { label: _("Time"), cell: (row) => dateTime(row.at) },
  { label: _("Mean"), numeric: true, cell: (row) => power(row.mean) },
  { label: _("Minimum"), numeric: true, cell: (row) => power(row.low) },
  { label: _("Maximum"), numeric: true, cell: (row) => power(row.high) },
  { label: _("Kind"), cell: (row) => (row.mean === null ? _("no value") : row.estimated ? _("estimated") : _("measured")) },
];

const rowsOf = (answer) => answer.time_s.map((at, index) => ({
  at, mean: answer.mean_w[index], low: answer.min_w[index], high: answer.max_w[index], estimated: answer.estimated[index],
})).reverse();

/** Voltage, current and so on, in the window of the power chart. */
function otherValues(device) {
  const card = find("fields-card");
  const place = find("fields");
  const under = foot(find("fields-foot"));
  const latest = newest();
  const charts = new Map();
  return async (window) => {
    if (device === TOTAL) return;
    let answer;
    try {
      answer = await latest((signal) => get("fields", { device, ...whole(window), points: 500 }, { signal }));
    } catch {
      return; // the power chart has told it
    }
    if (!answer) return;
    const groups = grouped(answer.fields);
    if (!groups.size && !charts.size) return;
    card.hidden = !groups.size; // of long ago only power is kept
    for (const [key, fields] of groups) {
      if (!charts.has(key)) charts.set(key, made(place, fields));
    }
    for (const [key, chart] of charts) {
      const fields = groups.get(key) ?? [];
      chart.box.hidden = !fields.length;
      if (fields.length) chart.show({ time_s: fields[0].time_s, window, lines: fields.map((one) => ({ name: fields.length > 1 ? phaseName(one) : title(one), values: one.mean, low: one.min, high: one.max })) });
    }
    under({
      caption: _("Other values"), columns: [{ label: _("Time"), cell: (row) => dateTime(row.at) },
        ...answer.fields.map((field, index) => ({ label: title(field), numeric: true, cell: (row) => digits(row.values[index], field.unit) }))],
      rows: () => (answer.fields[0]?.time_s ?? []).map((at, index) => ({ at, values: answer.fields.map((field) => field.mean[index]) })).reverse(),
      links: [answer.sampled && h("span", { class: "muted" }, _("Samples of a long time")), csvLink(csv("fields", { device, ...whole(window) }))],
    });
  };
}

const WORDS = {
  voltage: () => _("Voltage"), current: () => _("Current"), power: () => _("Power"), power_factor: () => _("Power factor"),
  temperature: () => _("Temperature"), device_temperature: () => _("Temperature"), frequency: () => _("Frequency"),
};
const PHASE = /_(a|b|c|l?[123])$/;
const phase = (field) => PHASE.exec(field.name)?.[1];
const plain = (field) => WORDS[field.name.replace(PHASE, "")]?.() ?? (field.label || field.name).replace(/,[^,]*$/, "");
const phaseName = (field) => _("phase {name}", { name: phase(field) });
const title = (field) => (phase(field) ? `${plain(field)}, ${phaseName(field)}` : plain(field));
const digits = (value, unit) => {
  if (value === null || value === undefined) return "–";
  if (unit === "W") return power(value);
  if (unit === "°C") return `${number(value, 1)}\u202f°C`;
  const size = Math.abs(value);
  return `${number(value, size >= 100 ? 1 : 2)}${unit ? `\u202f${unit}` : ""}`;
};

/** Phases of the same value stand in one chart: voltage_a, voltage_b, voltage_c. */
function grouped(fields) {
  const groups = new Map();
  for (const field of fields) {
    const key = `${field.name.replace(PHASE, "")}|${field.unit}|${field.time_s.length}`;
    groups.set(key, [...(groups.get(key) ?? []), field]);
  }
  return groups;
}

function made(place, fields) {
  const [first] = fields;
  const heading = fields.length > 1 ? plain(first) : title(first);
  const node = h("div", { class: "chart" });
  const box = h("div", {}, h("h3", {}, heading), node);
  place.append(box);
  const chart = lineChart(node, { label: heading, words: (value) => digits(value, first.unit) });
  return { box, show: chart.show };
}
