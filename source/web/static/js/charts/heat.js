// Mean power by weekday and hour, as a map of coloured fields.

import { h, replace, svg } from "../dom.js";
import { date, power } from "../format.js";
import { _ } from "../i18n.js";
import { followWidth } from "./size.js";
import { fillTip, placeTip } from "./bars.js";

const LEVELS = 9;
const ROW = 26;
const TOP = 4;
const MONDAY = Date.UTC(2024, 0, 1) / 1000;

/** "Mon"; the first of the rows is Monday. */
const weekday = (index, width = "short") =>
  date(new Date((MONDAY + index * 86400) * 1000).toISOString().slice(0, 10), { weekday: width });
const hour = (index) => `${String(index).padStart(2, "0")}:00`;

/** heat(node, label) gives {show(rows)}: seven rows of 24 mean powers in W, or null. */
export function heat(node, label) {
  const tip = h("div", { class: "chart-tip", hidden: true, "aria-hidden": "true" });
  const drawing = h("div", { class: "chart-drawing", role: "img", "aria-label": label });
  const key = h("div", { class: "heat-key small muted" });
  replace(node, drawing, tip, key);
  let rows = [];
  let layout = { left: 0, slot: 1 };
  const draw = (width) => {
    const left = 44;
    layout = { left, slot: (width - left) / 24 };
    replace(drawing, map(rows, layout, width));
  };
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - layout.left) / layout.slot);
    const row = Math.floor((event.clientY - box.top - TOP) / ROW);
    const value = rows[row]?.[column];
    tip.hidden = value === undefined;
    if (tip.hidden) return;
    fillTip(tip, `${weekday(row, "long")}, ${hour(column)} – ${hour(column + 1)}`, [[null, _("Mean power"), power(value)]]);
    placeTip(tip, node, layout.left + (column + 0.5) * layout.slot);
  });
  drawing.addEventListener("pointerleave", () => { tip.hidden = true; });
  followWidth(node, draw);
  return {
    show(given) {
      rows = given;
      const [low, high] = range(rows);
      replace(key, !rows.flat().some((value) => value !== null) ? _("Nothing was measured here.") : [power(low), Array.from({ length: LEVELS }, (__, index) =>
        h("span", { class: `heat-${index + 1}` })), power(high)]);
      if (node.clientWidth > 0) draw(Math.floor(node.clientWidth));
    },
    columns: [{ label: _("Weekday"), cell: (row) => row.name },
      ...Array.from({ length: 24 }, (__, index) => ({ label: hour(index), numeric: true, cell: (row) => power(row.values[index]) }))],
    lines: () => rows.map((values, index) => ({ name: weekday(index, "long"), values })),
  };
}

function range(rows) {
  const known = rows.flat().filter((value) => value !== null);
  return known.length ? [Math.min(...known), Math.max(...known)] : [0, 0];
}

function map(rows, { left, slot }, width) {
  const [low, high] = range(rows);
  const level = (value) => (high > low ? Math.min(LEVELS, 1 + Math.floor(((value - low) / (high - low)) * LEVELS)) : 1);
  const height = TOP + 7 * ROW + 22;
  const every = slot < 14 ? 6 : slot < 30 ? 3 : 1;
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    rows.map((row, day) => [
      svg("text", { class: "chart-text", x: left - 8, y: TOP + day * ROW + 17, "text-anchor": "end" }, weekday(day)),
      row.map((value, at) => svg("rect", {
        class: value === null ? "heat-none" : `heat-${level(value)}`,
        x: left + at * slot + 1, y: TOP + day * ROW + 1, width: Math.max(1, slot - 2), height: ROW - 2, rx: 3,
      })),
    ]),
    Array.from({ length: 24 }, (__, at) => at % every === 0 && svg("text", {
      class: "chart-text", x: left + (at + 0.5) * slot, y: height - 6, "text-anchor": "middle",
    }, String(at).padStart(2, "0"))));
}
