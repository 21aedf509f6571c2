// The scenes at one click: what can be played, what is being played, and where to look when it is over.

import { api } from "./api.js";
import { choose, fill, h, icon, unhurried } from "./dom.js";
import { lang, t } from "./i18n.js";
import { momentText, parseIso } from "./time.js";

const LANGS = ["zh", "en"];
/** How often the page asks which scenes still fit, while nothing happens. */
const CHECK_MS = 5000;

/** The words of a list in the page's language; one entry serves both. */
function pick(words) {
  return words[LANGS.indexOf(lang)] ?? words[0] ?? "";
}

export class SceneBar {
  /** `desk`: gives `store`, `act(step)`, `complain(error)`, `beginAnew(lang)`, `announce(text)`. */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.scenes = [];
    this.playing = null;
    this.after = null;
    this.element = h("section", { class: "scenes", hidden: true });
    this.timer = setInterval(() => {
      if (!document.hidden && this.playing === null) this.load();
    }, CHECK_MS);
  }

  dispose() {
    clearInterval(this.timer);
  }

  async load() {
    try {
      const { scenes, playing } = await api.scenes();
      this.scenes = scenes;
      this.playing = playing;
      this.render();
    } catch {
      // The bar on top already says that the line is down.
    }
  }

  /** An event of the stream: the scene went on, or ended. */
  take(event) {
    if (event.state === "playing") {
      this.playing = event;
      this.after = null;
      if (event.step) this.desk.act(event.step);
    } else {
      this.playing = null;
      this.after = event;
      this.desk.act(null);
      if (event.state === "done") this.desk.announce(`${pick(event.title)} · ${pick(event.look)}`);
      this.load();
    }
    this.render();
  }

  render() {
    this.element.hidden = this.scenes.length === 0;
    this.element.setAttribute("aria-label", t("scenes"));
    const key = JSON.stringify([lang, this.scenes, this.playing, this.after?.id, this.after?.state]);
    if (key === this.key) return;
    this.key = key;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.scene : null;
    this.element.dataset.state = this.playing ? "playing" : this.after ? this.after.state : "idle";
    fill(this.element, this.playing ? this.#onStage() : this.after ? this.#afterwards() : this.#offers());
    if (focused !== null) (this.element.querySelector(`[data-scene="${focused}"]`) ?? this.element.querySelector("button"))?.focus();
  }

  #offers() {
    return [
      h("span", { class: "scenes-word" }, icon("play"), t("scenes")),
      h(
        "div",
        { class: "scenes-list", role: "group", "aria-label": t("scenesLabel") },
        this.scenes.map((scene) =>
          h(
            "button",
            {
              type: "button",
              class: `scene${scene.obstacle ? " over" : ""}`,
              dataset: { scene: scene.id },
              title: `${pick(scene.about)}${scene.obstacle ? ` · ${t(`obstacle_${scene.obstacle}`)}` : ""}`,
              onclick: unhurried(() => this.#begin(scene)),
            },
            scene.obstacle ? icon("check") : null,
            h("span", {}, pick(scene.title)),
            scene.obstacle ? h("span", { class: "sr-only" }, t(`obstacle_${scene.obstacle}`)) : null,
          ),
        ),
      ),
    ];
  }

  #onStage() {
    const { title, n, of, step } = this.playing;
    return [
      h("strong", { class: "scenes-title" }, pick(title)),
      h("span", { class: "scenes-step", role: "status" }, `${n}/${of} ${step ? this.#narrate(step) : ""}`),
      h("span", { class: "progress", "aria-hidden": "true" }, h("i", { style: { "inline-size": `${Math.round((100 * n) / of)}%` } })),
      h("button", { type: "button", class: "button small", dataset: { scene: "stop" }, onclick: () => this.#stop() }, t("sceneStop")),
    ];
  }

  #afterwards() {
    const { title, state, look } = this.after;
    const words = state === "done" ? pick(look) : t(`scene_${state}`);
    return [
      h("strong", { class: "scenes-title" }, pick(title)),
      h("span", { class: "scenes-step", role: "status" }, words),
      state === "stuck" && this.store.resettable ? h("button", { type: "button", class: "button small", onclick: () => this.desk.beginAnew(this.store.language) }, t("beginAnew")) : null,
      h("button", { type: "button", class: "button small primary", dataset: { scene: "ok" }, onclick: () => this.#put() }, t("sceneSeen")),
    ];
  }

  #put() {
    this.after = null;
    this.render();
    this.element.querySelector("button")?.focus();
  }

  /** What happens in this step, in the page's words. */
  #narrate(step) {
    const name = this.store.userName(step.who) ?? "";
    const place = this.store.isGroup(step.place) ? this.store.chats.get(step.place).title : name;
    if (step.do === "clock") {
      const moment = step.to === "daytime" ? "" : momentText(parseIso(step.to).ms, this.store.clock.offset, lang);
      return moment ? t("do_clock", { moment }) : t("do_daytime");
    }
    return t(`do_${step.do}`, { name, place, text: this.#spoken(step.text) });
  }

  /** The company's words, not the page's. */
  #spoken(words) {
    return words[LANGS.indexOf(this.store.language)] ?? words[0] ?? "";
  }

  async #begin(scene) {
    if (scene.obstacle) {
      await this.#offerReset(scene);
      return;
    }
    this.desk.tour.close();
    try {
      await api.playScene(scene.id, this.store.language);
    } catch (error) {
      this.desk.complain(error);
      this.load();
    }
  }

  async #offerReset(scene) {
    const choices = this.store.resettable ? [{ label: t("beginAnew"), value: true }] : [];
    const yes = await choose({ title: t(`obstacle_${scene.obstacle}Title`, { title: pick(scene.title) }), note: t(this.store.resettable ? "beginAnewNote" : "beginAnewElsewhere"), choices, cancel: t("cancel") });
    if (yes) this.desk.beginAnew(this.store.language);
  }

  async #stop() {
    try {
      await api.stopScene();
    } catch (error) {
      this.desk.complain(error);
    }
  }
}
