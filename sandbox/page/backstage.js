// Behind the scenes, beside the phones: what happens inside the bot, trouble to make, and what the network noted.

import { api } from "./api.js";
import { ask, briefly, fill, h, icon, iconButton } from "./dom.js";
import { lang, t } from "./i18n.js";
import { Inside } from "./inside.js";
import { momentText, parseIso } from "./time.js";

const REFRESH_MS = 2000;
const LISTED = 30;
const REDELIVERED = 5;
const TABS = ["inside", "trouble", "notes"];

/** The faults on offer: [word of the page, body of POST /api/faults]. */
const FAULTS = [
  ["faultSlow", { method: "*", kind: "delay", count: 10, delay: 2 }],
  ["faultLimit", { method: "sendMessage", kind: "429", count: 1, retry_after: 5 }],
  ["faultLost", { method: "sendMessage", kind: "drop_answer", count: 1 }],
  ["faultServer", { method: "sendMessage", kind: "500", count: 1 }],
];

/** The same for the toy WeCom, where there is one: bodies of POST /api/wecom/faults. */
const WECOM_FAULTS = [
  ["faultUnacknowledged", { where: "aibot_send_msg", kind: "drop_answer", count: 1 }],
  ["faultUnheard", { where: "aibot_msg_callback", kind: "drop_request", count: 1 }],
  ["faultThrottled", { where: "aibot_send_msg", kind: "errcode", code: 846607, count: 1 }],
];

const sameWeCom = (fault, body) => fault.where === body.where && fault.kind === body.kind;
const same = (fault, body) => fault.method === body.method && fault.kind === body.kind;

/** A switch for a fault: on while it is in force, with how often it still strikes. */
function knob(word, left, onclick) {
  return h(
    "button",
    { type: "button", class: "fault", role: "switch", "aria-checked": String(left > 0), dataset: { fault: word }, onclick },
    h("span", { class: "fault-name" }, h("strong", {}, t(word)), h("i", { class: "knob", "aria-hidden": "true" })),
    h("span", {}, t(`${word}What`)),
    left > 0 ? h("span", { class: "fault-left" }, t("left", { n: left })) : null,
  );
}

