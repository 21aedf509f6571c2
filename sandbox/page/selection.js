// Who holds which phone, in the address: #phones=1005,1004,1004*-1001&tab=1 (person, or person*group; the phone in front).

import { chatKey } from "./store.js";

export function readSelection(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const phones = (query.get("phones") ?? "").split(",").filter(Boolean);
  return {
    phones: phones.map((phone) => {
      const [user, chat] = phone.split("*").map((place) => chatKey(decodeURIComponent(place)));
      return { user, chat: chat ?? null };
    }),
    front: Number(query.get("tab") ?? 1) - 1,
  };
}

export function writeSelection(phones, front) {
  const places = phones.map(({ user, chat }) => [user, chat].filter((place) => place !== null).map(encodeURIComponent).join("*"));
  return `#phones=${places.join(",")}&tab=${front + 1}`;
}

/** A clerk, a supervisor and a group, as a first visit shows them: 005, 004 and the first group they are in. */
export function defaultSelection(store) {
  const people = [...store.users.values()].sort((one, other) => store.order(one.id) - store.order(other.id));
  const pick = (number, role) => people.find((user) => store.number(user) === number && user.role === role) ?? people.find((user) => user.role === role);
  const agent = pick("005", "clerk") ?? people.at(-1);
  const supervisor = pick("004", "supervisor") ?? people[0];
  if (!agent || !supervisor) return [];
  const group = store.groupsOf(supervisor.id)[0] ?? store.groupsOf(agent.id)[0];
  const watcher = group?.members.includes(supervisor.id) ? supervisor : agent;
  return [
    { user: agent.id, chat: null },
    { user: supervisor.id, chat: null },
    { user: watcher.id, chat: group?.id ?? null },
  ];
}
