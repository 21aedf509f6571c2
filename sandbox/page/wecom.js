// The toy WeCom as the page's store sees it: members become people, conversations become chats, messages take the page's shape.

/** Ids of people who have no Telegram account: everybody else keeps the number they have there. */
const ONLY = "wecom:";

/** Members by userid → the id of the person on this page. */
export function personIds(state) {
  return new Map(state.members.map((member) => [member.userid, member.telegram ?? `${ONLY}${member.userid}`]));
}

/** People of the page: those of the toy Telegram, told apart by `wecom` (their userid), and those who are in WeCom alone. */
export function withMembers(users, state) {
  const people = new Map(users.map((user) => [user.id, user]));
  for (const member of state.members) {
    const id = member.telegram ?? `${ONLY}${member.userid}`;
    const known = people.get(id);
    const only = { id, first_name: member.name, title: member.title, role: member.role, team: member.team, started: true, wecomOnly: true };
    people.set(id, { ...(known ?? only), wecom: member.userid, deactivated: known?.deactivated ?? member.left, left: member.left });
  }
  return people;
}

/** Chats of the page: for every member one with the bot and, where they see it, one with the app; and the groups. */
export function conversations(state) {
  const last = new Map(state.chats.map((chat) => [chat.id, chat.last_message_id]));
  const people = personIds(state);
  const chats = [];
  const app = state.app.callback_url !== "" || [...last.keys()].some((chat) => chat.startsWith("app:"));
  for (const member of state.members) {
    const own = { type: "private", network: "wecom", user_id: people.get(member.userid) };
    const bot = `bot:${member.userid}`;
    chats.push({ ...own, id: bot, title: state.bot.name, place: "bot", last_message_id: last.get(bot) ?? 0 });
    const place = `app:${member.userid}`;
    if (app && member.visible) chats.push({ ...own, id: place, title: state.app.name, place: "app", last_message_id: last.get(place) ?? 0, menu: state.app.menu });
  }
  for (const group of state.groups) {
    const members = group.members.map((userid) => people.get(userid)).filter((id) => id !== undefined);
    chats.push({ id: group.id, type: "group", network: "wecom", title: group.title, members, admins: [], bot: group.bot, last_message_id: last.get(group.id) ?? 0 });
  }
  return chats;
}

/** Entries of the app's menu that can be clicked, as rows of words. */
export function menuRows(menu) {
  return (menu?.button ?? []).map((button) => (button.sub_button?.length ? button.sub_button : [button]).filter((entry) => entry.type === "click").map((entry) => entry.name)).filter((row) => row.length > 0);
}

function sender(from, via, people) {
  if (from === "@bot" || from === "@app") return "bot";
  if (from === "@robot") return `robot:${via}`;
  return people.get(from) ?? from;
}

/** A message in the page's shape; `botName` is what stands after an @ that mentions the bot. */
export function pageMessage(message, people, botName) {
  const at = message.text.startsWith(`@${botName}`);
  const spoken = message.kind !== "card" && message.kind !== "image" && message.kind !== "file";
  return {
    id: message.id,
    chat_id: message.chat,
    network: "wecom",
    from: sender(message.from, message.via, people),
    date: message.date,
    text: spoken && message.text !== "" ? message.text : null,
    caption: null,
    entities: at ? [{ type: "mention", offset: 0, length: botName.length + 1 }] : [],
    markdown: message.kind === "markdown",
    card: message.card,
    words: message.text,
    views: message.views,
    busy: message.busy,
    mentions: message.mentions,
    photo: message.kind === "image" || message.kind === "mixed" ? message.file : null,
    document: message.kind === "file" ? { name: message.name, url: message.file } : null,
    voice: message.kind === "voice",
    video: message.kind === "video",
    reply_to: message.quote ? { id: message.quote.id, from: sender(message.quote.from, "", people), text: message.quote.text } : null,
    quote: null,
    buttons: null,
    edited: message.from.startsWith("@") ? null : message.edited,
    heard: message.heard,
    streaming: !message.finished,
  };
}
