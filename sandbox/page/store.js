// What the page knows: people, chats, messages, the clock, the bot, and what is still unread. One per page; views listen to it.
//
// Events (CustomEvent, data in `detail`): "state" people, chats or the bot changed · "log" {chat} · "unread" · "clock" ·
// "toast" {user_id, text, alert} · "typing" {chat} · "line" the connection came or went · "backstage" faults, violations, updates ·
// "scene" a scene went on or ended.

import { api, listen } from "./api.js";
import { parseIso } from "./time.js";
import { conversations, pageMessage, personIds, withMembers } from "./wecom.js";

/** Messages fetched at a time. */
export const PAGE = 100;

const SEEN_KEY = "waihu.seen";
/** Companies whose marks are kept: one address may show several, one after the other. */
const COMPANIES = 8;
const DRAFTS_KEY = "waihu.drafts";
/** While the clock moves, the page looks by itself now and then, should an event be lost. */
const WATCH_MS = 1000;

function remembered(storage, key) {
  try {
    return JSON.parse(storage.getItem(key)) ?? null;
  } catch {
    return null;
  }
}

function remember(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows may refuse storage: the page works, it only forgets.
  }
}

/** A chat id as it was before it became the key of an object: numbers are the toy Telegram's, names the toy WeCom's. */
export function chatKey(id) {
  return /^-?\d+$/.test(id) ? Number(id) : id;
}

export class Store extends EventTarget {
  constructor() {
    super();
    this.ready = false;
    this.connected = false;
    this.users = new Map();
    this.chats = new Map();
    this.bot = { username: "", first_name: "", running: false, supervised: false, restarts: 0, pid: null };
    this.commands = {};
    /** The toy WeCom: its bot, app, members and groups as the control API shows them. */
    this.wecom = null;
    this.people = new Map();
    this.violations = 0;
    this.pendingUpdates = 0;
    /** Whoever started the sandbox begins the company anew when asked. */
    this.resettable = false;
    /** What the company speaks, where whoever started the sandbox says so. */
    this.spoken = null;
    this.clock = { ms: 0, offset: 0, readAt: 0, moving: false, target: null };
    /** chat id → {messages: oldest first, complete: nothing older exists, loaded, loading} */
    this.logs = new Map();
    /** chat id → ids of messages nobody has seen on a phone yet */
    this.unread = new Map();
    /** chat id → last id seen on a phone; kept between visits */
    this.seen = new Map();
    /** Nobody has looked at a company at this address before. */
    this.firstVisit = true;
    /** Which company this address shows, by the server's word: what was seen of another one says nothing. */
    this.company = null;
    /** `user@chat` → messages on their way, or refused: {key, user, chat, content, failed: null or the error} */
    this.outgoing = new Map();
    /** `user@chat` → text typed and not sent */
    this.drafts = new Map(Object.entries(remembered(sessionStorage, DRAFTS_KEY) ?? {}));
    this.outgoingCount = 0;
    this.refreshing = null;
  }

