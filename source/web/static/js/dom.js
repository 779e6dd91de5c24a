// Elements without HTML text: what comes from outside can only ever become text.

import { _ } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "disabled", "selected", "open", "indeterminate"]);

/**
 * h("button", {class: "button", onclick: save, disabled: true, data: {id: 1}}, "Save").
 * Children are nodes, texts, arrays of them; null, undefined and false are left out.
 */
export function h(tag, props = {}, ...children) {
  return filled(document.createElement(tag), props, children);
}

/** The same for drawings. */
export function svg(tag, props = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

function filled(node, props, children) {
  const late = [];
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") {
      for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    } else if (AS_PROPERTY.has(name)) late.push([name, value]);
    else if (/^(href|src|action)$/i.test(name) && /^\s*(javascript|data|vbscript):/i.test(value)) continue;
    else node.setAttribute(name, value === true ? "" : value);
  }
  append(node, children);
  for (const [name, value] of late) node[name] = value; // a select needs its options first
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
}

/** Puts these children in place of those that are there. */
export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/** Sets the text only where it differs: readers of screens are not told the same again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Asks. Gives the `value` of the action taken, null where it was closed.
 * dialog({title, body, actions: [{label, value, kind: "primary"|"danger"|"", check}]});
 * an action's `check` may return false to keep it open.
 */
export function dialog({ title, body, actions, wide = false }) {
  const { promise, resolve } = Promise.withResolvers?.() ?? resolvers();
  const heading = h("h2", { id: `dialog-${(count += 1)}` }, title);
  const given = actions ?? [{ label: _("Close"), value: null }];
  const box = h("dialog", { class: wide ? "wide" : null, "aria-labelledby": heading.id },
    heading,
    h("div", { class: "dialog-body" }, body),
    h("div", { class: "actions" }, given.map((action) =>
      h("button", {
        type: "button",
        class: `button ${action.kind ?? ""}`,
        onclick: async () => {
          if (action.check && (await action.check()) === false) return;
          result = action.value;
          box.close();
        },
      }, action.label))));
  let result = null;
  box.addEventListener("close", () => { box.remove(); resolve(result); });
  document.body.append(box);
  box.showModal();
  return promise;
}

let count = 0;

function resolvers() {
  let resolve;
  const promise = new Promise((done) => { resolve = done; });
  return { promise, resolve };
}

const SHOWN_MS = { ok: 4_000, info: 5_000, warning: 8_000, error: 12_000 };

/** A short message at the edge: level ok, info, warning or error. */
export function toast(text, level = "ok") {
  const region = document.getElementById("toasts");
  const note = h("div", { class: `toast ${level}` },
    h("span", {}, text),
    h("button", { type: "button", class: "icon-button", "aria-label": _("Close"),
      onclick: () => note.remove() }, "×"));
  region.append(note);
  setTimeout(() => note.remove(), SHOWN_MS[level] ?? SHOWN_MS.info);
}

/**
 * table([{label, cell: (row) => text or node, numeric, hide: "phone"}], rows, {caption, empty, foot}).
 * `key` instead of `cell` takes the row's value. Scrolls in itself where it is too wide.
 */
export function table(columns, rows, { caption, empty, foot } = {}) {
  const side = (column) => [column.numeric ? "num" : "", column.hide ? `hide-${column.hide}` : ""]
    .join(" ").trim() || null;
  const cells = (row) => columns.map((column) =>
    h("td", { class: side(column) }, column.cell ? column.cell(row) : row[column.key] ?? "–"));
  const lines = rows.map((row) => h("tr", {}, cells(row)));
  const nothing = h("tr", {}, h("td", { colspan: columns.length, class: "muted" },
    empty ?? _("Nothing here yet.")));
  return h("div", { class: "table-wrap", tabindex: "0", role: "region",
    "aria-label": caption ?? _("Table") },
    h("table", { class: "table" },
      caption ? h("caption", { class: "hidden" }, caption) : null,
      h("thead", {}, h("tr", {}, columns.map((column) =>
        h("th", { scope: "col", class: side(column) }, column.label)))),
      h("tbody", {}, lines.length ? lines : nothing),
      foot ? h("tfoot", {}, h("tr", {}, columns.map((column, index) =>
        h("td", { class: side(column) }, foot[index] ?? "")))) : null));
}
