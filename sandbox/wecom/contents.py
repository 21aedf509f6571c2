"""What a bot sends, read and checked: markdown, text, cards, pictures, files. Nothing is posted here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.model import Json
from sandbox.wecom import cards, codes
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.model import Kind

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

MEDIA_KINDS = ("image", "file", "voice", "video")


@dataclass(frozen=True)
class Content:
    """One message's contents, ready to be posted."""

    kind: Kind
    text: str = ""
    card: Json | None = None
    file: str | None = None
    name: str = ""


def words(body: Json, kind: str) -> str:
    """The `content` of a text or markdown body.

    Raises:
        RefusalError: it is missing or empty.
    """
    part = body.get(kind)
    content = part.get("content") if isinstance(part, dict) else None
    if not isinstance(content, str):
        raise RefusalError(codes.BAD_PARAMETER, f"{kind}.content is missing")
    if not content.strip():
        raise RefusalError(codes.EMPTY, "empty content")
    return content


def cut(text: str, limit: int) -> str:
    """The first `limit` bytes of a text, as the server cuts what is too long."""
    return text.encode()[:limit].decode("utf-8", "ignore")


def card(hub: WeCom, where: str, owner: str, given: Any) -> Content:
    """A new card: checked, its task_id not used before.

    Raises:
        RefusalError: it is no card, or its task_id was used.
    """
    for remark in cards.check(given):
        hub.violation(where, remark)
    task_id = given.get("task_id")
    if task_id is not None and _known(hub, owner, task_id):
        raise RefusalError(codes.BAD_PARAMETER, f"task_id {task_id} was used before")
    return Content("card", cards.as_text(given), given)


def _known(hub: WeCom, owner: str, task_id: str) -> bool:
    return f"{owner}:{task_id}" in hub.corp.cards


def media(hub: WeCom, owner: str, kind: Any, body: Json) -> Content:
    """A picture or file by its media_id.

    Raises:
        RefusalError: 40007 for an unknown, expired or foreign media_id.
    """
    part = body.get(kind)
    media_id = part.get("media_id") if isinstance(part, dict) else None
    found = hub.corp.usable(str(media_id), owner, kind, hub.net.clock.stamp)
    if found is None:
        raise RefusalError(codes.BAD_MEDIA, "invalid media_id")
    return Content(kind, file=found.file, name=found.name)
