// Small lines of power over time, without axes; a gap stays a gap.

import { svg } from "./dom.js";

const WIDTH = 600;
const HEIGHT = 100;
const LEAST_W = 10; // so that the standby of a television is no mountain

/** {line, area, ground} as paths over values of equal distance; null is a gap, below the ground is fed in. */
export function paths(values, most) {
  const step = WIDTH / Math.max(1, values.length - 1);
  const least = values.reduce((found, one) => Math.min(found, one ?? 0), 0);
  const y = (w) => (HEIGHT - ((w - least) / (most - least)) * HEIGHT).toFixed(1);
  const ground = y(0);
  const x = (index) => (index * step).toFixed(1);
  let line = "";
  let area = "";
  for (const [from, to] of stretches(values)) {
    const points = [];
    for (let index = from; index <= to; index += 1) points.push(`${x(index)} ${y(values[index])}`);
    if (points.length === 1) points.push(`${(from * step + 0.1).toFixed(1)} ${y(values[from])}`);
    line += `M${points.join("L")}`;
    area += `M${x(from)} ${ground}L${points.join("L")}L${x(to)} ${ground}Z`;
  }
  return { line, area, ground: `M0 ${ground}H${WIDTH}` };
}

function stretches(values) {
  const found = [];
  let from = -1;
  values.forEach((value, index) => {
    if (value === null || value === undefined) from = -1;
    else if (from < 0) found.push([(from = index), index]);
    else found.at(-1)[1] = index;
  });
  return found;
}

export const highest = (values) => values.reduce((most, one) => Math.max(most, one ?? 0), LEAST_W);

/** A drawing that takes new values with `draw(values)`. */
export function spark(className) {
  const area = svg("path", { class: "area" });
  const line = svg("path", { class: "line" });
  const ground = svg("path", { class: "ground" });
  const node = svg("svg", { class: className, viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none", "aria-hidden": "true" }, ground, area, line);
  const draw = (values) => {
    const made = paths(values, highest(values) * 1.05);
    line.setAttribute("d", made.line);
    area.setAttribute("d", made.area);
    ground.setAttribute("d", made.ground);
  };
  return { node, draw };
}
