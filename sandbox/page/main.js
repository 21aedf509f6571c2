// The desk: three phones, the bar above them, and what connects them.

import { api } from "./api.js";
import { Backstage } from "./backstage.js";
import { BotSwitch } from "./botswitch.js";
import { ClockBar } from "./clockbar.js";
import { atNextFrame, avatar, badge, fill, h } from "./dom.js";
import { lang, setLang, t, why } from "./i18n.js";
import { Phone } from "./phone.js";
import { SceneBar } from "./scenebar.js";
import { defaultSelection, readSelection, writeSelection } from "./selection.js";
import { Store } from "./store.js";
import { Tour } from "./tour.js";

const PHONES = 3;
/** Who answers to others is opened on the second phone, everybody else on the first. */
const HEADS = new Set(["supervisor", "manager", "director", "assistant"]);
const ANNOUNCED_MOST = 20;
const BANNER_MS = 4000;

class Desk {
  constructor(store) {
    this.store = store;
    this.front = 0;
    this.phones = [];
    this.announcer = document.getElementById("announcer");
    this.announced = new Set();
    this.wasConnected = false;
    this.#build();
    this.#listen();
  }

  // ---- building ---------------------------------------------------------------------------------------------------------------

  /** Builds everything, in the language of the moment. What was typed lies in the store and comes back. */
  #build() {
    setLang(lang);
    document.title = t("title");
    this.clockBar = new ClockBar(this);
    this.botSwitch = new BotSwitch(this);
    this.backstage = new Backstage(this);
    this.tour = new Tour(this);
    this.sceneBar = new SceneBar(this);
    this.newsStrip = h("div", { class: "news" });
    this.language = h(
      "button",
      { type: "button", class: "button small", lang: lang === "zh" ? "en" : "zh-Hans", "aria-label": t("languageLabel"), title: t("languageLabel"), onclick: () => this.#switchLanguage() },
      t("language"),
    );
    this.tourButton = h("button", { type: "button", class: "button small", title: t("tourTitle"), onclick: () => this.tour.open() }, t("tour"));
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.tabs = h("nav", { class: "phone-tabs", "aria-label": t("phones") });
    this.stage = h("main", { class: "stage", "aria-label": t("phones"), id: "phones", tabindex: "-1" });
    const brand = h("div", { class: "brand" }, h("span", { class: "brand-mark", "aria-hidden": "true" }), h("strong", {}, "外呼管家"), h("span", { class: "brand-word" }, t("brand")));
    const skip = h(
      "button",
      { type: "button", class: "skip", onclick: () => this.phones[this.front]?.focus() },
      t("skip"),
    );
    fill(
      document.getElementById("desk"),
      skip,
      h(
        "header",
        { class: "top" },
        h("div", { class: "top-row" }, brand, this.newsStrip, this.botSwitch.element, h("div", { class: "top-end" }, this.tourButton, this.backstage.button, this.language)),
        this.clockBar.element,
      ),
      this.banner,
      this.sceneBar.element,
      this.tour.element,
      this.tabs,
      h("div", { class: "floor" }, this.stage, this.backstage.drawer),
    );
    if (!this.store.ready) this.#showBanner(t("connecting"), null);
  }

  #switchLanguage() {
    const selection = this.phones.map((phone) => this.#place(phone));
    for (const phone of this.phones) phone.dispose();
    this.clockBar.dispose();
    this.backstage.dispose();
    this.sceneBar.dispose();
    document.body.classList.remove("backstage-open");
    this.phones = [];
    setLang(lang === "zh" ? "en" : "zh");
    this.#build();
    if (this.store.ready) this.#setUp(selection);
    this.#line();
    this.language.focus();
  }

