// One phone: who holds it, which chat is open, its messages, and what can be done with them.

import { api } from "./api.js";
import { Composer } from "./composer.js";
import { ask, atNextFrame, avatar, badge, briefly, choose, fill, h, icon, iconButton, openMenu } from "./dom.js";
import { roleText, t, why } from "./i18n.js";
import { buildRow, buildWaiting, gist, layout, rowKey, senderName } from "./messages.js";
import { openPicker } from "./picker.js";
import { deepLink } from "./richtext.js";
import { menuRows } from "./wecom.js";
import { PAGE } from "./store.js";
import { wall } from "./time.js";

/** Rows kept on the screen while the phone follows the end of the chat; older ones come back by scrolling. */
const MOST_ROWS = 3 * PAGE;
/** What Tab reaches on a message. */
const CONTROLS = ".inline-button, .card-select, .card-boxes input, .card-link";
const NEAR_END_PX = 48;
const NEAR_TOP_PX = 160;
/** A second press within this time is the second half of a double click: the button may have changed under the finger. */
const DOUBLE_CLICK_MS = 350;
/** After this a pressed button looks normal again, answered or not. */
const PRESS_PATIENCE_MS = 8000;
const TOAST_MS = 4500;
const TYPING_MS = 5000;

export class Phone {
  /** `desk`: gives `store`, `announce(text)`, `changed()` (selection moved), `toFront(phone)`. */
  constructor(desk, index) {
    this.desk = desk;
    this.store = desk.store;
    this.index = index;
    this.user = null;
    this.chat = null;
    this.firstId = null;
    this.following = true;
    this.rows = new Map();
    this.waiting = new Map();
    /** What was chosen on cards and not sent yet: `person chat message` → answers by question. */
    this.chosen = new Map();
    /** Draws the messages at the next frame; several calls make one drawing. */
    this.renderLog = atNextFrame(() => this.#drawLog());
    this.pressedAt = -Infinity;
    this.typingTimer = null;
    this.fetchingOlder = false;
    this.#build();
  }

  #build() {
    this.composer = new Composer(this);
    this.who = h("button", {
      type: "button",
      class: "who",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      onclick: () => this.#pickPerson(),
      onkeydown: (event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        this.#pickPerson();
      },
    });
    this.more = iconButton("more", "", () => this.#moreMenu(), { "aria-haspopup": "menu", "aria-expanded": "false" });
    this.chats = h("nav", { class: "chats" });
    this.pinned = h("button", { type: "button", class: "pinned", hidden: true });
    this.notice = h("div", { class: "notice", hidden: true });
    this.list = h("ol", { class: "rows" });
    this.log = h("div", { class: "log", tabindex: "0", role: "group", onscroll: () => this.#scrolled() }, this.list);
    this.jump = h("button", { type: "button", class: "jump-end", hidden: true, onclick: () => this.toEnd() });
    this.toasts = h("div", { class: "toasts", role: "status" });
    this.typing = h("div", { class: "typing", hidden: true });
    this.gate = h("div", { class: "gate", hidden: true });
    this.tools = h("div", { class: "tools" });
    this.element = h(
      "section",
      { class: "phone", dataset: { phone: this.index } },
      h("header", { class: "holder" }, this.who, h("div", { class: "anchor anchor-end" }, this.more)),
      this.chats,
      this.pinned,
      this.notice,
      h("div", { class: "screen" }, this.log, this.jump, this.toasts),
      this.typing,
      this.gate,
      this.composer.element,
    );
    this.log.addEventListener("keydown", (event) => this.#logKey(event));
    this.log.addEventListener("focusin", (event) => this.#activate(event.target.closest(".row")));
    this.log.addEventListener("focusout", (event) => {
      if (!this.log.contains(event.relatedTarget)) this.#activate(null);
    });
    this.log.addEventListener("pointerover", (event) => {
      if (!this.tools.contains(document.activeElement)) this.#placeTools(event.target.closest(".row"));
    });
    this.log.addEventListener("pointerleave", () => {
      if (!this.log.contains(document.activeElement)) this.tools.remove();
    });
    this.log.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row && !event.target.closest("button, a") && String(getSelection()) === "") this.#placeTools(row);
    });
    this.composer.element.addEventListener("focusin", () => this.desk.toFront(this));
    // The box grew, a picture arrived, the keyboard came up: whoever was at the end stays there.
    this.watcher = new ResizeObserver(() => {
      if (this.following) this.log.scrollTop = this.log.scrollHeight;
    });
    this.watcher.observe(this.log);
    this.watcher.observe(this.list);
  }

  // ---- selection --------------------------------------------------------------------------------------------------------------

  /** Gives the phone to a person and opens a chat; null is the private chat with the bot. */
  show(user, chat = null) {
    const place = chat !== null && this.store.chatsOf(user).includes(chat) ? chat : this.store.privateChat(user);
    const moved = user !== this.user || place !== this.chat;
    this.user = user;
    this.chat = place;
    if (moved) {
      this.firstId = null;
      this.following = true;
      this.rows.clear();
      this.waiting.clear();
      this.list.replaceChildren();
      this.#stopTyping();
      this.toasts.replaceChildren();
    }
    this.render({ moved });
    if (moved) this.desk.changed();
  }

  get wecom() {
    return this.store.isWeCom(this.chat);
  }

  /** How WeCom knows who holds this phone. */
  get userid() {
    return this.store.users.get(this.user)?.wecom ?? null;
  }

  /** People, chats or words changed: whatever is shown is shown anew. Falls back to the private chat when a group went away. */
  render({ moved = false } = {}) {
    if (this.user === null) return;
    if (!moved && !this.store.chatsOf(this.user).includes(this.chat)) {
      this.show(this.user, null);
      return;
    }
    // Costs nothing once the end of the chat is here; after a failure the next state tries again.
    this.store.open(this.chat).catch(() => {});
    this.element.classList.toggle("wecom", this.wecom);
    this.#renderHead();
    this.#renderChats();
    this.#renderFoot();
    this.composer.refresh({ moved });
    this.renderLog();
  }

  get name() {
    return this.store.userName(this.user) ?? "";
  }

  chatTitle(chat = this.chat) {
    return this.store.isGroup(chat) || this.store.isWeCom(chat) ? this.store.chats.get(chat).title : this.store.bot.first_name;
  }

  #renderHead() {
    const user = this.store.users.get(this.user);
    if (!user) return;
    const number = this.store.number(user);
    fill(
      this.who,
      avatar("person", this.name, user.id),
      h(
        "span",
        { class: "who-words" },
        h("span", { class: "who-name" }, h("strong", {}, this.name), number ? h("span", { class: "who-number" }, number) : null),
        h("span", { class: "who-role" }, roleText(user)),
      ),
      icon("chevron"),
    );
    this.who.title = t("pickPerson");
    this.more.title = t("more");
    this.more.setAttribute("aria-label", t("more"));
    this.element.setAttribute("aria-label", `${t("phone", { n: this.index + 1 })} · ${this.name}`);
    this.log.setAttribute("aria-label", t("messagesOf", { name: this.name, chat: this.chatTitle() }));
  }

  /** Only the unread marks changed. */
  renderUnread() {
    if (this.user === null) return;
    this.#renderChats();
    if (!this.jump.hidden) this.#renderJump();
  }

  #renderChats() {
    const options = this.store.chatsOf(this.user);
    const both = options.some((chat) => this.store.isWeCom(chat)) && options.some((chat) => !this.store.isWeCom(chat));
    const told = this.store.onBoth(); // whoever has one network alone: once, on the chat with the bot
    const focused = document.activeElement?.dataset?.chat;
    const hadFocus = this.chats.contains(document.activeElement);
    this.chats.setAttribute("aria-label", t("chats", { name: this.name }));
    fill(
      this.chats,
      options.map((chat) => {
        const group = this.store.isGroup(chat);
        const unread = this.store.unreadIn(chat);
        const title = this.chatTitle(chat);
        return h(
          "button",
          {
            type: "button",
            class: `chat-tab${this.store.isWeCom(chat) ? " wecom-tab" : ""}`,
            title: this.#tabTitle(chat, title),
            "aria-pressed": String(chat === this.chat),
            dataset: { chat },
            onclick: () => this.show(this.user, chat),
          },
          avatar(group ? "group" : "bot", title, chat),
          h("span", { class: "chat-title" }, title),
          this.#networkMark(chat, both || (told && !group)),
          badge(unread, t("unreadN", { n: unread })),
        );
      }),
    );
    this.#showOpenTab();
    if (hadFocus) (this.chats.querySelector(`[data-chat="${focused}"]`) ?? this.chats.querySelector("[aria-pressed=true]"))?.focus();
  }

