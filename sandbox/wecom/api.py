"""The API of the self-built app and of group webhooks over HTTP, below `/wecom/cgi-bin/`: HTTP 200 always, judged by errcode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.model import Json
from sandbox.wecom import appmedia, codes, lookups, menu, robot, sending, updating
from sandbox.wecom.codes import RefusalError

if TYPE_CHECKING:
    from sandbox.wecom.faults import Fault
    from sandbox.wecom.hub import WeCom

HANG_UP = 0.02
"""Host seconds between looks at whether a caller that gets no answer has hung up."""
TOKENS_A_MINUTE = 30

Handler = Callable[["WeCom", web.Request], Awaitable[Json]]


async def get_token(hub: WeCom, request: web.Request) -> Json:
    """gettoken: the app's token, the same one while it lives."""
    console = hub.corp.console
    if request.query.get("corpid") != console.corp_id:
        raise RefusalError(codes.BAD_CORP, "invalid corpid", noted=False)
    if request.query.get("corpsecret") != console.secret:
        raise RefusalError(codes.BAD_SECRET, "invalid credential", noted=False)
    if not hub.limits.take("gettoken", minute=TOKENS_A_MINUTE):
        hub.violation("gettoken", f"asked more than {TOKENS_A_MINUTE} times in a minute: a token must be kept")
    token, left = hub.tokens.take()
    return {"access_token": token, "expires_in": left}


HANDLERS: dict[str, Handler] = {
    "gettoken": get_token,
    **sending.HANDLERS,
    **updating.HANDLERS,
    **appmedia.HANDLERS,
    **menu.HANDLERS,
    **lookups.HANDLERS,
    **robot.HANDLERS,
}
OPEN = frozenset({"gettoken", *robot.HANDLERS})
"""What needs no access_token."""


class Api:
    """Answers the app; every call goes through the faults and into the log."""

    def __init__(self, hub: WeCom) -> None:
        self.hub = hub

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call from first byte to answer."""
        path = request.match_info["path"]
        params = await _params(request)
        fault = self.hub.faults.take(path, str(params.get("touser", "")))
        kind = fault.kind if fault else None
        if kind in {"drop_request", "cut"}:
            self.hub.log(path, params, 0, "the line was cut before it was read")
            return _cut(request)
        if kind == "http" and fault is not None:
            self.hub.log(path, params, fault.code, "a page that is not the API's")
            return web.Response(text="<html><h1>Bad Gateway</h1></html>", status=fault.code, content_type="text/html")
        answer = await self._answer(request, path, fault)
        if isinstance(answer, web.Response):
            self.hub.log(path, params, 0, "a file")
            return answer
        self.hub.log(path, params, answer["errcode"], answer["errmsg"])
        if kind in {"drop_answer", "cut_after"}:
            return _cut(request)
        if kind == "stall":
            while request.transport is not None and not request.transport.is_closing():
                await asyncio.sleep(HANG_UP)
            return _cut(request)
        if kind == "delay" and fault is not None:
            await asyncio.sleep(fault.delay)
        text = json.dumps(answer, ensure_ascii=False)
        return web.Response(
            text=text[: len(text) // 2] if kind == "malformed" else text, content_type="application/json"
        )

    async def _answer(self, request: web.Request, path: str, fault: Fault | None) -> Json | web.Response:
        try:
            if fault is not None and fault.kind == "errcode":
                raise RefusalError(fault.code, "refused on order", noted=False)
            handler = HANDLERS.get(path)
            if handler is None and path != "media/get":
                raise RefusalError(codes.NO_SUCH_API, f"invalid url: {path}")
            if path not in OPEN:
                self.hub.tokens.check(request.query.get("access_token", ""))
                if not self.hub.corp.console.trusted:
                    what = f"not allow to access from your ip, from ip: {request.remote}"
                    raise RefusalError(codes.BAD_ADDRESS, what, noted=False)
            if handler is None:
                return appmedia.download(self.hub, request)
            return {"errcode": 0, "errmsg": "ok", **await handler(self.hub, request)}
        except RefusalError as error:
            if error.noted:
                self.hub.violation(path, f"{error.code}: {error.message}")
            return {"errcode": error.code, "errmsg": error.message}


async def _params(request: web.Request) -> dict[str, Any]:
    """What is logged of a call: no secret, no token, no file."""
    hidden = {"access_token", "corpsecret", "key"}
    params: dict[str, Any] = {name: "***" if name in hidden else value for name, value in request.query.items()}
    if request.method == "POST" and request.content_type != "multipart/form-data":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            body = {}
        if isinstance(body, dict):
            params |= {name: value for name, value in body.items() if len(str(value)) < 20_000}
    return params


def _cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection: the caller sees it reset, with no answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
