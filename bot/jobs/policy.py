"""A change of the policy does not lie about: whoever is to confirm it is asked again, and whoever has not read it, until
all have; on working days."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.calendar import Calendar
from core.rules.policy_change import confirmers, is_chased, is_reported
from core.rules.schedule import Daily, SkipLate
from core.store import leaves, people, policies
from core.store.db import BULK, Tx
from core.usecases import policy_changes

CHASED_AT = time(10, 20)


@jobs.job("policy_unread", lambda v: [Daily(CHASED_AT, workdays_only=True, workweek=v.work.workweek)], SkipLate(6 * 60),
          plans=True)  # fmt: skip
async def policy_unread(tx: Tx, slot: datetime) -> None:
    """Who has not read a version hears of it again; those behind it hear who. So does who has not decided on one."""
    del slot
    calendar, week = tx.company.calendar.guessing(), tx.policy.work.workweek
    await _ask_again(tx, calendar, week)
    for issued in await policies.issued(tx):
        day = issued.confirmed_at.astimezone(tx.company.zone).date()
        if not is_chased(day, tx.today, calendar, week):
            continue
        left = await policy_changes.unread(tx, issued)
        away = await leaves.approved_days(tx, [person.id for person in left], tx.today, tx.today)
        for person in left:
            if not away.get(person.id) and calendar.is_workday(tx.today, person.workweek or week):
                await tx.notify(
                    person.id, "policy_chase", {"version": issued.id},
                    once=f"policy-chase:{issued.id}:{tx.today}:{person.id}", guard=f"policy_unread:{issued.id}:{person.id}",
                    expires_at=tx.at(tx.today, time(18)), rank=BULK,
                )  # fmt: skip
        if left and is_reported(day, tx.today, calendar, week):
            behind = await people.by_ids(tx, {issued.proposed_by, issued.confirmed_by})
            for person in behind.values():
                if person.works:
                    await tx.notify(
                        person.id, "policy_unread", {"version": issued.id},
                        once=f"policy-unread:{issued.id}:{tx.today}:{person.id}",
                    )  # fmt: skip


async def _ask_again(tx: Tx, calendar: Calendar, week: str) -> None:
    """The second person of each proposal that waits: as often as a reader who has not read."""
    for proposal in await policies.open_ones(tx):
        if proposal.submitted_at is None or proposal.proposer_id is None:
            continue
        if not is_chased(proposal.submitted_at.astimezone(tx.company.zone).date(), tx.today, calendar, week):
            continue
        asked = confirmers(await people.everybody(tx), proposal.proposer_id)
        away = await leaves.approved_days(tx, [person.id for person in asked], tx.today, tx.today)
        for person in asked:
            if not away.get(person.id) and calendar.is_workday(tx.today, person.workweek or week):
                await tx.notify(
                    person.id, "policy_waits", {"proposal": proposal.id},
                    once=f"policy-waits:{proposal.id}:{tx.today}:{person.id}", subject=f"policy:{proposal.id}",
                    guard=f"policy_waits:{proposal.id}", expires_at=tx.at(tx.today, time(18)), rank=BULK,
                )  # fmt: skip
