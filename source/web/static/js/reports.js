// What was written when, the files, and a report of any period.

import { get, page, TOTAL, url } from "./api.js";
import { failure } from "./charts/failure.js";
import { csv, csvLink } from "./charts/foot.js";
import { today } from "./charts/period.js";
import { h, replace, table, toast } from "./dom.js";
import { date, dateTime, number, spanLabel } from "./format.js";
import { _, language, ready } from "./i18n.js";

const KINDS = { day: () => _("Day"), month: () => _("Month"), year: () => _("Year"), run: () => _("Run") };
const SHOWN = 100;
const find = (id) => document.getElementById(id);
const nameOf = (device) => (device === TOTAL ? _("Whole house") : device);

await ready;
let ledger = [];
let limit = SHOWN;
const chosen = { device: "", kind: "" };
const field = (label, control) => h("div", { class: "field" }, h("label", { for: control.id }, label), control);
const select = (id, options, onchange) => h("select", { id, onchange }, options.map(([value, label]) => h("option", { value }, label)));

async function load() {
  try {
    const [told, overview] = await Promise.all([get("reports"), get("overview").catch(() => null)]);
    ledger = told.ledger;
    const names = new Set([...(overview?.devices ?? []).map((one) => one.device), ...ledger.map((one) => one.device)]);
    names.delete(TOTAL);
    const devices = [TOTAL, ...[...names].sort((a, b) => a.localeCompare(b))];
    form(devices);
    filters(devices);
    show();
    files(told.files);
  } catch (error) {
    replace(find("ledger"), failure(error, load));
  } finally {
    find("main").classList.add("is-there");
  }
}

function filters(devices) {
  const changed = (event) => {
    chosen[event.target.id.replace("filter-", "")] = event.target.value;
    limit = SHOWN;
    filtered();
  };
  replace(find("filters"),
    field(_("Socket"), select("filter-device", [["", _("All")], ...devices.map((one) => [one, nameOf(one)])], changed)),
    field(_("Period"), select("filter-kind", [["", _("All")], ...["day", "month", "year"].map((kind) => [kind, KINDS[kind]()])], changed)));
}

/** The newest of a socket may lie beyond the newest of all: the daemon is asked again. */
async function filtered() {
  const asked = { ...chosen };
  try {
    const found = (await get("reports", { device: asked.device || null, kind: asked.kind || null })).ledger;
    if (asked.device !== chosen.device || asked.kind !== chosen.kind) return;
    ledger = found;
    show();
  } catch (error) {
    toast(error.status ? error.message : _("The logger does not answer."), "error");
  }
}

/** The first period of a socket may begin within a month: its label is its first day then. */
const LENGTHS = { day: 10, month: 7, year: 4 };
const whole = (one) => one.label.slice(0, LENGTHS[one.kind] ?? one.label.length);
const inShort = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
const worded = (one) => (whole(one) === one.label ? (one.kind === "day" ? date(one.label, inShort) : spanLabel(one.label))
  : _("{span}, from {date}", { span: spanLabel(whole(one)), date: date(one.start_s) }));

function show() {
  const columns = [
    { label: _("Period"), cell: (one) => h("a", { href: page("/socket", { device: one.device, span: whole(one) }) }, worded(one)) },
    { label: _("Socket"), cell: (one) => h("span", { class: "name", title: one.device }, nameOf(one.device)) },
    { label: _("Kind"), hide: "phone", cell: (one) => KINDS[one.kind]?.() ?? one.kind },
    { label: _("In file"), hide: "phone", cell: (one) => (one.file ? h("a", { href: url("reports/file", { name: one.file }), download: "" }, one.file) : "–") },
    { label: _("Written"), hide: "phone", cell: (one) => [dateTime(one.written_s), one.corrected && [" ", h("span", { class: "badge info" }, _("Corrected"))]] },
    { label: _("Open"), cell: (one) => h("a", { href: url("report", { device: one.device, span: whole(one), format: "html", locale: language }), target: "_blank", rel: "noopener",
      "aria-label": _("Open the report {span} of {name}", { span: worded(one), name: nameOf(one.device) }) }, _("Report")) },
  ];
  replace(find("ledger"), table(columns, ledger.slice(0, limit), { caption: _("Written reports"), empty: _("No report has been written yet: the first is written when a day is over.") }));
  replace(find("ledger-foot"),
    h("span", { class: "muted" }, _("{shown} of {count} shown", { shown: Math.min(limit, ledger.length), count: ledger.length })),
    ledger.length > limit && h("button", { type: "button", class: "button small", onclick: () => { limit += SHOWN; show(); } }, _("Show more")),
    csvLink(csv("reports", { device: chosen.device || null, kind: chosen.kind || null })));
}

