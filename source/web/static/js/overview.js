// The overview: the house now, and a card for each socket; kept up to date by events.

import { events, get, TOTAL } from "./api.js";
import { Card, order } from "./card.js";
import { h, replace, say } from "./dom.js";
import { energy, energyParts, money, NONE, now, percent, power, powerParts, setClock, time }
  from "./format.js";
import { announce, connection } from "./frame.js";
import { _, ready } from "./i18n.js";
import { highest, spark } from "./spark.js";
import { isLive } from "./states.js";

const TREND_S = 6 * 3600;
const TREND_POINTS = 180;
const TREND_EVERY_MS = 60_000;
const ORDER_EVERY_MS = 60_000;
const find = (id) => document.getElementById(id);
const list = find("sockets");
let ordered = { members: "", at: 0 };
const trend = spark("trend-line");
const cards = new Map();
let isLost = false;

await ready;
find("again").addEventListener("click", load);
find("trend").append(trend.node);
await load();
events({ live, overview, configuration: () => load(), lost, back });
drawTrend();
setInterval(drawTrend, TREND_EVERY_MS);
setInterval(() => { if (!isLost) cards.forEach((card) => card.tick()); }, 1_000);

async function load() {
  try {
    overview(await get("overview"));
  } catch (error) {
    if (error.status === 401) return;
    if (cards.size) return; // the events tell it
    replace(list);
    find("failed").hidden = false;
    find("main").classList.add("is-there");
    say(find("failure"), error.status ? error.message : _("The logger does not answer."));
  }
}

function overview(told) {
  setClock(told.time_s);
  find("failed").hidden = true;
  house(told.house, told.devices);
  sockets(told.devices);
  problems(told.problems);
  find("main").classList.add("is-there");
}

function house({ power_w, today, yesterday, month, forecast }, devices) {
  put(find("house-power"), power_w);
  figure("today", today, yesterday && _("Yesterday {energy}", { energy: energy(yesterday.energy_wh) }));
  figure("month", month);
  figure("forecast", forecast);
  const coverage = find("coverage");
  say(coverage, devices.length ? gaps(month) : "");
}

function put(node, watts) {
  const { value, unit } = powerParts(watts);
  if (node.firstElementChild?.className !== "number") {
    replace(node, h("span", { class: "number" }), " ", h("span", { class: "unit" }));
  }
  say(node.firstElementChild, value);
  say(node.lastElementChild, unit);
}

function figure(id, amount, tip) {
  const { value, unit } = energyParts(amount?.energy_wh);
  const place = find(id);
  replace(place.querySelector(".value"), value, " ", h("span", { class: "unit" }, unit));
  const returned = amount?.returned_wh > 0
    ? h("span", {}, _("{energy} fed in", { energy: energy(amount.returned_wh) })) : null;
  replace(place.querySelector(".note"), h("strong", {}, amount ? money(amount.cost) : NONE), returned);
  if (tip) place.title = tip;
}

function gaps(month) {
  const words = [];
  if (month?.estimated_percent >= 0.5) {
    words.push(_("{percent} of the month is estimated", { percent: percent(month.estimated_percent) }));
  }
  if (month?.missing_percent >= 0.5) {
    words.push(_("{percent} of the month was not measured", { percent: percent(month.missing_percent) }));
  }
  return words.join(" · ");
}

function sockets(devices) {
  const names = new Set(devices.map((one) => one.device));
  for (const [name, card] of cards) {
    if (names.has(name)) continue;
    card.node.remove();
    cards.delete(name);
  }
  if (!cards.size) replace(list);
  for (const one of devices) {
    if (!cards.has(one.device)) {
      const card = new Card(one.device);
      cards.set(one.device, card);
      list.append(card.node);
    }
    told(one);
    cards.get(one.device).show(one);
  }
  partial();
  if (isOrderDue(devices)) order(list, byUse(devices).map((one) => cards.get(one.device)));
  list.hidden = !devices.length;
  const polled = devices.some((one) => one.enabled !== false);
  find("house").hidden = !polled;
  find("empty").hidden = polled;
}

