// What is told where the daemon has no answer for a part of the page.

import { ApiError } from "../api.js";
import { h } from "../dom.js";
import { _ } from "../i18n.js";

/** A notice of it, to stand in place of what was asked for; mistakes of our own are thrown on. */
export function failure(error, again) {
  if (!(error instanceof ApiError)) throw error;
  return h("div", { class: "notice error", role: "alert" },
    error.status ? error.message : _("The logger does not answer."), " ",
    h("button", { type: "button", class: "button small", onclick: again }, _("Try again")));
}

/** Only the newest of several requests counts: newest()(signal => promise). */
export function newest() {
  let running = null;
  return async (ask) => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    try {
      return await ask(mine.signal);
    } catch (error) {
      if (mine.signal.aborted || error.name === "AbortError") return undefined;
      throw error;
    } finally {
      if (running === mine) running = null;
    }
  };
}
