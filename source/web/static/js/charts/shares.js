// Shares of a whole, as horizontal bars; and how complete the measurements are.

import { h, replace, svg } from "../dom.js";
import { percent } from "../format.js";
import { _ } from "../i18n.js";

const length = (share) => svg("svg", { class: "share-bar", width: "100%", height: 10, "aria-hidden": "true" },
  svg("rect", { class: "share-back", width: "100%", height: 10, rx: 5 }),
  svg("rect", { class: "share-piece", width: `${Math.max(0, Math.min(100, share))}%`, height: 10, rx: 5 }));

/** lines: [{name, href, colour, share (0 … 100), value}]. */
export function shares(node, lines) {
  replace(node, h("ul", { class: "shares" }, lines.map((line) => h("li", { class: line.colour },
    h("div", { class: "row between nowrap" },
      line.href ? h("a", { href: line.href, class: "truncate" }, line.name) : h("span", { class: "truncate" }, line.name),
      h("span", { class: "num" }, line.value, " ", h("span", { class: "muted share-percent" }, percent(line.share, line.share < 9.95 ? 1 : 0)))),
    length(line.share)))));
}

/** What of the time was measured, estimated, missing; all in percent. */
export function completeness(node, figures) {
  const parts = [
    ["measured", _("Measured"), figures.measured_percent],
    ["estimated", _("Estimated"), figures.estimated_percent],
    ["missing", _("Missing"), figures.missing_percent],
  ].map(([name, label, value]) => [name, label, Number(value) || 0]);
  const digits = parts.some(([, , value]) => value > 0 && value < 9.95) ? 1 : 0;
  let from = 0;
  const pieces = parts.map(([name, , value]) => {
    const piece = svg("rect", { class: `complete-${name}`, x: `${from}%`, width: `${value}%`, height: 12 });
    from += value;
    return piece;
  });
  replace(node,
    svg("svg", { class: "complete-bar", width: "100%", height: 12, role: "img",
      "aria-label": parts.map(([, label, value]) => `${label} ${percent(value, digits)}`).join(", ") }, pieces),
    h("ul", { class: "legend" }, parts.map(([name, label, value]) => h("li", {},
      h("span", { class: `chart-mark complete-${name}` }), `${label} `, h("strong", {}, percent(value, digits))))));
}
