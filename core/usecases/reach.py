"""Who can be reached: a person who blocked us hears nothing until they write again, and their superior is told."""

from __future__ import annotations

from core.store import people
from core.store.db import Tx


async def lost(tx: Tx, channel: str, external_id: str) -> None:
    """A person's account or a group takes no message of ours any more.

    The superior hears it once a day at most, without a word of what could not be said (reliability D6).
    """
    if external_id.startswith("-"):
        await people.group_left(tx, channel, external_id)
        return
    person_id = await people.unreachable(tx, channel, external_id)
    person = await people.by_id(tx, person_id) if person_id is not None else None
    if person is None or not person.works:
        return
    if any(account.unreachable_at is None for account in await people.accounts_of(tx, person.id)):
        return  # another account of theirs still hears us
    superior = await people.superior_of(tx, person)
    if superior is not None:
        await tx.notify(superior.id, "unreachable", {"person": person.id}, once=f"unreachable:{person.id}:{tx.today}")
