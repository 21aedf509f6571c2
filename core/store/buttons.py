"""Buttons: an opaque one-use token stands for an act; who may press it and until when is ours to know (D9)."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from core.rules.numerals import fold
from core.rules.said import as_word
from core.store import models as m
from core.store.db import Tx

LIFE = timedelta(days=30)  # a button from last month is explained, not obeyed
NEAR = 6  # messages with buttons that a typed word may mean
FRESH = timedelta(minutes=10)  # so long an answer's buttons are still meant when a notice came after it
WORD = 30  # characters; what is longer is no button's word
NUMBER = re.compile(r"[0-9]{7}")  # a phone number: a label masks it, so a call's line is not looked for among them


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
_ON_BOARD = select(*_COLUMNS).where(_C.board == bindparam("board")).order_by(_C.position)
_BOARDS = (
    select(_C.board)
    .where(
        _C.channel == bindparam("channel"), _C.chat == bindparam("chat"), _C.person_id == bindparam("person"),
    )
    .group_by(_C.board)
    .order_by(_C.board.desc())
    .limit(NEAR)
    .subquery()
)  # fmt: skip
_NEAR = (
    select(_C.board, _C.asked, _C.label, _C.position, _C.token, _C.used_at, _C.created_at)
    .where(_C.board.in_(select(_BOARDS.c.board)), _C.expires_at >= bindparam("now"))
    .order_by(_C.board.desc(), _C.position)
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


async def on_board(tx: Tx, board: str) -> list[Press]:
    """All buttons of one message, in their order."""
    return [Press(*row) for row in await tx.all(_ON_BOARD, board=board)]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a typed word or number stands for; `doubtful`: several different acts, and only the person can choose."""

    press: Press | None = None
    doubtful: bool = False


NOTHING = Typed()


async def typed(
    tx: Tx, channel: str, chat: str, person_id: int, word: str, *, notices: bool = True, older: bool = True
) -> Typed:
    """The button that `word` names by its label, or by its number on the newest message with buttons; none too old.

    A notice may come between a question and its answer: what both could mean is doubtful. A label is looked for on the
    last few messages (`older`) where the newest has none such. Without `notices` only what answered the person counts.
    """
    if not word or len(word) > WORD or "\n" in word or NUMBER.search(word):
        return NOTHING
    near = await tx.all(_NEAR, channel=channel, chat=chat, person=person_id, now=tx.now)
    near = [one for one in near if notices or one.asked]
    if not near:
        return NOTHING
    digits = fold(word).strip()
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0
    word = as_word(word)
    newest = near[0].board
    answered = next((one.board for one in near if one.asked), newest)
    named = [
        one
        for one in near
        if word == as_word(one.label) or (number == one.position and one.board in {newest, answered})
    ]
    first = next((one for one in named if one.board == newest), None)
    if first is not None and (first.asked or first.used_at is not None):
        return Typed(await find(tx, first.token))
    if first is not None:
        rivals = [one for one in named if one.asked and one.used_at is None and one.created_at >= tx.now - FRESH]
        return await _only(tx, [first, *rivals[:1]])
    if number or not older:
        return NOTHING
    named = [one for one in named if one.created_at >= tx.now - timedelta(days=1)]
    unused = [one for one in named if one.used_at is None]
    if unused and unused[0].asked:  # what the person looked at last
        return Typed(await find(tx, unused[0].token))
    return await _only(tx, unused or named[:1])


async def _only(tx: Tx, found: Sequence[Any]) -> Typed:
    """The newest of these buttons, if all of them do the same."""
    presses = [press for one in found if (press := await find(tx, one.token)) is not None]
    if len({(press.action, repr(sorted(press.args.items()))) for press in presses}) > 1:
        return Typed(doubtful=True)
    return Typed(presses[0] if presses else None)


async def use(tx: Tx, press: Press, outcome: str | None) -> None:
    """The press has had its effect; a second tap is shown `outcome` again. Its siblings stay: state decides."""
    await tx.run(update(m.buttons).where(m.buttons.c.token == press.token).values(used_at=tx.now, outcome=outcome))
