"""What was entered for somebody else is theirs to accept or decline."""

from __future__ import annotations

from core.rules.errors import Refusal
from core.rules.people import Person
from core.store import calls, customers
from core.store.calls import ACCEPTED, DECLINED, PENDING
from core.store.db import Tx
from core.usecases import calls as single


async def answer_proxy(
    tx: Tx,
    actor: Person,
    *,
    call: tuple[int, str] | None = None,
    count: tuple[int, str] | None = None,
    right: bool,
) -> None:
    """The person says whether what was entered for them is right. Declined, it is gone, and whoever entered it is told.

    `call` and `count` name an entry and its version. Raises Refusal `calls.answered` when it changed or was answered.
    """
    verdict = ACCEPTED if right else DECLINED
    if call is not None:
        entered = await calls.by_id(tx, call[0])
        if entered is None or entered.person_id != actor.id:
            raise Refusal("calls.not_yours")
        if entered.proxy != PENDING or single.version(entered) != call[1]:
            raise Refusal("calls.answered")
        entered = await calls.change(tx, entered.id, proxy=verdict)
        await single.settled(
            tx, entered, await customers.by_id(tx, entered.customer_id) if entered.customer_id else None
        )
        told, data = entered.logged_by, {"call": entered.id}
        once = f"call-proxy-declined:{entered.id}"
    else:
        assert count is not None
        stated = await calls.day_count_by_id(tx, count[0])
        if stated is None or stated.person_id != actor.id:
            raise Refusal("calls.not_yours")
        if stated.proxy != PENDING or stated.once != count[1]:
            raise Refusal("calls.answered")
        await calls.decide_day(tx, stated.id, verdict)
        told, data = stated.logged_by, {"count": stated.id, "dials": stated.dials, "connected": stated.connected or 0}
        once = f"count-proxy-declined:{stated.once}"
    await tx.note(actor.id, f"proxy.{verdict}", f"person:{actor.id}")
    if not right:
        await tx.notify(told, "proxy_declined", data, once=once)
