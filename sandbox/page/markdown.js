// Markdown as WeCom draws it in messages of bots and webhooks: headings, bold, links, code, quotes, lists, tables, font colours.

import { h } from "./dom.js";

const INLINE = /(\*\*(?<bold>[^*\n]+)\*\*)|(`(?<code>[^`\n]+)`)|(!?\[(?<label>[^\]\n]*)\]\((?<url>[^)\s]+)\))|(<font color="(?<color>info|comment|warning)">(?<coloured>.*?)<\/font>)|(<@(?<mention>[^<>\s]+)>)/gu;

/** Nodes for one line. */
function inline(text, actions) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const { bold, code, label, url, color, coloured, mention } = match.groups;
    nodes.push(text.slice(at, match.index));
    if (bold !== undefined) nodes.push(h("strong", {}, inline(bold, actions)));
    else if (code !== undefined) nodes.push(h("span", { class: "t-code" }, code));
    else if (url !== undefined) nodes.push(link(label || url, url, actions));
    else if (coloured !== undefined) nodes.push(h("span", { class: `t-${color}` }, inline(coloured, actions)));
    else nodes.push(h("span", { class: "t-mention" }, `@${actions.memberName?.(mention) ?? mention}`));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

function link(label, url, actions) {
  if (!/^https?:/i.test(url)) return label;
  const open = (event) => {
    if (actions.link(url)) event.preventDefault();
  };
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", tabindex: "-1", onclick: open }, label);
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
const isRule = (line) => line !== undefined && /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/.test(line) && line.includes("|");

/** Nodes for a whole text. `actions`: `link(url)` decides about an address, `memberName(userid)` names who is mentioned. */
export function markdown(text, actions) {
  const lines = text.split("\n");
  const blocks = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (/^```/.test(line)) {
      const code = [];
      for (at += 1; at < lines.length && !/^```/.test(lines[at]); at += 1) code.push(lines[at]);
      blocks.push(h("pre", { class: "t-pre" }, code.join("\n")));
    } else if (heading) blocks.push(h("div", { class: `md-heading md-${heading[1].length}` }, inline(heading[2], actions)));
    else if (line.startsWith(">")) {
      const quoted = [];
      for (; at < lines.length && lines[at].startsWith(">"); at += 1) quoted.push(h("div", {}, inline(lines[at].replace(/^>\s?/, ""), actions)));
      at -= 1;
      blocks.push(h("div", { class: "md-quote" }, quoted));
    } else if (line.includes("|") && isRule(lines[at + 1])) {
      const head = cells(line);
      const body = [];
      for (at += 2; at < lines.length && lines[at].includes("|"); at += 1) body.push(cells(lines[at]));
      at -= 1;
      const row = (tag) => (values) => h("tr", {}, values.map((value) => h(tag, {}, inline(value, actions))));
      blocks.push(h("table", { class: "md-table" }, h("thead", {}, row("th")(head)), h("tbody", {}, body.map(row("td")))));
    } else if (/^\s*([-*]|\d+\.)\s+/.test(line)) blocks.push(h("div", { class: "md-item" }, inline(line.replace(/^\s*[-*]\s+/, "• "), actions)));
    else if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) blocks.push(h("hr", {}));
    else blocks.push(h("div", { class: "md-line" }, line === "" ? "\u200b" : inline(line, actions)));
  }
  return blocks;
}
