"""media/upload and media/get of the self-built app."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from sandbox.model import Json
from sandbox.parts import whole
from sandbox.wecom import codes, media
from sandbox.wecom.codes import RefusalError

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

ENCODED = re.compile("%[0-9A-F]{2}")


async def read_part(request: web.Request) -> tuple[str, bytes]:
    """Name and bytes of the multipart field `media`.

    Raises:
        RefusalError: there is none.
    """
    if request.method == "POST" and request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "media" and part.filename:
                return part.filename, await whole(part)
    raise RefusalError(codes.BAD_PARAMETER, "a multipart field media with a filename is needed")


async def upload(hub: WeCom, request: web.Request) -> Json:
    """media/upload: usable for three days."""
    kind = request.query.get("type", "")
    if kind not in media.LARGEST:
        raise RefusalError(codes.BAD_MEDIA_KIND, f"type {kind}")
    name, data = await read_part(request)
    if ENCODED.search(name):
        hub.violation("media/upload", f"members see the name as it comes, percent signs and all: {name}")
    kept = media.keep(hub, "app", kind, name, data)
    return {"type": kept.kind, "media_id": kept.id, "created_at": str(kept.made)}


def download(hub: WeCom, request: web.Request) -> web.Response:
    """media/get: the bytes of an upload, or of what a member sent to the app.

    Raises:
        RefusalError: 40007.
    """
    found = hub.corp.media.get(request.query.get("media_id", ""))
    usable = found and hub.corp.usable(found.id, "app", found.kind, hub.net.clock.stamp)
    file = hub.net.files.get(usable.file) if usable else None
    data = hub.net.files.read(file) if file else None
    if file is None or data is None:
        raise RefusalError(codes.BAD_MEDIA, "invalid media_id", noted=False)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return web.Response(body=data, content_type="application/octet-stream", headers=headers)


HANDLERS: dict[str, Callable[[WeCom, web.Request], Awaitable[Json]]] = {"media/upload": upload}
