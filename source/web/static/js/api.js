// The way to the daemon: its JSON API and its live events.

export const root = document.documentElement.dataset.root ?? "";
/** The device that stands for the whole house. */
export const TOTAL = "_total";
const LOGIN_PAGES = new Set(["login", "first-start"]);

export class ApiError extends Error {
  constructor(status, body) {
    const told = body?.error ?? {};
    super(told.message || `HTTP ${status}`);
    this.status = status; // 0: nobody answered
    this.code = told.code ?? (status ? "unknown" : "unreachable");
    this.problems = told.problems ?? [];
    this.body = body;
  }
}

/** The address of an endpoint, such as url("power", {device: "Fridge"}); for links to CSV too. */
export function url(path, params = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== null) query.append(key, value);
  }
  const asked = query.toString();
  return `${root}/api/v1/${path.replace(/^\//, "")}${asked ? `?${asked}` : ""}`;
}

/** The address of a page, such as page("/socket", {device: "Fridge"}). */
export function page(path, params = {}) {
  const asked = new URLSearchParams(params).toString();
  return `${root}${path}${asked ? `?${asked}` : ""}`;
}

export const get = (path, params, options = {}) => request("GET", url(path, params), options);

/** Changes something; the check against foreign pages is added. */
export async function send(method, path, body, params) {
  const options = { body: JSON.stringify(body ?? {}), type: "application/json" };
  try {
    return await request(method, url(path, params), { ...options, csrf: await csrf() });
  } catch (error) {
    if (error.status !== 403) throw error;
    // The session may be a new one: in another tab, or after a restart.
    const before = await csrf();
    if ((await csrf(true)) === before) throw error;
    return request(method, url(path, params), { ...options, csrf: await csrf() });
  }
}

let asked = null;

/** What is known of the reader: GET session, asked once. */
export function session(again = false) {
  if (again || asked === null) {
    asked = get("session");
    asked.catch(() => { asked = null; });
  }
  return asked;
}

const csrf = async (again = false) => (await session(again)).csrf;

async function request(method, address, { body, type, csrf: token, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (type) headers["Content-Type"] = type;
  if (token) headers["X-CSRF-Token"] = token;
  let answer;
  try {
    answer = await fetch(address, { method, headers, body, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, null);
  }
  const told = await bodyOf(answer);
  if (answer.ok) return told;
  if (answer.status === 401) toLogin();
  throw new ApiError(answer.status, told);
}

async function bodyOf(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return text ? { text } : null;
  }
}

function toLogin() {
  if (LOGIN_PAGES.has(document.documentElement.dataset.page)) return;
  const here = location.pathname.slice(root.length) + location.search;
  location.assign(page("/login", { next: here }));
}

const SILENCE_MS = 12_000; // the daemon tells something every five seconds
const GRACE_MS = 2_000;
const RETRY_MS = [500, 1_000, 2_000, 3_000];

/**
 * Listens to the daemon: events({live(data), overview(data), configuration(data), lost(), back()}).
 * `lost` is called when nothing has come for too long: what is shown is no longer live then.
 * Gives a function that ends it.
 */
export function events(handlers) {
  let source = null;
  let timer = 0;
  let watch = 0;
  let grace = 0;
  let failures = 0;
  let lost = false;

  const lose = () => {
    if (lost) return;
    lost = true;
    handlers.lost?.();
  };
  const heard = () => {
    failures = 0;
    clearTimeout(grace);
    grace = 0;
    clearTimeout(watch);
    watch = setTimeout(() => { lose(); again(); }, SILENCE_MS);
    if (lost) {
      lost = false;
      handlers.back?.();
    }
  };
  const again = () => {
    source?.close();
    grace ||= setTimeout(lose, GRACE_MS);
    clearTimeout(timer);
    timer = setTimeout(open, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  };
  const open = () => {
    source = new EventSource(url("events"));
    for (const name of ["live", "overview", "configuration"]) {
      source.addEventListener(name, (event) => {
        heard();
        handlers[name]?.(JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      again();
      // Where the session has ended, the page that asks for the password is next.
      if (failures > 1) session(true).then((one) => { if (!one.authenticated) toLogin(); }, () => {});
    };
  };
  const end = () => {
    [timer, watch, grace].forEach(clearTimeout);
    source?.close();
  };
  watch = setTimeout(lose, SILENCE_MS);
  open();
  addEventListener("pagehide", end);
  // Back from the browser's history the page is as it was left: of then, not of now.
  addEventListener("pageshow", (event) => { if (event.persisted) { lose(); failures = 0; again(); } });
  return end;
}
