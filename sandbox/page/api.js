// The sandbox's control API: JSON over HTTP on the address this page came from, and one stream of events.

const TIMEOUT_MS = 20_000;

/** The server refused, or could not be reached (`status` 0). `message` is for people. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ApiError(0, error.message);
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null;
  }
  if (!response.ok) throw new ApiError(response.status, answer?.error ?? answer?.description ?? (text.slice(0, 200) || response.statusText));
  return answer;
}

const get = (path) => call("GET", path);
const post = (path, body = {}) => call("POST", path, body);

export const api = {
  state: () => get("/api/state"),
  messages: (chat, { limit, before } = {}) => {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== undefined) query.set("before", String(before));
    return get(`/api/chats/${chat}/messages?${query}`);
  },
  send: (body) => post("/api/send", body),
  press: (body) => post("/api/press", body),
  edit: (body) => post("/api/edit", body),
  remove: (body) => post("/api/delete", body),
  start: (as, payload = null) => post("/api/start", { as, payload }),
  block: (as, blocked) => post("/api/block", { as, blocked }),
  addUser: (body) => post("/api/users", body),
  setGroupBot: (group, present, by) => post(`/api/groups/${group}/bot`, { present, by }),
  migrate: (group) => post(`/api/groups/${group}/migrate`),
  moveClock: (body) => post("/clock", body),
  bot: (action) => post(`/api/bot/${action}`),
  faults: () => get("/api/faults"),
  addFault: (body) => post("/api/faults", body),
  clearFaults: () => call("DELETE", "/api/faults"),
  violations: () => get("/api/violations"),
  updates: () => get("/api/updates"),
  inside: () => get("/api/inside"),
  scenes: () => get("/api/scenes"),
  playScene: (id, lang) => post(`/api/scenes/${id}?lang=${lang}`),
  stopScene: () => call("DELETE", "/api/scenes"),
  reset: (lang) => post("/api/reset", { lang }),
  redeliver: (last) => post("/api/redeliver", { last }),
  wecom: {
    state: () => get("/api/wecom/state"),
    messages: (chat, { limit, before } = {}) => {
      const query = new URLSearchParams({ chat, limit: String(limit) });
      if (before !== undefined) query.set("before", String(before));
      return get(`/api/wecom/messages?${query}`);
    },
    send: (body) => post("/api/wecom/send", body),
    press: (body) => post("/api/wecom/press", body),
    menu: (as, label) => post("/api/wecom/menu", { as, label }),
    enter: (as, chat) => post("/api/wecom/enter", { as, chat }),
    setGroupBot: (id, bot) => post("/api/wecom/groups/change", { id, bot }),
    faults: () => get("/api/wecom/faults"),
    addFault: (body) => post("/api/wecom/faults", body),
    clearFaults: () => call("DELETE", "/api/wecom/faults"),
    kick: (told) => post("/api/wecom/kick", { told }),
  },
};

/**
 * Listens to the stream for good. `onopen` runs at every (re)connection: whoever listens fetches the state anew there, because
 * what happened while the line was down is not repeated.
 */
export function listen({ onopen, onevent, onlost }) {
  let source = null;
  let retry = null;

  function connect() {
    retry = null;
    source = new EventSource("/api/stream");
    source.onopen = onopen;
    source.onmessage = (event) => onevent(JSON.parse(event.data));
    source.onerror = () => {
      onlost();
      // A browser gives up on its own when the answer was no stream; then we ask again ourselves.
      if (source.readyState === EventSource.CLOSED && retry === null) retry = setTimeout(connect, 1500);
    };
  }

  connect();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
}
