// The chart of power over time: a line for the mean, a band from minimum to maximum.

import { dateTime, power } from "../format.js";
import { _ } from "../i18n.js";
import { h, replace } from "../dom.js";
import { gestures } from "./gestures.js";
import { followWidth } from "./size.js";
import { onScheme, token } from "./theme.js";
import { alone, axes, faint, fromZero, zoned } from "./time.js";

const [TIME, MEAN, LOW, HIGH] = [0, 1, 2, 3];

/**
 * powerChart(node, {label, onWindow(start_s, end_s), onReset()}): gives {show(answer, window),
 * window(start_s, end_s), add(time_s, power_w), empty(text)}. The times of an answer are the
 * beginnings of its steps; what is drawn stands in the middle of each.
 */
export function powerChart(node, { label, onWindow, onReset }) {
  const place = h("div", { class: "time-chart", tabindex: "0", role: "img", "aria-label": label });
  const readout = h("p", { class: "readout", "aria-live": "off" });
  const note = h("p", { class: "chart-note muted" });
  replace(node, readout, place, note);
  let u = null;
  let rows = null;
  let step_s = 0;
  let estimated = [];
  let view = [0, 1];

  const told = (index) => {
    const at = index ?? (rows ? rows[TIME].length - 1 : -1);
    const words = rows && at >= 0 ? wordsOf(rows, at, step_s, estimated) : ["", "", ""];
    replace(readout, h("strong", {}, words[1]), h("span", {}, words[0]), h("span", { class: "muted" }, words[2]));
  };
  const move = (start_s, end_s, done = true) => {
    view = [start_s, end_s];
    u?.setScale("x", { min: start_s, max: end_s });
    onWindow(start_s, end_s, done);
  };
  const options = (width) => ({
    width, height: 320, padding: [10, 26, 0, 0],
    tzDate: zoned, legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: 8 }, points: { size: 8 }, bind: { dblclick: () => null } },
    select: { show: true },
    scales: { x: { time: true, auto: false, range: () => view }, y: { range: fromZero } },
    axes: axes((w) => power(w)),
    series: [
      {},
      { stroke: () => token("--chart-line"), width: 1.75, points: { size: 4, show: alone } },
      { stroke: () => faint("--chart-line", 0.45), width: 1, points: { show: false } },
      { stroke: () => faint("--chart-line", 0.45), width: 1, points: { show: false } },
    ],
    bands: [{ series: [HIGH, LOW], fill: () => faint("--chart-line", 0.24) }],
    hooks: {
      drawClear: [(chart) => hatch(chart, estimated, step_s)],
      setCursor: [(chart) => told(chart.cursor.idx)],
      setSelect: [(chart) => {
        const { left, width: wide } = chart.select;
        chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        if (wide > 8) move(chart.posToVal(left, "x"), chart.posToVal(left + wide, "x"));
      }],
    },
  });
  const make = (width) => {
    if (u) return u.setSize({ width, height: 320 });
    u = new uPlot(options(width), rows ?? [[], [], [], []], place);
    gestures(place, u.over, { view: () => view, move, reset: onReset, cursor: (by) => walk(u, by) });
    return u;
  };
  const redraw = () => {
    u?.setData(rows, false);
    u?.setScale("x", { min: view[0], max: view[1] });
  };
  followWidth(place, make);
  onScheme(() => u?.redraw(false, true));
  return {
    show(answer, window) {
      const half = answer.step_s / 2;
      view = window;
      step_s = answer.step_s;
      estimated = answer.estimated;
      rows = withGaps([answer.time_s.map((at) => at + half), answer.mean_w, answer.min_w, answer.max_w], answer);
      estimated = rows.pop();
      place.classList.remove("pending");
      redraw();
      told(null);
      note.textContent = rows[MEAN].some((value) => value !== null) ? "" : _("Nothing was measured here.");
    },
    window(start_s, end_s) {
      view = [start_s, end_s];
      u?.setScale("x", { min: start_s, max: end_s });
    },
    add(time_s, power_w) {
      if (!rows) return;
      const last = rows[TIME].at(-1) ?? 0;
      if (time_s <= last || time_s - last < Math.min(step_s, 60)) return;
      rows[TIME].push(time_s);
      for (const column of [MEAN, LOW, HIGH]) rows[column].push(power_w);
      estimated.push(0);
      redraw();
      if (u?.cursor.idx === null || u?.cursor.idx === undefined) told(null);
    },
    pending() { place.classList.add("pending"); },
  };
}

/** A missing step is a gap too, unless the steps are shorter than what is measured. */
function withGaps(columns, { estimated, step_s }) {
  const found = [[], [], [], [], []];
  const usual = Math.max(step_s, median(columns[TIME])) * 6;
  columns[TIME].forEach((at, index) => {
    const before = columns[TIME][index - 1];
    if (index && at - before > usual) {
      [(at + before) / 2, null, null, null, 0].forEach((value, column) => found[column].push(value));
    }
    columns.forEach((column, number) => found[number].push(column[index]));
    found[4].push(estimated[index]);
  });
  return found;
}

function median(times) {
  const apart = times.slice(1).map((at, index) => at - times[index]).sort((a, b) => a - b);
  return apart.length ? apart[Math.floor(apart.length / 2)] : 0;
}

function wordsOf(rows, at, step_s, estimated) {
  const [when, mean, low, high] = rows.map((column) => column[at]);
  const exact = step_s < 60 ? { dateStyle: "medium", timeStyle: "medium" } : undefined;
  const begin = when - step_s / 2;
  const wide = high !== null && high - low > 0.5 ? _("{low} to {high}", { low: power(low), high: power(high) }) : "";
  const more = [wide, estimated[at] ? _("estimated") : ""].filter(Boolean).join(" · ");
  return [dateTime(begin, exact), mean === null ? _("no value") : power(mean), more];
}

function walk(u, by) {
  const [from, to] = u.series[0].idxs ?? [0, 0];
  const at = Math.max(from, Math.min(to, (u.cursor.idx ?? (by > 0 ? from - 1 : to + 1)) + by));
  u.setCursor({ left: u.valToPos(u.data[TIME][at], "x"), top: 0 });
}

/** Hatches the area under what is estimated. */
function hatch(u, estimated, step_s) {
  const { ctx, data } = u;
  ctx.save();
  ctx.beginPath();
  const zero = u.valToPos(0, "y", true);
  let any = false;
  data[TIME].forEach((at, index) => {
    const value = data[MEAN][index];
    if (!estimated[index] || value === null) return;
    any = true;
    const left = u.valToPos(at - step_s / 2, "x", true);
    const right = u.valToPos(at + step_s / 2, "x", true);
    const y = u.valToPos(value, "y", true);
    ctx.rect(left, Math.min(y, zero), Math.max(1, right - left), Math.abs(y - zero));
  });
  if (any) {
    ctx.clip();
    ctx.fillStyle = ctx.createPattern(stripes(), "repeat");
    ctx.fillRect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  }
  ctx.restore();
}

function stripes() {
  const size = 8 * devicePixelRatio;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const ctx = tile.getContext("2d");
  ctx.strokeStyle = token("--chart-estimated");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const shift of [-size, 0, size]) {
    ctx.moveTo(shift, size);
    ctx.lineTo(shift + size, 0);
  }
  ctx.stroke();
  return tile;
}
