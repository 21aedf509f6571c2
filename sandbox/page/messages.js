// One message as the phone shows it. Building only: the phone decides what happens on a click.

import { drawCard } from "./cards.js";
import { h, hueOf, icon } from "./dom.js";
import { lang, t, why } from "./i18n.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { dayText, momentText, parseIso, sameDay, timeText, wall } from "./time.js";

const ANONYMOUS_ADMINISTRATOR = 1087968824;
/** Messages of one sender within this time stand together under one name. */
const TOGETHER_MS = 5 * 60_000;

/** The name of a sender: a person, the bot, an anonymous administrator, or somebody unknown. */
export function senderName(store, from) {
  if (from === ANONYMOUS_ADMINISTRATOR) return t("anonymous");
  return store.userName(from) ?? t("someone", { id: from });
}

/** What a message says in one line, for quotes, pinned bars and screen readers. */
export function gist(message) {
  const words = message.text ?? message.caption ?? message.words;
  if (words) return words;
  if (message.photo) return t("photo");
  if (message.voice) return t("voice");
  if (message.document) return message.document.name || t("document");
  if (message.sticker) return t("sticker");
  return message.service ?? "";
}

/**
 * What stands before and around each message: a new day, the sender's name, the gap to the previous one.
 * Returns rows {message, day: text|null, named, joined}; `joined`: belongs to the same sender's previous message.
 */
export function layout(messages, { user, group, offset, thisYear }) {
  const rows = [];
  let before = null;
  let beforeMs = 0;
  for (const message of messages) {
    const { ms } = parseIso(message.date);
    const at = wall(ms, offset);
    const day = before && sameDay(wall(beforeMs, offset), at) ? null : dayText(at, lang, thisYear);
    const joined =
      day === null && !message.service && !before.service && before.from === message.from && ms - beforeMs < TOGETHER_MS;
    rows.push({ message, day, joined, named: group && !joined && message.from !== user && !message.service });
    before = message;
    beforeMs = ms;
  }
  return rows;
}

/** A key that changes exactly when the look of a row changes. */
export function rowKey(row, user) {
  return `${row.day ?? ""}|${row.joined}|${row.named}|${user}|${lang}`;
}

/** Builds the <li> of a row. `actions`: press, goTo, link, command, react, picture. */
export function buildRow(row, { store, user, offset, actions }) {
  const { message } = row;
  const day = row.day ? h("div", { class: "day" }, h("span", {}, row.day)) : null;
  const props = { class: "row", dataset: { id: message.id }, tabindex: "-1" };
  if (message.service) return h("li", { ...props, class: "row service" }, day, h("div", { class: "service-text" }, message.service));

  const own = message.from === user;
  const side = own ? "own" : message.from === "bot" ? "bot" : "other";
  const className = `row ${side}${row.joined ? " joined" : ""}${message.buttons ? " with-buttons" : ""}${message.streaming ? " streaming" : ""}`;
  if (message.deleted) {
    return h("li", { ...props, class: `${className} gone` }, day, h("div", { class: "bubble" }, h("em", {}, t("deleted")), stamp(message, offset)));
  }
  const name = row.named
    ? h("div", { class: `sender hue-${message.from === "bot" ? "bot" : hueOf(message.from)}` }, senderName(store, message.from))
    : null;
  const words = message.text ?? message.caption;
  const bubble = h(
    "div",
    { class: message.sticker ? "bubble sticker" : message.card ? "bubble card-bubble" : "bubble" },
    name,
    message.reply_to ? quoted(message, store, actions) : null,
    media(message, actions),
    message.card ? drawCard(message, store.users.get(user)?.wecom, actions) : null,
    words ? h("div", { class: "words" }, message.markdown ? markdown(words, actions) : richText(words, message.entities, actions)) : null,
    message.mentions?.length && !message.markdown ? h("div", { class: "mentions" }, message.mentions.map((one) => h("span", { class: "t-mention" }, `@${one === "@all" ? t("everybody") : actions.memberName(one)} `))) : null,
    own && message.heard === false ? h("div", { class: "unheard" }, icon("alert"), h("span", {}, t("unheard"))) : null,
    stamp(message, offset),
  );
  const reactions = message.reactions?.length ? h("div", { class: "reactions" }, message.reactions.map((emoji) => h("span", {}, emoji))) : null;
  return h("li", { ...props, class: className }, day, bubble, reactions, message.buttons ? buttons(message, actions) : null);
}

