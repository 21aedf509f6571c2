"""Reading the parts of multipart bodies."""

from __future__ import annotations

from aiohttp import BodyPartReader

AT_ONCE = 1024 * 1024
"""Bytes asked for at a time: more than a connection ever holds back, so that the reader has nothing to push back into
it. Small ones make it do that, deprecated as it is, whenever a body arrives in uneven pieces."""


async def whole(part: BodyPartReader) -> bytes:
    """Everything in a part, decoded."""
    part.chunk_size = AT_ONCE
    return bytes(await part.read(decode=True))
