// Small charts over time: voltage, current, temperature; and prices, in steps.

import { h, replace } from "../dom.js";
import { dateTime } from "../format.js";
import { followWidth } from "./size.js";
import { onScheme, token } from "./theme.js";
import { alone, around, axes, faint, zoned } from "./time.js";

const HEIGHT = 180;
const COLOURS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"];

/**
 * lineChart(node, {label, words(value), steps, zero}): gives {show({time_s, lines: [{name, values,
 * low, high}], window})}; low and high are the band around a line, where there is one.
 */
export function lineChart(node, { label, words, tick = words, steps = false, zero = false, height = HEIGHT }) {
  const place = h("div", { class: "time-chart small", role: "img", "aria-label": label });
  const readout = h("p", { class: "readout small", "aria-live": "off" });
  replace(node, readout, place);
  let u = null;
  let content = null;
  const told = (index) => {
    const { time_s, lines } = content;
    const at = index ?? time_s.length - 1;
    replace(readout, lines.map((line, number) => h("span", {},
      lines.length > 1 && h("span", { class: `chart-mark colour-${number + 1}` }),
      lines.length > 1 && `${line.name} `, h("strong", {}, words(line.values[at])))),
    h("span", { class: "muted" }, at >= 0 ? dateTime(time_s[at]) : ""));
  };
  const make = (width) => {
    if (!content) return;
    if (u?.series.length === 1 + content.lines.length * 3) u.setSize({ width, height });
    else {
      u?.destroy();
      u = new uPlot(options(width), rowsOf(content), place);
    }
  };
  const options = (width) => ({
    width, height, padding: [8, 22, 0, 0], tzDate: zoned, legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { range: () => content.window }, y: { range: zero ? fromNothing : around } },
    axes: axes(tick, 76),
    series: [{}, ...content.lines.flatMap((line, number) => [
      { stroke: () => token(COLOURS[number % 4]), width: 1.5, points: { size: 4, show: alone },
        paths: steps ? uPlot.paths.stepped({ align: 1 }) : undefined },
      { stroke: "transparent", points: { show: false }, paths: steps ? uPlot.paths.stepped({ align: 1 }) : undefined },
      { stroke: "transparent", points: { show: false }, paths: steps ? uPlot.paths.stepped({ align: 1 }) : undefined },
    ])],
    bands: content.lines.map((line, number) => ({
      series: [number * 3 + 3, number * 3 + 2], fill: () => faint(COLOURS[number % 4], 0.22) })),
    hooks: { setCursor: [(chart) => told(chart.cursor.idx)] },
  });
  followWidth(place, make);
  onScheme(() => u?.redraw(false, true));
  return {
    show(given) {
      content = given;
      if (place.clientWidth > 0) make(Math.floor(place.clientWidth));
      u?.setData(rowsOf(content));
      told(null);
    },
  };
}

/** Prices are small numbers: no whole unit of room above them. */
function fromNothing(u, low, high) {
  const [bottom, top] = low === null ? [0, 0.1] : [Math.min(0, low), Math.max(0, high)];
  const room = (top - bottom) * 0.08 || 0.01;
  return [bottom < 0 ? bottom - room : 0, top + room];
}

const rowsOf = ({ time_s, lines }) =>
  [time_s, ...lines.flatMap(({ values, low, high }) => [values, low ?? values, high ?? values])];
