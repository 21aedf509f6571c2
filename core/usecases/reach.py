"""Who can be reached and how: a person who blocked us hears nothing until they write again, and their superior is told;
what one way certainly did not take may go by another (docs/wecom.md)."""

from __future__ import annotations

from core.rules import ways
from core.rules.people import Person
from core.store import facts, people
from core.store.db import Tx
from core.store.people import Account, Group
from core.usecases import webhooks


async def ways_to(tx: Tx, person_id: int) -> list[tuple[str, str]]:
    """(channel, address) by which a person may be reached, the best first; a network that refuses us comes last."""
    accounts = await people.accounts_of(tx, person_id)
    if not accounts:
        return []
    prefers = await people.prefers(tx, person_id) if len(accounts) > 1 else None
    known = [ways.Known(a.channel, a.external_id, a.unreachable_at is None, a.last_seen_at) for a in accounts]
    found = ways.ways(known, prefers)
    if len(found) > 1 and (shut := await facts.refusing(tx, {channel for channel, _ in found})):
        found.sort(key=lambda way: way[0] in shut)
    return found


async def recognise(tx: Tx, channel: str, external_id: str) -> tuple[Person, Account] | None:
    """Who speaks from this account. Somebody bound to WeCom's bot is known to its app by the same userid, and the other
    way round: they are bound there too as soon as they speak there."""
    found = await people.by_account(tx, channel, external_id)
    other = ways.sibling(channel, external_id)
    if found is not None or other is None or (known := await people.by_account(tx, *other)) is None:
        return found
    if not known[0].works:
        return None
    await people.bind(tx, channel, external_id, known[0].id)
    await tx.note(known[0].id, "account.recognised", f"person:{known[0].id}")
    return await people.by_account(tx, channel, external_id)


async def lost(tx: Tx, channel: str, external_id: str, person_id: int | None = None) -> None:
    """A person's account or a group takes no message of ours any more. `person_id`: whom we tried to reach there.

    The superior hears it once a day at most, without a word of what could not be said (reliability D6), unless the
    person can still be reached in another way.
    """
    if external_id.startswith("-"):
        if channel == ways.WEBHOOK:
            await webhooks.gone(tx, external_id)
        else:
            await people.group_left(tx, channel, external_id)
        return
    news = await people.unreachable(tx, channel, external_id)
    if news is None and person_id is not None and await people.by_account(tx, channel, external_id) is None:
        await people.shut(tx, channel, external_id, person_id)
        news = person_id
    person = await people.by_id(tx, news) if news is not None else None
    if person is None or not person.works or await ways_to(tx, person.id):
        return
    superior = await people.superior_of(tx, person)
    if superior is not None:
        await tx.notify(superior.id, "unreachable", {"person": person.id}, once=f"unreachable:{person.id}:{tx.today}")


async def not_taken(tx: Tx, channel: str, external_id: str) -> None:
    """A group did not take one message. Of a webhook, whoever gave its address hears it."""
    if channel == ways.WEBHOOK:
        await webhooks.refused(tx, external_id)


async def boards_go_to(tx: Tx) -> list[Group]:
    """The bound groups that get boards and celebrations, each people once (webhook before bot)."""
    return ways.posting(await people.groups(tx))


async def group_instead(tx: Tx, channel: str, external_id: str) -> Group | None:
    """The group that gets what this one certainly did not take."""
    failed = await people.group_at(tx, channel, external_id)
    return ways.instead(failed, await people.groups(tx)) if failed is not None else None
