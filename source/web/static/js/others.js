// Keys that no form knows, such as those of plugins: name, kind and value of each.

import { h, replace } from "./dom.js";
import { parsed } from "./fields.js";
import { same, words } from "./forms.js";
import { _, N_ } from "./i18n.js";

const KINDS = [["text", N_("Text")], ["number", N_("Number")], ["flag", N_("Yes or no")],
  ["json", N_("JSON")]];
const kindOf = (value) => ({ string: "text", number: "number", boolean: "flag" })[typeof value] ?? "json";

/** Keys that no form knows, such as those of plugins: name, kind and value of each. */
export function others(entry, onchange = () => {}) {
  const rows = [];
  const box = h("div", { class: "others" });
  const add = (key, value) => {
    const row = otherRow(key, value, onchange, () => {
      rows.splice(rows.indexOf(row), 1);
      row.node.remove();
      onchange();
    });
    rows.push(row);
    box.append(row.node);
    return row;
  };
  Object.entries(entry).forEach(([key, value]) => add(key, value));
  const button = h("button", { type: "button", class: "button small", onclick: () => {
    add("", "").focus();
    onchange();
  } }, _("Add a key"));
  const read = () => Object.fromEntries(rows.map((row) => row.read()).filter(([key]) => key));
  return {
    node: h("details", { class: "card group advanced", open: rows.length > 0 },
      h("summary", {}, _("Other keys")),
      h("p", { class: "hint" },
        _("What a plugin of your own reads from the entry. Nothing else uses these keys.")),
      box, button),
    changed: () => !same(read(), entry),
    check: () => rows.map((row) => row.check()).every(Boolean),
    apply: (target) => {
      Object.keys(entry).forEach((key) => delete target[key]);
      return Object.assign(target, read());
    },
    tell: (problems) => problems.filter((one) => !rows.some((row) => row.tell(one))),
  };
}

function otherRow(key, value, onchange, remove) {
  const name = h("input", { type: "text", value: key, "aria-label": _("Key"), oninput: onchange });
  const kind = h("select", { "aria-label": _("Kind"), value: kindOf(value),
    onchange: () => { draw(undefined); onchange(); } },
  KINDS.map(([id, label]) => h("option", { value: id }, _(label))));
  const place = h("div", { class: "control" });
  const problem = h("p", { class: "error-text", hidden: true });
  let input;
  const draw = (shown) => {
    const options = { "aria-label": _("Value"), oninput: onchange, onchange };
    if (kind.value === "flag") {
      input = h("input", { type: "checkbox", class: "switch", checked: shown === true, ...options });
    } else if (kind.value === "json") {
      input = h("textarea", { class: "code", rows: 3, value: shown === undefined ? ""
        : JSON.stringify(shown, null, 2), ...options });
    } else {
      input = h("input", { type: "text", value: shown === undefined ? "" : String(shown), ...options });
    }
    replace(place, input);
  };
  draw(value);
  const show = (text) => { problem.textContent = text ?? ""; problem.hidden = !text; return !text; };
  const read = {
    text: () => input.value,
    flag: () => input.checked,
    number: () => Number(input.value.replace(",", ".")),
    json: () => parsed(input.value)?.value,
  };
  return {
    node: h("div", { class: "other" }, name, kind, place,
      h("button", { type: "button", class: "button small", onclick: remove }, _("Remove")), problem),
    focus: () => name.focus(),
    read: () => [name.value.trim(), read[kind.value]()],
    check: () => {
      if (!name.value.trim()) return show(_("This is needed."));
      if (kind.value === "json" && !parsed(input.value)) return show(_("This is not valid JSON."));
      if (kind.value === "number" && (!input.value.trim() || !Number.isFinite(read.number()))) {
        return show(_("Enter a number."));
      }
      return show(null);
    },
    tell: (one) => {
      if (String(one.key).split(".")[0] !== name.value.trim()) return false;
      show(words(one));
      return true;
    },
  };
}
