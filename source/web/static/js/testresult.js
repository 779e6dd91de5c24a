// What a socket that was tested has told, and what can be taken over from it with one click.

import { h } from "./dom.js";
import { energy, number, power } from "./format.js";
import { _ } from "./i18n.js";

/** `fields` is the form whose type and MAC address may be set; `again` tests once more. */
export function answer(one, fields, again) {
  const proposal = one.type && one.type !== fields.read("type") ? h("button", { type: "button",
    class: "button", onclick: () => { fields.set("type", one.type); again(); } }, _("Use the type {type}", { type: one.type })) : null;
  const pin = one.mac && !fields.read("mac") ? h("button", { type: "button", class: "button plain",
    onclick: (event) => { fields.set("mac", one.mac); event.target.remove(); } },
  _("Accept this socket alone (MAC)")) : null;
  const shown = [
    [_("Model"), one.model], [_("MAC address"), one.mac], [_("Firmware"), one.firmware],
    [_("Power"), known_(one.power_w, power)], [_("Counter"), known_(one.counter_wh, energy)],
    [_("Counter of what is fed in"), known_(one.counter_returned_wh, energy)],
    [_("Temperature"), known_(one.temperature_c, (x) => `${number(x, 1)} °C`)],
    [_("Voltage"), known_(one.voltage_v, (x) => `${number(x, 1)} V`)],
    ...(one.phases ?? []).map((phase) => [_("Phase {name}", { name: phase.name }),
      [known_(phase.power_w, power), known_(phase.voltage_v, (x) => `${number(x, 1)} V`)].filter(Boolean).join(" · ")]),
    [_("Answered in"), known_(one.took_ms, (x) => `${number(x)} ms`)],
  ].filter(([, text]) => text !== null && text !== undefined && text !== "");
  return h("div", { class: `notice ${one.ok ? "ok" : "error"}` },
    h("h3", {}, one.ok ? _("The socket answers") : _("The socket does not answer as it should")),
    one.reason ? h("p", {}, one.reason) : null,
    one.hint ? h("p", { class: "small" }, one.hint) : null,
    h("dl", { class: "list" }, shown.map(([term, text]) => [h("dt", {}, term), h("dd", {}, String(text))])),
    proposal || pin ? h("div", { class: "row" }, proposal, pin) : null);
}

const known_ = (x, show) => (x === null || x === undefined ? null : show(x));
