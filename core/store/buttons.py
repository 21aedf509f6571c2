"""Buttons: an opaque one-use token stands for an act; who may press it and until when is ours to know (D9)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from core.store import models as m
from core.store.db import Tx

LIFE = timedelta(days=30)  # a button from last month is explained, not obeyed


@dataclass(frozen=True, slots=True)
class Press:
    """What a token stands for."""

    token: str
    person_id: int | None
    channel: str
    chat: str
    action: str
    args: Mapping[str, Any]
    once: bool
    expires_at: datetime
    used_at: datetime | None
    outcome: str | None
    label: str
    board: str


_C = m.buttons.c
_COLUMNS = [_C[name] for name in Press.__dataclass_fields__]
_BY_TOKEN = select(*_COLUMNS).where(_C.token == bindparam("token"))
_THEIRS = m.buttons.alias("theirs")
_NEWEST = (
    select(_THEIRS.c.board)
    .where(
        _THEIRS.c.channel == bindparam("channel"),
        _THEIRS.c.chat == bindparam("chat"),
        _THEIRS.c.person_id == bindparam("person"),
    )
    .order_by(_THEIRS.c.board.desc())
    .limit(1)
    .scalar_subquery()
)
_TYPED = (
    select(*_COLUMNS)
    .where(
        _C.board == _NEWEST,
        _C.expires_at >= bindparam("now"),
        or_(_C.label == bindparam("word"), _C.position == bindparam("number")),
    )
    .order_by(_C.position)
    .limit(1)
)


def new_board() -> str:
    """An id for the buttons of one message; later ones sort behind earlier ones, whatever the company's clock says."""
    return f"{time.time_ns():016x}{secrets.token_hex(3)}"


def minted(now: datetime, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The buttons of a message with their tokens, to be kept. 128 random bits each."""
    return [
        dict(row)
        | {"token": secrets.token_urlsafe(16), "created_at": now, "expires_at": now + LIFE, "position": position}
        for position, row in enumerate(rows, 1)
    ]


async def keep(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write minted buttons."""
    await tx.insert_many(m.buttons, rows)


async def find(tx: Tx, token: str) -> Press | None:
    """What a token stands for."""
    row = await tx.first(_BY_TOKEN, token=token)
    return None if row is None else Press(*row)


async def typed(tx: Tx, channel: str, chat: str, person_id: int, word: str) -> Press | None:
    """The button of the newest keyboard in this chat that `word` names, by its label or its number; none too old."""
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0
    row = await tx.first(
        _TYPED, channel=channel, chat=chat, person=person_id, now=tx.now, word=word[:64], number=number
    )
    return None if row is None else Press(*row)


async def use(tx: Tx, press: Press, outcome: str | None) -> None:
    """The press has had its effect; a second tap is shown `outcome` again. Its siblings stay: state decides."""
    await tx.run(update(m.buttons).where(m.buttons.c.token == press.token).values(used_at=tx.now, outcome=outcome))
