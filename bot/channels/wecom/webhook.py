"""A group's webhook (群机器人, now 消息推送): posts into one group, hears nothing (D4). The name in code: `wecom_group`."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.credentials import Credentials
from bot.channels.hours import host_now
from bot.channels.length import numbered, octets
from bot.channels.port import Budget, Envelope, Event, File, Gone, Limits, MaybeSent, NotSent, Outgoing, Rejected
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.api import Client
from bot.channels.wecom.codes import WEBHOOK_GONE, Refusal, outcome
from bot.channels.wecom.markdown import inert

log = structlog.get_logger("wecom")

NAME = "wecom_group"
SEND, UPLOAD = "/cgi-bin/webhook/send", "/cgi-bin/webhook/upload_media"
MARKDOWN = 4096  # bytes
IMAGE, FILE = 2 << 20, 20 << 20  # bytes
A_MINUTE = 18  # of the 20 that a robot may post
MEMORY = 3600.0  # host seconds for which a post that is half out is remembered
PICTURES = (b"\x89PNG", b"\xff\xd8\xff")

# (the server's root, the robot's key) of a group; None when it has none any more. The key is a secret.
Lookup = Callable[[str], Awaitable[tuple[str, str] | None]]


class GroupWebhooks:
    """Every group that has a webhook. `monotonic` gives host seconds."""

    name = NAME
    username = ""
    limits = Limits(
        text=20_000, caption=1200, can_edit=False, can_reply=False, overall=Budget(20, 1), group=Budget(9, 60)
    )

    def __init__(
        self,
        lookup: Lookup,
        *,
        host: Callable[[], datetime] = host_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.credentials = Credentials(self.name, host)
        self._lookup = lookup
        self._monotonic = monotonic
        self._allowance = Allowance(A_MINUTE, monotonic)
        self._clients: dict[str, Client] = {}
        self._under_way: dict[str, tuple[int, float]] = {}  # print of a post -> how many of its messages are out, when

    @property
    def alarm(self) -> str | None:
        """A robot that is gone concerns its group alone: its manager is told."""
        return None

    async def start(self) -> None:
        """Nothing to find out."""

    async def ready(self) -> None:
        """Nothing to wait for."""

    async def stop(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.close()

    def envelope(self, raw: Any) -> Envelope:  # noqa: ARG002
        """Nothing comes from here."""
        raise ValueError("a webhook hears nothing")

    def parse(self, raw: Any) -> Event | None:  # noqa: ARG002
        """Nothing comes from here."""
        return None

    async def send(self, out: Outgoing) -> str | None:
        """Post it; errors in the port's classes (reliability D6). Buttons cannot be pressed there and are left out."""
        if out.verb == "edit":
            raise Rejected("what a webhook posted cannot be edited")
        if out.verb != "send":
            return None
        found = await self._lookup(out.chat)
        if found is None:
            raise Gone("the group has no webhook any more")
        root, key = found
        client = self._clients.setdefault(root, Client(root))
        bodies = list(_bodies(out))
        if not bodies:
            raise Rejected("nothing to say")
        mark = hashlib.sha256(repr((out.chat, bodies)).encode("utf-8", "replace")).hexdigest()
        begun = self._begun(mark)
        wait = self._allowance.wait(out.chat, len(bodies) - begun)
        if wait:
            raise NotSent("as many as a robot may post in a minute", timedelta(seconds=wait))
        for number, body in enumerate(bodies[begun:], begun):
            self._allowance.count(out.chat)
            await self._post(client, key, body, last=number + 1 == len(bodies))
            self._under_way[mark] = number + 1, self._monotonic()
        del self._under_way[mark]
        return None

    def _begun(self, mark: str) -> int:
        before = self._monotonic() - MEMORY
        self._under_way = {one: kept for one, kept in self._under_way.items() if kept[1] > before}
        return self._under_way.get(mark, (0, 0.0))[0]

    async def _post(self, client: Client, key: str, body: dict[str, Any] | File, *, last: bool) -> None:
        try:
            if isinstance(body, File):
                body = {"msgtype": "file", "file": {"media_id": await self._uploaded(client, key, body)}}
            await client.ask(SEND, {"key": key}, body=body)
        except Refusal as refused:
            ended = _outcome(refused)
            if not isinstance(ended, Rejected) or last or body_kind(body) not in {"image", "file"}:
                raise ended from None
            log.warning("wecom takes no such picture: the words go out alone", errcode=refused.code)

    async def _uploaded(self, client: Client, key: str, file: File) -> str:
        form = _form(file)
        try:
            answer = await client.ask(UPLOAD, {"key": key, "type": "file"}, form=form)
        except MaybeSent as lost:
            raise NotSent(f"upload: {lost}") from None  # nobody sees an upload
        return str(answer.get("media_id", ""))


def body_kind(body: dict[str, Any] | File) -> str:
    """Which kind of message this is."""
    return "file" if isinstance(body, File) else str(body["msgtype"])


def _form(file: File) -> Any:
    import aiohttp

    form = aiohttp.FormData(quote_fields=False)
    form.add_field("media", file.content, filename=file.name, content_type="application/octet-stream")
    return form


def _outcome(refused: Refusal) -> Exception:
    if refused.code in WEBHOOK_GONE:
        return Gone(str(refused))
    ended = outcome(refused)
    return ended if isinstance(ended, NotSent) else Rejected(str(refused))  # it has no credentials but its key


def _bodies(out: Outgoing) -> Iterator[dict[str, Any] | File]:
    """A post as messages: the picture, then the words with their first line as the title."""
    file, text = out.file, out.text
    if file is not None and file.content:
        if file.picture and file.content.startswith(PICTURES) and len(file.content) <= IMAGE:
            md5 = hashlib.md5(file.content, usedforsecurity=False).hexdigest()
            yield {"msgtype": "image", "image": {"base64": base64.b64encode(file.content).decode(), "md5": md5}}
        elif not file.picture and 5 < len(file.content) <= FILE:
            yield file
        else:
            text = file.otherwise or text
    for piece in numbered(inert(text).strip("\n"), MARKDOWN - 8, octets):
        if piece:
            yield {"msgtype": "markdown", "markdown": {"content": _titled(piece)}}


def _titled(text: str) -> str:
    """The first of several lines in bold; one line alone is no title."""
    first, _, rest = text.partition("\n")
    return f"**{first.strip()}**\n{rest}" if first.strip() and rest.strip() else text
