"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from sandbox import chats, editing, profile, receiving, schema, sending
from sandbox.call import Call, read_call
from sandbox.errors import ApiError, too_many
from sandbox.faults import PAGES, REFUSALS, Fault, Faults
from sandbox.model import Json
from sandbox.network import Network
from sandbox.webhook import Webhook

Handler = Callable[[Network, Call], Awaitable[Any]]
LOGGED_CALLS = 5_000
HANDLERS: dict[str, Handler] = cast(
    dict[str, Handler], sending.HANDLERS | editing.HANDLERS | profile.HANDLERS | chats.HANDLERS
)
HANG_UP = 0.02
"""Host seconds between looks at whether a caller that gets no answer has hung up."""
_NAMES = {name.lower(): name for name in schema.METHODS}


class BotApi:
    """Answers the bot; keeps a log of its calls."""

    def __init__(self, net: Network, webhook: Webhook) -> None:
        self.net = net
        self.webhook = webhook
        self.faults = Faults()
        self.calls: deque[Json] = deque(maxlen=LOGGED_CALLS)
        self.call_count = 0
        self._poller: Call | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self.handle),
            web.get("/file/bot{token}/{path:.+}", self.download),
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call from first byte to answer, with whatever fault is ordered for it."""
        method = _NAMES.get(request.match_info["method"].lower(), request.match_info["method"])
        call = Call(method, request=request)
        fault: Fault | None = None
        try:
            self._check_token(request.match_info["token"])
            call = await read_call(request, method)
            fault = self.faults.take(method, call.text("chat_id"), call.text("text") or call.text("caption"))
            if fault is not None and fault.kind in PAGES:
                status, page = PAGES[fault.kind]
                self._log(call, status, "a page that is not the Bot API's")
                return web.Response(text=page, status=status, content_type="text/html")
            if fault is not None:
                await self._before(fault, call)
            body = {"ok": True, "result": await self._run(call)}
            status = 200
        except ApiError as error:
            status = error.code
            body = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
        except _DropError:
            self._log(call, 0, "dropped before it was read")
            return _cut(request)
        if fault is not None and fault.kind == "drop_answer":
            self._log(call, 0, f"done ({status}), answer dropped")
            return _cut(request)
        if fault is not None and fault.kind == "stall":
            self._log(call, 0, f"done ({status}), never answered")
            while not call.gone:
                await asyncio.sleep(HANG_UP)
            return _cut(request)
        self._log(call, status, body.get("description"))
        text = json.dumps(body, ensure_ascii=False)
        if fault is not None and fault.kind == "malformed":
            text = text[: len(text) // 2]
        return web.Response(text=text, status=status, content_type="application/json")

    def _check_token(self, token: str) -> None:
        if token != self.net.world.bot.token:
            wrong = ":" not in token or not token.partition(":")[0].isdigit()
            raise ApiError(401, "Unauthorized: invalid token specified" if wrong else "Unauthorized")

    async def _before(self, fault: Fault, call: Call) -> None:
        if fault.kind == "delay":
            await asyncio.sleep(fault.delay)
        elif fault.kind == "drop_request":
            raise _DropError
        elif fault.kind == "429":
            chat = call.text("chat_id")
            scope = int(chat) if chat.lstrip("-").isdigit() else None
            if scope is not None:
                self.net.limits.impose(scope, fault.retry_after)
            raise too_many(fault.retry_after)
        elif fault.kind in REFUSALS:
            raise REFUSALS[fault.kind]

    async def _run(self, call: Call) -> Any:
        if call.method not in schema.METHODS:
            if call.method in schema.NOT_EMULATED:
                self.net.violation(call.method, "the real server has this method, the sandbox does not")
            else:
                self.net.violation(call.method, "there is no such method")
            raise ApiError(404, "Not Found: method not found")
        for what in schema.check(call.method, call.params, call.uploads):
            self.net.violation(call.method, what)
        if call.method == "getUpdates":
            return await self._get_updates(call)
        if call.method in receiving.HANDLERS:
            return await receiving.HANDLERS[call.method](self.net, self.webhook, call)
        return await HANDLERS[call.method](self.net, call)

    async def _get_updates(self, call: Call) -> Any:
        """Two living pollers are a mistake; one whose process was killed is not."""
        rival = self._poller
        if rival is not None and not rival.gone and not self.webhook.active:
            self.net.violation(call.method, "two pollers: another getUpdates was still waiting")
        self._poller = call
        try:
            return await receiving.get_updates(self.net, self.webhook, call)
        finally:
            if self._poller is call:
                self._poller = None

    def _log(self, call: Call, status: int, description: str | None) -> None:
        self.call_count += 1
        entry: Json = {
            "n": self.call_count,
            "method": call.method,
            "params": call.logged(),
            "status": status,
            "at": self.net.clock.now().isoformat(),
        }
        if description:
            entry["description"] = description
        self.calls.append(entry)
        self.net.bus.publish({"type": "call", **entry})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file by the path getFile gave."""
        if request.match_info["token"] != self.net.world.bot.token:
            return _refusal(ApiError(401, "Unauthorized"))
        file = self.net.files.by_path(request.match_info["path"])
        data = self.net.files.read(file) if file else None
        if file is None or data is None:
            return _refusal(ApiError(404, "Not Found"))
        return web.Response(body=data, content_type="application/octet-stream")


class _DropError(Exception):
    """The connection is to be cut before anything is done."""


def _cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection: the caller sees it reset, with no answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _refusal(error: ApiError) -> web.Response:
    body = {"ok": False, "error_code": error.code, "description": error.description}
    return web.json_response(body, status=error.code)
