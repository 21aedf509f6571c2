"""The head of the ledger's chain, kept by its owners."""

from __future__ import annotations

from datetime import date, datetime

from bot.channels.port import Outgoing
from core.store import people
from core.store.db import Tx
from core.usecases import booking
from tests.office import ZONE, Office


async def test_two_owners_keep_each_days_head_and_no_phone_rings_for_it(office: Office) -> None:
    for name in ("沈国栋", "梁文静", "何小满"):
        await office.manager(name, is_owner=True)
    ana = await office.agent()

    async def book(tx: Tx) -> None:
        person = await people.by_id(tx, ana.id)
        assert person is not None
        await booking.assess(tx, person, "weekly", "2026-W46", date(2026, 11, 14))

    await office.tx(book)
    sent: list[tuple[str, bool]] = []
    taken = office.wire.fail

    def noted(out: Outgoing) -> None:
        if "账本封存" in out.text:
            sent.append((out.chat, out.silent))
        taken(out)

    office.wire.fail = noted
    await office.moves_to(datetime(2026, 11, 23, 9, 1, tzinfo=ZONE))

    assert len({chat for chat, _ in sent}) == len(sent) == 2  # a day without bookings has no head to keep
    assert all(silent for _, silent in sent)
