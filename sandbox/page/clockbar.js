// The company's clock and the buttons that move it forward.

import { fill, h, icon, openPanel, unhurried } from "./dom.js";
import { lang, t } from "./i18n.js";
import { DAY, dayText, daysBetween, instant, jumps, momentText, timeText, toIso, wall, weekdayName } from "./time.js";

const two = (number) => String(number).padStart(2, "0");

/** `周六`, `今天`, `下周一`, `月初`: the day of a jump as one says it. */
function dayWord(id, now, ms, offset) {
  const days = daysBetween(now, ms, offset);
  if (id === "month") return t("monthStart");
  if (days === 0) return t("today");
  if (id === "evening" && days === 1) return t("tomorrow");
  const weekday = weekdayName(wall(ms, offset).weekday, lang);
  return id === "monday" ? t("nextWeekday", { day: weekday }) : weekday;
}

export class ClockBar {
  /** `desk`: gives `store`, `announce(text)`, `complain(text)`. */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.movingFrom = null;
    this.face = h("time", { class: "clock-face" });
    this.moving = h("div", { class: "clock-moving", role: "status", hidden: true });
    this.jumps = h("div", { class: "jumps", role: "group" });
    this.custom = h("button", { type: "button", class: "jump", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => this.#openCustom() });
    const go = unhurried((event) => this.#go(event.currentTarget));
    this.buttons = ["hour", "evening", "saturday", "monday", "month"].map((id) =>
      h("button", { type: "button", class: "jump", dataset: { jump: id }, onclick: go }),
    );
    this.jumps.append(h("span", { class: "jumps-label", "aria-hidden": "true" }, icon("forward")), ...this.buttons);
    this.element = h(
      "div",
      { class: "clock-bar" },
      h("div", { class: "clock" }, icon("clock"), this.face),
      this.moving,
      h("div", { class: "jumps-scroll" }, this.jumps),
      h("div", { class: "anchor anchor-end" }, this.custom),
    );
    this.timer = setInterval(() => this.render(), 1000);
  }

  dispose() {
    clearInterval(this.timer);
  }

  render() {
    if (!this.store.ready) return;
    const { offset, moving, target } = this.store.clock;
    const now = this.store.now();
    const at = wall(now, offset);
    fill(
      this.face,
      h("span", { class: "clock-day" }, dayText(at, lang)),
      h("strong", {}, timeText(at)),
      h("span", { class: "clock-seconds" }, `:${two(at.second)}`),
    );
    this.face.dateTime = toIso(now, offset);
    this.face.title = `${t("clock")} ${toIso(now, offset)}`;
    this.#renderMoving(now, moving, target, offset);
    this.#renderButtons(now, moving, offset);
  }

  #renderMoving(now, moving, target, offset) {
    this.element.classList.toggle("is-moving", moving);
    if (moving) {
      this.movingFrom ??= now;
      const words = t("moving", { target: momentText(target, offset, lang) });
      if (this.moving.dataset.words !== words) {
        this.moving.dataset.words = words;
        fill(this.moving, icon("forward"), h("span", {}, words), h("span", { class: "progress", "aria-hidden": "true" }, h("i", {})));
      }
      const done = target > this.movingFrom ? (now - this.movingFrom) / (target - this.movingFrom) : 1;
      this.moving.querySelector("i").style.inlineSize = `${Math.round(Math.max(0.02, Math.min(done, 1)) * 100)}%`;
    } else if (this.movingFrom !== null) {
      this.movingFrom = null;
      this.desk.announce(t("arrived", { now: momentText(now, offset, lang) }));
      delete this.moving.dataset.words;
    }
    this.moving.hidden = !moving;
  }

  #renderButtons(now, moving, offset) {
    const targets = new Map(jumps(now, offset).map((jump) => [jump.id, jump.ms]));
    this.jumps.setAttribute("aria-label", t("jumpTo"));
    for (const button of this.buttons) {
      const id = button.dataset.jump;
      button.setAttribute("aria-disabled", String(moving));
      const ms = targets.get(id);
      const at = ms === undefined ? null : wall(ms, offset);
      const words = at ? `${dayWord(id, now, ms, offset)} ${timeText(at)}` : t("hour");
      const date = at && daysBetween(now, ms, offset) > 0 ? `${two(at.month)}-${two(at.day)}` : "";
      button.dataset.ms = ms ?? "";
      const key = `${words}|${date}|${lang}`;
      if (button.dataset.key === key) continue;
      button.dataset.key = key;
      button.title = at ? `${id === "month" ? `${t("monthStartFull")} · ` : ""}${t("jumpTo")} ${momentText(ms, offset, lang)}` : t("jumpTo");
      fill(button, h("span", {}, words), date ? h("small", {}, date) : null);
    }
    this.custom.setAttribute("aria-disabled", String(moving));
    if (this.custom.dataset.key !== lang) {
      this.custom.dataset.key = lang;
      this.custom.title = t("customTitle");
      fill(this.custom, h("span", {}, t("custom")), icon("chevron"));
    }
  }

  #go(button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    const { ms } = button.dataset;
    this.#move(ms ? { to: toIso(Number(ms), this.store.clock.offset) } : { add_seconds: 3600 });
  }

  async #move(body) {
    // One press is one move: the buttons wait until the server has said where the clock stands.
    for (const button of [...this.buttons, this.custom]) button.setAttribute("aria-disabled", "true");
    try {
      await this.store.moveClock(body);
    } catch (error) {
      this.desk.complain(error);
    }
    this.render();
  }

  #openCustom() {
    if (this.custom.getAttribute("aria-disabled") === "true" || this.custom.getAttribute("aria-expanded") === "true") return;
    const { offset } = this.store.clock;
    const local = (ms) => toIso(ms, offset).slice(0, 16);
    const now = this.store.now();
    const input = h("input", { type: "datetime-local", "aria-label": t("customLabel"), value: local(now + DAY), min: local(now), required: true });
    const note = h("p", { class: "panel-note", role: "status" }, t("customLabel"));
    const form = h(
      "form",
      {
        class: "panel custom-time",
        role: "dialog",
        "aria-label": t("customTitle"),
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          const parts = /^(\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(input.value);
          const ms = parts ? instant(...parts.slice(1).map(Number), offset) : NaN;
          if (!(ms > this.store.now())) {
            note.textContent = t("past");
            note.classList.add("bad");
            return;
          }
          close();
          this.#move({ to: toIso(ms, offset) });
        },
      },
      input,
      note,
      h("button", { type: "submit", class: "button primary" }, t("customGo")),
    );
    const close = openPanel(this.custom, form);
    input.focus();
  }
}
