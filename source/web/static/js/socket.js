// The page of one socket: who it is, what it takes now; its charts are in their own modules.

import { events, get, page, TOTAL } from "./api.js";
import { foldedEnergy } from "./charts/energy.js";
import { powerOverTime } from "./charts/overtime.js";
import { keepInAddress } from "./charts/period.js";
import { h, replace } from "./dom.js";
import { ago, dateTime, power, setClock } from "./format.js";
import { connection } from "./frame.js";
import { _, N_, ready } from "./i18n.js";
import { STATES } from "./states.js";

const find = (id) => document.getElementById(id);

await ready;
const device = new URLSearchParams(location.search).get("device") || TOTAL;
const name = device === TOTAL ? _("Whole house") : device;
let isLost = false;
let last = null;

document.title = `${name} · IntelligentSocketDatalogger`;
replace(find("name"), name);
find("name").title = name;
const chart = powerOverTime(device, name);
const lower = foldedEnergy(device, name);

const others = find("device");
others.addEventListener("change", () => location.assign(page("/socket", { device: others.value })));

function choices(devices) {
  const names = [TOTAL, ...devices.map((one) => one.device)];
  if (!names.includes(device)) names.push(device);
  if (names.length === others.options.length) return;
  replace(others, names.map((one) => h("option", { value: one }, one === TOTAL ? _("Whole house") : one)));
  others.value = device;
}

function overview(told) {
  setClock(told.time_s);
  choices(told.devices);
  if (device === TOTAL) return now({ state: null, power_w: told.house.power_w, last_reading_s: told.time_s });
  return now(told.devices.find((one) => one.device === device) ?? { state: "removed", power_w: null, last_reading_s: null });
}

function live(told) {
  setClock(told.time_s);
  if (device === TOTAL) now({ state: null, power_w: told.house_power_w, last_reading_s: told.time_s });
  else {
    const one = told.devices.find((other) => other.device === device);
    if (one) now({ ...last, ...one });
  }
  chart.live(told.time_s, last);
}

function now(one) {
  last = one;
  const isLive = !isLost && (one.state === "ok" || one.state === null) && one.power_w !== null;
  const place = find("now");
  place.classList.toggle("is-stale", !isLive);
  const [level, word] = isLost ? ["", N_("Unknown")] : STATES[one.state] ?? ["", N_("Removed")];
  const seen = one.last_reading_s === null || one.last_reading_s === undefined
    ? _("never seen") : _("last value {ago}", { ago: ago(one.last_reading_s) });
  replace(place,
    h("span", { class: "big" }, isLive ? power(one.power_w) : "–"),
    one.state === null ? null : h("span", { class: `badge ${level}` }, _(word)),
    isLive || one.state === null ? null : h("span", { class: "muted", title: dateTime(one.last_reading_s) }, seen),
    one.reason && !isLive ? h("span", { class: "muted small" }, _(one.reason)) : null);
}

keepInAddress({ device });
try {
  overview(await get("overview"));
} catch {
  now({ state: null, power_w: null, last_reading_s: null });
}
events({
  overview, live,
  lost() { isLost = true; connection(false); now(last); chart.live(null, null); },
  back() { isLost = false; connection(true); chart.refresh(); lower.again(); },
});
