// Whether everything runs smoothly, or what does not and what to do.

import { get, url } from "./api.js";
import { failed } from "./conflict.js";
import { h, replace } from "./dom.js";
import { ago, dateTime, NONE, number, setClock } from "./format.js";
import { _, N_, ready } from "./i18n.js";
import { size } from "./size.js";
import { STATES } from "./states.js";

const EVERY_MS = 10_000;
const SEARCH_MS = 300;
const place = document.getElementById("status");
const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"];

await ready;
const head = h("div", {});
const facts = h("div", { class: "grid status-grid" });
const level = h("select", { "aria-label": _("Least level"), value: "INFO", onchange: log },
  LEVELS.map((one) => h("option", { value: one }, one.toLowerCase())));
const search = h("input", { type: "search", placeholder: _("Search"), "aria-label": _("Search the log"),
  oninput: () => { clearTimeout(timer); timer = setTimeout(log, SEARCH_MS); } });
const lines = h("div", { class: "log", tabindex: "0", role: "log", "aria-label": _("Log"), "aria-live": "off" });
let timer = 0;
let asked = 0;
const page = () => replace(place, head, facts,
  h("section", { class: "card" },
    h("div", { class: "row between" }, h("h2", {}, _("Log")),
      h("div", { class: "row log-tools" }, level, search, h("button", { type: "button", class: "button small", onclick: log }, _("Refresh")))),
    lines),
  h("section", { class: "card row between" },
    h("div", {}, h("h2", {}, _("Diagnostics")),
      h("p", { class: "muted small" }, _("All of this in one file, to send to somebody who helps. Passwords and tokens are left out."))),
    h("a", { class: "button", href: url("diagnostics"), download: true }, _("Download"))));

async function load() {
  try {
    show(await get("status"));
  } catch (error) {
    replace(head, h("p", { class: "notice error" }, error.status ? error.message : _("The logger does not answer.")));
  }
}

function show(one) {
  setClock(one.clock.time_s);
  replace(head,
    h("section", { class: `card headline ${one.ok ? "ok" : worst(one.findings)}` }, h("h2", {}, one.headline)),
    one.findings.length ? h("ul", { class: "stack findings" }, one.findings.map(finding)) : null);
  replace(facts, [sockets, journal, reports, clock].map((section) => section(one)), (one.sinks ?? []).map(sink));
}

const worst = (findings) => (findings.some((one) => one.level === "error") ? "error" : "warning");

const finding = (one) => h("li", { class: `notice ${one.level}` },
  h("p", {}, one.subject ? h("strong", {}, `${one.subject}: `) : null, one.text),
  one.advice ? h("p", { class: "small" }, one.advice) : null);

const card = (title, ...rows) => h("section", { class: "card" }, h("h2", {}, title),
  h("dl", { class: "list" }, rows.filter(Boolean).map(([term, text]) => [h("dt", {}, term), h("dd", {}, text ?? NONE)])));

const sockets = ({ sockets: counts }) => card(_("Sockets"), ...Object.entries(counts ?? {})
  .filter(([, count]) => typeof count === "number")
  .filter(([key, count]) => count > 0 || key === "ok")
  .map(([key, count]) => [_(STATES[key]?.[1] ?? key), number(count)]));

function journal({ journal: one }) {
  const section = card(_("Journal"),
    [_("Size"), _("{size} of {most}", { size: size(one.bytes), most: size(one.max_bytes) })],
    [_("Growth a day"), size(one.growth_bytes_per_day)],
    [_("Measurements"), number(one.points)], [_("Free on the disk"), size(one.free_disk_bytes)]);
  const part = h("span", {});
  part.style.width = `${Math.min(100, (100 * one.bytes) / (one.max_bytes || 1))}%`;
  section.append(h("div", { class: "bar", role: "presentation" }, part));
  return section;
}

const reports = ({ reports: written }) => card(_("Last reports"), ...(written ?? []).map((one) => [
  _(KINDS[one.kind] ?? one.kind), [
    one.last_end_s === null ? _("None yet") : _("until {when}", { when: dateTime(one.last_end_s) }),
    one.late.length ? h("p", { class: "late" }, _("Late: {names}", { names: one.late.join(", ") })) : null]]));

const KINDS = { day: N_("Day"), month: N_("Month"), year: N_("Year") };

const clock = ({ clock: { time_s, timezone, doubt }, daemon }) => card(_("Logger"),
  [_("Time"), `${dateTime(time_s, { dateStyle: "medium", timeStyle: "medium" })} · ${timezone}`],
  doubt ? [_("Doubt"), doubt] : null,
  [_("Runs since"), `${dateTime(daemon.started_s)} (${ago(daemon.started_s)})`],
  [_("Version"), daemon.version], ["Python", daemon.python], [_("System"), daemon.platform]);

const sink = (one) => card(one.sink,
  [_("Waiting to be copied"), number(one.backlog)],
  one.configured === false ? [_("Configured"), _("no")] : null,
  one.last_error ? [_("Last error"), one.last_error] : null,
  one.set_aside_points ? [_("Set aside"), `${number(one.set_aside_points)}${reasonsOf(one)}`] : null,
  one.dropped_points ? [_("Given up"), number(one.dropped_points)] : null);

const reasonsOf = ({ set_aside_reasons: reasons }) =>
  (reasons?.length ? ` (${reasons.map((one) => one.reason).join("; ")})` : "");

async function log() {
  asked += 1;
  const mine = asked;
  try {
    const found = await get("log", { level: level.value, text: search.value || null, limit: 200 });
    if (mine !== asked) return;
    replace(lines, found.lines.length ? found.lines.map(line) : h("p", { class: "muted" }, _("No such lines.")));
    toNewest();
  } catch (error) {
    failed(error);
  }
}

const toNewest = () => { lines.scrollTop = lines.scrollHeight; };

const line = (one) => h("p", { class: `log-line ${String(one.level).toLowerCase()}` },
  h("time", {}, one.time), " ", h("span", { class: "level" }, one.level), " ",
  one.logger ? h("span", { class: "muted" }, `${one.logger} `) : null, one.text);

// All at once: nothing moves while it is read.
await Promise.all([load(), log()]);
page();
toNewest();
setInterval(() => { if (!document.hidden) load(); }, EVERY_MS);
