"""Uploads of any way: how large they may be, and keeping them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sandbox.wecom import codes
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.model import Media

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

MIB = 1024 * 1024
LARGEST = {"image": 10 * MIB, "voice": 2 * MIB, "video": 10 * MIB, "file": 20 * MIB}
SMALLEST = 5


def check_size(kind: str, size: int) -> None:
    """Whether something of this size can be uploaded as this kind.

    Raises:
        RefusalError: 40009.
    """
    if not SMALLEST < size <= LARGEST[kind]:
        raise RefusalError(codes.MEDIA_SIZE, f"{size} bytes: {kind} has {SMALLEST + 1} to {LARGEST[kind]}")


def keep(hub: WeCom, owner: str, kind: str, name: str, data: bytes) -> Media:
    """Keep an upload for three days of the company.

    Raises:
        RefusalError: 40009 for its size, 40004 for a picture that is none.
    """
    check_size(kind, len(data))
    mime = None
    if kind == "image":
        mime = "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else "image/jpeg"
        if mime == "image/jpeg" and not data.startswith(b"\xff\xd8"):
            raise RefusalError(codes.BAD_MEDIA_KIND, "an image is JPG or PNG")
    file = hub.net.files.add("photo" if kind == "image" else "document", data, name, mime)
    media = Media(secrets.token_urlsafe(32), owner, kind, file.file_id, name, hub.net.clock.stamp)
    hub.corp.media[media.id] = media
    hub.net.dirty = True
    return media
