// What stands under a chart: the same as a table, and as a file.

import { h, replace, table } from "../dom.js";
import { url } from "../api.js";
import { language } from "../i18n.js";
import { _ } from "../i18n.js";

/** The address of a table as a file; with decimal commas where the reader is used to them. */
export const csv = (path, params) =>
  url(path, { ...params, format: "csv", ...(language === "de" ? { locale: "de" } : {}) });

/** A link to such a file. */
export const csvLink = (address, label = "CSV") =>
  h("a", { href: address, download: "", class: "csv" }, label);

/** foot(node) gives show({columns, rows(), caption, links}); the table is made when it is opened. */
export function foot(node) {
  let content = null;
  const place = h("div", { class: "chart-table" });
  const fill = () => {
    if (content && details.open) replace(place, table(content.columns, content.rows(), { caption: content.caption }));
  };
  const details = h("details", { ontoggle: fill }, h("summary", {}, _("Show as a table")), place);
  const links = h("span", { class: "row" });
  replace(node, details, links);
  return (given) => {
    content = given;
    replace(links, given.links);
    fill();
  };
}
