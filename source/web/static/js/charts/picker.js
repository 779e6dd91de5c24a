// Going to any day, month or year: the browser's own field lies over the words of the period.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { _ } from "../i18n.js";

const OLDEST = "2000-01-01";
const LENGTHS = { day: 10, month: 7, year: 4 };

/**
 * picker({label, device, today(), choose(span)}): `label` is the element with the words; gives
 * {node, show(span, kind)}. The field itself is seen while the keyboard is in it; else the words.
 */
export function picker({ label, device, today, choose }) {
  const day = h("input", { type: "date", min: OLDEST });
  const year = h("select", {});
  const node = h("span", { class: "pick" }, label, day, year);
  let kind = "day";
  let years = null;

  // The pointer opens the browser's calendar; the keyboard needs to see what it types.
  node.addEventListener("pointerdown", () => node.classList.remove("typed"));
  node.addEventListener("keyup", () => node.classList.add("typed"));
  node.addEventListener("focusout", () => node.classList.remove("typed"));
  day.addEventListener("click", () => day.showPicker?.());
  day.addEventListener("change", () => { if (day.value && day.validity.valid) choose(day.value.slice(0, LENGTHS[kind])); });
  year.addEventListener("change", () => choose(year.value));

  const offer = (shown) => {
    const newest = today().slice(0, LENGTHS.year);
    const all = new Set([newest, shown, ...(years ?? [])]);
    replace(year, [...all].sort().reverse().map((one) => h("option", { value: one }, one)));
    year.value = shown;
  };
  const ask = async (shown) => {
    years = [];
    try {
      years = (await get("years", { device })).years.map((one) => one.label);
    } catch {
      years = null; // the next time, perhaps
    }
    if (years?.length && kind === "year") offer(shown);
  };
  return {
    node,
    show(span, of) {
      kind = of;
      const isSpan = kind in LENGTHS;
      node.classList.toggle("chooses", isSpan);
      day.hidden = !isSpan || kind === "year";
      year.hidden = kind !== "year";
      day.setAttribute("aria-label", kind === "month" ? _("Choose a month") : _("Choose a day"));
      year.setAttribute("aria-label", _("Choose a year"));
      if (kind === "year") {
        offer(span);
        if (!years) ask(span);
      } else if (isSpan) asDate(day, span, kind, today());
    },
  };
}

/** A browser without a field for months takes a day of the month. */
function asDate(input, span, kind, newest) {
  input.type = kind === "month" ? "month" : "date";
  const isMonth = input.type === "month";
  if (kind === "month" && !isMonth) input.type = "date";
  const size = isMonth ? LENGTHS.month : LENGTHS.day;
  input.min = OLDEST.slice(0, size);
  input.max = newest.slice(0, size);
  input.value = kind === "month" && !isMonth ? `${span}-01` : span;
}
