"""A new version of the policy is read by everybody: those who have not are asked on working days until all have."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.policy_change import is_chased, is_reported
from core.rules.schedule import Daily, SkipLate
from core.store import leaves, people, policies
from core.store.db import BULK, Tx
from core.usecases import policy_changes

CHASED_AT = time(10, 20)


@jobs.job("policy_unread", lambda v: [Daily(CHASED_AT, workdays_only=True, workweek=v.work.workweek)], SkipLate(6 * 60),
          plans=True)  # fmt: skip
async def policy_unread(tx: Tx, slot: datetime) -> None:
    """Who has not read a version hears of it again; those behind it hear who."""
    del slot
    calendar, week = tx.company.calendar.guessing(), tx.policy.work.workweek
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
