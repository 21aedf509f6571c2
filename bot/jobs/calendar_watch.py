"""From December on: somebody must enter next year's holidays while they are missing (policy 44)."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.people import Role
from core.rules.schedule import LATEST, Weekly
from core.store import people
from core.store.db import Tx

MONDAY, NINE = 0, time(9, 0)


@jobs.job("calendar_missing", lambda _: [Weekly(MONDAY, NINE)], LATEST)
async def calendar_missing(tx: Tx, slot: datetime) -> None:
    """Once a week, to the owner and the manager; nothing while every year that is needed is known."""
    day = slot.astimezone(tx.company.zone).date()
    year = tx.company.calendar.missing_year(day)
    if year is None:
        return
    for person in await people.everybody(tx):
        if person.is_owner or person.role is Role.MANAGER:
            await tx.notify(person.id, "calendar_missing", {"year": year}, once=f"calendar:{year}:{day}:{person.id}")
