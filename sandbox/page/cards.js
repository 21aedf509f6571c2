// Template cards: head, rows, questions and buttons, as somebody sees and fills them on a phone.

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const SOURCE_COLOURS = ["grey", "black", "red", "green"];

/** The card as one member sees it: their own version where it was updated for them alone. */
export function seenCard(message, userid) {
  return message.views?.[userid]?.card ?? message.card;
}

function head(card) {
  const source = card.source?.desc ? h("div", { class: `card-source source-${SOURCE_COLOURS[card.source.desc_color ?? 0]}` }, card.source.desc) : null;
  const title = card.main_title ?? {};
  return [
    source,
    title.title ? h("div", { class: "card-title" }, title.title) : null,
    title.desc ? h("div", { class: "card-desc" }, title.desc) : null,
    card.emphasis_content?.title ? h("div", { class: "card-emphasis" }, h("strong", {}, card.emphasis_content.title), h("span", {}, card.emphasis_content.desc ?? "")) : null,
    card.quote_area?.quote_text || card.quote_area?.title
      ? h("div", { class: "card-quote" }, card.quote_area.title ? h("strong", {}, card.quote_area.title) : null, h("span", {}, card.quote_area.quote_text ?? ""))
      : null,
    card.sub_title_text ? h("div", { class: "card-sub" }, card.sub_title_text) : null,
  ];
}

function rows(card) {
  const list = card.horizontal_content_list ?? [];
  const tall = card.vertical_content_list ?? [];
  return [
    list.length > 0 ? h("dl", { class: "card-rows" }, list.map((row) => [h("dt", {}, row.keyname), h("dd", {}, row.value ?? "")])) : null,
    tall.map((part) => h("div", { class: "card-part" }, h("strong", {}, part.title), h("span", {}, part.desc ?? ""))),
  ];
}

/** A drop-down; answers the element and what is chosen in it. `before`: what somebody chose in an earlier drawing, or null. */
function dropDown(question, before, onchange) {
  const selected = before?.[0] ?? question.selected_id;
  const select = h(
    "select",
    { class: "card-select", tabindex: "-1", "aria-label": question.title || t("cardChoose"), disabled: Boolean(question.disable), onchange },
    question.option_list.map((option) => h("option", { value: option.id, selected: option.id === selected }, option.text)),
  );
  const element = h("label", { class: "card-question" }, question.title ? h("span", {}, question.title) : null, select);
  return { element, key: question.question_key, chosen: () => [select.value] };
}

/** Boxes to tick, one or several. */
function boxes(question, name, before, onchange) {
  const type = question.mode === 1 ? "checkbox" : "radio";
  const ticked = (option, index) => (before ? before.includes(option.id) : option.is_checked || (type === "radio" && index === 0));
  const inputs = question.option_list.map((option, index) =>
    h("input", { type, name, value: option.id, tabindex: "-1", checked: ticked(option, index), disabled: Boolean(question.disable), onchange }),
  );
  const element = h(
    "div",
    { class: "card-boxes", role: "group" },
    inputs.map((input, index) => h("label", {}, input, h("span", {}, question.option_list[index].text))),
  );
  return { element, key: question.question_key, chosen: () => inputs.filter((input) => input.checked).map((input) => input.value) };
}

/** `chosen`: answers by question of an earlier drawing of this card; they are kept there as they change. */
function questionsOf(card, name, chosen) {
  const found = [];
  const keep = (question) => () => {
    chosen[question.question_key] = found.find((one) => one.key === question.question_key).chosen();
  };
  const before = (question) => chosen[question.question_key] ?? null;
  for (const question of [card.button_selection, ...(card.select_list ?? [])].filter(Boolean)) found.push(dropDown(question, before(question), keep(question)));
  if (card.checkbox) found.push(boxes(card.checkbox, name, before(card.checkbox), keep(card.checkbox)));
  return found;
}

/**
 * Draws a card. `actions`: `pressCard(message, key, chosen, element)` for what calls the bot back, `open(url)` for addresses,
 * `chosenOn(message)` the answers somebody gave so far, which outlive a drawing.
 */
export function drawCard(message, userid, actions) {
  const card = seenCard(message, userid);
  const questions = questionsOf(card, `card-${userid}-${message.chat_id}-${message.id}`, actions.chosenOn(message));
  const busy = (message.busy ?? []).includes(userid);
  const chosen = () => Object.fromEntries(questions.map((question) => [question.key, question.chosen()]));
  const button = (text, style, run) =>
    h("button", { type: "button", class: `inline-button card-button style-${style}${busy ? " pressed" : ""}`, tabindex: "-1", "aria-busy": busy ? "true" : null, onclick: (event) => run(event.currentTarget) }, h("span", {}, text));
  const callback = (text, key, style) => button(text, style, (element) => actions.pressCard(message, key, chosen(), element));
  const buttons = [];
  const disabled = card.checkbox?.disable || (card.select_list?.length > 0 && card.select_list.every((one) => one.disable));
  if (card.replace_text) buttons.push(h("div", { class: "card-done" }, /^[✓✔✅]/u.test(card.replace_text) ? null : icon("check"), h("span", {}, card.replace_text)));
  else {
    for (const one of card.button_list ?? []) buttons.push(one.type === 1 ? button(one.text, one.style ?? 1, () => actions.open(one.url)) : callback(one.text, one.key, one.style ?? 1));
    if (card.submit_button && !disabled) buttons.push(callback(card.submit_button.text, card.submit_button.key, 1));
  }
  const links = [...(card.jump_list ?? []), ...(card.card_action?.type === 1 ? [{ title: t("cardDetails"), url: card.card_action.url }] : [])];
  return h(
    "div",
    { class: "card" },
    card.card_image?.url ? h("div", { class: "card-image" }, t("cardImage")) : null,
    head(card),
    rows(card),
    questions.map((question) => question.element),
    links.filter((one) => one.url).map((one) => h("button", { type: "button", class: "card-link", tabindex: "-1", onclick: () => actions.open(one.url) }, h("span", {}, one.title), icon("next"))),
    busy ? h("div", { class: "card-busy", role: "status" }, t("cardBusy")) : null,
    buttons.length > 0 ? h("div", { class: "card-buttons" }, buttons) : null,
    card.action_menu?.action_list?.length ? h("div", { class: "card-menu" }, h("span", {}, card.action_menu.desc ?? ""), card.action_menu.action_list.map((one) => callback(one.text, one.key, 4))) : null,
  );
}
