"""The bot as tests.chaos.dying has it, with WeCom's own points at which it kills itself: `WAIHU_DIE="answered:1"`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.channels.wecom.aibot import AiBot
from bot.channels.wecom.app import App
from bot.channels.wecom.callback import Callback
from bot.dispatch import Dispatcher
from tests.chaos import dying

ANSWERED = "answered"  # WeCom has its 200, nothing is worked on yet
POINTS = (dying.KEPT, dying.HANDLED, dying.COMMITTED, dying.SENDING, dying.SENT)


class Armed(dying.Death):
    """Counts passings only while the file is there that WAIHU_ARMED names, if it names one."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self._file = os.environ.get("WAIHU_ARMED", "")

    @property
    def armed(self) -> bool:
        """Do passings count?"""
        return not self._file or Path(self._file).exists()

    def passes(self, point: str) -> None:
        """Here we are."""
        if self.armed:
            super().passes(point)


class Farewell(web.Response):
    """An answer after whose last byte the process passes a point."""

    def __init__(self, death: dying.Death) -> None:
        super().__init__()
        self._death = death

    async def write_eof(self, data: bytes = b"") -> None:
        """The last byte is on its way."""
        await super().write_eof(data)
        self._death.passes(ANSWERED)


def _answering(death: Armed) -> None:
    receive, handle_next = Callback.receive, Dispatcher.handle_next

    async def answers(self: Callback, request: web.Request) -> web.Response:
        response = await receive(self, request)
        return Farewell(death) if response.status == 200 else response

    async def handles(self: Dispatcher) -> int:
        if death.armed:  # before its answer is out, nothing is worked on
            await asyncio.Event().wait()
        return await handle_next(self)

    Callback.receive = answers  # type: ignore[method-assign]
    Dispatcher.handle_next = handles  # type: ignore[method-assign]


def _sending(death: dying.Death, channel: Any) -> None:
    dying._around(channel, "send", before=lambda: death.passes(dying.SENDING), after=lambda: death.passes(dying.SENT))


def live() -> None:
    """Be `waihu` with the words of the command line, until the point is reached."""
    dying.Death = Armed  # type: ignore[misc]
    death = Armed(os.environ.get("WAIHU_DIE", ""))
    if death.point == ANSWERED:
        _answering(death)
    _sending(death, AiBot)
    _sending(death, App)
    dying.live()
