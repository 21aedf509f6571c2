// Text with its entities as the Bot API describes them (offsets in UTF-16 units, as JavaScript counts), or with what is found in it.

import { h, unhurried } from "./dom.js";

const URL_PATTERN = /https?:\/\/[^\s<>"'，。；、）】」]+/gu;
const COMMAND_PATTERN = /(?<![\w/])\/[a-z][a-z0-9_]{0,31}(?:@\w+)?/giu;
const CLASSES = {
  bold: "t-bold",
  italic: "t-italic",
  underline: "t-underline",
  strikethrough: "t-strike",
  code: "t-code",
  pre: "t-pre",
  spoiler: "t-spoiler",
  blockquote: "t-quote",
  expandable_blockquote: "t-quote",
  mention: "t-mention",
  text_mention: "t-mention",
  hashtag: "t-mention",
};

function found(text) {
  const entities = [];
  for (const match of text.matchAll(URL_PATTERN)) entities.push({ type: "url", offset: match.index, length: match[0].length });
  for (const match of text.matchAll(COMMAND_PATTERN)) {
    const inUrl = entities.some((entity) => match.index >= entity.offset && match.index < entity.offset + entity.length);
    if (!inUrl) entities.push({ type: "bot_command", offset: match.index, length: match[0].length });
  }
  return entities;
}

/** `https://t.me/<bot>?start=CODE` and its group form → {kind: "start"|"startgroup", payload}; null for every other address. */
export function deepLink(url, botUsername) {
  let address;
  try {
    address = new URL(url);
  } catch {
    return null;
  }
  const name = address.protocol === "tg:" ? address.searchParams.get("domain") : address.pathname.slice(1);
  const ours = address.protocol === "tg:" || /^(t|telegram)\.me$/.test(address.hostname);
  if (!ours || !botUsername || name?.toLowerCase() !== botUsername.toLowerCase()) return null;
  for (const kind of ["startgroup", "start"]) {
    if (address.searchParams.has(kind)) return { kind, payload: address.searchParams.get(kind) };
  }
  return { kind: "start", payload: null };
}

/**
 * Nodes for a text. `actions`: `command(text)` runs when a command is clicked, `link(url)` decides about an address and answers true
 * when it dealt with it (a deep link); other addresses open in a new tab.
 */
export function richText(text, entities, actions) {
  const marks = entities && entities.length > 0 ? entities : found(text);
  const edges = new Set([0, text.length]);
  for (const mark of marks) {
    edges.add(mark.offset);
    edges.add(mark.offset + mark.length);
  }
  const places = [...edges].filter((place) => place <= text.length).sort((one, other) => one - other);
  const nodes = [];
  for (let index = 0; index + 1 < places.length; index += 1) {
    const [from, to] = [places[index], places[index + 1]];
    const over = marks.filter((mark) => mark.offset <= from && mark.offset + mark.length >= to);
    nodes.push(segment(text.slice(from, to), over, text, actions));
  }
  return nodes;
}

function segment(words, over, text, actions) {
  if (over.length === 0) return words;
  const names = over.map((mark) => CLASSES[mark.type]).filter(Boolean).join(" ") || null;
  const linked = over.find((mark) => mark.type === "text_link" || mark.type === "url");
  if (linked) {
    const plain = text.slice(linked.offset, linked.offset + linked.length);
    const url = linked.url ?? (/^\w+:/.test(plain) ? plain : `https://${plain}`);
    if (!/^(https?|tg):/i.test(url)) return h("span", { class: names }, words);
    const open = (event) => {
      if (actions.link(url)) event.preventDefault();
    };
    return h("a", { class: names, href: url, target: "_blank", rel: "noopener noreferrer", tabindex: "-1", onclick: open }, words);
  }
  const command = over.find((mark) => mark.type === "bot_command");
  if (command) {
    const whole = text.slice(command.offset, command.offset + command.length);
    return h("button", { type: "button", class: "t-command", tabindex: "-1", onclick: unhurried(() => actions.command(whole)) }, words);
  }
  return h("span", { class: names }, words);
}
