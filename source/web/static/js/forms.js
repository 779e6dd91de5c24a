// Forms made of what GET forms describes. Only what was changed is written: the rest of an entry
// stays as it stands in the file, keys that no form knows included.

import { h, replace } from "./dom.js";
import { control, limits, nextId, unitOf } from "./fields.js";
import { _, N_ } from "./i18n.js";

// Keys whose value is an object, or a list of objects, with a form of its own.
const NESTED = {
  power_on_counter: { form: "power_on_counter" },
  run: { form: "run" },
  tariff: { form: "tariff" },
  dynamic: { form: "dynamic" },
  prices: { form: "price", list: true, add: N_("Add a price"), one: N_("Price") },
  windows: { form: "window", list: true, add: N_("Add times of day"), one: N_("Times of day"),
    ordered: true },
};
const PRICE_KEYS = ["from", "price_kwh", "base_price_month", "feed_in_kwh", "windows", "dynamic"];

export const clone = (value) => (value === undefined ? undefined : structuredClone(value));
export const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/**
 * A form over `entry`: {node, changed(), apply(target), check(), tell(problems), set(key, value)}.
 * `groups` limits it, `choices` are {key: [{value, label}]}, `fixed` the keys that can't be changed
 * here, `onchange` is told of every change.
 */
export function form(forms, name, entry, options = {}) {
  const { groups, without = [], choices = {}, onchange = () => {}, flat = false } = options;
  const fields = forms[name].filter((field) =>
    (!groups || groups.includes(field.group)) && !without.includes(field.key));
  const parts = fields.map((field) => part(forms, field, lookUp(entry, field),
    { choices, onchange, fixed: options.fixed ?? [], suggestions: options.suggestions ?? {} }));
  const node = h("div", { class: "form" }, flat ? layout(parts) : grouped(parts));
  const byKey = (key) => parts.find((one) => one.field.key === key);
  return {
    node,
    parts,
    changed: () => parts.some((one) => one.changed()),
    apply: (target) => {
      for (const one of parts) if (one.changed()) put(target, one.field, one.read());
      return target;
    },
    check: () => {
      const wrong = parts.filter((one) => !one.check());
      wrong[0]?.focus();
      return wrong.length === 0;
    },
    /** Puts each problem at its field; gives those that belong to none. */
    tell: (problems) => tell(parts, problems),
    set: (key, value) => { byKey(key)?.set(value); onchange(); },
    read: (key) => byKey(key)?.read(),
    focus: () => parts[0]?.focus(),
  };
}

function lookUp(entry, field) {
  for (const key of [field.key, ...(field.other_names ?? [])]) {
    const found = key.split(".").reduce((one, step) => one?.[step], entry);
    if (found !== undefined) return found;
  }
  return undefined;
}

function put(target, field, value) {
  for (const other of field.other_names ?? []) delete target[other];
  const steps = field.key.split(".");
  const last = steps.pop();
  let place = target;
  for (const step of steps) place = isObject(place[step]) ? place[step] : (place[step] = {});
  if (value === undefined) delete place[last];
  else place[last] = value;
  if (steps.length && Object.keys(place).length === 0) delete target[steps[0]];
}

function part(forms, field, value, options) {
  const nested = NESTED[field.key];
  if (nested && field.kind === "json") {
    return nested.list
      ? listPart(forms, field, value, nested, options)
      : objectPart(forms, field, value, nested, options);
  }
  return plainPart(field, value, options);
}

