"""A gateway in moods that the emulated one does not have: it stops reading, acks crosswise or late, talks nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.channels.credentials import Credentials
from bot.channels.hours import host_now
from bot.channels.port import MaybeSent
from bot.channels.wecom.aibot_gateway import LARGEST, Gateway
from tests.channels.conftest import eventually

PATIENCE = 60.0  # host seconds
MUCH = "x" * (16 << 20)  # more than two sockets hold between them

Mood = Callable[["Server", web.WebSocketResponse, web.Request], Awaitable[None]]


@dataclass
class Server:
    """One address that lets everybody in and then behaves as its mood says."""

    mood: Mood
    connections: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        await acked(socket, await heard(socket))
        await self.mood(self, socket, request)
        return socket


async def heard(socket: web.WebSocketResponse) -> dict[str, Any]:
    frame: dict[str, Any] = await socket.receive_json()
    return frame


async def acked(socket: web.WebSocketResponse, frame: dict[str, Any], **more: Any) -> None:
    await socket.send_json({"headers": frame["headers"], "errcode": 0, **more})


@contextlib.asynccontextmanager
async def connected(mood: Mood, told: Callable[[Any, int], None] = lambda *_: None) -> AsyncIterator[Gateway]:
    """Our end of a connection to a server in this mood."""
    server = Server(mood)
    app = web.Application()
    app.add_routes([web.get("/", server.serve)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (address,) = runner.addresses

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    gateway = Gateway(f"ws://127.0.0.1:{address[1]}/", "bot", "secret", Credentials("wecom", host_now), rest=at_once)
    keeping = asyncio.create_task(gateway.keep(told))
    try:
        await eventually(lambda: gateway.up)
        yield gateway
    finally:
        server.over.set()
        keeping.cancel()
        await asyncio.wait({keeping})
        await runner.cleanup()


async def test_who_stops_reading_holds_up_a_call_no_longer_than_its_ack_may_take() -> None:
    async def deaf(server: Server, _: web.WebSocketResponse, request: web.Request) -> None:
        assert request.transport is not None
        request.transport.pause_reading()
        await server.over.wait()
        request.transport.abort()

    async with connected(deaf) as gateway:
        with pytest.raises(MaybeSent):
            await asyncio.wait_for(gateway.call("aibot_upload_media_chunk", {"base64_data": MUCH}, ack=0.2), PATIENCE)


async def test_acks_that_come_crosswise_find_their_calls() -> None:
    async def crosswise(_: Server, socket: web.WebSocketResponse, __: web.Request) -> None:
        for frame in reversed([await heard(socket), await heard(socket)]):
            await acked(socket, frame, body={"is": frame["body"]})
        await socket.receive()

    async with connected(crosswise) as gateway:
        answers = await asyncio.gather(*(gateway.call("aibot_send_msg", number) for number in (1, 2)))

    assert [answer["body"] for answer in answers] == [{"is": 1}, {"is": 2}]


async def test_an_ack_that_comes_too_late_is_nobody_elses() -> None:
    async def late(_: Server, socket: web.WebSocketResponse, __: web.Request) -> None:
        slow, quick = await heard(socket), await heard(socket)
        await acked(socket, slow, body={"is": "slow"})
        await acked(socket, quick, body={"is": "quick"})
        await socket.receive()

    async with connected(late) as gateway:
        with pytest.raises(MaybeSent):
            await gateway.call("aibot_send_msg", "slow", ack=0.05)
        answer = await gateway.call("aibot_send_msg", "quick", ack=PATIENCE)

    assert answer["body"] == {"is": "quick"}


@pytest.mark.parametrize(
    "nonsense",
    ["{", "[]", "7", '{"cmd":5}', '{"errcode":0}', '{"errcode":"?","headers":{"req_id":{"a":[]}}}', "[" * 100_000],
)
async def test_between_nonsense_an_ack_is_still_heard(nonsense: str) -> None:
    async def talks(_: Server, socket: web.WebSocketResponse, __: web.Request) -> None:
        frame = await heard(socket)
        await socket.send_str(nonsense)
        await socket.send_bytes(b"\xff\xfe" + nonsense.encode())
        await acked(socket, frame)
        await socket.receive()

    async with connected(talks) as gateway:
        await gateway.call("aibot_send_msg", {}, ack=PATIENCE)

        assert gateway.number == 1


async def test_a_frame_of_many_megabytes_costs_the_connection_and_nothing_else() -> None:
    async def floods(server: Server, socket: web.WebSocketResponse, _: web.Request) -> None:
        if server.connections == 1:
            await socket.send_str(json.dumps({"cmd": "aibot_msg_callback", "body": "x" * LARGEST}))
        frame = await socket.receive()
        while frame.type is web.WSMsgType.TEXT:
            await acked(socket, json.loads(frame.data))
            frame = await socket.receive()

    got: list[Any] = []
    async with connected(floods, lambda frame, _: got.append(frame)) as gateway:
        await eventually(lambda: gateway.number == 2 and gateway.up)
        await gateway.call("aibot_send_msg", {}, ack=PATIENCE)

    assert got == []
