// The two JSON files as they are: checked while typing, compared before saving, and their past.

import { get, send, url } from "./api.js";
import { difference, failed, guard, save, told } from "./conflict.js";
import { dialog, h, replace, toast } from "./dom.js";
import { dateTime, number } from "./format.js";
import { _, ready } from "./i18n.js";
import { arrows } from "./tabs.js";

const CHECK_MS = 400;
const MOST_BYTES = 2_000_000;
const place = document.getElementById("raw");
const NAMES = ["config.json", "devices.json"];
let open = null; // {name, text, revision, versions} as read
let timer = 0;
let checks = 0;

await ready;
const area = h("textarea", { id: "text", class: "code lines-text", spellcheck: "false", autocomplete: "off",
  autocapitalize: "off", wrap: "off", "aria-label": _("Text of the file"), "aria-describedby": "findings",
  oninput: () => { gutter(); clearTimeout(timer); timer = setTimeout(check, CHECK_MS); state(); },
  onscroll: () => { numbers.scrollTop = area.scrollTop; },
  onkeydown: indent });
const numbers = h("div", { class: "code line-numbers", "aria-hidden": "true" });
const findings = h("div", { id: "findings", class: "findings", role: "status" });
const past = h("section", { class: "card" });
const saveButton = h("button", { type: "button", class: "button primary", onclick: store }, _("Save …"));
const revert = h("button", { type: "button", class: "button", onclick: () => show(open) }, _("Undo"));
const pick = h("input", { type: "file", accept: ".json,application/json", class: "hidden", tabindex: "-1",
  "aria-label": _("Choose a file"), onchange: upload });
const download = h("a", { class: "button", download: true }, _("Download"));
const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": _("Files"), onkeydown: arrows }, NAMES.map((name) => h("button", {
  type: "button", role: "tab", id: `tab-${name}`, onclick: () => choose(name) }, name)));
const mayLeave = guard(isChanged);

replace(place, tabs,
  h("section", { class: "card raw" },
    h("div", { class: "row between" },
      h("div", { class: "row" }, download, h("button", { type: "button", class: "button",
        onclick: () => pick.click() }, _("Upload …")), pick),
      h("div", { class: "row" }, revert, saveButton)),
    h("div", { class: "lines" }, numbers, area), findings), past);
function isChanged() {
  return open !== null && area.value !== open.text;
}

async function choose(name) {
  if (name === open?.name || !(await mayLeave())) return;
  history.replaceState(null, "", `?file=${name}`);
  await load(name);
}

async function load(name) {
  try {
    show(await get("file", { name }));
  } catch (error) {
    failed(error);
  }
}

function show(file) {
  open = file;
  area.value = file.text;
  area.scrollTop = 0;
  for (const tab of tabs.children) {
    tab.setAttribute("aria-selected", String(tab.textContent === file.name));
    tab.tabIndex = tab.textContent === file.name ? 0 : -1;
  }
  download.href = url("file/download", { name: file.name });
  gutter();
  state();
  versions(file);
  check();
}

function state() {
  saveButton.disabled = !isChanged();
  revert.disabled = !isChanged();
}

function gutter(marked = new Set()) {
  const lines = area.value.split("\n").length;
  const drawn = [lines, ...marked].join();
  if (drawn === numbers.dataset.drawn) return;
  numbers.dataset.drawn = drawn;
  replace(numbers, Array.from({ length: lines }, (_one, index) =>
    h("span", { class: marked.has(index + 1) ? "wrong" : null }, `${index + 1}\n`)));
  numbers.scrollTop = area.scrollTop;
}

async function check() {
  checks += 1;
  const number_ = checks;
  try {
    const found = await send("POST", "file/check", { name: open.name, text: area.value });
    if (number_ === checks) findingsOf(found);
    return found;
  } catch (error) {
    if (error.status !== 422 && error.status !== 413) return failed(error);
    const found = { problems: error.problems.length ? error.problems : [{ allowed: error.message }], warnings: [] };
    findingsOf(found);
    return found;
  }
}

