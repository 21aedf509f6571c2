// The light that says whether the bot's process runs, and the switch that kills and starts it.

import { api } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { t } from "./i18n.js";

export class BotSwitch {
  /** `desk`: gives `store`, `complain(error)`. */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.light = h("span", { class: "light", role: "status" });
    this.restarts = h("span", { class: "restarts" });
    this.kill = h("button", { type: "button", class: "button small danger", onclick: () => this.#do("kill", this.kill) });
    this.start = h("button", { type: "button", class: "button small", onclick: () => this.#do("start", this.start) });
    this.element = h("div", { class: "bot-switch", role: "group" }, this.light, this.restarts, this.kill, this.start);
  }

  render() {
    const { running, supervised, restarts, pid, first_name: name } = this.store.bot;
    this.element.setAttribute("aria-label", t("bot"));
    this.element.title = supervised ? `${name}${pid ? ` · pid ${pid}` : ""}` : t("unsupervised");
    const words = t(!supervised ? "elsewhere" : running ? "running" : "stopped");
    if (this.light.textContent !== words) fill(this.light, h("i", { "aria-hidden": "true" }), words);
    this.light.className = `light ${!supervised ? "elsewhere" : running ? "on" : "off"}`;
    this.kill.hidden = this.start.hidden = !supervised;
    this.restarts.textContent = restarts > 0 ? t("restarts", { n: restarts }) : "";
    this.#button(this.kill, "stop", "kill", supervised && running);
    this.#button(this.start, "power", "start", supervised && !running);
  }

  #button(button, picture, key, possible) {
    button.title = t(this.store.bot.supervised ? `${key}Title` : "unsupervised");
    button.setAttribute("aria-disabled", String(!possible));
    if (button.dataset.words === t(key)) return;
    button.dataset.words = t(key);
    fill(button, icon(picture), h("span", {}, t(key)));
  }

  async #do(action, button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await api.bot(action);
    } catch (error) {
      this.desk.complain(error);
    }
    // The process needs a moment to go or to come; the stream tells when it is sure.
    await this.store.refresh().catch(() => {});
  }
}
