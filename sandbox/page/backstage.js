// The drawer behind the scenes: faults to provoke, what the bot must not have done, what it has not fetched yet.

import { api } from "./api.js";
import { ask, briefly, fill, h, icon, iconButton } from "./dom.js";
import { lang, t } from "./i18n.js";
import { momentText, parseIso } from "./time.js";

const REFRESH_MS = 2000;
const LISTED = 30;
const REDELIVERED = 5;

/** The faults on offer: [word of the page, body of POST /api/faults]. */
const FAULTS = [
  ["faultSlow", { method: "*", kind: "delay", count: 10, delay: 2 }],
  ["faultLimit", { method: "sendMessage", kind: "429", count: 1, retry_after: 5 }],
  ["faultLost", { method: "sendMessage", kind: "drop_answer", count: 1 }],
  ["faultServer", { method: "*", kind: "500", count: 3 }],
];

export class Backstage {
  /** `desk`: gives `store`, `complain(error)`, `say(text)`, `openStranger(userId)`. */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.count = h("span", { class: "badge", hidden: true });
    this.words = h("span", {});
    this.button = h("button", { type: "button", class: "button small", "aria-expanded": "false", "aria-controls": "backstage", onclick: () => this.toggle() }, icon("curtain"), this.words, this.count);
    this.faults = h("div", {});
    this.violations = h("div", {});
    this.updates = h("div", {});
    this.drawer = h("aside", { class: "drawer", id: "backstage", hidden: true, tabindex: "-1" });
    this.drawer.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggle();
    });
    this.timer = null;
  }

  dispose() {
    clearInterval(this.timer);
    this.drawer.remove();
  }

  toggle() {
    const opening = this.drawer.hidden;
    this.drawer.hidden = !opening;
    this.button.setAttribute("aria-expanded", String(opening));
    clearInterval(this.timer);
    if (opening) {
      this.#build();
      this.#load();
      this.timer = setInterval(() => this.#load(), REFRESH_MS);
      this.drawer.focus();
    } else this.button.focus();
  }

  render() {
    this.words.textContent = t("backstage");
    this.button.title = t("backstageTitle");
    this.count.hidden = this.store.violations === 0;
    this.count.textContent = String(this.store.violations);
    this.count.title = t("violations");
  }

  #build() {
    this.drawer.setAttribute("aria-label", t("backstage"));
    fill(
      this.drawer,
      h("header", {}, h("h2", {}, t("backstageTitle")), iconButton("close", t("close"), () => this.toggle())),
      h(
        "section",
        {},
        h("h3", {}, t("faults")),
        h(
          "div",
          { class: "fault-buttons" },
          FAULTS.map(([word, body]) =>
            h(
              "button",
              {
                type: "button",
                class: "button",
                onclick: (event) => {
                  briefly(event.currentTarget);
                  this.#do(() => api.addFault(body));
                },
              },
              t(word),
            ),
          ),
        ),
        this.faults,
      ),
      h("section", {}, h("h3", {}, t("violations")), h("p", {}, t("violationsNote")), this.violations),
      h(
        "section",
        {},
        h("h3", {}, t("updates")),
        h("p", {}, t("updatesNote")),
        this.updates,
        h("button", { type: "button", class: "button", onclick: (event) => this.#redeliver(event.currentTarget) }, t("redeliver", { n: REDELIVERED })),
      ),
      h("section", {}, h("h3", {}, t("stranger")), h("button", { type: "button", class: "button", onclick: () => this.#stranger() }, t("stranger"))),
      h("p", { class: "keys" }, t("keys")),
    );
  }

  async #do(action) {
    try {
      await action();
    } catch (error) {
      this.desk.complain(error);
    }
    await this.#load();
  }

  async #redeliver(button) {
    briefly(button);
    await this.#do(async () => {
      await api.redeliver(REDELIVERED);
      this.desk.say(t("redelivered"));
    });
  }

  async #stranger() {
    const name = await ask({ title: t("strangerTitle"), label: t("strangerName"), value: t("strangerDefault"), ok: t("ok"), cancel: t("cancel") });
    if (!name) return;
    await this.#do(async () => {
      const { id } = await api.addUser({ first_name: name });
      await this.store.refresh();
      this.desk.openStranger(id);
    });
  }

  async #load() {
    try {
      const [faults, violations, updates] = await Promise.all([api.faults(), api.violations(), api.updates()]);
      this.#renderFaults(faults.faults ?? faults);
      this.#renderViolations(violations.violations ?? violations);
      this.#renderUpdates(updates.updates ?? updates);
    } catch {
      // The bar on top already says that the line is down.
    }
  }

  #renderFaults(faults) {
    if (faults.length === 0) {
      fill(this.faults, h("p", { class: "calm" }, t("faultsNone")));
      return;
    }
    fill(
      this.faults,
      h("h4", {}, t("faultsActive")),
      h("ul", { class: "facts" }, faults.map((fault) => h("li", {}, h("code", {}, `${fault.method} ${fault.kind}`), ` ${t("left", { n: fault.count })}`))),
      h("button", { type: "button", class: "button", onclick: () => this.#do(() => api.clearFaults()) }, t("faultsClear")),
    );
  }

  #renderViolations(violations) {
    if (violations.length === 0) {
      fill(this.violations, h("p", { class: "calm" }, t("violationsNone")));
      return;
    }
    const { offset } = this.store.clock;
    const when = (at) => (typeof at === "string" ? momentText(parseIso(at).ms, offset, lang) : "");
    fill(
      this.violations,
      h("p", { class: "count" }, String(violations.length)),
      h(
        "ul",
        { class: "facts" },
        violations
          .slice(-LISTED)
          .reverse()
          .map((violation) => h("li", {}, h("code", {}, violation.method), ` ${violation.what} `, h("small", {}, when(violation.at)))),
      ),
    );
  }

  #renderUpdates(updates) {
    fill(
      this.updates,
      h("p", { class: "count" }, String(updates.length)),
      h(
        "ul",
        { class: "facts" },
        updates.slice(0, LISTED).map((update) => {
          const kind = Object.keys(update).find((key) => key !== "update_id") ?? "?";
          const body = update[kind] ?? {};
          return h("li", {}, h("code", {}, `${update.update_id} ${kind}`), ` ${body.text ?? body.data ?? ""}`);
        }),
      ),
    );
  }
}
