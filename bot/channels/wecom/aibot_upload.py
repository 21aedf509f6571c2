"""Files by the long connection, in chunks: a picture is uploaded, then sent by its media_id."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

from bot.channels.port import File, MaybeSent, NotSent, Rejected
from bot.channels.wecom.aibot_gateway import Gateway

CHUNK = 256 * 1024  # raw bytes; the gateway takes twice that, and a smaller frame is acked sooner
CHUNKS = 100
MOST = {"image": 10 << 20, "file": 20 << 20}
LEAST = 6  # bytes
PATIENCE = 20.0  # host seconds for the ack of a chunk
TRIES = 2


def kind_of(file: File) -> str:
    """WeCom's word for it."""
    return "image" if file.picture else "file"


def chunks(content: bytes) -> Iterator[str]:
    """The content in base64 pieces."""
    for start in range(0, len(content), CHUNK):
        yield base64.b64encode(content[start : start + CHUNK]).decode("ascii")


async def upload(gateway: Gateway, file: File) -> str:
    """Its media_id. Nothing is shown by that, so whatever fails may be tried again.

    Raises NotSent, Locked, Refused; Rejected when the file is too large or empty.
    """
    kind, content = kind_of(file), file.content
    pieces = list(chunks(content))
    if not LEAST <= len(content) <= MOST[kind] or len(pieces) > CHUNKS:
        raise Rejected("too large, or empty")
    begun = {
        "type": kind,
        "filename": file.name,
        "total_size": len(content),
        "total_chunks": len(pieces),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    upload_id = _field(await _ask(gateway, "aibot_upload_media_init", begun), "upload_id")
    for index, piece in enumerate(pieces):
        part = {"upload_id": upload_id, "chunk_index": index, "base64_data": piece}
        await _ask(gateway, "aibot_upload_media_chunk", part)
    return _field(await _ask(gateway, "aibot_upload_media_finish", {"upload_id": upload_id}), "media_id")


async def _ask(gateway: Gateway, cmd: str, body: Any) -> Any:
    for left in reversed(range(TRIES)):
        try:
            return await gateway.call(cmd, body, ack=PATIENCE)
        except MaybeSent as problem:
            if not left:
                raise NotSent("the upload was not acknowledged") from problem
    raise NotSent("the upload was not acknowledged")


def _field(ack: Any, name: str) -> str:
    body = ack.get("body")
    value = body.get(name) if isinstance(body, dict) else None
    if not value:
        raise NotSent(f"no {name}")
    return str(value)
