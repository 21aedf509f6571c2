"""Notices: what somebody is told, by name and data, becomes a message in their language when it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.channels.port import Message
from core.rules.people import Person
from core.store.db import Tx

Data = Mapping[str, Any]
Renderer = Callable[[Tx, Data, str, Person | None], Awaitable[Message | None]]
_renderers: dict[str, Renderer] = {}


def notice(name: str) -> Callable[[Renderer], Renderer]:
    """Register how a notice reads: renderer(tx, data, lang, person) -> message, or None when there is nothing to say.

    It runs inside the sender's transaction, so it may look up what is true now; it must not write.
    """

    def register(renderer: Renderer) -> Renderer:
        if name in _renderers:
            raise ValueError(f"notice {name} is registered twice")
        _renderers[name] = renderer
        return renderer

    return register


async def render(tx: Tx, name: str, data: Data, lang: str, person: Person | None) -> Message | None:
    """The message of a notice. KeyError for a name nobody renders."""
    return await _renderers[name](tx, data, lang, person)


def names() -> set[str]:
    """Every notice that can be rendered."""
    return set(_renderers)
