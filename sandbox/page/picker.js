// Choosing who holds a phone: everybody of the company under a search field, by team, with unread marks. Arrow keys move, Enter takes.

import { avatar, badge, h, icon, openPanel } from "./dom.js";
import { roleText, t } from "./i18n.js";
import { initials } from "./pinyin.js";

/** The list is as high as the window leaves room for, within these bounds. */
const [LEAST_PX, MOST_PX, MARGIN_PX] = [200, 520, 14];

let pickers = 0;

/** Everything somebody may type to find a person, in lower case. */
function searchable(store, user) {
  const name = store.userName(user.id);
  const words = [store.number(user), user.id, user.wecom, name, initials(name), user.username, user.title, user.team, user.role, roleText(user)];
  return words.filter(Boolean).join(" ").toLowerCase();
}

function byTeam(store, users) {
  const teams = new Map();
  for (const user of users) {
    const team = user.team || (user.role ? t("noTeam") : t("strangers"));
    if (!teams.has(team)) teams.set(team, []);
    teams.get(team).push(user);
  }
  for (const people of teams.values()) people.sort((one, other) => store.order(one.id) - store.order(other.id));
  const first = (people) => Math.min(...people.map((user) => store.order(user.id)));
  return [...teams].sort(([, one], [, other]) => first(one) - first(other));
}

/** Opens the list under `anchor`; `onpick(userId)` runs for the chosen person. */
export function openPicker(anchor, { store, current, onpick }) {
  if (anchor.getAttribute("aria-expanded") === "true") return;
  pickers += 1;
  const listId = `people-${pickers}`;
  let rows = [];
  let active = -1;

  const list = h("div", { class: "people", role: "listbox", id: listId, "aria-label": t("people") });
  const input = h("input", {
    type: "search",
    role: "combobox",
    class: "people-search",
    placeholder: t("search"),
    "aria-label": t("search"),
    "aria-controls": listId,
    "aria-expanded": "true",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });

  function activate(index) {
    rows[active]?.element.removeAttribute("aria-selected");
    active = index;
    const row = rows[active];
    if (!row) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    row.element.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", row.element.id);
    row.element.scrollIntoView({ block: "nearest" });
  }

  function render() {
    const wanted = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const users = [...store.users.values()].filter((user) => {
      const words = searchable(store, user);
      return wanted.every((word) => words.includes(word));
    });
    rows = [];
    const groups = byTeam(store, users).map(([team, people]) =>
      h(
        "div",
        { role: "group", "aria-label": team },
        h("div", { class: "people-team", "aria-hidden": "true" }, team),
        people.map((user) => {
          const name = store.userName(user.id);
          const own = store.chatsOf(user.id).filter((chat) => !store.isGroup(chat));
          const unread = own.reduce((sum, chat) => sum + store.unreadIn(chat), 0);
          const element = h(
            "div",
            { role: "option", class: "person", id: `${listId}-${user.id}`, "aria-current": user.id === current ? "true" : null, onclick: () => pick(user.id) },
            avatar("person", name, user.id),
            h("span", { class: "person-name" }, name),
            h("span", { class: "person-number" }, store.number(user) ?? ""),
            user.wecom ? h("span", { class: "network-mark", title: t("wecom") }, t("wecomMark")) : null,
            h("span", { class: "person-role" }, roleText(user)),
            badge(unread, t("unreadN", { n: unread })),
          );
          rows.push({ user, element });
          return element;
        }),
      ),
    );
    list.replaceChildren(...(groups.length > 0 ? groups : [h("div", { class: "people-none" }, t("nobody"))]));
    active = -1;
    const start = wanted.length > 0 ? 0 : rows.findIndex((row) => row.user.id === current);
    activate(Math.max(start, 0));
  }

  const panel = h("div", { class: "picker", role: "dialog", "aria-label": t("pickPerson") }, h("div", { class: "search-box" }, icon("search"), input), list);
  const close = openPanel(anchor, panel);
  const room = innerHeight - anchor.getBoundingClientRect().bottom - MARGIN_PX;
  panel.style.maxHeight = `${Math.max(LEAST_PX, Math.min(room, MOST_PX))}px`;

  function pick(userId) {
    close();
    onpick(userId);
  }

  input.addEventListener("input", render);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = rows.length - 1;
    const to = { ArrowDown: Math.min(active + 1, last), ArrowUp: Math.max(active - 1, 0), PageDown: Math.min(active + 6, last), PageUp: Math.max(active - 6, 0) }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      activate(to);
    } else if (event.key === "Enter" && rows[active]) {
      event.preventDefault();
      pick(rows[active].user.id);
    }
  });
  // A click on a row must not take the focus away before it counts.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  render();
  input.focus();
}