function plainPart(field, value, { choices, onchange, suggestions, fixed }) {
  const id = nextId();
  const problem = h("p", { class: "error-text", id: `${id}-problem`, hidden: true });
  const one = control(field, value, {
    id, choices: choices[field.key],
    onchange: () => { show(null); onchange(); },
  });
  const target = one.node.matches("input,select,textarea") ? one.node
    : one.node.querySelector("input,select");
  target.setAttribute("aria-describedby", `${id}-hint ${id}-problem`);
  const list = suggestions[field.key] ?? suggestions[field.kind];
  const datalist = list?.length ? h("datalist", { id: `${id}-list` },
    list.map((each) => h("option", { value: each.value ?? each.name ?? each }, each.label))) : null;
  if (datalist) target.setAttribute("list", datalist.id);
  const isFixed = fixed.includes(field.key);
  target.disabled = isFixed;
  if (isFixed) one.node.querySelectorAll("button").forEach((button) => button.remove());
  const show = (text) => {
    problem.textContent = text ?? "";
    problem.hidden = !text;
    target.setAttribute("aria-invalid", String(Boolean(text)));
    if (text) unfold(problem);
  };
  const unit = unitOf(field);
  const node = h("div", { class: `field kind-${field.kind}`, data: { key: field.key } },
    h("label", { for: id }, field.label,
      field.required ? h("span", { class: "needed", "aria-hidden": "true" }, " *") : null),
    h("div", { class: unit ? "with-unit" : "control" }, one.node,
      unit ? h("span", { class: "unit" }, unit) : null, datalist),
    h("p", { class: "hint", id: `${id}-hint` }, isFixed
      ? h("strong", {}, _("Set by the environment, and to be changed there."), " ") : null,
    marked(field.description), h("span", { class: "limits" }, limits(field))), problem);
  const first = one.read();
  return {
    field, node, read: one.read, focus: one.focus,
    set: (given) => { show(null); one.set(given); },
    changed: () => !same(one.read(), first),
    check: () => {
      const missing = field.required && one.read() === undefined && !isFixed;
      // What the file already has is for the daemon to judge.
      const wrong = missing ? _("This is needed.") : one.problem();
      show(wrong);
      return !wrong;
    },
    tell: (problem_) => { show(words(problem_)); one.focus(); return true; },
  };
}

/** A text in which `code` stands between backticks. */
export const marked = (text) => String(text ?? "").split("`").map((piece, index) =>
  (index % 2 ? h("code", {}, piece) : piece));

/** A problem of the daemon in a sentence. */
export function words(problem) {
  const text = problem.allowed ?? problem.message ?? "";
  const sentence = text ? text[0].toUpperCase() + text.slice(1) : _("This is not possible.");
  const isSaid = [null, undefined, ""].includes(problem.value) || text.startsWith(String(problem.value));
  return isSaid
    ? sentence : _("{value}: {what}", { value: problem.value, what: text });
}

function unfold(node) {
  for (let one = node.closest("details"); one; one = one.parentElement.closest("details")) {
    one.open = true;
  }
}

/** An object that may be left out: a switch, and its form. */
function objectPart(forms, field, value, nested, options) {
  const id = nextId();
  const shaped = field.key === "tariff" ? asTariff(value) : value;
  let inner = null;
  const box = h("div", { class: "inner" });
  const problem = h("p", { class: "error-text", hidden: true });
  const onchange = () => { problem.hidden = true; options.onchange(); };
  const build = (from) => {
    inner = form(forms, nested.form, isObject(from) ? from : {}, { ...options, onchange, flat: true });
    replace(box, inner.node);
  };
  const toggle = h("input", { id, type: "checkbox", class: "switch", role: "switch",
    checked: isObject(shaped), onchange: () => {
      if (toggle.checked && !inner) build(starting(field.key));
      box.hidden = !toggle.checked;
      onchange();
    } });
  if (isObject(shaped)) build(shaped);
  else box.hidden = true;
  const node = h("fieldset", { class: "nested", data: { key: field.key } },
    h("legend", { class: "hidden" }, field.label),
    h("div", { class: "field kind-flag" }, h("label", { for: id }, field.label),
      h("div", { class: "control" }, toggle), h("p", { class: "hint" }, marked(field.description))),
    problem, box);
  const read = () => {
    if (!toggle.checked) return undefined;
    return inner.changed() || !isObject(shaped) ? inner.apply(clone(isObject(shaped) ? shaped : {})) : value;
  };
  return {
    field, node, read, focus: () => toggle.focus(), set: () => {},
    changed: () => !same(read(), value),
    check: () => !toggle.checked || inner.check(),
    tell: (one, rest) => {
      if (inner && rest && inner.tell([{ ...one, key: rest }]).length === 0) return true;
      problem.textContent = words(one);
      problem.hidden = false;
      unfold(problem);
      return true;
    },
  };
}

const starting = (key) => (key === "tariff" ? { prices: [{}] } : {});

