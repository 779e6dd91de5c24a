// Asks for the password and goes where the reader was going.

import { page, root, send, session } from "./api.js";
import { say } from "./dom.js";
import { number } from "./format.js";
import { _, ready } from "./i18n.js";

const form = document.getElementById("login");
const field = form.elements.password;
const refused = document.getElementById("refused");
const button = form.querySelector("button.primary");

await ready;
button.disabled = false; // before, the browser would send the form by itself
// A link from another site brings no cookie (SameSite=Strict): who is logged in goes on at once.
session().then((one) => {
  if (one.first_start) location.replace(page("/first-start"));
  else if (one.authenticated) location.replace(root + wanted());
}, () => {});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!field.value) return tell(_("Enter the password."));
  button.disabled = true;
  tell("");
  try {
    await send("POST", "login", { password: field.value });
    location.replace(root + wanted());
  } catch (error) {
    tell(words(error));
    field.select();
  } finally {
    button.disabled = false;
  }
});

function tell(text) {
  say(refused, text);
  field.setAttribute("aria-invalid", String(Boolean(text)));
  if (text) field.focus();
}

function words({ status, message, body }) {
  if (!status) return _("The logger does not answer.");
  const wait_s = body?.error?.retry_after_s;
  if (status === 429 && wait_s) {
    return _("Too many attempts. Wait {seconds} seconds.", { seconds: number(Math.ceil(wait_s)) });
  }
  return message;
}

/** A path of this page only: an address of elsewhere is not followed. */
function wanted() {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  const there = new URL(root + next, location.origin);
  const isOurs = /^\/(?![/\\])/.test(next) && there.origin === location.origin;
  // The browser has carried the tab that was asked for (#access) over to here.
  return isOurs && !/^\/(login|first-start)\b/.test(next) ? next + location.hash : "/";
}
