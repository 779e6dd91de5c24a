// The card of a socket. It is made once and then only told what has changed.

import { page } from "./api.js";
import { h, say } from "./dom.js";
import { duration, dateTime, energy, money, NONE, now, powerParts, time } from "./format.js";
import { _ } from "./i18n.js";
import { spark } from "./spark.js";
import { isLive, STATES } from "./states.js";

export class Card {
  constructor(device) {
    this.device = device;
    this.badge = h("span", { class: "badge" });
    this.value = h("span", {}, NONE);
    this.unit = h("span", { class: "unit" }, "W");
    this.why = h("p", { class: "why", hidden: true });
    this.drawing = spark("spark");
    this.energy = h("strong", {}, NONE);
    this.cost = h("strong", {}, NONE);
    this.fedIn = h("span", { class: "fed-in", hidden: true });
    this.seen = h("span", { class: "seen" });
    const link = h("a", { href: page("/socket", { device }), title: device }, device);
    this.node = h("li", { class: "card socket" },
      h("header", {}, h("h3", {}, link), this.badge),
      h("div", { class: "reading" },
        h("p", { class: "watts" }, this.value, " ", this.unit), this.why),
      this.drawing.node,
      h("div", { class: "sums" },
        h("span", {}, h("span", { class: "muted" }, _("Today")), " ", this.energy),
        this.cost, this.fedIn, this.seen));
  }

  /** All of it; `one` as the overview gives it. */
  show(one) {
    this.one = one;
    this.drawing.draw(one.last_hour?.power_w ?? []);
    say(this.energy, energy(one.today?.energy_wh));
    say(this.cost, money(one.today?.cost));
    const fedIn_wh = one.today?.returned_wh ?? 0;
    say(this.fedIn, fedIn_wh > 0 ? _("{energy} fed in", { energy: energy(fedIn_wh) }) : "");
    this.fedIn.hidden = !this.fedIn.textContent;
    this.tell(one);
  }

  /** What changes each second. */
  tell({ state, power_w, last_reading_s }) {
    Object.assign(this.one, { state, power_w, last_reading_s });
    const [level, label] = STATES[state] ?? ["warning", state];
    this.badge.className = `badge ${level}`;
    say(this.badge, _(label));
    this.node.classList.toggle("stale", !isLive(state));
    this.put(isLive(state) ? powerParts(power_w) : powerParts(null));
    this.tick();
  }

  put({ value, unit }) {
    say(this.value, value);
    say(this.unit, unit);
  }

  /** Words that go with the time. */
  tick() {
    const { state, last_reading_s: last, reason } = this.one;
    say(this.why, isLive(state) ? "" : silence(state, last));
    this.why.hidden = !this.why.textContent;
    say(this.seen, seen(state, last, reason));
  }

  /** Nothing is known any more. */
  lose() {
    this.badge.className = "badge";
    say(this.badge, _("Unknown"));
    this.put(powerParts(null));
    this.node.classList.add("stale");
    this.why.hidden = true;
  }
}

function silence(state, last) {
  if (state === "disabled" || state === "waiting") return "";
  if (last === null || last === undefined) return _("No answer yet");
  return _("No answer for {duration}", { duration: duration(now() - last) });
}

function seen(state, last, reason) {
  if (isLive(state)) return _("Last seen at {time}", { time: clock(last) });
  const words = [];
  if (reason && state !== "disabled") words.push(_(reason));
  if (last) words.push(_("Last seen {time}", { time: dateTime(last) }));
  return words.join(" · ");
}

const clock = (s) => time(s, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Brings the cards of a list into this order, and leaves those alone that are right. */
export function order(list, cards) {
  if (list.matches(":focus-within")) return;
  cards.forEach((card, index) => {
    if (list.children[index] !== card.node) list.insertBefore(card.node, list.children[index] ?? null);
  });
}
