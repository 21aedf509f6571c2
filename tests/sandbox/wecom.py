"""A toy corporation for tests, and a bot that speaks the gateway's frames with nothing between."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox import Sandbox

Json = dict[str, Any]
BOT_ID, BOT_SECRET = "aib-test", "bot-secret"
CORP_ID, AGENT_ID, SECRET = "wwtest0000000000", 1_000_007, "app-secret"
ZHOU, LIN, WANG, SUN = "ZhouMin", "LinXiaoYan", "WangQiang", "SunLi"
GROUP, KEY = "wrAbCdEfGroup", "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
PEOPLE: Json = {
    "bot": {"token": "4242:test", "username": "waihu_bot", "first_name": "外呼管家"},
    "users": [{"id": 1005, "first_name": "林晓燕", "started": True, "wecom": LIN}],
    "wecom": {
        "corp_id": CORP_ID,
        "agent_id": AGENT_ID,
        "secret": SECRET,
        "token": "callbackTOKEN",
        "aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
        "bot_id": BOT_ID,
        "bot_secret": BOT_SECRET,
        "bot_name": "外呼管家",
        "users": [
            {"userid": ZHOU, "name": "周敏", "role": "supervisor"},
            {"userid": WANG, "name": "王强"},
            {"userid": SUN, "name": "孙丽", "visible": False, "sealed": "woSunEncryptedId"},
        ],
        "groups": [{"id": GROUP, "title": "领航组", "members": [ZHOU, LIN], "bot": True, "robots": {KEY: "榜单"}}],
    },
}
START = "2026-11-20T17:20:00+08:00"
PRESSABLE: Json = {
    "card_type": "button_interaction",
    "main_title": {"title": "周报 W-2026-47-005", "desc": "林晓燕"},
    "sub_title_text": "通话 120，意向 6",
    "button_list": [{"text": "收到", "style": 1, "key": "ok"}, {"text": "批复", "style": 2, "key": "reply"}],
    "task_id": "task-1",
}


class RawBot:
    """Frames out, acknowledgements in, callbacks kept in the order of their coming."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.callbacks: deque[Json] = deque()
        self._ids = itertools.count(1)

    async def _next(self) -> Json:
        message = await asyncio.wait_for(self.socket.receive(), 30)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(f"the line ended: {message.type}")
        frame: Json = json.loads(message.data)
        return frame

    async def ask(self, cmd: str, body: Json | None = None, req_id: str | None = None) -> Json:
        """Send a frame and wait for its acknowledgement."""
        req_id = req_id or f"{cmd}-{next(self._ids)}"
        await self.socket.send_json({"cmd": cmd, "headers": {"req_id": req_id}, "body": body or {}})
        while True:
            frame = await self._next()
            if "cmd" in frame:
                self.callbacks.append(frame)
            elif frame["headers"]["req_id"] == req_id:
                return frame

    async def code(self, cmd: str, body: Json | None = None, req_id: str | None = None) -> int:
        """The errcode of a frame."""
        return int((await self.ask(cmd, body, req_id))["errcode"])

    async def heard(self) -> Json:
        """The next callback."""
        if self.callbacks:
            return self.callbacks.popleft()
        return await self._next()

    async def message(self) -> Json:
        """The next message, past events."""
        while (frame := await self.heard())["cmd"] != "aibot_msg_callback":
            pass
        return frame

    async def event(self, kind: str) -> Json:
        """The next event of a kind."""
        while (frame := await self.heard())["body"].get("event", {}).get("eventtype") != kind:
            pass
        return frame


@asynccontextmanager
async def subscribed(sandbox: Sandbox) -> AsyncIterator[RawBot]:
    """A bot on the line."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{sandbox.url}/wecom/ws") as socket:
        bot = RawBot(socket)
        assert await bot.code("aibot_subscribe", {"bot_id": BOT_ID, "secret": BOT_SECRET}) == 0
        yield bot


def req_id(frame: Json) -> str:
    """Under which a callback is answered."""
    return str(frame["headers"]["req_id"])


def stream(text: str, *, finish: bool = True, name: str = "s1") -> Json:
    """The body of a stream's frame."""
    return {"msgtype": "stream", "stream": {"id": name, "finish": finish, "content": text}}


def markdown(chatid: str, text: str) -> Json:
    """The body of a message of the bot's own."""
    return {"chatid": chatid, "msgtype": "markdown", "markdown": {"content": text}}