/** When other sockets are there, else once a minute: sockets that take about the same overtake each
 * other all the time, and a card that jumps away is missed by the finger. */
function isOrderDue(devices) {
  const members = JSON.stringify(devices.map((one) => [one.device, one.enabled]));
  const at = performance.now();
  if (members === ordered.members && at - ordered.at < ORDER_EVERY_MS) return false;
  ordered = { members, at };
  return true;
}

/** By the day's energy. */
function byUse(devices) {
  const rank = (one) => [one.enabled === false ? 1 : 0, -(one.today?.energy_wh ?? 0)];
  return [...devices].sort((a, b) => {
    const [offA, useA] = rank(a);
    const [offB, useB] = rank(b);
    return offA - offB || useA - useB || a.device.localeCompare(b.device);
  });
}

/** The sum lacks those that do not answer: that has to be said. */
function partial() {
  const silent = [...cards.values()].filter(({ one }) =>
    one.in_total && one.enabled !== false && !isLive(one.state));
  const names = silent.slice(0, 3).map((card) => card.device).join(", ");
  const more = silent.length > 3 ? " …" : "";
  say(find("partial"), silent.length && !isLost ? _("Without {names}", { names: names + more }) : "");
}

function told({ device, state }) {
  const before = cards.get(device)?.one?.state;
  if (!before || isLive(before) === isLive(state)) return;
  announce(isLive(state) ? _("{device} answers again", { device }) : _("{device} does not answer", { device }));
}

function problems(count) {
  const note = find("problems");
  say(note, count === 1 ? _("1 problem needs attention") : _("{count} problems need attention", { count }));
  note.hidden = !count;
}

function live({ time_s, house_power_w, devices }) {
  setClock(time_s);
  put(find("house-power"), house_power_w);
  for (const one of devices) {
    if (!cards.has(one.device)) continue;
    told(one);
    cards.get(one.device).tell(one);
  }
  partial();
}

function lost() {
  isLost = true;
  connection(false);
  put(find("house-power"), null);
  partial();
  cards.forEach((card) => card.lose());
}

function back() {
  isLost = false;
  connection(true);
  load();
  drawTrend();
}

async function drawTrend() {
  if (isLost) return;
  const end_s = Math.floor(now() / 60) * 60;
  const start_s = end_s - TREND_S;
  let told;
  try {
    told = await get("power", { device: TOTAL, start_s, end_s, points: TREND_POINTS });
  } catch {
    return; // the next minute brings it
  }
  const values = inSteps(told, start_s, end_s);
  trend.draw(values);
  hours(start_s, end_s, highest(values));
}

/** One value for each step of the whole time: what is told may begin later and leave steps out. */
function inSteps({ step_s, time_s, mean_w }, start_s, end_s) {
  const values = new Array(Math.ceil((end_s - start_s) / step_s)).fill(null);
  time_s.forEach((s, index) => {
    const place = Math.floor((s - start_s) / step_s);
    if (place >= 0 && place < values.length) values[place] = mean_w[index];
  });
  return values;
}

function hours(start_s, end_s, most) {
  const marks = [];
  for (let s = Math.ceil(start_s / 3600) * 3600; s < end_s; s += 3600) {
    const part = (s - start_s) / (end_s - start_s);
    if (part < 0.03 || part > 0.97) continue;
    const mark = h("span", {}, time(s));
    mark.style.insetInlineStart = `${(part * 100).toFixed(2)}%`;
    marks.push(mark);
  }
  const place = find("trend");
  place.querySelectorAll(".hours, .most").forEach((one) => one.remove());
  place.append(h("div", { class: "hours", "aria-hidden": "true" }, marks),
    h("span", { class: "most" }, power(most)));
  trend.node.setAttribute("aria-label", _("Power of the house over the last 6 hours"));
}
