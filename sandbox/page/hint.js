// Three lines for the first visit: what to try. Put away once, it stays away.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const KEY = "waihu.hint";

function putAway() {
  try {
    return localStorage.getItem(KEY) === "away";
  } catch {
    return false;
  }
}

/** The banner, or null when it was put away before. `names`: {agent, supervisor, saturday}; `onfill` puts the line into the box. */
export function buildHint(names, onfill) {
  if (putAway()) return null;
  const away = () => {
    banner.remove();
    try {
      localStorage.setItem(KEY, "away");
    } catch {
      // No storage: it comes back at the next visit.
    }
  };
  const fillIn = (line) => h("button", { type: "button", class: "text-button", onclick: () => onfill(line) }, t("hint1Fill"));
  const banner = h(
    "aside",
    { class: "hint", "aria-label": t("hintTitle") },
    h(
      "ol",
      {},
      h("li", {}, h("span", {}, t("hint1", names)), h("code", {}, t("hint1Line")), fillIn(t("hint1Line"))),
      h("li", {}, h("span", {}, t("hint2")), h("code", {}, t("hint2Line")), h("span", {}, t("hint2Then", names)), fillIn(t("hint2Line"))),
      h("li", {}, h("span", {}, t("hint3", names))),
    ),
    h("div", { class: "hint-end" }, h("button", { type: "button", class: "button small", onclick: away }, t("hintSkip"))),
  );
  return banner;
}