  #setUp(selection) {
    const defaults = defaultSelection(this.store);
    const wanted = Array.from({ length: PHONES }, (_, index) => {
      const asked = selection[index];
      return asked && this.store.users.has(asked.user) ? asked : defaults[index];
    });
    if (wanted.includes(undefined)) {
      // A company without people yet: the next state brings them.
      return;
    }
    this.phones = wanted.map((_, index) => new Phone(this, index));
    fill(this.stage, this.phones.map((phone) => phone.element));
    this.phones.forEach((phone, index) => phone.show(wanted[index].user, wanted[index].chat));
    this.banner.hidden = true;
    this.#bringToFront(this.front);
    this.#renderAll();
    this.sceneBar.load();
    this.tour.greet();
  }

  // ---- listening --------------------------------------------------------------------------------------------------------------

  #listen() {
    const { store } = this;
    store.addEventListener("state", () => {
      if (this.phones.length === 0) {
        const selection = readSelection(location.hash);
        this.front = selection.front >= 0 && selection.front < PHONES ? selection.front : 0;
        this.#setUp(selection.phones);
        return;
      }
      for (const phone of this.phones) if (!store.users.has(phone.user)) phone.show(defaultSelection(store)[phone.index].user, null);
      this.#renderAll();
    });
    store.addEventListener("log", ({ detail }) => {
      for (const phone of this.phones) {
        if (phone.chat !== detail.chat) continue;
        phone.renderLog();
        if (detail.message) phone.came(detail.message);
      }
    });
    store.addEventListener(
      "unread",
      atNextFrame(() => this.#renderNews()),
    );
    store.addEventListener("clock", () => this.clockBar.render());
    store.addEventListener("backstage", () => this.backstage.render());
    store.addEventListener("toast", ({ detail }) => {
      for (const phone of this.phones) if (phone.user === detail.user_id && (detail.chat_id === undefined || detail.chat_id === phone.chat)) phone.answered(detail);
    });
    store.addEventListener("typing", ({ detail }) => {
      for (const phone of this.phones) if (phone.chat === detail.chat_id) phone.showTyping();
    });
    store.addEventListener("line", () => this.#line());
    store.addEventListener("scene", ({ detail }) => this.sceneBar.take(detail));
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => {
      for (const phone of this.phones) phone.checkRead();
    });
    addEventListener("resize", () => {
      for (const phone of this.phones) phone.brought();
    });
    addEventListener("hashchange", () => {
      const { phones, front } = readSelection(location.hash);
      if (location.hash === this.#hash() || this.phones.length === 0) return;
      this.phones.forEach((phone, index) => {
        const place = phones[index];
        if (place && store.users.has(place.user)) phone.show(place.user, place.chat);
      });
      if (front >= 0 && front < PHONES) this.#bringToFront(front);
    });
  }

  #key(event) {
    const digit = /^Digit([1-3])$/.exec(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || !digit) return;
    const phone = this.phones[Number(digit[1]) - 1];
    if (!phone) return;
    event.preventDefault();
    this.#bringToFront(phone.index);
    phone.focus();
  }

  #line() {
    const { connected, ready } = this.store;
    if (this.anew) {
      if (connected && this.wentAway) location.replace(`/?lang=${this.anew}`);
      this.wentAway ||= !connected;
      return;
    }
    if (!connected) this.#showBanner(t(ready ? "lost" : "connecting"), null);
    else if (!this.wasConnected && ready) this.#showBanner(t("back"), BANNER_MS);
    this.wasConnected = connected;
    document.body.classList.toggle("offline", !connected);
  }

  #showBanner(text, milliseconds) {
    clearTimeout(this.bannerTimer);
    this.banner.textContent = text;
    this.banner.hidden = false;
    if (milliseconds !== null) {
      this.bannerTimer = setTimeout(() => {
        this.banner.hidden = true;
      }, milliseconds);
    }
  }

  // ---- drawing ----------------------------------------------------------------------------------------------------------------

  #renderAll() {
    for (const phone of this.phones) phone.render();
    this.clockBar.render();
    this.botSwitch.render();
    this.backstage.render();
    this.sceneBar.render();
    this.tour.render();
    this.#renderNews();
  }

  #newsName(item) {
    if (item.user !== null) return this.store.userName(item.user);
    const { title } = this.store.chats.get(item.chat);
    return this.store.isWeCom(item.chat) && this.store.onBoth() ? `${title} · ${t("wecomMark")}` : title;
  }

  /** Who has something unread, here or on no phone at all; and the marks on chats and tabs. */
  #renderNews() {
    const news = this.store.news();
    const hadFocus = this.newsStrip.contains(document.activeElement);
    fill(
      this.newsStrip,
      h("span", { class: "news-word" }, t(news.length > 0 ? "news" : "newsNone")),
      news.map((item) => {
        const name = this.#newsName(item);
        const label = t("newsOpen", { name, n: item.count });
        return h(
          "button",
          { type: "button", class: "news-chip", title: label, "aria-label": label, onclick: () => this.#open(item) },
          avatar(item.user === null ? "group" : "person", name, item.user ?? item.chat),
          h("span", { class: "news-name" }, name),
          badge(item.count, ""),
        );
      }),
    );
    if (hadFocus) this.newsStrip.querySelector("button")?.focus();
    const total = news.reduce((sum, item) => sum + item.count, 0);
    document.title = total > 0 ? `(${total}) ${t("title")}` : t("title");
    for (const phone of this.phones) phone.renderUnread();
    this.#renderTabs();
  }

  #renderTabs() {
    const focused = this.tabs.contains(document.activeElement) ? [...this.tabs.children].indexOf(document.activeElement) : -1;
    fill(
      this.tabs,
      this.phones.map((phone, index) => {
        const unread = this.store.unreadIn(phone.chat);
        const group = this.store.isGroup(phone.chat);
        return h(
          "button",
          { type: "button", class: "phone-tab", "aria-pressed": String(index === this.front), title: `${phone.name} · ${phone.chatTitle()}`, onclick: () => this.#bringToFront(index) },
          avatar(group ? "group" : "person", phone.name, group ? phone.chat : phone.user),
          h("span", { class: "phone-tab-name" }, group ? phone.chatTitle() : phone.name),
          badge(unread, t("unreadN", { n: unread })),
        );
      }),
    );
    if (focused >= 0) this.tabs.children[focused]?.focus();
  }

  #bringToFront(index) {
    this.front = index;
    for (const phone of this.phones) phone.element.classList.toggle("front", phone.index === index);
    this.phones[index]?.element.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    this.phones[index]?.brought();
    this.#renderTabs();
    this.changed();
  }

  /** Opens somebody's news: on a phone that person holds, else on the phone for people of that kind. */
  #open({ user, chat }) {
    let phone = this.phones.find((other) => other.user === user);
    if (user === null) {
      const members = this.store.chats.get(chat).members;
      phone = this.phones.findLast((other) => members.includes(other.user)) ?? this.phones[PHONES - 1];
      const watcher = members.includes(phone.user) ? phone.user : (members.find((member) => this.store.users.has(member)) ?? null);
      if (watcher === null) {
        this.store.markRead(chat);
        return;
      }
      phone.show(watcher, chat);
    } else {
      phone ??= this.phones[HEADS.has(this.store.users.get(user).role) ? 1 : 0];
      phone.show(user, chat);
    }
    this.#bringToFront(phone.index);
    phone.toEnd();
  }

  // ---- scenes and tour --------------------------------------------------------------------------------------------------------

  /** Brings to the front whoever acts in this step of a scene, and shows what is about to happen; null: nothing any more. */
  act(step) {
    for (const phone of this.phones) phone.foretellNothing();
    if (step === null || !["say", "press", "look"].includes(step.do)) return;
    const group = this.store.isGroup(step.place);
    const phone = group ? this.phones[PHONES - 1] : (this.phones.find((other) => other.user === step.who && !this.store.isGroup(other.chat)) ?? this.phones[HEADS.has(this.store.users.get(step.who)?.role) ? 1 : 0]);
    phone.show(step.who, group || this.store.isWeCom(step.place) ? step.place : null);
    phone.following = true;
    this.#bringToFront(phone.index);
    if (step.do === "say") phone.composer.foretell(step.text[this.store.language === "en" ? 1 : 0] ?? step.text[0]);
    if (step.do === "press") phone.foretellPress(step.text);
    if (step.do === "look") this.#lookAt(phone, step.text);
  }

  /** The chat may not be here yet: it is opened first. */
  async #lookAt(phone, words) {
    await this.store.open(phone.chat).catch(() => {});
    phone.goToWords(words);
  }

  /** Puts a line into the agent's box, to be read and sent. */
  suggest(line) {
    const [agent] = this.phones;
    this.#bringToFront(0);
    agent.show(agent.user, null);
    agent.composer.suggest(line);
  }

  /** The company forgets what was played; the page comes back when it is there again. */
  async beginAnew(next) {
    try {
      this.anew = next;
      await api.reset(next);
      this.store.forget();
      this.#showBanner(t("beginningAnew"), null);
    } catch (error) {
      this.anew = null;
      this.complain(error);
    }
  }

  /** The room for the phones changed. */
  shifted() {
    for (const phone of this.phones) phone.brought();
  }

  // ---- for the parts ----------------------------------------------------------------------------------------------------------

  openStranger(user) {
    this.phones[0].show(user, null);
    this.#bringToFront(0);
    this.phones[0].focus();
  }

  toFront(phone) {
    if (phone.index !== this.front) this.#bringToFront(phone.index);
  }

  /** Who holds a phone and what is open on it; null stands for the chat a person has first. */
  #place({ user, chat }) {
    return { user, chat: chat === this.store.privateChat(user) ? null : chat };
  }

  #hash() {
    return writeSelection(
      this.phones.map((phone) => this.#place(phone)),
      this.front,
    );
  }

  /** A phone went to another person or chat: the address keeps it. */
  changed() {
    if (this.phones.some((phone) => phone.user === null) || this.phones.length === 0) return;
    history.replaceState(null, "", this.#hash());
    this.#renderTabs();
  }

  say(text) {
    this.phones[this.front]?.toast(text);
  }

  complain(error) {
    this.#showBanner(t("failed", { why: why(error) }), BANNER_MS);
  }

  /** Tells a screen reader; the same message on two phones is told once. */
  announce(text, message = null) {
    const key = message ? `${message.chat_id}/${message.id}` : null;
    if (key !== null) {
      if (this.announced.has(key)) return;
      this.announced.add(key);
    }
    this.announcer.append(h("p", {}, text));
    while (this.announcer.childElementCount > ANNOUNCED_MOST) this.announcer.firstElementChild.remove();
  }
}

const store = new Store();
const desk = new Desk(store);
store.start();
// For scripts that take pictures and tests that wait: the page is drawn once there are phones.
document.documentElement.dataset.ready = "no";
store.addEventListener("state", () => {
  document.documentElement.dataset.ready = String(desk.phones.length > 0 ? "yes" : "no");
});
