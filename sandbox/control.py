"""The control API: what the page and the tests use to play people, move the clock and break things."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.body import BadRequestError, needed, optional, read_body
from sandbox.clock import CannotGoBackError
from sandbox.model import Chat, Json, User, from_json
from sandbox.network import ImpossibleError
from sandbox.profile import menu
from sandbox.render import page_message
from sandbox.scenes import LANGS

if TYPE_CHECKING:
    from sandbox.server import Sandbox

HEARTBEAT = 15.0
QUIET_EVENTS = frozenset({"call", "pending"})
"""Events only those get who ask for them (?calls=1)."""


def _ids(body: Json, name: str) -> list[int]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        raise BadRequestError(f"{name} must be a list of ids")
    return value


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadRequestError(f"{text!r} is no ISO moment") from None


@web.middleware
async def plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Mistakes of the control API's callers come back as {"error": sentence}."""
    try:
        return await handler(request)
    except (BadRequestError, ImpossibleError, CannotGoBackError) as error:
        return web.json_response({"error": str(error)}, status=400)


@web.middleware
async def hung_up(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Whoever ends in the middle of a request hears no answer, and is no fault of ours."""
    try:
        return await handler(request)
    except ConnectionResetError:
        if request.transport is not None and not request.transport.is_closing():
            raise
        return web.Response(status=499)


@web.middleware
async def local_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Another site open in the same browser must not reach the sandbox: no foreign Host, no foreign Origin."""
    hosts = ("127.0.0.1", "localhost", "[::1]")
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin.partition("://")[2].rsplit(":", 1)[0] not in hosts
    if foreign or request.host.rsplit(":", 1)[0] not in hosts:
        return web.json_response({"error": "the sandbox answers only this machine"}, status=403)
    return await handler(request)


class Control:
    """HTTP handlers of the control API over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.net = sandbox.net

    def routes(self) -> list[web.RouteDef]:
        get, post, delete = web.get, web.post, web.delete
        return [
            get("/clock", self.clock),
            post("/clock", self.move_clock),
            get("/api/state", self.state),
            get("/api/chats/{chat}/messages", self.messages),
            get("/api/chats/{chat}/commands", self.commands),
            get("/api/stream", self.stream),
            get("/media/{file_id}", self.media),
            post("/api/send", self.send),
            post("/api/press", self.press),
            post("/api/edit", self.edit),
            post("/api/delete", self.delete),
            post("/api/start", self.start),
            post("/api/block", self.block),
            post("/api/users", self.add_user),
            post("/api/users/remove", self.remove_user),
            post("/api/groups", self.add_group),
            post("/api/groups/{chat}/bot", self.group_bot),
            post("/api/groups/{chat}/members", self.group_members),
            post("/api/groups/{chat}/migrate", self.group_migrate),
            post("/api/groups/{chat}/anonymous", self.group_anonymous),
            post("/api/bot/{what:kill|start|stop}", self.bot),
            get("/api/bot/log", self.bot_log),
            post("/api/faults", self.add_fault),
            get("/api/faults", self.list_faults),
            delete("/api/faults", self.clear_faults),
            post("/api/reset", self.reset),
            get("/api/violations", self.violations),
            get("/api/updates", self.updates),
            post("/api/redeliver", self.redeliver),
            post("/api/inject", self.inject),
            get("/api/calls", self.calls),
        ]

    def _chat(self, request: web.Request) -> Chat:
        try:
            return self.net.chat(int(request.match_info["chat"]))
        except ValueError:
            raise BadRequestError("a chat id is a number") from None

    # -- clock ----------------------------------------------------------------------------------------------

    async def clock(self, request: web.Request) -> web.Response:
        """The time. The bot's question may let a running move go on; browsers and `?look=1` only look."""
        if "look" not in request.query and "Sec-Fetch-Site" not in request.headers:
            planned = request.query.get("next")
            self.net.clock.ask(_moment(planned) if planned else None)
            self.sandbox.clock_changed()
        return web.json_response(self.net.clock.view())

    async def move_clock(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if isinstance(body.get("to"), str):
            to = _moment(body["to"])
        elif isinstance(body.get("add_seconds"), int | float):
            to = (self.net.clock.target or self.net.clock.now()) + timedelta(seconds=body["add_seconds"])
        else:
            raise BadRequestError("to (an ISO moment) or add_seconds is needed")
        self.net.clock.move(to)
        self.sandbox.clock_changed()
        return web.json_response(self.net.clock.view())

    # -- looking --------------------------------------------------------------------------------------------

    async def state(self, _request: web.Request) -> web.Response:
        net = self.net
        return web.json_response(
            {
                "company": self.sandbox.company,
                "bot": self.sandbox.bot_view(),
                "clock": net.clock.view(),
                "users": [_user_view(user) for user in net.world.users.values()],
                "chats": [_chat_view(chat) for chat in net.world.chats.values()],
                "commands": net.world.commands,
                "menu_button": net.world.menu_button,
                "violations": net.violation_count,
                "pending_updates": len(net.queue.pending),
                "resettable": self.sandbox.on_reset is not None,
                "language": self.sandbox.language,
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        chat = self._chat(request)
        try:
            limit = max(1, min(5_000, int(request.query.get("limit", "100"))))
            before = int(request.query.get("before", "0")) or chat.last_id + 1
        except ValueError:
            raise BadRequestError("limit and before are numbers") from None
        zone = self.net.clock.now().tzinfo
        found = [message for message in chat.messages.values() if message.id < before][-limit:]
        return web.json_response({"messages": [page_message(self.net.world, m, zone) for m in found]})

    async def commands(self, request: web.Request) -> web.Response:
        who = request.query.get("as", "")
        if not who.isdigit():
            raise BadRequestError("as (a user id) is needed")
        return web.json_response({"commands": menu(self.net, self._chat(request), int(who))})

    async def media(self, request: web.Request) -> web.Response:
        file = self.net.files.get(request.match_info["file_id"])
        data = self.net.files.read(file) if file else None
        if file is None or data is None:
            return web.json_response({"error": "there is no such file"}, status=404)
        shown = file.mime if file.mime.startswith(("image/png", "image/jpeg", "image/webp", "image/gif")) else ""
        headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
        if not shown:
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=data, content_type=shown or "application/octet-stream", headers=headers)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events from now on."""
        everything = request.query.get("calls") == "1"
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        queue = self.net.bus.listen()
        try:
            await response.prepare(request)
            await response.write(b'data: {"type": "hello"}\n\n')
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        event = await queue.get()
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if event is None:
                    break
                if everything or event["type"] not in QUIET_EVENTS:
                    await response.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
        except ConnectionError:
            pass
        finally:
            self.net.bus.leave(queue)
        return response

    # -- playing people -------------------------------------------------------------------------------------

    async def send(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        media = [kind for kind in ("photo", "voice", "document", "sticker") if body.get(kind)]
        if len(media) > 1:
            raise BadRequestError("one of photo, voice, document, sticker at a time")
        message = self.net.say(
            needed(body, "as", int),
            optional(body, "chat", int),
            optional(body, "text", str),
            reply_to=optional(body, "reply_to", int),
            quote=optional(body, "quote", str),
            media=media[0] if media else None,
            file=_file(body["document"]) if media == ["document"] else None,
        )
        return self._message(message.chat_id, message.id)

    def _message(self, chat_id: int, message_id: int) -> web.Response:
        message = self.net.chat(chat_id).messages[message_id]
        shown = page_message(self.net.world, message, self.net.clock.now().tzinfo)
        return web.json_response({"message": shown})

    async def press(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        who, message = needed(body, "as", int), needed(body, "message", int)
        chat, data = optional(body, "chat", int) or who, needed(body, "data", str)
        times = optional(body, "times", int) or 1
        ids = [self.net.press(who, chat, message, data).id for _ in range(max(1, min(50, times)))]
        return web.json_response({"callback_id": ids[0], "callback_ids": ids})

    async def edit(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        message = self.net.edit(
            needed(body, "as", int),
            optional(body, "chat", int),
            needed(body, "message", int),
            needed(body, "text", str),
        )
        return self._message(message.chat_id, message.id)

    async def delete(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        self.net.delete(needed(body, "as", int), optional(body, "chat", int), needed(body, "message", int))
        return web.json_response({})

    async def start(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        message = self.net.start(needed(body, "as", int), optional(body, "payload", str))
        return self._message(message.chat_id, message.id)

    async def block(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        self.net.block(needed(body, "as", int), blocked=needed(body, "blocked", bool))
        return web.json_response({})

    async def add_user(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        needed(body, "first_name", str)
        wanted = optional(body, "id", int)
        if wanted is not None and wanted in self.net.world.users:
            raise BadRequestError(f"{wanted} exists already")
        user = from_json(User, {**body, "id": wanted or self.net.world.new_user_id()})
        self.net.world.add_user(user)
        self.net.changed()
        return web.json_response({"id": user.id})

    async def remove_user(self, request: web.Request) -> web.Response:
        self.net.deactivate(needed(await read_body(request), "id", int))
        return web.json_response({})

    # -- groups ---------------------------------------------------------------------------------------------

    async def add_group(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        chat = self.net.new_group(needed(body, "title", str), _ids(body, "members"), _ids(body, "admins"))
        return web.json_response({"id": chat.id})

    async def group_bot(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        self.net.set_bot(
            self._chat(request).id,
            present=needed(body, "present", bool),
            by=optional(body, "by", int),
            admin=bool(body.get("admin")),
        )
        return web.json_response({})

    async def group_members(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        self.net.change_members(self._chat(request).id, _ids(body, "add"), _ids(body, "remove"))
        return web.json_response({})

    async def group_migrate(self, request: web.Request) -> web.Response:
        return web.json_response({"new_id": self.net.migrate(self._chat(request).id).id})

    async def group_anonymous(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        message = self.net.anonymous(
            self._chat(request).id,
            needed(body, "as", int),
            needed(body, "text", str),
            optional(body, "reply_to", int),
        )
        return self._message(message.chat_id, message.id)

    # -- the bot's process ----------------------------------------------------------------------------------

    async def bot(self, request: web.Request) -> web.Response:
        supervisor = self.sandbox.supervisor
        if supervisor is None:
            raise BadRequestError("the bot is not supervised by this sandbox")
        await {"kill": supervisor.kill, "start": supervisor.start, "stop": supervisor.stop}[
            request.match_info["what"]
        ]()
        return web.json_response(self.sandbox.bot_view())

    async def bot_log(self, request: web.Request) -> web.Response:
        supervisor = self.sandbox.supervisor
        log = supervisor.log if supervisor else None
        if log is None or not log.exists():
            return web.Response(text="")
        wanted = request.query.get("bytes", "20000")
        size = int(wanted) if wanted.isdigit() else 20_000
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return web.Response(text=file.read().decode("utf-8", "replace"))

    async def reset(self, request: web.Request) -> web.Response:
        """Forget what was played: whoever started this sandbox begins the company anew."""
        lang = optional(await read_body(request), "lang", str) or LANGS[0]
        if self.sandbox.on_reset is None:
            raise BadRequestError("whoever started this sandbox did not offer to begin anew")
        if lang not in LANGS:
            raise BadRequestError(f"lang is one of {', '.join(LANGS)}")
        self.sandbox.on_reset(lang)
        return web.json_response({})

    # -- breaking and looking inside ------------------------------------------------------------------------

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = self.sandbox.api.faults.add(await read_body(request))
        except (ValueError, TypeError) as error:
            raise BadRequestError(str(error)) from None
        return web.json_response(asdict(fault))

    async def list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self.sandbox.api.faults.view())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        self.sandbox.api.faults.clear()
        return web.json_response([])

    async def violations(self, _request: web.Request) -> web.Response:
        return web.json_response(list(self.net.violations))

    async def updates(self, _request: web.Request) -> web.Response:
        return web.json_response([item.update for item in self.net.queue.pending])

    async def redeliver(self, request: web.Request) -> web.Response:
        last = needed(await read_body(request), "last", int)
        return web.json_response({"update_ids": self.net.queue.redeliver(last)})

    async def inject(self, request: web.Request) -> web.Response:
        update = needed(await read_body(request), "update", dict)
        return web.json_response({"update_id": self.net.queue.inject(update)})

    async def calls(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdigit():
            raise BadRequestError("since is a number")
        return web.json_response([call for call in self.sandbox.api.calls if call["n"] > int(since)])


def _user_view(user: User) -> Json:
    return {key: value for key, value in vars(user).items() if key != "seen"}


def _chat_view(chat: Chat) -> Json:
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title,
        "user_id": chat.user_id,
        "members": chat.members,
        "admins": chat.admins,
        "bot": chat.presence in {"member", "administrator"},
        "bot_admin": chat.presence == "administrator",
        "last_message_id": chat.last_id,
        "pinned": chat.pinned,
        "migrated_to": chat.migrated_to,
    }


def _file(given: Any) -> tuple[str, bytes] | None:
    """A document's own name and content (`{"name": …, "content": base64}`); `true` sends a made-up one."""
    if given is True:
        return None
    if not isinstance(given, dict):
        raise BadRequestError("a document is true, or a name with its content in base64")
    try:
        return needed(given, "name", str), base64.b64decode(needed(given, "content", str), validate=True)
    except ValueError:
        raise BadRequestError("the content must be base64") from None
