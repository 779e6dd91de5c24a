// The sockets: their list with live values, and the editor of one.

import { events, get, page, send } from "./api.js";
import { failed, guard, save, told } from "./conflict.js";
import { dialog, h, replace, say, toast } from "./dom.js";
import { NONE, power } from "./format.js";
import { announce, connection } from "./frame.js";
import { clone, form, words } from "./forms.js";
import { _, ready } from "./i18n.js";
import { others } from "./others.js";
import { STATES } from "./states.js";
import { answer } from "./testresult.js";

const OLDEST_TYPE = "shelly:plug-s";
const place = document.getElementById("sockets");
let forms = null;
let known = { revision: null, sockets: [], types: [] };
let live = new Map();
let rows = new Map();
const reasons = new Map();
let editing = null; // what is open in the editor

await ready;
const mayLeave = guard(() => editing?.changed() ?? false);
async function load() {
  known = await get("sockets");
}

function route() {
  const asked = new URLSearchParams(location.search);
  const name = asked.get("edit") ?? asked.get("copy");
  const found = known.sockets.find((one) => one.name === name);
  // The type is always written: what is taken without one is for the oldest files.
  if (asked.has("add")) edit(null, { entry: { type: OLDEST_TYPE } });
  else if (found && asked.has("edit")) edit(found, found);
  else if (found) edit(null, { ...found, name: copyName(found.name), like: found.name });
  else list();
}

function go(params = {}) {
  history.pushState(null, "", page("/sockets", params));
  route();
  scrollTo(0, 0);
  if (document.activeElement === document.body) place.querySelector("h1").focus();
}

/** The heading, which a reader of screens goes to where the page becomes another one. */
function heading(text) {
  document.title = `${text} · ${document.title.split(" · ").at(-1)}`;
  return h("h1", { tabindex: "-1" }, text);
}

/** Where the reader was before the list was drawn anew. */
const back = (name, what) => (rows.get(name)?.node.querySelector(what)
  ?? place.querySelector("h1")).focus({ preventScroll: true });

const to = (params) => async (event) => {
  event.preventDefault();
  if (await mayLeave()) go(params);
};

function copyName(name) {
  for (let count = 2; ; count += 1) {
    const tried = `${name} ${count}`;
    if (!known.sockets.some((one) => one.name === tried)) return tried;
  }
}

// --- the list ---

function list() {
  editing = null;
  rows = new Map();
  const add = h("a", { class: "button primary", href: page("/sockets", { add: 1 }), onclick: to({ add: 1 }) },
    _("Add a socket"));
  const lines = known.sockets.map(row);
  replace(place,
    h("header", { class: "page-head" }, heading(_("Sockets")), lines.length ? add : null),
    (known.plugin_errors ?? []).map((text) => h("p", { class: "notice error" }, text.text ?? text)),
    lines.length ? h("ul", { class: "rows card" }, lines) : h("div", { class: "card empty" },
      h("h2", {}, _("No socket yet")),
      h("p", { class: "muted" }, _("Add your first socket: its address is all that is needed.")), add));
  rows.forEach(showLive);
}

function row(socket) {
  const { name, entry } = socket;
  const parts = {
    socket, badge: h("span", { class: "badge" }), watts: h("strong", { class: "watts" }, NONE),
    why: h("p", { class: "why small" }),
  };
  rows.set(name, parts);
  const toggle = h("input", { type: "checkbox", class: "switch", role: "switch",
    checked: isEnabled(entry), "aria-label": _("{name} is polled", { name }),
    onchange: () => enable(socket, toggle) });
  parts.node = h("li", {},
    h("div", { class: "who" },
      h("a", { href: page("/sockets", { edit: name }), onclick: to({ edit: name }) }, name),
      h("p", { class: "muted small" }, `${entry.type ?? OLDEST_TYPE} · ${entry.ip ?? NONE}`), parts.why),
    h("div", { class: "now" }, parts.watts, parts.badge),
    h("div", { class: "row tools" },
      toggle,
      h("button", { type: "button", class: "button small edit", "aria-label": _("Edit {name}", { name }),
        onclick: to({ edit: name }) }, _("Edit")),
      h("button", { type: "button", class: "button small", "aria-label": _("Copy {name}", { name }),
        onclick: to({ copy: name }) }, _("Copy")),
      h("button", { type: "button", class: "button small", "aria-label": _("Remove {name}", { name }),
        onclick: () => remove(name) }, _("Remove"))));
  return parts.node;
}

