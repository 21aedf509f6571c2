"""The activity fund in words: what it holds, on what it was spent, and the notices about it."""

# ruff: noqa: ARG001  (every renderer is given the same four things)

from __future__ import annotations

from bot.channels.port import Button, Message, Rows
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.money import yuan
from core.rules.people import Person
from core.store import fund as store
from core.store import people
from core.store.db import Tx
from core.usecases.fund import Fund


def card(found: Fund, lang: str) -> str:
    """At most seven lines."""
    lines = [t(lang, "ledger.fund_head", held=yuan(found.held))]
    lines += [
        t(lang, "ledger.fund_line", day=f"{one.decided_at or one.at:%m-%d}", amount=yuan(one.fen), purpose=one.purpose)
        for one in found.spent
    ]
    if not found.spent:
        lines.append(t(lang, "ledger.fund_nothing"))
    if found.waiting:
        lines.append(t(lang, "ledger.fund_waiting", count=len(found.waiting)))
    return "\n".join(lines)


def decision_rows(request: int, lang: str) -> Rows:
    """[同意] [不同意]."""
    return (
        (
            Button(t(lang, "ledger.fund_agree"), "fund.agree", {"id": request}),
            Button(t(lang, "ledger.fund_decline"), "fund.decline", {"id": request}),
        ),
    )


async def _said(tx: Tx, data: Data, lang: str, key: str) -> str | None:
    one = await store.by_id(tx, int(data["request"]))
    if one is None:
        return None
    known = await people.by_ids(tx, [i for i in (one.asked_by, one.decided_by) if i is not None])
    names = {i: person.name for i, person in known.items()}
    return t(
        lang, key, name=names.get(one.asked_by, ""), other=names.get(one.decided_by or 0, ""), amount=yuan(one.fen),
        purpose=one.purpose,
    )  # fmt: skip


@notice("fund_to_agree")
async def to_agree(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Somebody wants to spend from it."""
    text = await _said(tx, data, lang, "ledger.fund_to_agree")
    return Message(text, decision_rows(int(data["request"]), lang)) if text else None


@notice("fund_spent")
async def spent(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Everybody who paid hears on what it went."""
    text = await _said(tx, data, lang, "ledger.fund_spent")
    return Message(text, silent=True) if text else None


@notice("fund_declined")
async def declined(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The second person said no."""
    text = await _said(tx, data, lang, "ledger.fund_declined")
    return Message(text) if text else None
