// From an empty folder to the first live value: the house, then the first socket.

import { get, page, send, session } from "./api.js";
import { h, replace, say } from "./dom.js";
import { number, power } from "./format.js";
import { _, language, ready } from "./i18n.js";

const find = (id) => document.getElementById(id);
const house = find("house");
const socket = find("socket");
const FALLBACK_TYPE = "shelly:plug-s";
let revision = null;
let known = null;

await ready;
await begin();

async function begin() {
  zones();
  find("token").value = new URLSearchParams(location.hash.slice(1) || location.search).get("token") ?? "";
  // The token is of no more use in the history of the browser.
  if (find("token").value) history.replaceState(null, "", location.pathname);
  try {
    known = await session();
  } catch (error) {
    return refuse("house", error);
  }
  if (!known.first_start) return location.replace(page(known.authenticated ? "/" : "/login"));
  find("token-field").hidden = !known.needs_token;
  find("price").value ||= number(0.3, 2);
  find("currency").value ||= known.currency || "€";
  say(find("password-hint"), known.needs_password
    ? _("It is asked for from now on.")
    : _("May stay empty: the page can only be opened on this machine."));
  find("password").required = known.needs_password;
  house.querySelector("button").disabled = false; // before, the browser would send it by itself
  return undefined;
}

function zones() {
  const proposed = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const all = new Set([proposed, "UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? [])]);
  replace(find("timezone"), [...all].sort().map((zone) =>
    h("option", { value: zone, selected: zone === proposed }, zone.replaceAll("_", " "))));
}

/** The number in it, with a point or a comma; NaN where there is none. */
function decimal(text) {
  const plain = text.trim().replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

house.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear("house");
  const { token, timezone, price, currency, password, repeated } = house.elements;
  const price_kwh = decimal(price.value);
  if (known?.needs_token && !token.value.trim()) return point(token, _("Enter the token."));
  if (!(price_kwh >= 0)) return point(price, _("Enter a price such as {example}.", { example: number(0.3, 2) }));
  if (!currency.value.trim()) return point(currency, _("Enter the sign of a currency."));
  if (known?.needs_password && !password.value) return point(password, _("Enter a password."));
  if (password.value !== repeated.value) return point(repeated, _("The passwords differ."));
  await busy(house, async () => {
    await send("POST", "first-start", {
      token: token.value.trim(), language, timezone: timezone.value, price_kwh,
      currency: currency.value.trim(), password: password.value,
    });
    await session(true);
    await toSocket();
  });
  return undefined;
});

async function toSocket() {
  const told = await get("sockets");
  revision = told.revision;
  if (told.sockets.length) return location.replace(page("/"));
  replace(find("type"), told.types.map(({ name }) =>
    h("option", { value: name, selected: name === FALLBACK_TYPE }, name)));
  house.hidden = true;
  socket.hidden = false;
  find("step-house").className = "done";
  find("step-house").removeAttribute("aria-current");
  find("step-socket").setAttribute("aria-current", "step");
  find("address").focus();
  return undefined;
}

const entry = () => ({ type: find("type").value, ip: find("address").value.trim() });

find("test").addEventListener("click", test);
find("address").addEventListener("change", () => { if (find("address").value.trim()) test(); });

let testing = 0;

async function test() {
  clear("socket");
  if (!find("address").value.trim()) return point(find("address"), _("Enter an address."));
  const turn = (testing += 1);
  replace(find("found"), h("p", { class: "muted" }, _("Asking the socket …")));
  let told;
  try {
    told = await send("POST", "socket/test", { entry: entry() });
  } catch (error) {
    told = { ok: false, reason: words(error) };
  }
  if (turn !== testing) return undefined; // another one was begun meanwhile
  if (told.type) find("type").value = told.type;
  replace(find("found"), told.ok ? good(told) : bad(told));
  if (told.ok && !find("name").value) find("name").focus();
  return undefined;
}

const good = ({ power_w, model, type, mac }) => h("div", { class: "notice ok found" },
  h("span", { class: "watts" }, power(power_w)),
  h("span", {}, [model ?? type, mac].filter(Boolean).join(" · ")));

const bad = ({ reason, hint }) => h("div", { class: "notice error found" },
  h("strong", {}, reason ?? _("The socket did not answer.")),
  hint ? h("span", {}, hint) : null);

socket.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear("socket");
  const name = find("name").value.trim();
  if (!find("address").value.trim()) return point(find("address"), _("Enter an address."));
  if (!name) return point(find("name"), _("Enter a name."));
  await busy(socket, async () => {
    await send("POST", "socket", { name, entry: entry(), revision });
    location.assign(page("/"));
  });
  return undefined;
});

async function busy(form, work) {
  const button = form.querySelector("button.primary");
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    refuse(form.id, error);
  } finally {
    button.disabled = false;
  }
}

function words(error) {
  if (!error.status) return _("The logger does not answer.");
  const all = error.problems.map(({ key, allowed }) => [key, allowed].filter(Boolean).join(": "));
  return all.length ? all.join("\n") : error.message;
}

function refuse(form, error) {
  say(find(`${form}-refused`), words(error));
  find(`${form}-refused`).hidden = false;
}

function clear(form) {
  find(`${form}-refused`).hidden = true;
  find(form).querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  find(form).querySelectorAll(".error-text").forEach((one) => one.remove());
}

function point(field, text) {
  const told = h("p", { class: "error-text", id: `${field.id}-wrong` }, text);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", told.id);
  field.closest(".field").append(told);
  field.focus();
}