const isEnabled = (entry) => ![false, 0, "false", "0", "no", "off"].includes(entry.enabled);

function showLive({ socket, badge, watts, why }, name) {
  const now = live.get(name);
  const state = now?.state ?? (isEnabled(socket.entry) ? socket.state ?? "waiting" : "disabled");
  const [level, label] = STATES[state] ?? ["", state];
  badge.className = `badge ${level}`;
  say(badge, _(label));
  say(watts, state === "ok" && now ? power(now.power_w) : NONE);
  const reason = ["ok", "disabled"].includes(state) ? null : reasons.get(name);
  say(why, reason ? _(reason) : "");
}

async function enable(socket, toggle) {
  const entry = { ...socket.entry, ...socket.other, enabled: toggle.checked };
  toggle.disabled = true;
  try {
    const done = await save((revision) => send("PUT", "socket", { entry, revision, rename_to: null },
      { device: socket.name }), known.revision);
    if (done?.saved) told(done.saved);
  } catch (error) {
    failed(error);
  }
  await load();
  list();
  back(socket.name, ".switch");
}

async function remove(name) {
  const choice = (value, text, checked) => h("label", { class: "check" },
    h("input", { type: "radio", name: "kept", value, checked }), h("span", {}, text));
  const body = h("div", { class: "stack" },
    h("p", {}, _("It is no longer polled. What happens to what was measured?")),
    choice("keep", _("Keep the data: costs and reports of the past stay"), true),
    choice("delete", _("Delete the data for good"), false));
  const answer = await dialog({ title: _("Remove {name}?", { name }), body, actions: [
    { label: _("Cancel"), value: null }, { label: _("Remove"), value: true, kind: "danger" }] });
  if (!answer) return;
  const data = body.querySelector(":checked").value;
  try {
    const done = await save((revision) => send("DELETE", "socket", null,
      { device: name, revision, data }), known.revision);
    if (done?.saved) toast(_("{name} is removed.", { name }));
  } catch (error) {
    failed(error);
  }
  await load();
  list();
  back(name, "a");
}

// --- the editor ---

const isNew = (socket) => socket === null;

