// Three short steps for the first visit: what one sees, what to try, what to look at. Put away once, they come only when called.

import { fill, h, iconButton } from "./dom.js";
import { lang, t } from "./i18n.js";

const KEY = "waihu.tour";
/** What each step points at. */
const TARGETS = [".phone, .clock", '.phone[data-phone="0"] .composer, .phone[data-phone="1"] .screen', ".scenes, .backstage-button"];

function putAway() {
  try {
    return localStorage.getItem(KEY) === "away";
  } catch {
    return false;
  }
}

export class Tour {
  /** `desk`: gives `store`, `phones`, `suggest(line)`, `beginAnew(lang)`. */
  constructor(desk) {
    this.desk = desk;
    this.at = 0;
    this.element = h("aside", { class: "tour", hidden: true, tabindex: "-1" });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  /** At the first visit, once there are phones. */
  greet() {
    if (putAway() || !this.element.hidden) return;
    this.element.hidden = false;
    this.render();
  }

  /** Called again: from the first step, with the focus on it. */
  open() {
    this.at = 0;
    this.element.hidden = false;
    this.render();
    this.element.focus();
  }

  close() {
    if (this.element.hidden) return;
    const inside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    this.#point(null);
    try {
      localStorage.setItem(KEY, "away");
    } catch {
      // No storage: it comes back at the next visit.
    }
    if (inside) this.desk.tourButton.focus();
  }

  render() {
    if (this.element.hidden) return;
    const last = this.at === TARGETS.length - 1;
    this.element.setAttribute("aria-label", t("tour"));
    fill(
      this.element,
      h("p", { class: "tour-count" }, t("tourStep", { n: this.at + 1, of: TARGETS.length })),
      h("div", { class: "tour-words", role: "status" }, h("strong", {}, t(`tour${this.at + 1}Title`)), this.#words()),
      h(
        "div",
        { class: "tour-row" },
        this.at > 0 ? h("button", { type: "button", class: "button small", onclick: () => this.#go(-1) }, t("tourBack")) : null,
        h("button", { type: "button", class: "button small primary", onclick: () => (last ? this.close() : this.#go(1)) }, t(last ? "tourEnd" : "tourNext")),
        iconButton("close", t("tourSkip"), () => this.close()),
      ),
    );
    this.#point(TARGETS[this.at]);
  }

  #go(step) {
    this.at += step;
    this.render();
    this.element.querySelector(".primary").focus();
  }

  #words() {
    const [agent, supervisor] = this.desk.phones;
    const names = { agent: agent.name, supervisor: supervisor.name, n: this.desk.store.users.size };
    if (this.at === 0) return [h("p", {}, t("tour1", names)), this.#otherLanguage()];
    if (this.at === 2) return [h("p", {}, t("tour3", names))];
    const line = t(this.desk.store.language === "en" ? "tourLineEn" : "tourLine");
    return [
      h(
        "p",
        {},
        t("tour2", names),
        " ",
        h("code", {}, line),
        " ",
        h("button", { type: "button", class: "text-button", onclick: () => this.desk.suggest(line) }, t("tourFill")),
        " ",
        t("tour2Then", names),
      ),
    ];
  }

  /** Whoever reads the page in a language that the company does not speak may have it begin anew in theirs. */
  #otherLanguage() {
    if (!this.desk.store.resettable || this.desk.store.language === lang) return null;
    return h("p", {}, t("otherLanguage"), " ", h("button", { type: "button", class: "text-button", onclick: () => this.desk.beginAnew(lang) }, t("otherLanguageGo")));
  }

  #point(selector) {
    for (const node of document.querySelectorAll(".pointed")) node.classList.remove("pointed");
    if (selector) for (const node of document.querySelectorAll(selector)) node.classList.add("pointed");
  }
}
