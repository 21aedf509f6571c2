"""What was due when it was written does not wait for a clock that was set back, or that is behind another process's."""

from __future__ import annotations

from datetime import timedelta

from core.store import outbox
from tests.office import Office

CHAT = "-77"
BACK = timedelta(minutes=20)


async def says(office: Office, text: str) -> None:
    """An answer in the group; it is not sent yet."""
    await office.tx(
        lambda tx: outbox.reply(
            tx, once=text, channel="telegram", chat=CHAT, verb="send", payload={"text": text}, person_id=None
        )
    )


async def test_answers_keep_their_order_when_the_clock_is_set_back_between_them(office: Office) -> None:
    await says(office, "eins")
    office.clock.at -= BACK
    await says(office, "zwei")
    await office.settle()

    assert [said.text for said in office.wire.sent] == ["eins", "zwei"]


async def test_what_is_put_off_still_waits_for_its_hour(office: Office) -> None:
    person = await office.agent("Ana")
    later = office.now + timedelta(hours=1)
    await office.tx(lambda tx: tx.notify(person.id, "calendar_missing", {"year": 2027}, once="n", due_at=later))
    office.clock.at -= BACK
    await office.settle()

    assert not office.wire.sent
    assert await office.runner.next_due(office.now) is not None
    async with office.db.snapshot(office.now) as tx:
        assert await outbox.next_due(tx) == later
        assert (await outbox.waiting(tx))[0] == 0
