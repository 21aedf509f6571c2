"""喜报: one post per confirmed deal and group, and 过线 once a month; never a customer, the amount if the team wants it.

A deal is news when it is signed. What a month comes to (过线, a record) is told when it counts: where the policy counts
receipts, 过线 is told by the payment that crosses the line, and a record by the month's own board (52).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.rules.calendar import Month
from core.rules.celebrate import (
    Celebration,
    Cheer,
    ConfirmedDeal,
    Quiet,
    SellerSoFar,
    may_post_at,
    team_target,
)
from core.rules.celebrate import (
    celebrate as fitting,
)
from core.rules.deals import DealKind
from core.rules.pay import DealFact
from core.rules.payments import counts_by_receipt
from core.rules.people import Person
from core.store import deals, leaves, people, targets
from core.store.db import Tx
from core.store.deals import Deal
from core.store.performance import counted, kinds_of, pricing
from core.usecases import reach

_TEXTS = re.compile(r"(\d+(?:\.\d+)?)\s*(万)?\s*条")


@dataclass(frozen=True, slots=True)
class Posted:
    """Where the group hears of it: names of the groups' teams ([""]: the whole company); `later`: ISO, when not at once."""

    groups: list[str]
    later: str | None


async def celebrate(tx: Tx, parts: Sequence[Deal], sellers: Sequence[Person], visitor: Person | None) -> Posted:
    """Post it once in each bound group of the sellers' teams and of the whole company, outside the quiet hours."""
    teams = {team.id: team for team in await people.teams(tx)}
    concerned = {part.team_id for part in parts if part.team_id is not None}
    groups = [g for g in await reach.boards_go_to(tx) if g.whole_company or concerned & set(g.team_ids)]
    at = may_post_at(tx.now, tx.company.zone, quiet_of(tx))
    if groups:
        shows = all(teams[i].show_amounts for i in concerned if i in teams)
        data = _data(await _cheer(tx, parts, sellers, visitor), shows=shows) | {"deal": parts[0].id}
        for group in groups:
            await tx.post(
                group.channel, group.external_id, "deal_cheer", data, once=f"cheer:{parts[0].id}:{group.id}",
                guard=f"deal_counts:{parts[0].id}", due_at=at,
            )  # fmt: skip
    await crossing(tx, await deals.recognised(tx, parts))
    names = ["" if g.whole_company else "、".join(teams[i].name for i in g.team_ids if i in teams) for g in groups]
    return Posted(list(dict.fromkeys(names)), at.isoformat() if at > tx.now else None)


def quiet_of(tx: Tx) -> Quiet:
    """When groups are left alone, as the policy says."""
    hours, week = tx.policy.deals.celebrate, tx.policy.boards.quiet
    return Quiet(
        night_from=hours.end,
        night_until=hours.start,
        week_from=(week.from_.weekday.number, week.from_.time),
        week_until=(week.until.weekday.number, week.until.time),
    )


async def _cheer(tx: Tx, parts: Sequence[Deal], sellers: Sequence[Person], visitor: Person | None) -> Celebration:
    head, seller = parts[0], sellers[0]
    whole = sum(part.amount_fen for part in parts)
    deal = ConfirmedDeal(
        kind=head.kind,
        amount=whole,
        signed_on=head.signed_on,
        seller=seller.name,
        visitor=visitor.name if visitor else None,
        sharers=tuple(other.name for other in sellers[1:]),
        part=head.amount_fen if len(parts) > 1 else None,
        even=max(p.amount_fen for p in parts) - min(p.amount_fen for p in parts) <= 1,
        contacts=head.contacts or None,
        messages=texts_in(head.note),
    )
    month = Month.of(head.signed_on)
    by_receipt = counts_by_receipt(tx.company.policy, head.signed_on)
    by_month = await deals.sums(tx, None, month.end, "month", kinds=deals.PERFORMANCE, person_ids=[seller.id])
    this = by_month.get(month.key, deals.NOTHING)
    own = int(head.kind is not DealKind.SMS)
    last_deal = await deals.last_signed_before(tx, seller.id, head.signed_on, besides=[head.id])
    away = await leaves.approved_days(tx, [seller.id], last_deal, head.signed_on) if last_deal else {}
    so_far = SellerSoFar(
        deals_this_month=this.count,
        month_total=this.fen,
        deals_before=sum(s.count for s in by_month.values()) - own,
        last_deal_on=last_deal,
        # Nothing of a deal that counts by its receipts counts yet: it breaks no record by being signed.
        best_month=0 if by_receipt else max((s.fen for key, s in by_month.items() if key < month.key), default=0),
        on_duty_from=seller.probation_from or seller.hired_on,
        workweek=seller.workweek or tx.policy.work.workweek,
        leave=away.get(seller.id, frozenset()),
    )
    cheer = fitting(deal, so_far, tx.company.calendar, big=tx.policy.deals.big_fen)
    if month != Month.of(tx.today):  # "the 6th this month" is said of this month only
        kept = {k: v for k, v in cheer.params.items() if k not in {"nth", "month_total", "best_month"}}
        kind = Cheer.ORDINARY if cheer.kind is Cheer.RECORD else cheer.kind
        return Celebration(kind, kept, cheer.also)
    return cheer


def texts_in(note: str | None) -> int | None:
    """How many text messages a note speaks of: `3万条` -> 30000."""
    match = _TEXTS.search(note or "")
    return int(Decimal(match[1]) * (10_000 if match[2] else 1)) if match else None


def _data(cheer: Celebration, *, shows: bool) -> dict[str, object]:
    params = {key: list(value) if isinstance(value, tuple) else value for key, value in cheer.params.items()}
    return {"kind": cheer.kind.value, "params": params, "shows": shows, "also": [other.value for other in cheer.also]}


async def crossing(tx: Tx, added: Sequence[DealFact]) -> None:
    """过线: what was just confirmed and counts (`added`) took a team's month over its target. Told once a month."""
    month = Month.of(tx.today)
    kinds = kinds_of(pricing(tx, month))
    brought: dict[int, int] = {}
    for fact in added:
        if fact.team is not None and fact.signed_on in month and (kinds is None or fact.kind in kinds):
            brought[int(fact.team)] = brought.get(int(fact.team), 0) + fact.amount
    if not brought:
        return
    sums = await counted(tx, month.start, month.end, "team", kinds=kinds, team_ids=brought)
    wanted = await targets.of_month(tx, month.key)
    teams = {team.id: team for team in await people.teams(tx)}
    at = may_post_at(tx.now, tx.company.zone, quiet_of(tx))
    for team_id, fen in sorted(brought.items()):
        after = sums.get(team_id, deals.NOTHING).fen
        team = teams[team_id]
        workweek = team.workweek or tx.policy.work.workweek
        target = wanted.get(team_id)
        cheer = team_target(team.name, after - fen, after, target, tx.today, tx.company.calendar, workweek)
        if cheer is not None:
            await _post_crossing(tx, cheer, team_id, f"line:{team_id}:{month.key}", at)


async def _post_crossing(tx: Tx, cheer: Celebration, team_id: int, once: str, at: datetime) -> None:
    for group in await reach.boards_go_to(tx):
        if group.whole_company or team_id in group.team_ids:
            await tx.post(
                group.channel, group.external_id, "team_cheer", _data(cheer, shows=True), once=f"{once}:{group.id}",
                due_at=at,
            )  # fmt: skip
