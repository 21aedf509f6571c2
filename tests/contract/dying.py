"""The bot as tests.chaos.dying has it, with WeCom's own points at which it kills itself: `WAIHU_DIE="answered:1"`."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aiohttp import web

from bot.channels.wecom.aibot import AiBot
from bot.channels.wecom.app import App
from bot.channels.wecom.callback import Callback
from bot.dispatch import Dispatcher
from tests.chaos import dying

ANSWERED = "answered"  # WeCom has its 200, nothing is worked on yet (this process never works on anything)
POINTS = (dying.KEPT, dying.HANDLED, dying.COMMITTED, dying.SENDING, dying.SENT)


class Farewell(web.Response):
    """An answer after whose last byte the process passes a point."""

    def __init__(self, death: dying.Death) -> None:
        super().__init__()
        self._death = death

    async def write_eof(self, data: bytes = b"") -> None:
        """The last byte is on its way."""
        await super().write_eof(data)
        self._death.passes(ANSWERED)


def _answering(death: dying.Death) -> None:
    receive = Callback.receive

    async def answers(self: Callback, request: web.Request) -> web.Response:
        response = await receive(self, request)
        return Farewell(death) if response.status == 200 else response

    async def never(self: Dispatcher) -> int:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    Callback.receive = answers  # type: ignore[method-assign]
    Dispatcher.handle_next = never  # type: ignore[method-assign]


def _sending(death: dying.Death, channel: Any) -> None:
    dying._around(channel, "send", before=lambda: death.passes(dying.SENDING), after=lambda: death.passes(dying.SENT))


def live() -> None:
    """Be `waihu` with the words of the command line, until the point is reached."""
    death = dying.Death(os.environ.get("WAIHU_DIE", ""))
    if death.point == ANSWERED:
        _answering(death)
    _sending(death, AiBot)
    _sending(death, App)
    dying.live()
