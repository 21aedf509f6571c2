"""Uploads arrive in uneven pieces: each part is whole all the same, without a reader that pushes bytes back."""

from __future__ import annotations

import asyncio

from aiohttp import BodyPartReader, MultipartReader, StreamReader
from aiohttp.base_protocol import BaseProtocol

from sandbox.parts import whole

HEAD = b'--mark\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n'
TAIL = b"\r\n--mark--\r\n"


async def test_a_part_is_whole_however_unevenly_it_arrives() -> None:
    """A trickle before a flood: with small reads the library pushes back what it read too much, with a warning."""
    data = bytes(range(256)) * 200
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    stream = StreamReader(protocol, 2**16, loop=loop)
    reader = MultipartReader({"Content-Type": "multipart/form-data; boundary=mark"}, stream)
    stream.feed_data(HEAD + data[:10])
    part = await reader.next()
    assert isinstance(part, BodyPartReader)
    reading = asyncio.create_task(whole(part))

    for piece in (data[10:12], data[12:], TAIL):
        await asyncio.sleep(0)
        stream.feed_data(piece)
    stream.feed_eof()

    assert await reading == data