  /** More tabs than there is room for: the open one stays before the eyes. */
  #showOpenTab() {
    const tab = this.chats.querySelector("[aria-pressed=true]");
    if (!tab) return;
    const left = tab.offsetLeft - this.chats.offsetLeft;
    const [from, to] = [this.chats.scrollLeft, this.chats.scrollLeft + this.chats.clientWidth];
    if (left < from || left + tab.offsetWidth > to) this.chats.scrollLeft = Math.max(0, left + tab.offsetWidth - this.chats.clientWidth + 10);
  }

  #tabTitle(chat, title) {
    const group = this.store.isGroup(chat);
    const app = this.store.chats.get(chat)?.place === "app";
    const words = group ? `${title} · ${t("members", { n: this.store.chats.get(chat).members.length })}` : t(app ? "appChat" : "privateChat", { bot: title });
    return this.store.isWeCom(chat) ? `${t("wecom")} · ${words}` : words;
  }

  /** Tells the app's chat from the bot's, and, where there are both networks, WeCom's from Telegram's. */
  #networkMark(chat, told) {
    if (this.store.chats.get(chat)?.place === "app") return h("span", { class: "network-mark" }, t("appMark"));
    return told && this.store.isWeCom(chat) ? h("span", { class: "network-mark" }, t("wecomMark")) : null;
  }

  /** What stands where one would write: the box, the Start button, or why nothing can be written. */
  #renderFoot() {
    const user = this.store.users.get(this.user);
    const group = this.store.isGroup(this.chat) ? this.store.chats.get(this.chat) : null;
    const closed = this.wecom ? (user?.left ? "gone" : null) : closedBy(user, group);
    this.composer.element.hidden = closed !== null;
    this.gate.hidden = closed === null;
    if (closed === "gone") fill(this.gate, h("p", {}, t("gone", { name: this.name })));
    else if (closed === "blocked") {
      fill(
        this.gate,
        h("p", {}, t("blockedByYou", { name: this.name })),
        h("div", { class: "gate-row" }, h("button", { type: "button", class: "button primary", onclick: (event) => this.#block(false, event.currentTarget) }, t("unblock"))),
      );
    } else if (closed === "new") {
      fill(
        this.gate,
        h("p", {}, t("emptyStart", { name: this.name })),
        h(
          "div",
          { class: "gate-row" },
          h("button", { type: "button", class: "button primary", onclick: (event) => this.#start(null, event.currentTarget) }, t("startBot")),
          h("button", { type: "button", class: "button", onclick: () => this.#startWithCode() }, t("withCode")),
        ),
      );
    }
    const absent = group && group.bot === false;
    const deaf = this.wecom && this.store.chats.get(this.chat).place !== "app" && !this.store.wecom.bot.connected;
    const down = !this.wecom && this.store.bot.supervised && !this.store.bot.running;
    this.notice.hidden = !absent && !down && !deaf;
    this.notice.textContent = absent ? t("noBotInGroup") : deaf ? t("botIsDeaf") : t("botIsDown");
    this.more.hidden = this.#menuItems().length === 0;
    this.#renderPinned();
  }

  #renderPinned() {
    const id = this.store.chats.get(this.chat)?.pinned ?? null;
    const message = id && this.store.messages(this.chat).find((other) => other.id === id);
    this.pinned.hidden = !id;
    if (!id) return;
    fill(this.pinned, icon("pin"), h("strong", {}, t("pinned")), h("span", {}, message ? gist(message) : t("goOriginal")));
    this.pinned.onclick = () => this.goTo(id);
  }

  // ---- messages ---------------------------------------------------------------------------------------------------------------

  /** Is this phone before somebody's eyes? On a narrow screen only one is. */
  get visible() {
    return !document.hidden && this.element.offsetParent !== null;
  }

  #shownMessages() {
    const messages = this.store.messages(this.chat);
    if (this.firstId === null || (this.following && messages.length > MOST_ROWS && messages.findIndex((message) => message.id >= this.firstId) < messages.length - MOST_ROWS)) {
      this.firstId = messages.at(-PAGE)?.id ?? messages[0]?.id ?? null;
    }
    const from = messages.findIndex((message) => message.id >= this.firstId);
    return from > 0 ? messages.slice(from) : messages;
  }

  #drawLog() {
    if (this.user === null) return;
    const group = this.store.isGroup(this.chat);
    const { offset } = this.store.clock;
    const messages = this.#shownMessages();
    const anchor = this.following ? null : this.#firstVisibleRow();
    const anchorTop = anchor?.offsetTop ?? 0;
    const anchorId = anchor?.dataset.id;
    const focus = this.#rememberFocus();

    const wanted = [];
    const thisYear = wall(this.store.now(), offset).year;
    const kept = new Map();
    for (const row of layout(messages, { user: this.user, group, offset, thisYear })) {
      const key = rowKey(row, this.user);
      const known = this.rows.get(row.message.id);
      const entry = known && known.message === row.message && known.key === key ? known : { message: row.message, key, element: this.#buildRow(row) };
      kept.set(row.message.id, entry);
      wanted.push(entry.element);
    }
    this.rows = kept;
    wanted.push(...this.#waitingRows());
    this.#placeRows(wanted);

    const log = this.store.logs.get(this.chat);
    this.list.dataset.state = !log?.loaded ? "loading" : messages.length === 0 ? "empty" : log.complete && messages[0] === this.store.messages(this.chat)[0] ? "beginning" : "more";
    this.list.dataset.words = { loading: t("older"), empty: t("empty"), beginning: t("beginning"), more: t("older") }[this.list.dataset.state];

    this.#restoreFocus(focus);
    this.#tabbableButtons();
    if (this.following) this.log.scrollTop = this.log.scrollHeight;
    else if (anchorId) {
      const now = this.rows.get(Number(anchorId))?.element;
      if (now) this.log.scrollTop += now.offsetTop - anchorTop;
    }
    this.#readKeyboard(messages);
    this.#renderPinned();
    this.checkRead();
  }

  #buildRow(row) {
    return buildRow(row, {
      store: this.store,
      user: this.user,
      offset: this.store.clock.offset,
      actions: {
        press: (message, button, element) => this.press(message, button, element),
        pressCard: (message, key, chosen, element) => this.pressCard(message, key, chosen, element),
        chosenOn: (message) => this.#chosenOn(message),
        open: (url) => (this.#follow(url) ? null : open(url, "_blank", "noopener")),
        memberName: (userid) => this.store.userName(this.store.people.get(userid)) ?? userid,
        goTo: (id) => this.goTo(id),
        link: (url) => this.#follow(url),
        command: (text) => this.sendContent({ text }),
        picture: (url, label) => showPicture(url, label),
      },
    });
  }

  #chosenOn(message) {
    const key = JSON.stringify([this.user, message.chat_id, message.id]);
    if (!this.chosen.has(key)) this.chosen.set(key, {});
    return this.chosen.get(key);
  }

  #waitingRows() {
    const items = this.store.onTheWay(this.user, this.chat);
    const kept = new Map();
    for (const item of items) {
      const key = `${item.key}|${item.failed}`;
      const known = this.waiting.get(key);
      const element = known ?? buildWaiting(item, { onretry: () => this.store.retry(item), ondrop: () => this.store.discard(item) });
      kept.set(key, element);
    }
    this.waiting = kept;
    return [...kept.values()];
  }

  /** Brings the list to the wanted rows, moving as little as possible: what is untouched keeps its scroll, focus and selection. */
  #placeRows(wanted) {
    const stay = new Set(wanted);
    for (const element of [...this.list.children]) if (!stay.has(element)) element.remove();
    let at = this.list.firstElementChild;
    for (const element of wanted) {
      if (element === at) at = at.nextElementSibling;
      else this.list.insertBefore(element, at);
    }
  }

  #firstVisibleRow() {
    const top = this.log.scrollTop;
    for (const element of this.list.children) if (element.dataset.id && element.offsetTop + element.offsetHeight > top) return element;
    return null;
  }

  #rememberFocus() {
    const row = document.activeElement?.closest?.(".row");
    if (!row || !this.list.contains(row) || !row.dataset.id) return null;
    const buttons = [...row.querySelectorAll(".inline-button")];
    return { id: Number(row.dataset.id), element: document.activeElement, button: buttons.indexOf(document.activeElement) };
  }

  /** A row that was rebuilt under the focus (the bot edited its message) gets it back: on its buttons if it was there. */
  #restoreFocus(focus) {
    if (!focus || focus.element.isConnected) return;
    const row = this.rows.get(focus.id)?.element;
    const buttons = row ? [...row.querySelectorAll(".inline-button")] : [];
    const target = focus.button >= 0 && buttons.length > 0 ? buttons[Math.min(focus.button, buttons.length - 1)] : row;
    (target ?? this.log).focus({ preventScroll: true });
  }

  /** Tab reaches the buttons of the newest message that has some, and of the message one is on; arrow keys reach the rest. */
  #tabbableButtons() {
    let newest = null;
    for (const element of [...this.list.children].reverse()) {
      if (element.querySelector(".inline-button")) {
        newest = element;
        break;
      }
    }
    const reachable = new Set([newest, this.active].filter(Boolean));
    for (const row of this.tabbable ?? []) if (!reachable.has(row)) setTab(row, "-1");
    for (const row of reachable) setTab(row, "0");
    this.tabbable = reachable;
  }

  /** The keyboard the bot last put under the text. An empty one takes it away. */
  #readKeyboard(messages) {
    if (this.wecom) {
      const rows = menuRows(this.store.chats.get(this.chat).menu);
      this.composer.setKeyboard(rows.length > 0 ? rows : null, null);
      return;
    }
    const last = messages.findLast((message) => message.from === "bot" && Array.isArray(message.keyboard));
    this.composer.setKeyboard(last && last.keyboard.length > 0 ? last.keyboard : null, last?.placeholder ?? null);
  }

  #nearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX;
  }

  #scrolled() {
    // A picture that arrives late makes the list longer under somebody who is at its end: they stay there.
    const grown = this.following && this.log.scrollHeight > (this.height ?? 0);
    this.height = this.log.scrollHeight;
    if (grown) this.log.scrollTop = this.height;
    this.following = this.#nearEnd();
    if (this.log.scrollTop < NEAR_TOP_PX) this.#older();
    this.checkRead();
  }

  async #older() {
    if (this.fetchingOlder || this.following) return;
    this.fetchingOlder = true;
    try {
      const chat = this.chat;
      const known = () => this.store.messages(chat);
      let at = known().findIndex((message) => message.id >= this.firstId);
      if (at < PAGE / 2) {
        await this.store.loadOlder(chat);
        at = known().findIndex((message) => message.id >= this.firstId);
      }
      if (chat !== this.chat || at <= 0) return;
      this.firstId = known()[Math.max(0, at - PAGE)].id;
      this.renderLog();
    } catch (error) {
      this.toast(this.#why(error));
    } finally {
      this.fetchingOlder = false;
    }
  }

  /** Scrolls to a message of this chat, fetching older ones until it is here. */
  async goTo(id, { focus = true } = {}) {
    const chat = this.chat;
    while (!this.store.messages(chat).some((message) => message.id === id)) {
      const first = this.store.messages(chat)[0];
      if (!first || first.id < id || !(await this.store.loadOlder(chat)) || chat !== this.chat) return;
    }
    const messages = this.store.messages(chat);
    const at = messages.findIndex((message) => message.id === id);
    if (messages[at].id < this.firstId) this.firstId = messages[Math.max(0, at - 10)].id;
    this.following = false;
    this.#drawLog();
    const element = this.rows.get(id)?.element;
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    element.classList.remove("flash");
    requestAnimationFrame(() => element.classList.add("flash"));
    this.following = this.#nearEnd();
    this.checkRead();
    if (focus) element.focus({ preventScroll: true });
  }

  toEnd() {
    this.following = true;
    this.#drawLog();
    this.composer.focus();
  }

  /** Marks the chat as read when its end is before somebody's eyes; otherwise says how many are below. */
  checkRead() {
    if (this.user === null) return;
    if (this.visible && this.following) this.store.markRead(this.chat);
    this.jump.hidden = this.following;
    this.#renderJump();
  }

  #renderJump() {
    const unread = this.store.unreadIn(this.chat);
    const words = unread > 0 ? t("newBelow", { n: unread }) : "";
    this.jump.setAttribute("aria-label", words || t("jumpEnd"));
    this.jump.title = t("jumpEnd");
    fill(this.jump, icon("down"), words ? h("span", {}, words) : null);
  }

  /** The phone came to the front of a narrow screen, or the page came back. */
  brought() {
    if (this.following) this.log.scrollTop = this.log.scrollHeight;
    this.checkRead();
  }

  // ---- tools and keys ---------------------------------------------------------------------------------------------------------

  #messageOf(row) {
    return this.store.messages(this.chat).find((message) => message.id === Number(row?.dataset.id)) ?? null;
  }

  #editable(message) {
    return !message.network && message.from === this.user && message.text !== null && message.text !== undefined && !message.deleted;
  }

  lastOwn() {
    return this.store.messages(this.chat).findLast((message) => this.#editable(message)) ?? null;
  }

  #activate(row) {
    if (row === this.active) return;
    this.active?.classList.remove("active");
    this.active = row;
    row?.classList.add("active");
    if (row) this.#placeTools(row);
    else this.tools.remove();
    this.#tabbableButtons();
  }

  #placeTools(row) {
    const message = this.#messageOf(row);
    if (!message || message.service || message.deleted) {
      this.tools.remove();
      return;
    }
    if (this.tools.parentElement === row && this.toolsFor === message) return;
    this.toolsFor = message;
    const own = message.from === this.user;
    const words = message.text ?? message.caption;
    const extra = { tabindex: "-1" };
    fill(
      this.tools,
      iconButton("reply", t(message.network ? "quoteIt" : "reply"), () => this.#reply(message), extra),
      words ? iconButton("copy", t("copy"), () => this.#copy(words), extra) : null,
      this.#editable(message) ? iconButton("edit", t("editIt"), () => this.composer.edit(message), extra) : null,
      own && !message.network ? iconButton("trash", t("deleteIt"), () => this.#delete(message), extra) : null,
    );
    row.append(this.tools);
  }

  #reply(message) {
    const selection = getSelection();
    const within = selection.rangeCount > 0 && this.rows.get(message.id)?.element.querySelector(".words")?.contains(selection.anchorNode);
    const quote = within ? String(selection).trim() : "";
    const words = message.text ?? message.caption ?? "";
    this.composer.replyWith(message, quote && words.includes(quote) ? quote : null);
  }

  #logKey(event) {
    // Arrow keys choose in a card's drop-down, they do not leave it.
    if (event.target.closest("select, .card-boxes")) return;
    const row = event.target.closest(".row");
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
    const elements = [...this.list.children].filter((element) => element.dataset.id);
    if (step !== undefined) {
      event.preventDefault();
      const at = row ? elements.indexOf(row) + step : elements.length - 1;
      const next = elements[Math.max(0, Math.min(at, elements.length - 1))];
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: "nearest" });
      return;
    }
    const buttons = row ? [...row.querySelectorAll(`${CONTROLS}, .tools button, .quoted, .photo, .words a, .t-command`)] : [];
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (buttons.length === 0) return;
      event.preventDefault();
      const at = buttons.indexOf(document.activeElement) + (event.key === "ArrowRight" ? 1 : -1);
      buttons[(at + buttons.length) % buttons.length].focus();
      return;
    }
    const message = this.#messageOf(row);
    if (event.target !== row || !message || message.service || message.deleted || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = {
      Enter: () => this.#reply(message),
      r: () => this.#reply(message),
      e: () => (this.#editable(message) ? this.composer.edit(message) : null),
      c: () => this.#copy(message.text ?? message.caption ?? ""),
      Delete: () => (message.from === this.user && !message.network ? this.#delete(message) : null),
    }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  // ---- doing ------------------------------------------------------------------------------------------------------------------

  #why(error) {
    return t("failed", { why: why(error) });
  }

  async #try(action) {
    try {
      return await action();
    } catch (error) {
      this.toast(this.#why(error));
      return null;
    }
  }

  /** A key of the keyboard below the text: the bot's words, or an entry of the app's menu. */
  pressKey(text) {
    if (this.wecom) return this.#try(() => api.wecom.menu(this.userid, text));
    return this.sendContent({ text });
  }

  sendContent(content) {
    this.following = true;
    return this.store.send(this.user, this.chat, content);
  }

  editMessage(message, text) {
    return this.#try(() => api.edit({ as: this.user, chat: message.chat_id, message: message.id, text }));
  }

  #delete(message) {
    return this.#try(() => api.remove({ as: this.user, chat: message.chat_id, message: message.id }));
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.toast(t("copied"));
    } catch (error) {
      this.toast(t("failed", { why: error.message }));
    }
  }

  async press(message, button, element) {
    if (performance.now() - this.pressedAt < DOUBLE_CLICK_MS || element.getAttribute("aria-disabled") === "true") return;
    this.pressedAt = performance.now();
    if (button.url) {
      if (!this.#follow(button.url)) open(button.url, "_blank", "noopener");
      return;
    }
    if (button.copy !== undefined && button.copy !== null) {
      await this.#copy(button.copy);
      return;
    }
    element.classList.add("pressed");
    element.setAttribute("aria-disabled", "true");
    element.setAttribute("aria-busy", "true");
    setTimeout(() => release(element), PRESS_PATIENCE_MS);
    try {
      await api.press({ as: this.user, chat: message.chat_id, message: message.id, data: button.data });
    } catch (error) {
      release(element);
      this.toast(this.#why(error));
    }
  }

  /** A card of WeCom: it stays busy until the bot has changed it. */
  async pressCard(message, key, chosen, element) {
    if (performance.now() - this.pressedAt < DOUBLE_CLICK_MS) return;
    this.pressedAt = performance.now();
    element.classList.add("pressed");
    try {
      await api.wecom.press({ as: this.userid, chat: message.chat_id, message: message.id, key, chosen });
    } catch (error) {
      release(element);
      this.toast(this.#why(error));
    }
  }

  /** The bot answered a press of this phone's holder. */
  answered({ text, alert, url }) {
    for (const element of this.list.querySelectorAll(".inline-button.pressed")) release(element);
    if (url) this.#follow(url);
    if (!text) return;
    if (alert) choose({ title: text, choices: [], cancel: t("ok") });
    else this.toast(text);
  }

  toast(text) {
    const element = h("div", { class: "toast" }, text);
    this.toasts.append(element);
    setTimeout(() => element.remove(), TOAST_MS);
  }

  /** A scene is about to press a button of this phone's newest message with these words: shows which. */
  foretellPress(labels) {
    const found = [...this.list.querySelectorAll(".inline-button")].findLast((button) => labels.some((label) => button.textContent.includes(label)));
    found?.classList.add("foretold");
  }

  /** Goes to the newest message of the bot with any of these words. */
  goToWords(words) {
    const found = this.store.messages(this.chat).findLast((message) => message.from === "bot" && words.some((word) => (message.text ?? message.caption ?? message.words ?? "").includes(word)));
    if (found) this.goTo(found.id, { focus: false });
  }

  /** Nothing is foretold any more. */
  foretellNothing() {
    for (const button of this.list.querySelectorAll(".foretold")) button.classList.remove("foretold");
    this.composer.foretell(null);
  }

  showTyping() {
    this.typing.hidden = false;
    fill(this.typing, h("span", {}, t("typing", { bot: this.store.bot.first_name })), h("span", { class: "dots", "aria-hidden": "true" }, h("i", {}), h("i", {}), h("i", {})));
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.#stopTyping(), TYPING_MS);
  }

  #stopTyping() {
    clearTimeout(this.typingTimer);
    this.typing.hidden = true;
  }

  /** A message came into the chat on this phone's screen. */
  came(message) {
    if (message.from === "bot") this.#stopTyping();
    if (message.from === this.user && this.composer.foretold) this.composer.foretell(null);
    if (message.force_reply) this.composer.replyWith(message, null, { focus: this.element.contains(document.activeElement) });
    if (message.from === this.user || !this.visible || message.service) return;
    this.desk.announce(`${this.name} · ${senderName(this.store, message.from)}: ${gist(message)}`, message);
  }

  /** Deals with an address that is a deep link of our bot; false for every other. */
  #follow(url) {
    const link = deepLink(url, this.store.bot.username);
    if (!link) return false;
    if (link.kind === "start") this.#start(link.payload, null);
    else this.#startGroup(link.payload);
    return true;
  }

  async #start(payload, button) {
    if (button) briefly(button);
    this.show(this.user, null);
    await this.#try(() => api.start(this.user, payload));
    this.store.refresh().catch(() => {});
  }

  async #startWithCode() {
    const code = await ask({ title: t("codeTitle"), label: t("code"), ok: t("open"), cancel: t("cancel") });
    if (!code) return;
    // Somebody may paste the whole link.
    const link = deepLink(code, this.store.bot.username);
    await this.#start(link ? link.payload : code, null);
  }

  async #startGroup(payload) {
    const groups = this.store.groupsOf(this.user);
    const group = await choose({
      title: t("startGroupTitle"),
      note: groups.length === 0 ? t("noGroups", { name: this.name }) : null,
      choices: groups.map((chat) => ({ label: chat.title, value: chat })),
      cancel: t("cancel"),
    });
    if (!group) return;
    await this.#try(async () => {
      if (!group.bot) await api.setGroupBot(group.id, true, this.user);
      this.show(this.user, group.id);
      const command = `/start@${this.store.bot.username}`;
      await this.sendContent({ text: payload ? `${command} ${payload}` : command });
      await this.store.refresh();
    });
  }

  async #block(blocked, button) {
    if (button) briefly(button);
    await this.#try(() => api.block(this.user, blocked));
    await this.store.refresh().catch(() => {});
  }

  #pickPerson() {
    openPicker(this.who, {
      store: this.store,
      current: this.user,
      onpick: (user) => {
        this.show(user, this.store.isGroup(this.chat) ? this.chat : null);
        this.who.focus();
      },
    });
  }

  #moreMenu() {
    openMenu(this.more, t("more"), this.#menuItems());
  }

  #menuItems() {
    const user = this.store.users.get(this.user);
    const group = this.store.isGroup(this.chat) ? this.store.chats.get(this.chat) : null;
    if (this.wecom) {
      if (!group) return [];
      const present = group.bot !== false;
      return [{ icon: present ? "close" : "attach", label: t(present ? "removeBot" : "addBot"), danger: present, run: () => this.#try(() => api.wecom.setGroupBot(group.id, !present)) }];
    }
    const items = [{ icon: "link", label: t("withCode"), run: () => this.#startWithCode() }];
    if (user?.blocked) items.push({ icon: "check", label: t("unblock"), run: () => this.#block(false) });
    else items.push({ icon: "stop", label: t("block"), danger: true, run: () => this.#block(true) });
    if (group) {
      const present = group.bot !== false;
      items.push({
        icon: present ? "close" : "attach",
        label: t(present ? "removeBot" : "addBot"),
        danger: present,
        run: () => this.#try(() => api.setGroupBot(group.id, !present, this.user)),
      });
      if (group.type === "group") items.push({ icon: "forward", label: t("migrate"), run: () => this.#migrate(group.id) });
    }
    return items;
  }

  async #migrate(group) {
    const answer = await this.#try(() => api.migrate(group));
    if (!answer) return;
    await this.store.refresh().catch(() => {});
    this.show(this.user, answer.new_id);
    this.toast(t("migrated"));
  }

  focus() {
    if (this.composer.element.hidden) this.gate.querySelector("button")?.focus();
    else this.composer.focus();
  }

  dispose() {
    this.watcher.disconnect();
    clearTimeout(this.typingTimer);
  }
}

/** Why a person cannot write here: "gone" (account closed), "blocked" (the bot), "new" (Start not pressed yet), or null. */
function closedBy(user, group) {
  if (!user) return null;
  if (user.deactivated) return "gone";
  if (group) return null;
  if (user.blocked) return "blocked";
  return user.started ? null : "new";
}

function setTab(row, value) {
  for (const control of row.querySelectorAll(CONTROLS)) control.setAttribute("tabindex", value);
}

function release(element) {
  element.classList.remove("pressed");
  element.removeAttribute("aria-disabled");
  element.removeAttribute("aria-busy");
}

/** A picture as large as the window allows; any key or click puts it away. */
function showPicture(url, label) {
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": label, onclick: () => dialog.close(), onclose: () => dialog.remove() },
    h("img", { src: url, alt: label }),
    iconButton("close", t("close"), () => dialog.close()),
  );
  document.body.append(dialog);
  dialog.showModal();
}
