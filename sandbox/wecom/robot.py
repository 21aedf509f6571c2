"""Group webhooks: whoever has the key posts, twenty times a minute."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.model import Json
from sandbox.wecom import cards, codes, contents, media
from sandbox.wecom.appmedia import read_part
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.contents import Content
from sandbox.wecom.model import ROBOT, Group
from sandbox.wecom.sending import json_body

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

WHERE = "webhook/send"
A_MINUTE = 20
LONGEST = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
"""UTF-8 bytes."""
LARGEST_IMAGE = 2 * media.MIB
MENTION = re.compile(r"<@([^<>]+)>")


def _group(hub: WeCom, request: web.Request) -> tuple[Group, str]:
    key = request.query.get("key", "")
    group = hub.corp.robot(key)
    if group is None:
        raise RefusalError(codes.BAD_KEY, "invalid webhook url", noted=False)
    return group, key


async def send(hub: WeCom, request: web.Request) -> Json:
    """webhook/send: one message into the group of the key."""
    group, key = _group(hub, request)
    body = await json_body(request)
    content, mentions = _content(hub, group, key, body)
    if not hub.limits.take("robot", key, minute=A_MINUTE):
        raise RefusalError(codes.TOO_OFTEN, "api freq out of limit")
    hub.post(group.id, ROBOT, content, via=group.robots[key], mentions=mentions)
    return {}


def _content(hub: WeCom, group: Group, key: str, body: Json) -> tuple[Content, list[str]]:
    kind = body.get("msgtype")
    if isinstance(kind, str) and kind in LONGEST:
        content = contents.words(body, kind)
        if len(content.encode()) > LONGEST[kind]:
            raise RefusalError(codes.TOO_LONG, f"{kind}.content has more than {LONGEST[kind]} bytes")
        mentions = _mentioned(hub, group, body[kind]) if kind == "text" else MENTION.findall(content)
        if kind == "markdown":
            _present(hub, group, mentions)
        return Content("text" if kind == "text" else "markdown", content), mentions if kind != "markdown_v2" else []
    if kind == "image":
        return _image(hub, body), []
    if kind in {"file", "voice"}:
        return contents.media(hub, key, kind, body), []
    if kind == "template_card":
        card = body.get("template_card")
        if isinstance(card, dict) and card.get("card_type") in cards.INTERACTIVE:
            raise RefusalError(codes.BAD_KIND, "a webhook sends notices only")
        return contents.card(hub, WHERE, "robot", card), []
    raise RefusalError(codes.BAD_KIND, f"msgtype {kind} is not emulated")


def _mentioned(hub: WeCom, group: Group, text: Json) -> list[str]:
    mentions: list[str] = []
    for name in ("mentioned_list", "mentioned_mobile_list"):
        given = text.get(name) or []
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise RefusalError(codes.BAD_PARAMETER, f"{name} is a list of texts")
        mentions += given
    _present(hub, group, mentions)
    return mentions


def _present(hub: WeCom, group: Group, mentions: list[str]) -> None:
    for one in mentions:
        if one != "@all" and one not in group.members:
            hub.violation(WHERE, f"{one!r} is mentioned and not in the group")


def _image(hub: WeCom, body: Json) -> Content:
    part = body.get("image")
    if not isinstance(part, dict):
        raise RefusalError(codes.BAD_PARAMETER, "image is missing")
    try:
        data = base64.b64decode(str(part.get("base64", "")), validate=True)
    except binascii.Error:
        raise RefusalError(codes.BAD_PARAMETER, "image.base64 is bare base64, without line ends or prefix") from None
    if len(data) > LARGEST_IMAGE:
        raise RefusalError(codes.MEDIA_SIZE, f"an image has at most {LARGEST_IMAGE} bytes")
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != part.get("md5"):
        raise RefusalError(codes.BAD_PARAMETER, "image.md5 is the hex digest of the bytes")
    kept = media.keep(hub, "robot", "image", "image.png", data)
    return Content("image", file=kept.file, name=kept.name)


async def upload(hub: WeCom, request: web.Request) -> Json:
    """webhook/upload_media: a file for this webhook alone."""
    _, key = _group(hub, request)
    kind = request.query.get("type", "")
    if kind not in {"file", "voice"}:
        raise RefusalError(codes.BAD_MEDIA_KIND, f"type {kind}")
    name, data = await read_part(request)
    kept = media.keep(hub, key, kind, name, data)
    return {"type": kept.kind, "media_id": kept.id, "created_at": str(kept.made)}


HANDLERS: dict[str, Callable[[WeCom, web.Request], Awaitable[Json]]] = {
    WHERE: send, "webhook/upload_media": upload,
}  # fmt: skip
