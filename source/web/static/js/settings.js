// The settings: one form over config.json's sections and the database, saved together.

import { languageCard, passwordCard, tokensCard } from "./access.js";
import { get, send } from "./api.js";
import { failed, guard, save, told } from "./conflict.js";
import { drawCurve } from "./curve.js";
import { KEPT } from "./fields.js";
import { clone, form, words } from "./forms.js";
import { h, replace } from "./dom.js";
import { number } from "./format.js";
import { announce } from "./frame.js";
import { _, N_, ready } from "./i18n.js";
import { size } from "./size.js";
import { arrows } from "./tabs.js";

const PREVIEW_MS = 500;
const TIME = N_("Time and language");
const TABS = [["prices", N_("Prices")], ["time", TIME], ["database", N_("Database")],
  ["storage", N_("Storage")], ["access", N_("Password and access")]];
const place = document.getElementById("settings");
let known = null;
let forms = null;
let parts = {}; // the forms by name
let timer = 0;
let suggestions = {};

await ready;
// Lists to choose from are a comfort: without them the form works too.
const listOf = (found) => (Array.isArray(found) ? found : Object.values(found ?? {}).find(Array.isArray) ?? []);
async function listed(path) {
  try {
    return listOf(await get(path));
  } catch {
    return [];
  }
}

async function load() {
  known = await get("settings");
  // What holds where the file says nothing is worth more than that the system decides.
  for (const field of forms.general) {
    const inForce = known.defaults?.[field.key];
    if (field.default === null && inForce) field.default_text = inForce;
  }
  draw();
}

function isChanged() {
  return Object.values(parts).some((one) => one.changed());
}

function draw() {
  const onchange = () => { bar.dataset.changed = isChanged(); bar.hidden = !isChanged(); };
  const general = (groups, more) => form(forms, "general", known.general ?? {}, {
    groups, suggestions, onchange: () => { onchange(); more?.(); } });
  const database = { ...known.database };
  if (database.has_password) database.password = KEPT;
  parts = {
    prices: general(["Prices"], preview),
    tariff: form({ ...forms, whole: [tariffField()] }, "whole", known.tariff ? { tariff: known.tariff } : {},
      { onchange: () => { onchange(); preview(); } }),
    time: general([TIME]),
    reports: general(["Reports"]),
    storage: general(["Storage"], retention),
    log: general(["Log"]),
    database: form(forms, "database", present(database), { onchange, fixed: database.from_environment }),
    web: form(forms, "web", known.web ?? {}, { onchange, fixed: known.web_from_environment }),
  };
  const notice = h("div", { class: "notice error", role: "alert", hidden: true });
  const saveButton = h("button", { type: "submit", class: "button primary" }, _("Save"));
  const bar = h("div", { class: "save-bar" },
    h("span", { class: "muted small changed-note" }, _("Not saved yet")),
    h("button", { type: "button", class: "button", onclick: () => { draw(); toTab(); } }, _("Undo")), saveButton);
  const panels = {
    prices: [parts.prices.node, curve, parts.tariff.node],
    time: [languageCard(), parts.time.node, parts.reports.node],
    database: [parts.database.node, databaseTest()],
    storage: [parts.storage.node, kept, parts.log.node],
    access: [passwordCard(), tokensCard(), parts.web.node],
  };
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": _("Settings"), onkeydown: arrows },
    TABS.map(([id, label]) => h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`,
      onclick: () => { history.replaceState(null, "", `#${id}`); choose(id); } }, _(label))));
  const choose = (id) => {
    for (const tab of tabs.children) {
      const isIt = tab.id === `tab-${id}`;
      tab.setAttribute("aria-selected", String(isIt));
      tab.tabIndex = isIt ? 0 : -1;
      if (isIt) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isIt;
    }
  };
  const store = async (event) => {
    event.preventDefault();
    if (!isChanged()) return; // by Enter in a field of the other cards
    notice.hidden = true;
    const wrong = Object.entries(parts).find(([name, one]) =>
      one.changed() && !(name === "database" && isEmpty(one)) && !one.check());
    if (wrong) {
      choose(tabOf(wrong[0], panels));
      wrong[1].check(); // the field can take the focus only where it is seen
      return;
    }
    saveButton.disabled = true;
    try {
      const done = await save((revision) => send("PUT", "settings", { ...changes(), revision }), known.revision);
      if (done === null) return;
      if (done.saved) told(done.saved);
      await load();
      toTab();
    } catch (error) {
      if (error.status === 422) problems(error, notice, (name) => choose(tabOf(name, panels)));
      else failed(error);
    } finally {
      saveButton.disabled = false;
    }
  };
  replace(place, tabs, h("form", { class: "editor", novalidate: true, onsubmit: store }, notice,
    TABS.map(([id]) => h("div", { id: `panel-${id}`, class: "panel", role: "tabpanel", "aria-labelledby": `tab-${id}` }, panels[id])), bar));
  const follow = () => choose(TABS.find(([id]) => `#${id}` === location.hash)?.[0] ?? "prices");
  window.onhashchange = follow;
  follow();
  onchange();
  preview();
  retention();
}

// What had the focus is no longer there.
const toTab = () => place.querySelector('[role="tab"][aria-selected="true"]').focus({ preventScroll: true });

// Without these there is no database, which is allowed.
const isEmpty = (database) => ["host", "name", "user"].every((key) => database.read(key) === undefined);

const present = (values) => Object.fromEntries(Object.entries(values)
  .filter(([, value]) => value !== null && value !== ""));

const tabOf = (name, panels) => TABS.map(([id]) => id).find((id) => panels[id].includes(parts[name].node)) ?? "prices";

const tariffField = () => ({ key: "tariff", group: "Tariff", label: _("Tariff"), kind: "json", required: false,
  description: _("Prices from dates on, with a base price, times of day or a price that follows the market. Without a tariff the price above holds at all times.") });

/** What is sent: the sections that were changed, whole. */
function changes() {
  const body = {};
  const general = ["prices", "time", "reports", "storage", "log"].map((name) => parts[name]);
  if (general.some((one) => one.changed())) {
    body.general = general.reduce((entry, one) => one.apply(entry), clone(known.general ?? {}));
  }
  if (parts.tariff.changed()) body.tariff = parts.tariff.read("tariff") ?? null;
  if (parts.web.changed()) body.web = parts.web.apply(clone(known.web ?? {}));
  if (parts.database.changed()) body.database = databaseNow();
  return body;
}

function databaseNow() {
  const { has_password, from_environment, ...stored } = known.database ?? {};
  const now = parts.database.apply(present({ ...stored, ...(has_password ? { password: KEPT } : {}) }));
  // A password goes out only where it was changed; an empty one removes it.
  if (now.password === KEPT) delete now.password;
  else if (has_password && now.password === undefined) now.password = "";
  for (const key of from_environment ?? []) delete now[key];
  return now;
}

/** Puts what is wrong at its field, the rest into the notice. */
function problems(error, notice, open = () => {}) {
  const rest = [...error.problems].reverse().filter((one) => { // the first last: it keeps the focus
    const [section, ...steps] = String(one.key ?? "").split(".");
    const names = { general: ["prices", "time", "reports", "storage", "log"], tariff: ["tariff"], web: ["web"],
      database: ["database"] }[section];
    const key = section === "tariff" ? one.key : steps.join(".");
    const tries = names ? names.map((name) => [name, key]) : Object.keys(parts).map((name) => [name, String(one.key ?? "")]);
    const found = tries.find(([name, at]) => parts[name].parts.some(({ field }) => at === field.key || at.startsWith(`${field.key}.`)));
    if (!found) return true;
    open(found[0]);
    return parts[found[0]].tell([{ ...one, key: found[1] }]).length > 0;
  }).reverse();
  const texts = rest.map((one) => `${one.key ? `${one.key}: ` : ""}${words(one)}`);
  if (error.problems.length === 0) texts.push(error.message);
  replace(notice, texts.map((text) => h("p", {}, text)));
  notice.hidden = texts.length === 0;
  announce(_("Not saved: please look at the fields that are marked."));
}

// --- prices ---

const curve = h("section", { class: "card curve" });

function preview() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const tariff = parts.tariff.read("tariff") ?? null;
    if (!tariff) {
      replace(curve);
      curve.hidden = true;
      return;
    }
    curve.hidden = false;
    try {
      drawCurve(curve, await send("POST", "settings/preview", { tariff,
        general: parts.prices.apply(clone(known.general ?? {})) }));
    } catch (error) {
      replace(curve, h("h2", {}, _("Price of the next 48 hours")), h("p", { class: "muted" },
        error.status === 422 ? _("It is shown as soon as the tariff is complete.") : error.message));
    }
  }, PREVIEW_MS);
}