function stamp(message, offset) {
  const sent = parseIso(message.date).ms;
  const title = [momentText(sent, offset, lang)];
  if (message.edited) title.push(`${t("edited")} ${momentText(parseIso(message.edited).ms, offset, lang)}`);
  return h(
    "div",
    { class: "stamp", title: title.join(" · ") },
    message.edited ? h("span", { class: "edited" }, t("edited")) : null,
    h("time", { datetime: message.date }, timeText(wall(sent, offset))),
  );
}

function quoted({ reply_to: reply, quote }, store, actions) {
  const text = quote ?? reply.text ?? t("deleted");
  return h(
    "button",
    { type: "button", class: "quoted", tabindex: "-1", title: t("goOriginal"), onclick: () => actions.goTo(reply.id) },
    h("span", { class: "quoted-name" }, senderName(store, reply.from)),
    h("span", { class: "quoted-text" }, text),
  );
}

function media(message, actions) {
  if (message.photo) {
    const label = message.caption ? `${t("photo")}: ${message.caption}` : t("photo");
    const picture = h("img", { src: message.photo, alt: label });
    return h("button", { type: "button", class: "photo", tabindex: "-1", onclick: () => actions.picture(message.photo, label) }, picture);
  }
  if (message.voice) {
    const bars = [5, 9, 14, 8, 12, 17, 10, 6, 13, 9, 15, 7, 11, 5].map((height) => h("i", { style: { height: `${height}px` } }));
    return h("div", { class: "voice", role: "img", "aria-label": t("voice") }, icon("voice"), h("span", { class: "wave" }, bars));
  }
  if (message.document) {
    const body = [icon("file"), h("span", {}, message.document.name || t("document"))];
    if (!message.document.url) return h("div", { class: "document" }, body);
    return h("a", { class: "document", href: message.document.url, download: message.document.name || "", tabindex: "-1" }, body);
  }
  if (message.sticker) return h("div", { class: "sticker-face", role: "img", "aria-label": t("sticker") }, icon("smile"));
  return null;
}

function buttons(message, actions) {
  const rows = message.buttons.map((row) =>
    h(
      "div",
      { class: "button-row" },
      row.map((button) => {
        const mark = button.url ? icon("link") : button.copy ? icon("copy") : null;
        const press = (event) => actions.press(message, button, event.currentTarget);
        return h("button", { type: "button", class: "inline-button", tabindex: "-1", onclick: press }, h("span", {}, button.text), mark);
      }),
    ),
  );
  return h("div", { class: "buttons" }, rows);
}

/** The bubble of a message on its way, or refused by the server. */
export function buildWaiting(item, { onretry, ondrop }) {
  const words = item.content.text ?? (item.content.photo ? t("photo") : item.content.voice ? t("voice") : item.content.sticker ? t("sticker") : t("document"));
  const state = item.failed
    ? h(
        "div",
        { class: "failure", role: "alert" },
        h("span", {}, `${t("notSent")} · ${why(item.failed)}`),
        h("button", { type: "button", class: "text-button", onclick: onretry }, t("resend")),
        h("button", { type: "button", class: "text-button", onclick: ondrop }, t("drop")),
      )
    : null;
  const mark = h("div", { class: "stamp", title: t("sending") }, item.failed ? icon("alert") : icon("clock"));
  return h("li", { class: `row own waiting${item.failed ? " failed" : ""}` }, h("div", { class: "bubble" }, h("div", { class: "words" }, words), mark), state);
}
