// Saving where another may have saved before, and leaving with changes that are not saved.

import { ApiError } from "./api.js";
import { dialog, h, toast } from "./dom.js";
import { _ } from "./i18n.js";

/** A difference, as unified diff text, coloured line by line. */
export function difference(text) {
  const lines = String(text ?? "").split("\n").filter((line) => !/^(---|\+\+\+) /.test(line));
  const kind = (line) => ({ "+": "added", "-": "removed", "@": "place" })[line[0]] ?? null;
  if (!lines.some((line) => kind(line))) return h("p", { class: "muted" }, _("No difference."));
  return h("pre", { class: "difference", tabindex: "0" },
    lines.map((line) => h("span", { class: kind(line) }, `${line}\n`)));
}

/**
 * Saves by `write(revision)`. Gives {saved}, {theirs, revision} where the other's version was
 * taken, or null where the reader went back to the form. Raises ApiError for all the rest.
 */
export async function save(write, revision) {
  try {
    return { saved: await write(revision) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const told = { ...error.body, ...error.body?.error };
    const chosen = await ask(told);
    if (chosen === "mine") return save(write, told.revision);
    return chosen === "theirs" ? { theirs: told.current, revision: told.revision } : null;
  }
}

const ask = (told) => dialog({
  title: _("Somebody else has saved meanwhile"),
  wide: true,
  body: [
    h("p", {}, _("What is in force now (−) differs from what you want to save (+):")),
    difference(told.difference),
  ],
  actions: [
    { label: _("Back to the form"), value: null },
    { label: _("Take theirs"), value: "theirs" },
    { label: _("Overwrite with mine"), value: "mine", kind: "danger" },
  ],
});

/** Warns before the page is left while `isChanged()`. Gives a question for ways within the page. */
export function guard(isChanged) {
  addEventListener("beforeunload", (event) => {
    if (isChanged()) event.preventDefault();
  });
  return async () => !isChanged() || (await dialog({
    title: _("Discard the changes?"),
    body: h("p", {}, _("They are not saved.")),
    actions: [
      { label: _("Go on editing"), value: false },
      { label: _("Discard"), value: true, kind: "danger" },
    ],
  })) === true;
}

/** Tells that something went wrong, in words. */
export function failed(error) {
  if (!(error instanceof ApiError)) throw error;
  toast(error.status ? error.message : _("The logger does not answer."), "error");
}

/** Tells that it is saved, and what to think of. */
export function told(answer) {
  toast(_("Saved."), "ok");
  for (const warning of answer?.warnings ?? []) toast(warning.text ?? warning, "warning");
}
