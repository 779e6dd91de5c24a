// What every page has: the menu of small screens, the language, leaving, and the live region.

import { page, root, send, session } from "./api.js";
import { _, ready } from "./i18n.js";
import { say, toast } from "./dom.js";

const more = document.getElementById("more");
const rest = document.getElementById("rest");

function unfold(open) {
  more.setAttribute("aria-expanded", String(open));
  rest.classList.toggle("open", open);
}

more?.addEventListener("click", () => unfold(more.getAttribute("aria-expanded") !== "true"));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || more?.getAttribute("aria-expanded") !== "true") return;
  unfold(false);
  more.focus();
});
addEventListener("click", (event) => {
  if (more && !event.target.closest("nav")) unfold(false);
});

/** Keeps the chosen language for a year. */
export function chooseLanguage(language) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `language=${language}; Path=${root || "/"}; Max-Age=31536000; SameSite=Lax${secure}`;
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    chooseLanguage(button.dataset.language);
    location.reload();
  });
}

const leave = document.getElementById("leave");
if (leave) {
  session().then((one) => { leave.hidden = !(one.authenticated && one.has_password); }, () => {});
  leave.addEventListener("click", async () => {
    await ready;
    try {
      await send("POST", "logout");
      location.assign(page("/login"));
    } catch (error) {
      toast(error.status ? error.message : _("The logger does not answer."), "error");
    }
  });
}

/** Tells readers of screens. */
export const announce = (text) => say(document.getElementById("told"), text);

/** The bar that says that nothing on the page is live any more. */
export function connection(isThere) {
  const bar = document.getElementById("connection");
  document.documentElement.classList.toggle("lost", !isThere);
  bar.hidden = isThere;
}