function findingsOf({ problems, warnings }) {
  gutter(new Set(problems.map((one) => one.line).filter(Boolean)));
  const line = (one, text, level) => h("li", { class: `notice ${level}` }, one.line
    ? h("button", { type: "button", class: "link", onclick: () => jump(one) },
      _("Line {line}", { line: one.line })) : null, " ", text);
  replace(findings,
    problems.length + warnings.length === 0
      ? h("p", { class: "notice ok" }, _("No errors.")) : h("ul", { class: "stack" },
        problems.map((one) => line(one, problemText(one), "error")),
        warnings.map((one) => line(one, one.text ?? one, "warning"))));
}

function problemText(one) {
  const elsewhere = one.file && one.file !== open.name ? `${one.file}: ` : "";
  const value = one.value === null || one.value === undefined || one.value === "" ? "" : `${one.value}: `;
  return `${elsewhere}${one.key ? `${one.key}: ` : ""}${value}${one.allowed ?? one.message ?? ""}`;
}

/** Puts the cursor at the place, in the middle of what is seen. */
function jump({ line, column }) {
  const before = area.value.split("\n").slice(0, line - 1);
  const start = before.reduce((sum, one) => sum + one.length + 1, 0);
  const text = area.value.split("\n")[line - 1] ?? "";
  area.focus();
  area.setSelectionRange(start + (column ? Math.min(column - 1, text.length) : 0), start + text.length);
  const height = area.scrollHeight / Math.max(1, area.value.split("\n").length);
  area.scrollTop = (line - 1) * height - area.clientHeight / 2;
}

function indent(event) {
  // Tab leaves the field, as everywhere; Ctrl+S saves.
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (isChanged()) store();
}

async function store() {
  const found = await check();
  if (!found) return;
  if (found.problems.length) {
    toast(_("Not saved: the file has errors."), "error");
    if (found.problems[0].line) jump(found.problems[0]);
    return;
  }
  const agreed = await dialog({ title: _("Save {name}?", { name: open.name }), wide: true,
    body: difference(found.difference), actions: [
      { label: _("Cancel"), value: null }, { label: _("Save"), value: true, kind: "primary" }] });
  if (!agreed) return;
  await keep((revision) => send("PUT", "file", { name: open.name, text: area.value, revision }));
}

async function keep(write) {
  try {
    const done = await save(write, open.revision);
    if (done === null) return;
    if (done.saved) told(done.saved);
    await load(open.name);
    if (document.activeElement === document.body) tabs.querySelector('[tabindex="0"]').focus({ preventScroll: true });
  } catch (error) {
    if (error.status === 422 && error.problems.length) findingsOf({ problems: error.problems, warnings: [] });
    failed(error);
  }
}

async function upload() {
  const [file] = pick.files;
  pick.value = "";
  if (!file) return;
  if (file.size > MOST_BYTES) {
    toast(_("This file is too large."), "error");
    return;
  }
  if (!(await mayLeave())) return;
  area.value = (await file.text()).replace(/^\ufeff/, "").replace(/\r\n/g, "\n");
  gutter();
  state();
  await check();
  toast(_("{name} is read. Nothing is saved yet.", { name: file.name }), "info");
}

function versions(file) {
  const row = (one) => h("li", { class: "row between" },
    h("span", {}, dateTime(one.saved_s), " ", h("span", { class: "muted small" },
      `${one.reason ? `${one.reason} · ` : ""}${number(one.bytes)} B`)),
    h("button", { type: "button", class: "button small", onclick: () => look(one) }, _("Compare …")));
  replace(past, h("h2", {}, _("Earlier versions")), file.versions.length
    ? h("ul", { class: "versions" }, file.versions.map(row))
    : h("p", { class: "muted" }, _("Each save keeps the version before, the last ten of each file.")));
}

async function look(version) {
  try {
    const found = await get("file/version", { name: open.name, id: version.id });
    const back = await dialog({ title: _("Version of {when}", { when: dateTime(version.saved_s) }), wide: true,
      body: difference(found.difference), actions: [
        { label: _("Close"), value: null }, { label: _("Restore"), value: true, kind: "primary" }] });
    if (!back || (isChanged() && !(await mayLeave()))) return;
    await keep((revision) => send("POST", "file/restore", { name: open.name, id: version.id, revision }));
  } catch (error) {
    failed(error);
  }
}

const wanted = new URLSearchParams(location.search).get("file");
await load(NAMES.includes(wanted) ? wanted : NAMES[0]);
