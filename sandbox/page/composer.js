// Where a person writes: text, replies with a quote, edits, commands, attachments, and the bot's reply keyboard.

import { fill, h, icon, iconButton, openMenu, unhurried } from "./dom.js";
import { t } from "./i18n.js";
import { gist, senderName } from "./messages.js";

/** What the real network takes in one message. */
const MAX_TEXT = 4096;
const MAX_HEIGHT_PX = 152;

let composers = 0;

export class Composer {
  /** `phone`: gives `user`, `chat`, `store`, and takes `sendContent(content)`, `editMessage(message, text)`, `lastOwn()`. */
  constructor(phone) {
    this.phone = phone;
    this.replyTo = null;
    this.quote = null;
    this.editing = null;
    this.keyboard = null;
    this.keyboardOpen = true;
    composers += 1;
    this.menuId = `commands-${composers}`;

    this.bar = h("div", { class: "reply-bar", hidden: true });
    this.menu = h("div", { class: "commands", role: "listbox", id: this.menuId, hidden: true });
    this.input = h("textarea", {
      rows: "1",
      class: "entry",
      "aria-controls": this.menuId,
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
    });
    this.warning = h("div", { class: "entry-warning", role: "status" });
    this.attachButton = iconButton("attach", "", () => this.#attach(), { "aria-haspopup": "menu", "aria-expanded": "false" });
    this.slashButton = iconButton("slash", "", () => this.#toggleCommands());
    /** In a group of WeCom the bot hears only what mentions it. */
    this.at = true;
    this.atButton = h("button", { type: "button", class: "at-button", hidden: true, onclick: () => this.#toggleAt() });
    this.keyboardButton = iconButton("keyboard", "", () => this.#toggleKeyboard(), { hidden: true });
    this.sendButton = h("button", { type: "submit", class: "send-button" }, icon("send"));
    this.keys = h("div", { class: "reply-keys", hidden: true });
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event) => {
          event.preventDefault();
          this.#submit();
        },
      },
      this.bar,
      this.menu,
      this.warning,
      h(
        "div",
        { class: "entry-row" },
        h("div", { class: "anchor" }, this.attachButton),
        this.slashButton,
        this.atButton,
        this.input,
        this.keyboardButton,
        this.sendButton,
      ),
      this.keys,
    );
    // A click on a command must not take the focus out of the text.
    this.menu.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  /** The words of the page changed, or another person or chat is shown: the draft of that place comes back. */
  refresh({ moved }) {
    const { store, user, chat } = this.phone;
    const name = store.userName(user) ?? "";
    this.input.setAttribute("aria-label", t("compose", { name }));
    for (const [button, key] of [[this.attachButton, "attach"], [this.slashButton, "commands"], [this.keyboardButton, "keyboard"]]) {
      button.title = t(key);
      button.setAttribute("aria-label", t(key));
    }
    this.menu.setAttribute("aria-label", t("commands"));
    this.slashButton.hidden = this.phone.wecom;
    this.#renderAt();
    if (moved) {
      this.#leaveModes();
      this.input.value = store.draft(user, chat);
      this.#resize();
      this.#hideCommands();
    }
    this.#renderBar();
  }

  #toggleAt() {
    this.at = !this.at;
    this.#renderAt();
    this.focus();
  }

  #renderAt() {
    const { store, chat, wecom } = this.phone;
    this.atButton.hidden = !wecom || !store.isGroup(chat);
    if (this.atButton.hidden) return;
    const label = t(this.at ? "atOn" : "atOff", { bot: store.wecom.bot.name });
    this.atButton.textContent = `@${store.wecom.bot.name}`;
    this.atButton.title = label;
    this.atButton.setAttribute("aria-pressed", String(this.at));
    this.atButton.setAttribute("aria-label", label);
  }

  focus() {
    this.input.focus();
  }

  /** Puts a line into the box, for the person to read and send. */
  suggest(text) {
    this.input.value = text;
    this.#typed();
    this.focus();
  }

  /** Shows in the empty box what a scene is about to say; null takes it away. What somebody typed stays. */
  foretell(text) {
    this.element.classList.toggle("foretold", text !== null);
    this.foretold = text;
    this.input.placeholder = text ?? this.placeholder ?? t("placeholder");
    this.#resize();
  }

  /** Answers a message; `quote` is the part of it that was selected, or null. */
  replyWith(message, quote, { focus = true } = {}) {
    this.#leaveModes();
    this.replyTo = message;
    this.quote = quote;
    this.#renderBar();
    if (focus) this.focus();
  }

  edit(message) {
    this.#leaveModes();
    this.editing = message;
    this.input.value = message.text;
    this.#resize();
    this.#renderBar();
    this.focus();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
  }

  /** The bot's keyboard under the text, as rows of words (null takes it away), and what it wants to stand in the empty box. */
  setKeyboard(rows, placeholder) {
    this.placeholder = placeholder;
    this.input.placeholder = this.foretold ?? placeholder ?? t("placeholder");
    const changed = JSON.stringify(rows) !== JSON.stringify(this.keyboard);
    this.keyboard = rows;
    // Keys that stay are not drawn anew: a key replaced between two clicks would take a double click for two.
    if (!changed) return;
    this.keyboardOpen = true;
    this.#renderKeyboard();
  }

  #renderKeyboard() {
    const rows = this.keyboard;
    this.keyboardButton.hidden = rows === null;
    this.keyboardButton.setAttribute("aria-pressed", String(this.keyboardOpen));
    this.keys.hidden = rows === null || !this.keyboardOpen;
    fill(
      this.keys,
      (rows ?? []).map((row) =>
        h(
          "div",
          { class: "button-row" },
          row.map((text) => h("button", { type: "button", class: "key", onclick: unhurried(() => this.phone.pressKey(text)) }, text)),
        ),
      ),
    );
  }

