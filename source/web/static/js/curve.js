// The price of the next hours, as steps.

import { h, replace, svg } from "./dom.js";
import { date, price, time } from "./format.js";
import { _ } from "./i18n.js";

const WIDTH = 960;
const HEIGHT = 160;

/** Draws what POST settings/preview tells. */
export function drawCurve(curve, { time_s: times, import_per_kwh: told_, assumed = [], end_s }) {
  const prices = (told_ ?? []).map((one) => (one === null ? null : Number(one)));
  const shown = prices.filter((one) => one !== null);
  if (!times?.length || shown.length === 0) {
    replace(curve, h("h2", {}, _("Price of the next 48 hours")), h("p", { class: "muted" }, _("No price is known for these hours yet.")));
    return;
  }
  const step = times.length > 1 ? times[1] - times[0] : 900;
  const end = end_s ?? times.at(-1) + step;
  const least = Math.min(0, ...shown);
  const most = Math.max(...shown) * 1.1 || 1;
  const x = (s) => ((s - times[0]) / (end - times[0])) * WIDTH;
  const y = (one) => HEIGHT - ((one - least) / (most - least)) * HEIGHT;
  let path = "";
  prices.forEach((one, index) => {
    if (one === null) return;
    const start = index && prices[index - 1] !== null ? "L" : "M";
    path += `${start}${x(times[index]).toFixed(1)} ${y(one).toFixed(1)}H${x(times[index + 1] ?? end).toFixed(1)}`;
  });
  const labels = Array.from({ length: 9 }, (_one, index) => times[0] + ((end - times[0]) * index) / 8);
  replace(curve, h("h2", {}, _("Price of the next 48 hours")),
    h("p", { class: "muted" }, _("From {least} to {most}", { least: price(Math.min(...shown)), most: price(Math.max(...shown)) }),
      assumed.some(Boolean) ? ` · ${_("the price of some hours is assumed")}` : ""),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
      "aria-label": _("Price of the next 48 hours") },
    svg("path", { class: "area", d: `${path}V${y(0)}H0Z` }), svg("path", { class: "line", d: path })),
    h("div", { class: "axis muted small" }, labels.map((s, index) => h("span", {}, index % 4 === 0 ? date(s, { weekday: "short", hour: "2-digit", minute: "2-digit" }) : time(s)))));
}
