"""业绩: what counts for pay in a span, grouped: as it was signed, or receipt by receipt where the policy says so (52, 53b).

The figure of a month (attainment, rank, records, what a report says of the month) is this one. What was *signed* on a day
or in a week is news of its own: `deals.sums`. Which page shows which: docs/decisions/0011. Amounts in fen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.pay import DealFact, DealKind
from core.rules.payments import receipt_spans
from core.rules.policy import Version
from core.store import deals
from core.store.db import Tx
from core.store.deals import NOTHING, By, Sum


def pricing(tx: Tx, month: Month) -> Version:
    """The version that prices a month; for one before the company had a policy, today's."""
    try:
        return tx.company.policy.for_month(month.start)
    except Refusal:
        return tx.policy


def kinds_of(version: Version) -> Collection[DealKind] | None:
    """The kinds of deals that are performance (17); None: all of them."""
    return None if version.pay.sms.counts else deals.PERFORMANCE


async def counted(
    tx: Tx,
    first: date | None,
    last: date,
    *by: By,
    kinds: Collection[DealKind] | None,
    person_ids: Iterable[int] | None = None,
    team_ids: Iterable[int] | None = None,
    besides: Collection[int] = (),
) -> dict[Any, Sum]:
    """What counts from `first` (None: ever) to `last`, both included, grouped and keyed as by `deals.sums`.

    `count` is how many deals, however many receipts each; "month" and "day" are those it counts in.
    """
    sellers = None if person_ids is None else set(person_ids)
    teams = None if team_ids is None else set(team_ids)
    spans = receipt_spans(tx.company.policy)
    found = await deals.sums(
        tx, first, last, *by, kinds=kinds, person_ids=sellers, team_ids=teams, besides=besides, not_signed_in=spans
    )
    if not spans:
        return found
    seen: set[tuple[Any, object]] = set()
    for fact in await deals.receipts(tx, first or date.min, last, spans, sellers, teams, besides):
        if kinds is not None and fact.kind not in kinds:
            continue
        if (sellers is not None and fact.seller not in sellers) or (teams is not None and fact.team not in teams):
            continue
        key = _key(fact, by)
        found[key] = found.get(key, NOTHING) + Sum(int((key, fact.id) not in seen), fact.amount)
        seen.add((key, fact.id))
    return found


def _key(fact: DealFact, by: tuple[By, ...]) -> Any:
    values = {
        "person": fact.seller,
        "team": fact.team,
        "month": Month.of(fact.signed_on).key,
        "day": fact.signed_on,
        "kind": fact.kind,
        "visitor": fact.visitor,
    }
    key = tuple(values[name] for name in by)
    return key[0] if len(by) == 1 else key
