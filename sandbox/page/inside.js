// What happens inside the bot, as it happens: rows coming in, rows going out, jobs at their hour. Contents are never shown.

import { api } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { lang, t, wordOf } from "./i18n.js";
import { dayText, parseIso, sameDay, timeText, wall } from "./time.js";

const REFRESH_MS = 700;
const RANKS = ["reply", "notice", "bulk"];
const OPEN = new Set(["new", "leased"]);

/** A word of the page for something the bot calls by its own name, or that name. */
const called = (kind, name) => wordOf(`${kind}_${name}`) ?? name;

export class Inside {
  /** `desk`: gives `store`. */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.rows = new Map();
    this.state = h("p", { class: "inside-state", role: "status" });
    this.inbox = h("ol", { class: "wires" });
    this.outbox = h("ol", { class: "wires" });
    this.later = h("ol", { class: "wires" });
    this.jobs = h("ol", { class: "wires" });
    this.element = h("div", { class: "inside" });
    this.timer = null;
  }

  open() {
    this.rows.clear();
    this.first = true;
    fill(
      this.element,
      this.state,
      ...[
        ["inbox", this.inbox],
        ["outbox", this.outbox],
        ["later", this.later],
        ["jobs", this.jobs],
      ].map(([name, list]) => {
        list.setAttribute("aria-label", t(name));
        list.tabIndex = 0;
        fill(list);
        return h("section", { class: `box box-${name}` }, h("h3", {}, t(name), h("small", { class: "box-count", dataset: { count: name } })), h("p", {}, t(`${name}Note`)), list);
      }),
    );
    this.#look();
    this.timer = setInterval(() => {
      if (!document.hidden) this.#look();
    }, REFRESH_MS);
  }

  close() {
    clearInterval(this.timer);
  }

  async #look() {
    if (this.looking) return;
    this.looking = true;
    try {
      const found = await api.inside();
      this.element.classList.toggle("away", !found.there);
      this.state.textContent = found.there ? "" : t("insideAway");
      if (found.there) this.#draw(found);
    } catch {
      // The bar on top already says that the line is down.
    } finally {
      this.looking = false;
    }
  }

  #draw(found) {
    const { inbox, outbox } = found.counts;
    this.#count("inbox", t("inboxCount", { open: inbox.new ?? 0, done: inbox.done ?? 0 }));
    this.#count("outbox", t("outboxCount", { open: found.busy - (inbox.new ?? 0), sent: outbox.sent ?? 0 }));
    this.#count("later", String(found.later.length));
    this.#count("jobs", found.next ? t("nextJob", { at: this.#moment(found.next) }) : "");
    this.#list(this.inbox, "inbox", found.inbox, (row) => this.#in(row));
    this.#list(this.outbox, "outbox", found.outbox, (row) => this.#out(row));
    this.#list(this.later, "later", found.later, (row) => this.#due(row));
    this.#list(this.jobs, "jobs", found.jobs, (row) => this.#job(row));
    this.first = false;
  }

  #count(name, words) {
    const place = this.element.querySelector(`[data-count=${name}]`);
    if (place && place.textContent !== words) place.textContent = words;
  }

  /** Brings a list to its rows; what is new or changed lights up. */
  #list(list, name, rows, build) {
    const wanted = rows.map((row) => {
      const place = `${name}${row.id}`;
      const key = JSON.stringify(row);
      const known = this.rows.get(place);
      if (known?.key === key) return known.element;
      const element = build(row);
      if (!this.first) element.classList.add("fresh");
      this.rows.set(place, { key, element });
      return element;
    });
    if (wanted.length > 0 && wanted.length === list.childElementCount && wanted.every((element, index) => element === list.children[index])) return;
    if (wanted.length > 0) fill(list, wanted);
    else if (!list.querySelector(".none")) fill(list, h("li", { class: "wire none" }, t("nothingThere")));
  }

  // ---- rows -------------------------------------------------------------------------------------------------------------------

  #in(row) {
    const failed = row.state === "parked" || row.error;
    return h(
      "li",
      { class: `wire state-${row.state}` },
      h("span", { class: "wire-head" }, h("strong", {}, called("kind", row.kind ?? "update")), h("span", {}, this.#who(row.sender)), this.#chip(row.state)),
      h("span", { class: "wire-facts" }, this.#fact("at", this.#moment(row.received_at)), this.#fact("key", row.key), row.attempts > 0 ? this.#fact("attempts", row.attempts) : null, failed ? this.#fact("why", row.error) : null),
    );
  }

  #out(row) {
    return h(
      "li",
      { class: `wire state-${row.state}` },
      h("span", { class: "wire-head" }, h("strong", {}, called("verb", row.verb)), this.#arrow(row), this.#chip(row.state)),
      h("span", { class: "wire-way", "aria-hidden": "true" }, this.#way(row.state)),
      h(
        "span",
        { class: "wire-facts" },
        h("span", { class: `rank rank-${row.rank}` }, called("rank", RANKS[row.rank] ?? row.rank)),
        row.notice ? h("code", {}, row.notice) : null,
        this.#fact("once", row.once),
        row.guard ? this.#fact("guard", row.guard) : null,
        row.expires_at ? this.#fact("expires", this.#moment(row.expires_at)) : null,
        row.attempts > 1 ? this.#fact("attempts", row.attempts) : null,
        row.reason ? this.#fact("why", row.reason) : null,
        this.#fact("at", this.#moment(row.done_at ?? row.due_at)),
      ),
    );
  }

  #due(row) {
    return h(
      "li",
      { class: "wire" },
      h("span", { class: "wire-head" }, h("strong", {}, this.#moment(row.due_at)), this.#arrow(row)),
      h("span", { class: "wire-facts" }, row.notice ? h("code", {}, row.notice) : null, row.guard ? this.#fact("guard", row.guard) : null, row.expires_at ? this.#fact("expires", this.#moment(row.expires_at)) : null),
    );
  }

  #job(row) {
    return h(
      "li",
      { class: `wire state-${row.state}` },
      h("span", { class: "wire-head" }, h("strong", {}, called("job", row.job)), this.#chip(row.state)),
      h("span", { class: "wire-facts" }, this.#fact("planned", this.#moment(row.scheduled_for)), row.reason ? this.#fact("why", row.reason) : null),
    );
  }

  /** new → leased → sent: how far a row has come. */
  #way(state) {
    const stops = ["new", "leased", OPEN.has(state) ? "sent" : state];
    const at = stops.indexOf(state);
    return stops.map((stop, index) => [index > 0 ? icon("next") : null, h("i", { class: index <= at ? "passed" : "" }, called("state", stop))]);
  }

  #chip(state) {
    return h("span", { class: `chip chip-${state}` }, called("state", state));
  }

  #fact(name, value) {
    return h("span", { class: `fact fact-${name}` }, h("em", {}, t(`fact_${name}`)), ` ${value ?? "–"}`);
  }

  #who(id) {
    return this.store.userName(Number(id)) ?? id;
  }

  /** `→ 林晓燕`; nothing for what goes to nobody, as the answer to a press does. */
  #arrow({ person, chat }) {
    const name = person ?? this.store.chats.get(Number(chat))?.title ?? this.store.userName(Number(chat)) ?? chat;
    return name ? h("span", {}, `→ ${name}`) : null;
  }

  #moment(iso) {
    const { offset } = this.store.clock;
    const at = wall(parseIso(iso).ms, offset);
    return sameDay(at, wall(this.store.now(), offset)) ? timeText(at) : `${dayText(at, lang)} ${timeText(at)}`;
  }
}
