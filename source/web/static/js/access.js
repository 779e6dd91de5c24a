// Who may use the page, and in which language: cards of the settings that save by themselves.

import { get, send, session } from "./api.js";
import { failed } from "./conflict.js";
import { dialog, h, replace, toast } from "./dom.js";
import { dateTime } from "./format.js";
import { chooseLanguage } from "./frame.js";
import { _, language } from "./i18n.js";

/** Enter in one of the card's fields presses its button, not that of the form around it. */
const enter = (button) => (event) => {
  if (event.key !== "Enter" || !event.target.matches("input")) return;
  event.preventDefault();
  button.click();
};

export const languageCard = () => h("section", { class: "card" }, h("div", { class: "fields" }, h("div", { class: "field" },
  h("label", { for: "page-language" }, _("Language of this page")),
  h("select", { id: "page-language", value: language, onchange: (event) => {
    chooseLanguage(event.target.value);
    location.reload();
  } }, h("option", { value: "en", lang: "en" }, "English"), h("option", { value: "de", lang: "de" }, "Deutsch")),
  h("p", { class: "hint" }, _("Holds for this browser.")))));

export function passwordCard() {
  const input = (id, label, complete) => {
    const node = h("input", { id, type: "password", autocomplete: complete });
    return { node, field: h("div", { class: "field" }, h("label", { for: id }, label), node) };
  };
  const current = input("password-current", _("Current password"), "current-password");
  const chosen = input("password-new", _("New password"), "new-password");
  const again = input("password-again", _("New password again"), "new-password");
  const hint = h("p", { class: "hint", id: "password-hint", hidden: true }, _("Left empty, no password is asked for any more."));
  chosen.field.append(hint);
  chosen.node.setAttribute("aria-describedby", hint.id);
  const problem = h("p", { class: "error-text", role: "alert", hidden: true });
  const button = h("button", { type: "button", class: "button", onclick: async () => {
    const isNothing = !chosen.node.value && current.field.hidden;
    problem.textContent = isNothing ? _("Enter a password.") : _("The two are not the same.");
    problem.hidden = !isNothing && chosen.node.value === again.node.value;
    if (!problem.hidden) return;
    button.disabled = true;
    try {
      await send("PUT", "password", { current: current.node.value, new: chosen.node.value });
      toast(chosen.node.value ? _("The password is set.") : _("The password is removed."));
      [current, chosen, again].forEach(({ node }) => { node.value = ""; });
      await show(true);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  } }, _("Set the password"));
  const show = async (again) => {
    current.field.hidden = !(await session(again)).has_password;
    hint.hidden = current.field.hidden;
    document.getElementById("leave").hidden = current.field.hidden;
  };
  show().catch(() => {});
  return h("section", { class: "card" }, h("h2", {}, _("Password")),
    h("p", { class: "muted" }, _("Needed as soon as the page is reached from other machines.")),
    h("div", { class: "fields", onkeydown: enter(button) }, current.field, chosen.field, again.field), problem, h("div", { class: "actions" }, button));
}

export function tokensCard() {
  const name = h("input", { id: "token-name", autocomplete: "off", maxlength: 60 });
  const scope = h("select", { id: "token-scope" },
    h("option", { value: "read" }, _("read")), h("option", { value: "write" }, _("read and write")));
  const rows = h("ul", { class: "versions" });
  const refresh = async () => {
    try {
      const tokens = await get("tokens");
      replace(rows, tokens.map((one) => h("li", { class: "row between" },
        h("span", {}, one.name, " ", h("span", { class: "muted small" },
          `${one.scope === "write" ? _("read and write") : _("read")} · ${dateTime(one.created_s)}`)),
        h("button", { type: "button", class: "button small", "aria-label": _("Remove {name}", { name: one.name }),
          onclick: () => drop(one) }, _("Remove")))));
    } catch (error) {
      replace(rows, h("li", { class: "muted" }, error.message));
    }
  };
  const drop = async (one) => {
    const answer = await dialog({ title: _("Remove {name}?", { name: one.name }),
      body: h("p", {}, _("Programs that use this token can no longer log in.")),
      actions: [{ label: _("Cancel"), value: null }, { label: _("Remove"), value: true, kind: "danger" }] });
    if (!answer) return;
    await send("DELETE", "tokens", null, { id: one.id }).catch(failed);
    await refresh();
  };
  const add = async () => {
    if (!name.value.trim()) {
      name.focus();
      return;
    }
    try {
      const { token } = await send("POST", "tokens", { name: name.value.trim(), scope: scope.value });
      name.value = "";
      await refresh();
      await dialog({ title: _("The new token"), body: [
        h("p", {}, _("It is shown this once. Keep it like a password.")),
        h("p", { class: "token" }, h("code", {}, token))] });
    } catch (error) {
      failed(error);
    }
  };
  refresh();
  const button = h("button", { type: "button", class: "button", onclick: add }, _("Create a token"));
  return h("section", { class: "card" }, h("h2", {}, _("API tokens")),
    h("p", { class: "muted" }, _("For programs that use the API: Home Assistant, scripts, Grafana.")), rows,
    h("div", { class: "fields", onkeydown: enter(button) },
      h("div", { class: "field" }, h("label", { for: "token-name" }, _("Name")), name),
      h("div", { class: "field" }, h("label", { for: "token-scope" }, _("May")), scope)),
    h("div", { class: "actions" }, button));
}