  #toggleKeyboard() {
    this.keyboardOpen = !this.keyboardOpen;
    this.#renderKeyboard();
  }

  #leaveModes() {
    if (this.editing) this.input.value = this.phone.store.draft(this.phone.user, this.phone.chat);
    this.replyTo = null;
    this.quote = null;
    this.editing = null;
    this.#resize();
  }

  /** Puts the reply or the edit away; false when there was none. */
  cancel() {
    if (!this.replyTo && !this.editing) return false;
    this.#leaveModes();
    this.#renderBar();
    this.focus();
    return true;
  }

  #renderBar() {
    const message = this.editing ?? this.replyTo;
    this.bar.hidden = message === null;
    this.sendButton.title = t(this.editing ? "save" : "send");
    this.sendButton.setAttribute("aria-label", t(this.editing ? "save" : "send"));
    fill(this.sendButton, icon(this.editing ? "check" : "send"));
    if (!message) {
      fill(this.bar);
      return;
    }
    const head = this.editing ? t("editing") : t(this.phone.wecom ? "quoting" : "replyingTo", { name: senderName(this.phone.store, message.from) });
    fill(
      this.bar,
      icon(this.editing ? "edit" : "reply"),
      h("div", { class: "reply-bar-words" }, h("strong", {}, head), h("span", {}, this.quote ?? gist(message))),
      iconButton("close", t("cancel"), () => this.cancel()),
    );
  }

  #resize() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, MAX_HEIGHT_PX)}px`;
    const long = this.input.value.length > MAX_TEXT;
    this.warning.textContent = long ? t("longText") : "";
  }

  #typed() {
    this.#resize();
    const { store, user, chat } = this.phone;
    if (!this.editing) store.keepDraft(user, chat, this.input.value);
    const word = this.phone.wecom ? null : /^\/(\w*)$/.exec(this.input.value);
    if (word) this.#showCommands(word[1].toLowerCase());
    else this.#hideCommands();
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const { store, user, chat } = this.phone;
    if (this.editing) {
      const message = this.editing;
      this.#leaveModes();
      this.#renderBar();
      if (text !== message.text) this.phone.editMessage(message, text);
      return;
    }
    const content = { text };
    if (!this.atButton.hidden) content.at = this.at;
    if (this.replyTo) content.reply_to = this.replyTo.id;
    if (this.quote) content.quote = this.quote;
    this.input.value = "";
    store.keepDraft(user, chat, "");
    this.#leaveModes();
    this.#renderBar();
    this.#hideCommands();
    this.phone.sendContent(content);
  }

  #attach() {
    const kinds = [
      ["photo", "attachPhoto"],
      ["voice", "attachVoice"],
      ["document", "attachDocument", "file"],
      ["sticker", "attachSticker", "smile"],
    ].filter(([kind]) => kind !== "sticker" || !this.phone.wecom);
    openMenu(
      this.attachButton,
      t("attach"),
      [...kinds.map(([kind, label, picture]) => ({
        icon: picture ?? kind,
        label: t(label),
        run: () => {
          const content = { [kind]: true };
          if (!this.atButton.hidden) content.at = this.at;
          // What was typed goes along as the caption of a picture or a file, as on a real phone.
          const text = this.input.value.trim();
          if (text && (kind === "photo" || (kind === "document" && !this.phone.wecom) || (kind === "voice" && this.phone.wecom)) && !this.editing) {
            content.text = text;
            this.input.value = "";
            this.phone.store.keepDraft(this.phone.user, this.phone.chat, "");
          }
          if (this.replyTo) content.reply_to = this.replyTo.id;
          this.#leaveModes();
          this.#renderBar();
          this.phone.sendContent(content);
          this.focus();
        },
      })),
      { icon: "file", label: t("attachChosen"), run: () => this.#choose() }],
      { class: "menu-up" },
    );
  }

  /** A file of one's own, such as a policy: its name and content go to the network. */
  #choose() {
    const input = h("input", { type: "file" });
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      const bytes = new Uint8Array(await file.arrayBuffer());
      let binary = "";
      for (const byte of bytes) binary += String.fromCharCode(byte);
      this.phone.sendContent({ document: { name: file.name, content: btoa(binary) } });
      this.focus();
    });
    input.click();
  }

  #key(event) {
    // Enter that ends an input method's composition is no sending.
    if (event.isComposing || event.keyCode === 229) return;
    if (!this.menu.hidden && this.#commandKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape") {
      if (this.cancel()) event.stopPropagation();
    } else if (event.key === "ArrowUp" && this.input.value === "" && !this.editing) {
      const last = this.phone.lastOwn();
      if (!last) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  // ---- commands ---------------------------------------------------------------------------------------------------------------

  #toggleCommands() {
    if (this.menu.hidden) {
      this.focus();
      this.#showCommands("");
    } else this.#hideCommands();
  }

  #showCommands(prefix) {
    const known = this.phone.store.commandsFor(this.phone.user, this.phone.chat);
    const fitting = known.filter((command) => command.command.startsWith(prefix));
    this.commandAt = 0;
    this.shown = fitting;
    this.menu.hidden = fitting.length === 0 && prefix !== "";
    fill(
      this.menu,
      fitting.map((command, index) =>
        h(
          "div",
          { role: "option", class: "command", id: `${this.menuId}-${index}`, onclick: () => this.#takeCommand(index) },
          h("code", {}, `/${command.command}`),
          h("span", {}, command.description),
        ),
      ),
      fitting.length === 0 ? h("div", { class: "people-none" }, t("commandsNone")) : null,
    );
    this.#markCommand(0);
  }

  #hideCommands() {
    this.menu.hidden = true;
    this.input.removeAttribute("aria-activedescendant");
  }

  #markCommand(index) {
    const options = this.menu.querySelectorAll("[role=option]");
    options[this.commandAt]?.removeAttribute("aria-selected");
    this.commandAt = index;
    const option = options[index];
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  #commandKey(event) {
    const count = this.shown.length;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && count > 0) this.#markCommand((this.commandAt + move + count) % count);
    else if (event.key === "Tab" && count > 0) this.#takeCommand(this.commandAt);
    else if (event.key === "Enter" && !event.shiftKey && count > 0) this.#takeCommand(this.commandAt);
    else if (event.key === "Escape") this.#hideCommands();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** Sends the command, as a tap in the list does on a real phone. In a group it is addressed to the bot. */
  #takeCommand(index) {
    const { store, user, chat } = this.phone;
    const command = `/${this.shown[index].command}`;
    this.#hideCommands();
    if (/^\/\w*$/.test(this.input.value)) {
      this.input.value = "";
      store.keepDraft(user, chat, "");
    }
    this.phone.sendContent({ text: store.isGroup(chat) ? `${command}@${store.bot.username}` : command });
    this.focus();
  }
}
