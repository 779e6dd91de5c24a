// How a socket is, as its colour and its word.

import { N_ } from "./i18n.js";

export const STATES = {
  ok: ["ok", N_("Live")],
  failing: ["warning", N_("No answer")],
  "off-line": ["error", N_("Off-line")],
  stuck: ["error", N_("Hangs")],
  waiting: ["info", N_("Waiting")],
  disabled: ["", N_("Disabled")],
};

/** Whether a value of that state is of now. */
export const isLive = (state) => state === "ok";
