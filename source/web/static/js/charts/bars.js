// Stacked bars: one place for each part of a span, one piece for each series.

import { h, replace, svg } from "../dom.js";
import { _ } from "../i18n.js";
import { scale } from "./scale.js";
import { followWidth } from "./size.js";

const HEIGHT = 260;
const ROOM = { top: 12, right: 4, bottom: 26 };
const GAP = 1;

/**
 * bars(node, {label, describe(place) → [heading, [[class, name, value], …]]}): gives
 * {show({places, series, ticks, isUnknown})}: places [{short}], series [{colour, values, ghost}];
 * a value of null is no bar. A ghost stands behind the others, as an outline.
 */
export function bars(node, { label, describe, choose }) {
  const tip = h("div", { class: "chart-tip", hidden: true, "aria-hidden": "true" });
  const drawing = h("div", { class: "chart-drawing", tabindex: "0", role: "img", "aria-label": label });
  const told = h("div", { class: "hidden", "aria-live": "polite" });
  const note = h("p", { class: "chart-note muted" });
  replace(node, drawing, tip, note, told);
  let content = null;
  let hovered = null;
  let layout = null;

  const draw = (width) => {
    if (!content) return;
    layout = laidOut(content, width);
    replace(drawing, drawn(layout, content, width));
    point(hovered !== null && hovered < content.places.length ? hovered : null);
  };
  const point = (index) => {
    drawing.querySelector(".chart-here")?.classList.remove("chart-here");
    hovered = index;
    tip.hidden = index === null;
    if (index === null) return;
    drawing.querySelector(`[data-place="${index}"]`)?.classList.add("chart-here");
    const [heading, lines] = describe(index);
    fillTip(tip, heading, lines);
    placeTip(tip, node, layout.x(index) + layout.wide / 2);
  };
  const nearest = (event) => {
    const box = drawing.getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - layout.left) / layout.slot);
    return index >= 0 && index < content.places.length ? index : null;
  };
  drawing.addEventListener("pointermove", (event) => content && point(nearest(event)));
  // A finger has no way to hover: its first tap on a bar reads it, the second one goes there.
  let isRead = true;
  drawing.addEventListener("pointerdown", (event) => {
    if (!content) return;
    const index = nearest(event);
    isRead = event.pointerType === "mouse" || index === hovered;
    point(index);
  });
  drawing.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && point(null));
  drawing.addEventListener("blur", () => point(null));
  drawing.addEventListener("click", (event) => {
    const index = content && nearest(event);
    if (index !== null && isRead && event.detail && choose) choose(index);
  });
  drawing.addEventListener("keydown", (event) => {
    if (!content) return;
    const last = content.places.length - 1;
    const at = hovered ?? -1;
    const to = { ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(last, at + 1), Home: 0, End: last }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      point(to);
      const [heading, lines] = describe(to);
      told.textContent = [heading, ...lines.map(([, name, value]) => `${name} ${value}`)].join(", ");
    } else if (event.key === "Escape") point(null);
    else if (event.key === "Enter" && hovered !== null) choose?.(hovered);
  });
  followWidth(node, draw);
  return {
    show(given) {
      content = given;
      drawing.classList.toggle("chooses", Boolean(choose));
      note.textContent = given.isUnknown ? _("Nothing was measured here.") : "";
      if (node.clientWidth > 0) draw(Math.floor(node.clientWidth));
    },
  };
}

function laidOut({ places, series, ticks }, width) {
  const sums = places.map((_, index) => series.filter((one) => !one.ghost)
    .reduce(([up, down], { values }) => {
      const value = values[index] ?? 0;
      return value < 0 ? [up, down + value] : [up + value, down];
    }, [0, 0]));
  const ghosts = series.filter((one) => one.ghost).flatMap((one) => one.values.map((value) => value ?? 0));
  const axis = scale(Math.min(...sums.map(([, down]) => down), ...ghosts, 0),
    Math.max(...sums.map(([up]) => up), ...ghosts, 0));
  const labels = axis.ticks.map((tick) => ticks(tick, axis.digits));
  const left = Math.max(36, 16 + 6.8 * Math.max(...labels.map((one) => one.length)));
  const slot = (width - left - ROOM.right) / Math.max(1, places.length);
  const wide = Math.max(1, Math.min(slot * 0.72, 44));
  const high = HEIGHT - ROOM.top - ROOM.bottom;
  return {
    axis, labels, left, slot, wide,
    x: (index) => left + index * slot + (slot - wide) / 2,
    y: (value) => ROOM.top + high * (1 - (value - axis.low) / (axis.high - axis.low)),
  };
}

function drawn(layout, { places, series }, width) {
  const { axis, labels, left, slot, wide, x, y } = layout;
  const grid = axis.ticks.map((tick, index) => [
    svg("line", { class: tick === 0 ? "chart-zero" : "chart-grid", x1: left, x2: width - ROOM.right, y1: y(tick), y2: y(tick) }),
    svg("text", { class: "chart-text", x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, labels[index]),
  ]);
  const longest = Math.max(...places.map((one) => one.short.length), 1);
  const every = Math.max(1, Math.ceil((longest * 7 + 8) / slot));
  const names = places.map((place, index) => index % every === 0 &&
    svg("text", { class: "chart-text", x: left + (index + 0.5) * slot, y: HEIGHT - 8, "text-anchor": "middle" }, place.short));
  const columns = places.map((_, index) => svg("g", { class: "chart-place", data: { place: index } },
    svg("rect", { class: "chart-hover", x: left + index * slot, y: ROOM.top, width: slot, height: HEIGHT - ROOM.top - ROOM.bottom }),
    pieces(series, index).map(({ colour, from, to, ghost }) => {
      const top = Math.min(y(from), y(to));
      const height = Math.max(Math.abs(y(from) - y(to)) - (ghost ? 0 : GAP), to === from ? 0 : 1);
      const more = ghost ? 3 : 0;
      return svg("rect", { class: `chart-piece ${colour}`, x: x(index) - more, width: wide + 2 * more, y: top, height, rx: Math.min(3, wide / 4) });
    })));
  return svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" }, grid, columns, names);
}

/** From the zero line up, and down for what is negative. */
function pieces(series, index) {
  const found = [];
  let up = 0;
  let down = 0;
  for (const { colour, values, ghost } of series) {
    const value = values[index];
    if (value === null || value === undefined || value === 0) continue;
    const from = ghost ? 0 : value < 0 ? down : up;
    found.push({ colour, from, to: from + value, ghost });
    if (ghost) continue;
    if (value < 0) down += value;
    else up += value;
  }
  return found;
}

/** The heading and a line for each series; its texts are given in the reader's format. */
export function fillTip(tip, heading, lines) {
  replace(tip, h("strong", {}, heading), h("dl", {}, lines.map(([colour, name, value]) => [
    h("dt", {}, colour && h("span", { class: `chart-mark ${colour}` }), h("span", { class: "truncate" }, name)),
    h("dd", {}, value),
  ])));
}

export function placeTip(tip, node, x) {
  const room = node.clientWidth - tip.offsetWidth;
  tip.style.left = `${Math.max(0, Math.min(room, x + (x > node.clientWidth / 2 ? -tip.offsetWidth - 24 : 24)))}px`;
}