  /** Starts listening; the first connection fetches everything. */
  start() {
    listen({
      onopen: () => this.#connected(),
      onevent: (event) => this.#apply(event),
      onlost: () => {
        if (!this.connected) return;
        this.connected = false;
        this.#emit("line");
      },
    });
    const look = () => this.refresh().catch(() => {});
    addEventListener("online", look);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.ready) look();
    });
    setInterval(() => {
      if (this.clock.moving && this.connected) look();
    }, WATCH_MS);
  }

  // ---- people and chats -------------------------------------------------------------------------------------------------------

  /** The id of a person's private chat with the bot; it is the person's own id until the server says otherwise. */
  privateChat(userId) {
    const user = this.users.get(userId);
    if (user?.wecomOnly) return `bot:${user.wecom}`;
    for (const chat of this.chats.values()) if (chat.type === "private" && chat.network !== "wecom" && chat.user_id === userId) return chat.id;
    return userId;
  }

  /** Everything a person has on their phone: private chats first, Telegram's before WeCom's, then groups. */
  chatsOf(userId) {
    const own = [...this.chats.values()].filter((chat) => chat.type === "private" && chat.network === "wecom" && chat.user_id === userId).map((chat) => chat.id);
    const first = this.privateChat(userId);
    return [first, ...own.filter((chat) => chat !== first), ...this.groupsOf(userId).map((group) => group.id)];
  }

  /** Is this a conversation of the toy WeCom? */
  isWeCom(chatId) {
    return this.chats.get(chatId)?.network === "wecom";
  }

  /** Does this company use both networks? */
  onBoth() {
    const chats = [...this.chats.values()];
    return chats.some((chat) => chat.network === "wecom") && chats.some((chat) => chat.network !== "wecom");
  }

  /** The place of a person in every list: by number, then those who are in WeCom alone, in the order they came. */
  order(userId) {
    return typeof userId === "number" ? userId : Number.MAX_SAFE_INTEGER / 2 + [...this.users.keys()].indexOf(userId);
  }

  /** The groups a person is in, in the server's order. */
  groupsOf(userId) {
    return [...this.chats.values()].filter((chat) => chat.type !== "private" && !chat.migrated_to && (chat.members ?? []).includes(userId));
  }

  isGroup(chatId) {
    const chat = this.chats.get(chatId);
    return chat !== undefined && chat.type !== "private";
  }

  /** The three digits people of the company know each other by (005), or null for a stranger. */
  number(user) {
    if (!user.role) return null;
    const digits = /(\d{3})$/.exec(user.username ?? "");
    if (typeof user.id !== "number") return null;
    return digits ? digits[1] : String(user.id % 1000).padStart(3, "0");
  }

  userName(userId) {
    if (userId === "bot") return this.bot.first_name;
    if (String(userId).startsWith("robot:")) return String(userId).slice("robot:".length);
    const user = this.users.get(userId);
    return user ? [user.first_name, user.last_name].filter(Boolean).join(" ") : null;
  }

  /**
   * The commands a person sees in a chat: the first list that exists, in the Bot API's order of scopes, each in the person's language
   * before the one for everybody. `commands` is {scope: {language or "": [{command, description}]}}.
   */
  commandsFor(userId, chatId) {
    const chat = this.chats.get(chatId);
    const language = (this.users.get(userId)?.language_code ?? "").slice(0, 2);
    const admin = (chat?.admins ?? []).includes(userId);
    const scopes = this.isGroup(chatId)
      ? [
          `chat_member:${chatId}:${userId}`,
          admin && `chat_administrators:${chatId}`,
          `chat:${chatId}`,
          admin && "all_chat_administrators",
          "all_group_chats",
          "default",
        ]
      : [`chat:${chatId}`, "all_private_chats", "default"];
    for (const scope of scopes) {
      const lists = this.commands[scope] ?? {};
      const list = lists[language] ?? lists[""];
      if (list) return list;
    }
    return [];
  }

  /** What the company speaks, or its people have their phones set to: "zh" or "en". WeCom's phones say nothing of it. */
  get language() {
    if (this.spoken) return this.spoken;
    const first = this.users.values().next().value;
    return (first?.language_code ?? "").startsWith("en") ? "en" : "zh";
  }

  // ---- the clock --------------------------------------------------------------------------------------------------------------

  /** The company's time now, in milliseconds; between two reports it runs with the browser's own. */
  now() {
    return this.clock.moving ? this.clock.ms : this.clock.ms + (performance.now() - this.clock.readAt);
  }

  #readClock(clock) {
    const { ms, offset } = parseIso(clock.now);
    this.clock = { ms, offset, readAt: performance.now(), moving: clock.moving, target: clock.target ? parseIso(clock.target).ms : null };
    this.#emit("clock");
  }

  async moveClock(body) {
    this.#readClock(await api.moveClock(body));
  }

  // ---- connection -------------------------------------------------------------------------------------------------------------

  async #connected() {
    this.connected = true;
    this.#emit("line");
    try {
      await this.refresh();
      await Promise.all([...this.logs.keys()].map((chat) => this.#reload(chat)));
    } catch {
      // The line broke again; the next connection repeats this.
    }
  }

  /** Fetches the state anew; calls while one is under way share it. */
  refresh() {
    this.refreshing ??= this.#refresh().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  async #refresh() {
    const [state, wecom] = await Promise.all([api.state(), api.wecom.state()]);
    this.#meet(state.company);
    this.wecom = wecom;
    this.people = personIds(wecom);
    this.bot = state.bot;
    this.commands = state.commands ?? {};
    this.violations = state.violations ?? 0;
    this.pendingUpdates = state.pending_updates ?? 0;
    this.resettable = state.resettable ?? false;
    this.spoken = state.language ?? null;
    this.users = withMembers(state.users, wecom);
    this.chats = new Map([...state.chats, ...conversations(wecom)].map((chat) => [chat.id, chat]));
    this.#readClock(state.clock);
    await this.#findNews();
    this.ready = true;
    this.#emit("state");
    this.#emit("backstage");
  }

  #emit(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #apply(event) {
    switch (event.type) {
      case "message":
      case "edit":
        this.#take(event.message, event.type === "message");
        break;
      case "wecom_message":
      case "wecom_edit":
        this.#take(this.#fromWeCom(event.message), event.type === "wecom_message");
        break;
      case "wecom_line":
        if (this.wecom) this.wecom.bot.connected = event.connected;
        this.#emit("state");
        break;
      case "delete":
        this.#forget(event);
        break;
      case "toast":
        this.#emit("toast", event);
        break;
      case "typing":
        this.#emit("typing", event);
        break;
      case "clock":
        this.#readClock(event);
        break;
      case "bot":
        this.bot = event;
        this.#emit("state");
        break;
      case "scene":
        this.#emit("scene", event);
        break;
      case "hello":
        break;
      case "violation":
        this.violations += 1;
        this.#emit("backstage");
        break;
      default:
        // People or chats changed, and whatever comes later: the state says it all.
        this.refresh().catch(() => {});
    }
  }

  // ---- messages ---------------------------------------------------------------------------------------------------------------

  #log(chat) {
    if (!this.logs.has(chat)) this.logs.set(chat, { messages: [], complete: false, loaded: false, loading: null });
    return this.logs.get(chat);
  }

  /** The messages of a chat that are here, oldest first. */
  messages(chat) {
    return this.logs.get(chat)?.messages ?? [];
  }

  /** Makes sure that the end of a chat is here. */
  async open(chat) {
    const log = this.#log(chat);
    if (!log.loaded) await this.#reload(chat);
  }

  /** Fetches the end of a chat; what else was here is dropped, so that no gap can stay. */
  #reload(chat) {
    const log = this.#log(chat);
    log.loading ??= this.#fetchEnd(chat, log).finally(() => {
      log.loading = null;
    });
    return log.loading;
  }

  async #fetchEnd(chat, log) {
    const before = new Set(log.messages);
    const messages = await this.#page(chat, {});
    const first = messages[0]?.id ?? 0;
    const merged = new Map(messages.map((message) => [message.id, message]));
    // What the stream brought while we were asking is newer than the answer.
    for (const message of log.messages) if (!before.has(message) && message.id >= first) merged.set(message.id, message);
    log.messages = [...merged.values()].sort((one, other) => one.id - other.id);
    log.complete = messages.length < PAGE;
    log.loaded = true;
    for (const message of messages) this.#noteNews(message);
    this.#emit("log", { chat });
    this.#emit("unread");
  }

  /** Fetches what is older than the oldest message here. Answers false when nothing older exists. */
  async loadOlder(chat) {
    const log = this.#log(chat);
    if (!log.loaded || log.complete) return false;
    log.loading ??= this.#fetchOlder(chat, log).finally(() => {
      log.loading = null;
    });
    await log.loading;
    return true;
  }

  async #fetchOlder(chat, log) {
    const older = await this.#page(chat, { before: log.messages[0].id });
    const known = new Set(log.messages.map((message) => message.id));
    log.messages = [...older.filter((message) => !known.has(message.id)), ...log.messages];
    log.complete = older.length < PAGE;
    this.#emit("log", { chat });
  }

  async #page(chat, options) {
    // A private chat comes into being with its first message.
    if (!this.chats.has(chat)) return [];
    if (this.isWeCom(chat)) {
      const { messages } = await api.wecom.messages(chat, { limit: PAGE, ...options });
      return messages.map((message) => this.#fromWeCom(message));
    }
    return (await api.messages(chat, { limit: PAGE, ...options })).messages;
  }

  #fromWeCom(message) {
    return pageMessage(message, this.people, this.wecom?.bot.name ?? "");
  }

  #take(message, isNew) {
    const chat = this.chats.get(message.chat_id);
    if (chat) chat.last_message_id = Math.max(chat.last_message_id ?? 0, message.id);
    else this.refresh().catch(() => {});
    this.#arrived(message);
    const log = this.logs.get(message.chat_id);
    if (log) {
      const at = log.messages.findIndex((other) => other.id === message.id);
      if (at >= 0) log.messages = log.messages.with(at, message);
      else if (log.complete || !log.loaded || log.messages.length === 0 || message.id > log.messages[0].id) {
        log.messages = [...log.messages, message].sort((one, other) => one.id - other.id);
      }
      this.#emit("log", { chat: message.chat_id, message: isNew ? message : null });
    }
    if (isNew && this.#noteNews(message)) this.#emit("unread");
  }

  #forget({ chat_id: chat, id }) {
    const log = this.logs.get(chat);
    if (log) {
      log.messages = log.messages.map((message) => (message.id === id ? { ...message, deleted: true } : message));
      this.#emit("log", { chat });
    }
    if (this.unread.get(chat)?.delete(id)) this.#emit("unread");
  }

  // ---- unread -----------------------------------------------------------------------------------------------------------------
  // A private chat belongs to one person. A group is read once any phone has shown it: one person sits before the page.

  /** Takes up the marks of the company that this address shows now. */
  #meet(company) {
    if (company === this.company) return;
    const kept = remembered(localStorage, SEEN_KEY);
    this.company = company;
    this.firstVisit = kept === null;
    this.seen = new Map(Object.entries(kept?.[company] ?? {}).map(([id, last]) => [chatKey(id), last]));
  }

  #isNews(message) {
    if (message.deleted || message.service) return false;
    return this.isGroup(message.chat_id) || message.from === "bot";
  }

  #noteNews(message) {
    if (!this.#isNews(message) || message.id <= (this.seen.get(message.chat_id) ?? 0)) return false;
    if (!this.unread.has(message.chat_id)) this.unread.set(message.chat_id, new Set());
    this.unread.get(message.chat_id).add(message.id);
    return true;
  }

  /** After a (re)connection: what was said where no phone was looking. The first visit starts with everything read. */
  async #findNews() {
    const missed = [];
    for (const chat of this.chats.values()) {
      const last = chat.last_message_id ?? 0;
      if (this.firstVisit && !this.ready) this.seen.set(chat.id, last);
      // Ids that went back mean that the company was reset.
      if ((this.seen.get(chat.id) ?? 0) > last) this.seen.set(chat.id, 0);
      const known = Math.max(this.seen.get(chat.id) ?? 0, ...(this.unread.get(chat.id) ?? []));
      if (last > known && !this.logs.has(chat.id)) missed.push(chat.id);
    }
    if (this.firstVisit && !this.ready) this.#rememberSeen();
    while (missed.length > 0) {
      const some = missed.splice(0, 6);
      const pages = await Promise.all(some.map((chat) => this.#page(chat, {})));
      for (const message of pages.flat()) this.#noteNews(message);
      // Messages that are no news (service, one's own) move the mark, so that they are not fetched again and again.
      for (const chat of some) if (!this.unread.get(chat)?.size) this.seen.set(chat, this.chats.get(chat)?.last_message_id ?? 0);
    }
    this.#emit("unread");
  }

  /** A phone shows the end of this chat. */
  markRead(chat) {
    const last = Math.max(this.chats.get(chat)?.last_message_id ?? 0, this.messages(chat).at(-1)?.id ?? 0);
    if (last > (this.seen.get(chat) ?? 0)) {
      this.seen.set(chat, last);
      this.#rememberSeen();
    }
    if (this.unread.get(chat)?.size) {
      this.unread.delete(chat);
      this.#emit("unread");
    }
  }

  /** The company begins anew: nothing of it is known any more. */
  forget() {
    for (const [storage, key] of [
      [localStorage, SEEN_KEY],
      [sessionStorage, DRAFTS_KEY],
    ]) {
      try {
        storage.removeItem(key);
      } catch {
        // No storage: there is nothing to forget.
      }
    }
  }

  #rememberSeen() {
    const others = Object.entries(remembered(localStorage, SEEN_KEY) ?? {}).filter(([company, seen]) => company !== this.company && typeof seen === "object");
    const marks = [...others.slice(1 - COMPANIES), [this.company, Object.fromEntries(this.seen)]];
    remember(localStorage, SEEN_KEY, Object.fromEntries(marks));
  }

  unreadIn(chat) {
    return this.unread.get(chat)?.size ?? 0;
  }

  /** Who has news: {chat, user (of a private chat) or null, count}, people first. */
  news() {
    const all = [];
    for (const [chat, ids] of this.unread) {
      if (ids.size === 0) continue;
      const group = this.isGroup(chat);
      const user = group ? null : (this.chats.get(chat)?.user_id ?? chat);
      if (!group && !this.users.has(user)) continue;
      all.push({ chat, user, count: ids.size });
    }
    return all.sort((one, other) => (one.user === null) - (other.user === null) || this.order(one.user ?? 0) - this.order(other.user ?? 0));
  }

  // ---- what people do ---------------------------------------------------------------------------------------------------------

  #place(user, chat) {
    return `${user}@${chat}`;
  }

  draft(user, chat) {
    return this.drafts.get(this.#place(user, chat)) ?? "";
  }

  keepDraft(user, chat, text) {
    if (text) this.drafts.set(this.#place(user, chat), text);
    else this.drafts.delete(this.#place(user, chat));
    remember(sessionStorage, DRAFTS_KEY, Object.fromEntries(this.drafts));
  }

  onTheWay(user, chat) {
    return this.outgoing.get(this.#place(user, chat)) ?? [];
  }

  /** Sends a message: `content` is the rest of /api/send (text, reply_to, quote, photo, voice, document, sticker). */
  async send(user, chat, content) {
    this.outgoingCount += 1;
    const item = { key: this.outgoingCount, user, chat, content, failed: null };
    const place = this.#place(user, chat);
    this.outgoing.set(place, [...this.onTheWay(user, chat), item]);
    this.#emit("log", { chat });
    await this.#deliver(item);
  }

  async #deliver(item) {
    try {
      const answer = this.isWeCom(item.chat) ? await this.#sendWeCom(item) : await api.send({ as: item.user, chat: this.isGroup(item.chat) ? item.chat : null, ...item.content });
      this.discard(item);
      // The stream has usually brought it already, perhaps with a later edit.
      if (!this.messages(answer.message.chat_id).some((message) => message.id === answer.message.id)) this.#take(answer.message, true);
    } catch (error) {
      // The answer was lost but the message came through the stream: then it is not on the way any more.
      if (!this.onTheWay(item.user, item.chat).includes(item)) return;
      item.failed = error;
      this.#emit("log", { chat: item.chat });
    }
  }

  /** `content` as the composer makes it for either network: here `reply_to` quotes, `photo`, `voice`, `document` are media. */
  async #sendWeCom({ user, chat, content }) {
    const media = { photo: "image", voice: "voice", document: "file" };
    const kind = Object.keys(media).find((name) => content[name]);
    const body = { as: this.users.get(user).wecom, chat, text: content.text ?? "", at: content.at ?? false, quote: content.reply_to ?? null, media: kind ? media[kind] : null };
    const { message } = await api.wecom.send(body);
    return { message: this.#fromWeCom(message) };
  }

  async retry(item) {
    item.failed = null;
    this.#emit("log", { chat: item.chat });
    await this.#deliver(item);
  }

  discard(item) {
    const place = this.#place(item.user, item.chat);
    const rest = this.onTheWay(item.user, item.chat).filter((other) => other !== item);
    if (rest.length > 0) this.outgoing.set(place, rest);
    else this.outgoing.delete(place);
    this.#emit("log", { chat: item.chat });
  }

  /** The stream may bring a message before the answer to its sending does: then the waiting bubble goes. */
  #arrived(message) {
    if (message.from === "bot") return;
    const waiting = this.onTheWay(message.from, message.chat_id);
    const said = message.text ?? message.caption ?? null;
    const match = waiting.find((item) => (item.content.text ?? null) === said || (item.content.at && said?.endsWith(item.content.text)));
    if (match) this.discard(match);
  }
}
