"""Buttons: an opaque one-use token stands for an act; who may press it and until when is ours to know (D9)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

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


_COLUMNS = [m.buttons.c[name] for name in Press.__dataclass_fields__]


def new_board() -> str:
    """An id for the buttons of one message; later ones sort behind earlier ones, whatever the company's clock says."""
    return f"{time.time_ns():016x}{secrets.token_hex(3)}"


async def mint(tx: Tx, rows: list[dict[str, Any]]) -> list[str]:
    """Write the buttons of a message; their tokens, in order. 128 random bits each."""
    tokens = [secrets.token_urlsafe(16) for _ in rows]
    await tx.insert_many(
        m.buttons,
        [
            row | {"token": token, "created_at": tx.now, "expires_at": tx.now + LIFE, "position": position}
            for position, (row, token) in enumerate(zip(rows, tokens, strict=True), 1)
        ],
    )
    return tokens


async def find(tx: Tx, token: str) -> Press | None:
    """What a token stands for."""
    row = await tx.first(select(*_COLUMNS).where(m.buttons.c.token == token))
    return None if row is None else Press(*row)


async def typed(tx: Tx, channel: str, chat: str, person_id: int, word: str) -> Press | None:
    """The button of the newest keyboard in this chat that `word` names, by its label or its number; none too old."""
    c = m.buttons.c
    board = await tx.scalar(
        select(c.board)
        .where(c.channel == channel, c.chat == chat, c.person_id == person_id)
        .order_by(c.board.desc())
        .limit(1)
    )
    if board is None:
        return None
    rows = await tx.all(
        select(*_COLUMNS, c.position).where(c.board == board, c.expires_at >= tx.now).order_by(c.position)
    )
    for row in rows:
        if row.label == word or (word.isascii() and word.isdigit() and row.position == int(word)):
            return Press(*row[:-1])
    return None


async def use(tx: Tx, press: Press, outcome: str | None) -> None:
    """The press has had its effect; a second tap is shown `outcome` again. Its siblings stay: state decides."""
    await tx.run(update(m.buttons).where(m.buttons.c.token == press.token).values(used_at=tx.now, outcome=outcome))