function edit(socket, { name = "", entry = {}, other = {}, like = null }) {
  rows = new Map();
  const own = Object.fromEntries(Object.entries(entry).filter(([key]) => !(key in other)));
  const start = { ...clone(entry), ...clone(other) };
  const changes = () => { bar.dataset.changed = changed(); };
  const types = known.types.map((one) => ({ value: one.name,
    label: [one.vendor, one.model].filter(Boolean).join(" ") ? `${[one.vendor, one.model].filter(Boolean).join(" ")} – ${one.name}` : one.name }));
  const fields = form(forms, "socket", own, { onchange: changes,
    choices: types.length ? { type: types } : {} });
  const extra = others(other, changes);
  const naming = h("input", { id: "socket-name", value: name, required: true, autocomplete: "off",
    "aria-describedby": "socket-name-problem", oninput: () => { showName(""); changes(); } });
  const nameProblem = h("p", { class: "error-text", id: "socket-name-problem", hidden: true });
  const showName = (text) => {
    nameProblem.hidden = !text;
    nameProblem.textContent = text;
    naming.setAttribute("aria-invalid", String(Boolean(text)));
    if (text) naming.focus();
  };
  const notice = h("div", { class: "notice error", role: "alert", hidden: true });
  const result = h("div", { class: "test-result", role: "status" });
  const changed = () => isNew(socket) && like !== null ? true
    : naming.value !== name || fields.changed() || extra.changed();
  const value = () => extra.apply(fields.apply(clone(start)));
  const check = () => {
    showName(naming.value.trim() ? "" : _("This is needed."));
    return [fields.check(), extra.check(), Boolean(naming.value.trim())].every(Boolean);
  };
  const problems = (error) => {
    const rest = extra.tell(fields.tell(error.problems)).filter((one) => {
      if (!["", "name", naming.value.trim()].includes(String(one.key ?? ""))) return true;
      showName(words(one));
      return false;
    });
    const texts = rest.map((one) => `${one.key ? `${one.key}: ` : ""}${words(one)}`);
    if (error.problems.length === 0) texts.unshift(error.message);
    if (error.body?.error?.hint) texts.push(error.body.error.hint);
    replace(notice, texts.map((text) => h("p", {}, text)));
    notice.hidden = texts.length === 0;
    if (texts.length) notice.scrollIntoView({ block: "center" });
    announce(_("Not saved: please look at the fields that are marked."));
  };
  const test = async () => {
    notice.hidden = true;
    await tested({ entry: value(), device: socket?.name ?? like }, { result, fields, problems, test, button: testButton });
  };
  const testButton = h("button", { type: "button", class: "button", onclick: test }, _("Test"));
  const saveButton = h("button", { type: "submit", class: "button primary" }, _("Save"));
  const bar = h("div", { class: "save-bar" },
    h("span", { class: "muted small changed-note" }, _("Not saved yet")),
    h("a", { class: "button", href: page("/sockets"), onclick: to({}) }, _("Cancel")), testButton, saveButton);
  const store = async (event) => {
    event.preventDefault();
    notice.hidden = true;
    if (!check()) return;
    saveButton.disabled = true;
    const wanted = naming.value.trim();
    const body = { entry: value() };
    try {
      const done = await save((revision) => (isNew(socket)
        ? send("POST", "socket", { ...body, name: wanted, revision, ...(like ? { like } : {}) })
        : send("PUT", "socket", { ...body, revision, rename_to: wanted === name ? null : wanted },
          { device: name })), known.revision);
      if (done === null) return;
      if (done.saved) told(done.saved);
      editing = null;
      await load();
      go(done.theirs && !isNew(socket) ? { edit: name } : {});
      if (done.saved) back(wanted, "a");
    } catch (error) {
      if (error.status !== 422) failed(error);
      else problems(error);
    } finally {
      saveButton.disabled = false;
    }
  };
  editing = { changed, address: location.href };
  replace(place,
    h("header", { class: "page-head" },
      heading(isNew(socket) ? _("Add a socket") : name)),
    h("form", { class: "editor", onsubmit: store, novalidate: true },
      notice,
      h("section", { class: "card" }, h("div", { class: "field" },
        h("label", { for: "socket-name" }, _("Name")), naming,
        h("p", { class: "hint" }, _("As it is called on all pages and in the reports.")), nameProblem)),
      fields.node, extra.node, bar));
  fields.node.firstElementChild.after(result); // beside the address that it is about
  changes();
  if (isNew(socket)) naming.focus();
}

async function tested(body, { result, fields, problems, test, button }) {
  const label = button.textContent;
  button.disabled = true;
  button.textContent = _("Asking …");
  replace(result, h("p", { class: "notice" }, _("Asking the socket …")));
  try {
    replace(result, answer(await send("POST", "socket/test", body), fields, test));
  } catch (error) {
    replace(result);
    if (error.status === 422) problems(error);
    else failed(error);
  } finally {
    button.disabled = false;
    button.textContent = label;
    if (document.activeElement === document.body) button.focus({ preventScroll: true });
    result.scrollIntoView({ block: "nearest" });
  }
}

// --- the start ---

addEventListener("popstate", async () => {
  if (await mayLeave()) route();
  else history.pushState(null, "", editing.address);
});
try {
  [forms] = await Promise.all([get("forms"), load()]);
  route();
} catch (error) {
  replace(place, h("p", { class: "notice error" }, error.message));
  throw error;
}
events({
  live: (data) => { live = new Map(data.devices.map((one) => [one.device, one])); rows.forEach(showLive); },
  overview: (data) => data.devices.forEach((one) => { reasons.set(one.device, one.reason); }),
  configuration: async ({ revision }) => {
    if (editing || revision === known.revision) return;
    await load();
    if (!editing) list();
  },
  lost: () => { live.clear(); rows.forEach(showLive); connection(false); },
  back: () => connection(true),
});