export class Backstage {
  /** `desk`: gives `store`, `complain(error)`, `say(text)`, `openStranger(userId)`, `beginAnew(lang)`, `shifted()`. */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.tab = TABS[0];
    this.count = h("span", { class: "badge", hidden: true });
    this.words = h("span", {});
    this.button = h("button", { type: "button", class: "button small backstage-button", "aria-expanded": "false", "aria-controls": "backstage", onclick: () => this.toggle() }, icon("curtain"), this.words, this.count);
    this.inside = new Inside(desk);
    this.faults = h("div", { class: "fault-buttons" });
    this.active = h("div", {});
    this.wecomFaults = h("div", { class: "fault-buttons" });
    this.violations = h("div", {});
    this.updates = h("div", {});
    this.panel = h("div", { class: "drawer-body", role: "tabpanel", id: "backstage-panel", tabindex: "0" });
    this.drawer = h("aside", { class: "drawer", id: "backstage", hidden: true, tabindex: "-1" });
    this.drawer.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggle();
    });
    this.timer = null;
  }

  dispose() {
    clearInterval(this.timer);
    this.inside.close();
    this.drawer.remove();
  }

  toggle() {
    const opening = this.drawer.hidden;
    this.drawer.hidden = !opening;
    document.body.classList.toggle("backstage-open", opening);
    this.button.setAttribute("aria-expanded", String(opening));
    clearInterval(this.timer);
    this.inside.close();
    if (opening) {
      this.#build();
      this.drawer.focus();
    } else this.button.focus();
    this.desk.shifted();
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
    this.tabs = TABS.map((name) =>
      h("button", { type: "button", role: "tab", id: `tab-${name}`, class: "tab", "aria-controls": "backstage-panel", onclick: () => this.#choose(name) }, t(`tab_${name}`)),
    );
    const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("backstage") }, this.tabs);
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#choose(TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length]);
      this.tabs[TABS.indexOf(this.tab)].focus();
    });
    fill(this.drawer, h("header", {}, list, iconButton("close", t("close"), () => this.toggle())), this.panel);
    this.#choose(this.tab);
  }

  #choose(name) {
    this.tab = name;
    for (const [index, tab] of this.tabs.entries()) {
      const chosen = TABS[index] === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${name}`);
    clearInterval(this.timer);
    this.inside.close();
    if (name === "inside") {
      fill(this.panel, h("p", { class: "panel-lead" }, t("insideLead")), this.inside.element);
      this.inside.open();
      return;
    }
    fill(this.panel, name === "trouble" ? this.#trouble() : this.#notes());
    this.#load();
    this.timer = setInterval(() => this.#load(), REFRESH_MS);
  }

  #trouble() {
    return [
      h("p", { class: "panel-lead" }, t("troubleLead")),
      this.faults,
      this.active,
      this.#hasWeCom
        ? [
            h("h3", {}, t("wecom")),
            this.wecomFaults,
            h("p", {}, t("kickNote")),
            h("div", { class: "gate-row start" }, [false, true].map((told) => h("button", { type: "button", class: "button", onclick: (event) => this.#kick(told, event.currentTarget) }, t(told ? "kickTold" : "kickCut")))),
          ]
        : null,
      h("h3", {}, t("stranger")),
      h("p", {}, t("strangerNote")),
      h("button", { type: "button", class: "button", onclick: () => this.#stranger() }, t("strangerGo")),
      h("h3", {}, t("redeliverTitle")),
      h("p", {}, t("redeliverNote")),
      h("button", { type: "button", class: "button", onclick: (event) => this.#redeliver(event.currentTarget) }, t("redeliver", { n: REDELIVERED })),
      this.store.resettable
        ? [
            h("h3", {}, t("beginAnew")),
            h("p", {}, t("beginAnewNote")),
            h(
              "div",
              { class: "gate-row start" },
              h("button", { type: "button", class: "button", lang: "zh-Hans", onclick: () => this.desk.beginAnew("zh") }, t("beginAnewZh")),
              h("button", { type: "button", class: "button", lang: "en", onclick: () => this.desk.beginAnew("en") }, t("beginAnewEn")),
            ),
          ]
        : null,
    ];
  }

  #notes() {
    return [
      h("h3", {}, t("violations")),
      h("p", {}, t("violationsNote")),
      this.violations,
      h("h3", {}, t("updates")),
      h("p", {}, t("updatesNote")),
      this.updates,
      h("p", { class: "keys" }, t("keys")),
    ];
  }

  async #do(action) {
    try {
      await action();
    } catch (error) {
      this.desk.complain(error);
    }
    await this.#load();
  }

  get #hasWeCom() {
    return (this.store.wecom?.members.length ?? 0) > 0;
  }

  async #kick(told, button) {
    briefly(button);
    await this.#do(() => api.wecom.kick(told));
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
      if (this.#hasWeCom) this.#renderWeComFaults(await api.wecom.faults());
      this.#renderViolations(violations.violations ?? violations);
      this.#renderUpdates(updates.updates ?? updates);
    } catch {
      // The bar on top already says that the line is down.
    }
  }

  /** A switch each: on while the fault is in force, with how often it still strikes. */
  #renderFaults(faults) {
    const key = JSON.stringify([lang, faults]);
    if (this.faultKey === key && this.faults.isConnected && this.faults.childElementCount > 0) return;
    this.faultKey = key;
    const focused = this.faults.contains(document.activeElement) ? document.activeElement.dataset.fault : null;
    fill(
      this.faults,
      FAULTS.map(([word, body]) => {
        const left = faults.filter((fault) => same(fault, body)).reduce((sum, fault) => sum + fault.count, 0);
        return knob(word, left, () => this.#switch(body, faults, left > 0));
      }),
    );
    if (focused) this.faults.querySelector(`[data-fault=${focused}]`)?.focus();
    fill(this.active, h("p", { class: faults.length === 0 ? "calm" : "" }, t(faults.length === 0 ? "faultsNone" : "faultsActive")));
  }

  #renderWeComFaults(faults) {
    const focused = this.wecomFaults.contains(document.activeElement) ? document.activeElement.dataset.fault : null;
    const key = JSON.stringify([lang, faults]);
    if (this.wecomKey === key && this.wecomFaults.isConnected && this.wecomFaults.childElementCount > 0) return;
    this.wecomKey = key;
    fill(
      this.wecomFaults,
      WECOM_FAULTS.map(([word, body]) => {
        const left = faults.filter((fault) => sameWeCom(fault, body)).reduce((sum, fault) => sum + fault.count, 0);
        return knob(word, left, () => this.#switchWeCom(body, faults, left > 0));
      }),
    );
    if (focused) this.wecomFaults.querySelector(`[data-fault=${focused}]`)?.focus();
  }

  #switchWeCom(body, faults, on) {
    return this.#do(async () => {
      if (!on) {
        await api.wecom.addFault(body);
        return;
      }
      await api.wecom.clearFaults();
      for (const fault of faults) if (!sameWeCom(fault, body)) await api.wecom.addFault(fault);
    });
  }

  /** Orders the fault, or takes it back and leaves the others in force. */
  #switch(body, faults, on) {
    return this.#do(async () => {
      if (!on) {
        await api.addFault(body);
        return;
      }
      await api.clearFaults();
      for (const fault of faults) if (!same(fault, body)) await api.addFault(fault);
    });
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
    if (updates.length === 0) {
      fill(this.updates, h("p", { class: "calm" }, t("updatesNone")));
      return;
    }
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
