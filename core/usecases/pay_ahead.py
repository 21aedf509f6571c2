"""What stands beside a month's pay: last month, where this one ends at today's pace, one's own place. Private."""

from __future__ import annotations

from dataclasses import dataclass

from core.rules.calendar import Month
from core.rules.pace import at_pace
from core.rules.people import AGENTS, Person
from core.store.db import Tx
from core.usecases import pay
from core.usecases.pay import Earnings


@dataclass(frozen=True, slots=True)
class Beside:
    """Fen. `before`: last month, at the same day while this one runs (`same_point`), in all otherwise.

    `forecast`: the month's end at today's pace. `place`: (place, of how many), told only in the upper half: nobody
    needs a machine to hear that they are among the last (docs/manners.md rule 9).
    """

    before: int | None = None
    same_point: bool = False
    forecast: int | None = None
    place: tuple[int, int] | None = None


async def beside(tx: Tx, found: Earnings, viewer: Person) -> Beside:
    """What `viewer` may read beside the month: last month's figure only where they may see last month."""
    month, person, today = found.month.month, found.person, tx.today
    running = month == Month.of(today)
    if not await pay.may_see(tx, viewer, person, month.previous):
        before = None
    elif running and person.role in AGENTS:
        before = await pay.at_the_same_point(tx, person, month.previous, today.day)
    else:
        before = await _whole(tx, found)
    forecast = None
    if running:
        calendar, workweek = tx.company.calendar.guessing(), person.workweek or found.version.work.workweek
        whole = len(calendar.working_days(month.start, month.end, workweek))
        done = len(calendar.working_days(month.start, today, workweek))
        ends = at_pace(found.version, found.month, found.deals, done, whole)
        forecast = ends.total + found.payable - found.statement.total if ends is not None and done < whole else None
    place = await pay.place_in_team(tx, found) if running else None
    if place is not None and place[0] * 2 > place[1]:
        place = None
    return Beside(before, running and person.role in AGENTS, forecast, place)


async def _whole(tx: Tx, found: Earnings) -> int | None:
    last = found.month.month.previous
    if last.end < found.person.hired_on or last.end < tx.company.policy.versions[0].effective_from:
        return None
    earned = await pay.earn(tx, found.person, last)
    return earned.payable if earned.deals or earned.payable or earned.slip is not None else None
