"""Files the AI bot uploads over its connection: begun, in chunks, finished."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.model import Json
from sandbox.wecom import codes, media
from sandbox.wecom.codes import RefusalError

if TYPE_CHECKING:
    from sandbox.wecom.gateway import Line
    from sandbox.wecom.hub import WeCom

CHUNK_BYTES = 512 * 1024
CHUNKS = 100
SESSION = 30 * 60.0
"""Host seconds within which an upload must be finished."""
A_MINUTE, AN_HOUR = 30, 1_000


@dataclass
class Upload:
    """An upload that has begun."""

    kind: str
    name: str
    size: int
    chunks: int
    md5: str
    at: float
    parts: dict[int, bytes] = field(default_factory=dict)


def begin(hub: WeCom, _line: Line, _req_id: str, body: Json) -> Json:
    """aibot_upload_media_init: what is to come; answers the upload_id."""
    kind, name, size = body.get("type"), body.get("filename"), body.get("total_size")
    chunks, md5 = body.get("total_chunks"), body.get("md5")
    if kind not in media.LARGEST:
        raise RefusalError(codes.BAD_MEDIA_KIND, f"type {kind}")
    if not isinstance(name, str) or not name or not isinstance(size, int) or not isinstance(chunks, int):
        raise RefusalError(codes.BAD_PARAMETER, "filename, total_size and total_chunks are needed")
    media.check_size(kind, size)
    if not 1 <= chunks <= CHUNKS or not (chunks - 1) * CHUNK_BYTES < size <= chunks * CHUNK_BYTES:
        raise RefusalError(codes.BAD_PARAMETER, f"{chunks} chunks do not hold {size} bytes")
    if not hub.limits.take("upload", minute=A_MINUTE, hour=AN_HOUR):
        raise RefusalError(codes.BOT_TOO_OFTEN, "too many uploads")
    upload_id = secrets.token_urlsafe(24)
    hub.gateway.uploads[upload_id] = Upload(kind, name, size, chunks, str(md5 or ""), hub.net.host())
    return {"upload_id": upload_id}


def _upload(hub: WeCom, body: Json) -> Upload:
    upload = hub.gateway.uploads.get(str(body.get("upload_id")))
    if upload is None or hub.net.host() - upload.at > SESSION:
        raise RefusalError(codes.BAD_PARAMETER, "unknown upload_id")
    return upload


def chunk(hub: WeCom, _line: Line, _req_id: str, body: Json) -> None:
    """aibot_upload_media_chunk: one piece, counted from 0; the same piece may come again."""
    upload = _upload(hub, body)
    index = body.get("chunk_index")
    if not isinstance(index, int) or not 0 <= index < upload.chunks:
        raise RefusalError(codes.BAD_PARAMETER, f"chunk_index {index} of {upload.chunks}")
    try:
        data = base64.b64decode(str(body.get("base64_data")), validate=True)
    except binascii.Error:
        raise RefusalError(codes.BAD_PARAMETER, "base64_data is no base64") from None
    if not 1 <= len(data) <= CHUNK_BYTES:
        raise RefusalError(codes.BAD_PARAMETER, f"a chunk has 1 to {CHUNK_BYTES} bytes")
    upload.parts[index] = data


def finish(hub: WeCom, _line: Line, _req_id: str, body: Json) -> Json:
    """aibot_upload_media_finish: everything is there; answers the media_id."""
    upload = _upload(hub, body)
    data = b"".join(upload.parts.get(index, b"") for index in range(upload.chunks))
    if len(upload.parts) < upload.chunks or len(data) != upload.size:
        raise RefusalError(codes.BAD_PARAMETER, f"{len(data)} of {upload.size} bytes have come")
    if upload.md5 and hashlib.md5(data, usedforsecurity=False).hexdigest() != upload.md5.lower():
        raise RefusalError(codes.BAD_PARAMETER, "md5 does not match")
    kept = media.keep(hub, "bot", upload.kind, upload.name, data)
    del hub.gateway.uploads[str(body["upload_id"])]
    return {"type": kept.kind, "media_id": kept.id, "created_at": kept.made}


HANDLERS: dict[str, Callable[[WeCom, Line, str, Json], Json | None]] = {
    "aibot_upload_media_init": begin,
    "aibot_upload_media_chunk": chunk,
    "aibot_upload_media_finish": finish,
}