// --- storage ---

const kept = h("section", { class: "card kept" });

function retention() {
  const one = known.retention;
  if (!one) return replace(kept);
  const days = Number(parts.storage.read("raw_days") ?? one.raw_days);
  const expected = days > 0 ? Math.min(one.bytes_limit, one.points_per_day * days * one.bytes_per_point) : null;
  return replace(kept, h("h2", {}, _("Size of the journal")), h("dl", { class: "list" },
    h("dt", {}, _("Now")), h("dd", {}, size(one.bytes_now)),
    h("dt", {}, _("After {days} days, about", { days: number(days) })), h("dd", {}, size(expected)),
    h("dt", {}, _("Measurements a day")), h("dd", {}, number(one.points_per_day))));
}

// --- database ---

const STEPS = { reachable: N_("Reachable"), version: N_("Version"), login: N_("Login"), database: N_("Database"),
  write: N_("Write"), read_back: N_("Read back") };

function databaseTest() {
  const steps = h("ol", { class: "steps", role: "status" });
  const wrong = h("div", { class: "notice error", role: "alert", hidden: true });
  const button = h("button", { type: "button", class: "button", onclick: async () => {
    button.disabled = true;
    wrong.hidden = true;
    replace(steps, h("li", { class: "muted" }, _("Asking …")));
    try {
      const found = await send("POST", "database/test", { database: databaseNow() });
      replace(steps, found.steps.map((one) => h("li", {},
        h("span", { class: `badge ${one.ok ? "ok" : one.ok === null ? "" : "error"}` }, _(STEPS[one.step] ?? one.step)), " ", one.text)));
    } catch (error) {
      replace(steps);
      if (error.status !== 422) failed(error);
      else problems(error, wrong);
    } finally {
      button.disabled = false;
    }
  } }, _("Test the database"));
  return h("section", { class: "card" }, h("p", { class: "muted" },
    _("A database is not needed: the logger keeps everything itself. InfluxDB gets a copy, for Grafana and others. Empty the fields to use none.")),
  h("div", { class: "actions" }, button), wrong, steps);
}

// --- the start ---

guard(isChanged);
try {
  const [described, zones, locales] = await Promise.all([get("forms"), listed("zones"), listed("locales")]);
  forms = described;
  suggestions = { zone: zones, locale: locales };
  await load();
} catch (error) {
  replace(place, h("p", { class: "notice error" }, error.message));
  throw error;
}