/** The tariff as an object with its list of prices, however short the file writes it. */
function asTariff(value) {
  if (Array.isArray(value)) return { prices: value };
  if (!isObject(value) || "prices" in value) return value;
  const rest = { ...value };
  const price = {};
  for (const key of PRICE_KEYS) {
    if (key in rest) price[key] = rest[key];
    delete rest[key];
  }
  return { prices: [price], ...rest };
}

function listPart(forms, field, value, nested, options) {
  const items = [];
  const box = h("div", { class: "items" });
  const problem = h("p", { class: "error-text", hidden: true });
  const draw = () => replace(box, items.map(row));
  const add = (entry, isNew) => items.push({ entry, isNew,
    form: form(forms, nested.form, entry, { ...options, flat: true }) });
  const drop = (index) => { items.splice(index, 1); draw(); options.onchange(); };
  const up = (index) => {
    items.splice(index - 1, 0, ...items.splice(index, 1));
    draw();
    options.onchange();
  };
  const row = (item, index) => h("section", { class: "item" },
    h("header", {}, h("h4", {}, `${_(nested.one)} ${index + 1}`),
      nested.ordered && index ? h("button", { type: "button", class: "button small",
        onclick: () => up(index) }, _("Move up")) : null,
      h("button", { type: "button", class: "button small", onclick: () => drop(index) },
        _("Remove"))),
    item.form.node);
  (Array.isArray(value) ? value : []).forEach((entry) => add(isObject(entry) ? entry : {}));
  draw();
  const button = h("button", { type: "button", class: "button", onclick: () => {
    add({}, true);
    draw();
    items.at(-1).form.focus();
    options.onchange();
  } }, _(nested.add));
  const node = h("fieldset", { class: "nested many", data: { key: field.key } },
    h("legend", {}, field.label), h("p", { class: "hint" }, marked(field.description)),
    problem, box, button);
  const read = () => {
    if (items.length === 0) return undefined;
    return items.map((item) => item.form.apply(clone(item.entry)));
  };
  const first = read();
  return {
    field, node, focus: () => button.focus(), set: () => {},
    read: () => (same(read(), first) ? value : read()),
    changed: () => !same(read(), first),
    check: () => items.map((item) => item.form.check()).every(Boolean),
    tell: (one, rest) => {
      const [index, ...steps] = (rest ?? "").split(".");
      const item = items[Number(index)];
      const key = steps.join(".");
      if (index !== "" && item && key && item.form.tell([{ ...one, key }]).length === 0) return true;
      problem.textContent = words(one);
      problem.hidden = false;
      unfold(problem);
      return true;
    },
  };
}

/**
 * Finds the part whose key begins the problem's; what is found by none is given back. The first is
 * told last: it keeps the focus.
 */
function tell(parts, problems) {
  return [...problems].reverse().filter((one) => {
    const key = String(one.key ?? "").replace(/\[(\d+)\]/g, ".$1");
    const found = parts
      .filter(({ field }) => [field.key, ...(field.other_names ?? [])]
        .some((each) => key === each || key.startsWith(`${each}.`)))
      .sort((a, b) => b.field.key.length - a.field.key.length)[0];
    return !found?.tell(one, key.slice(found.field.key.length + 1));
  }).reverse();
}

function grouped(parts) {
  const groups = new Map();
  for (const one of parts) {
    const name = one.field.group ?? "";
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, members]) => {
    // Of a group that is of use to few, the heading itself unfolds.
    if (members.every((one) => one.field.advanced)) return folded(_(name), members, "card group");
    const isOne = members.length === 1 && members[0].node.classList.contains("nested");
    return h("section", { class: "card group" }, isOne ? null : h("h3", {}, _(name)), layout(members));
  });
}

function layout(parts) {
  const usual = parts.filter((one) => !one.field.advanced);
  const rare = parts.filter((one) => one.field.advanced);
  return [
    h("div", { class: "fields" }, usual.map((one) => one.node)),
    rare.length ? folded(_("Advanced"), rare) : null,
  ];
}

function folded(title, parts, kind = "") {
  const isUsed = parts.some((one) => one.read() !== undefined);
  return h("details", { class: `advanced ${kind}`, open: isUsed },
    h("summary", {}, title),
    h("div", { class: "fields" }, parts.map((one) => one.node)));
}