/** What people open first: texts, then tables, then the documents of each period. */
const rank = (name) => (name.endsWith(".txt") ? 0 : name.includes("/") && name.split("/").length > 2 ? 2 : 1);

function files(list) {
  const sorted = [...list].sort((a, b) => rank(a.name) - rank(b.name) || b.changed_s - a.changed_s || a.name.localeCompare(b.name));
  replace(find("files"), table([
    { label: _("File"), cell: (one) => h("a", { href: url("reports/file", { name: one.name }), download: "" }, one.name) },
    { label: _("Size"), numeric: true, cell: (one) => size(one.bytes) },
    { label: _("Changed"), numeric: true, hide: "phone", cell: (one) => dateTime(one.changed_s) },
  ], sorted, { caption: _("Files"), empty: _("No file has been written yet.") }),
  list.length > 0 && h("p", { class: "chart-foot" }, csvLink(csv("reports", { table: "files" }))));
}

const size = (bytes) => (bytes < 1000 ? `${number(bytes)} B` : bytes < 1e6 ? `${number(bytes / 1000, 1)} kB` : `${number(bytes / 1e6, 1)} MB`);

const SPANS = () => [["this-month", _("This month")], ["last-month", _("Last month")], ["today", _("Today")], ["yesterday", _("Yesterday")],
  ["this-year", _("This year")], ["last-year", _("Last year")], ["day", _("A day")], ["month", _("A month")], ["year", _("A year")], ["range", _("From … to …")]];

/** Picks device, span and format; the report opens beside this page. */
function form(devices) {
  const device = select("device", devices.map((one) => [one, nameOf(one)]));
  const kind = select("span", SPANS(), () => pick());
  const format = select("format", [["html", _("Page")], ["text", _("Text")], ["csv", "CSV"], ["json", "JSON"]]);
  const day = today();
  const input = (id, type, value, more = {}) => h("input", { id, type, value, ...more });
  const inputs = {
    day: [[_("Day"), input("day", "date", day)]], month: [[_("Month"), input("month", "month", day.slice(0, 7))]],
    year: [[_("Year"), input("year", "number", day.slice(0, 4), { min: 1970, max: 9998 })]],
    range: [[_("First day"), input("first", "date", `${day.slice(0, 8)}01`)], [_("Last day"), input("last", "date", day)]],
  };
  const fields = Object.fromEntries(Object.entries(inputs).map(([name, list]) => [name, list.map(([label, control]) => field(label, control))]));
  const pick = () => Object.entries(fields).forEach(([name, list]) => list.forEach((one) => { one.hidden = name !== kind.value; }));
  const problem = h("p", { class: "error-text", role: "alert" });
  replace(find("compute"), field(_("Socket"), device), field(_("Period"), kind), Object.values(fields), field(_("Format"), format),
    h("button", { type: "submit", class: "button primary" }, _("Open")), problem);
  pick();
  find("compute").onsubmit = (event) => {
    event.preventDefault();
    const span = spanOf(kind.value, (id) => find(id).value);
    problem.textContent = span ? "" : _("Choose a first day and a last day that is not before it.");
    if (span) open(url("report", { device: device.value, span, format: format.value, locale: language }), "_blank", "noopener");
  };
}

/** As the daemon reads it; the last day of a range is not included there. */
function spanOf(kind, value) {
  if (kind !== "range") return ["day", "month", "year"].includes(kind) ? value(kind) : kind;
  const [first, last] = [value("first"), value("last")];
  if (!first || !last || last < first) return null;
  const end = new Date(Date.parse(`${last}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return `${first}..${end}`;
}

await load();
