"""Targets: set by the manager, raised after the first working days of the month by the director alone (policy 11)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.people import Person, Role
from core.rules.ranking import attainment
from core.rules.targets import is_asked
from core.store import months, people, performance, targets
from core.store.db import Tx
from core.store.deals import NOTHING
from core.store.people import Team


@dataclass(frozen=True, slots=True)
class Standing:
    """A team's month. Fen; `target` None: not set yet."""

    team: Team
    actual: int
    target: int | None

    @property
    def share(self) -> object:
        """Attainment, exact; None without a target."""
        return attainment(self.actual, self.target)


def may_set(actor: Person) -> bool:
    """The manager, the director, the owner."""
    return actor.is_owner or actor.role in {Role.MANAGER, Role.DIRECTOR}


async def standings(tx: Tx, month: Month, only: Collection[int] | None = None) -> list[Standing]:
    """Every team's total and target of a month (`only` these): the attainment that pays (5, 17, 52)."""
    found = [team for team in await people.teams(tx) if only is None or team.id in only]
    kinds = performance.kinds_of(performance.pricing(tx, month))
    sums = await performance.counted(tx, month.start, month.end, "team", kinds=kinds, team_ids=only)
    wanted = await targets.of_month(tx, month.key)
    return [Standing(team, sums.get(team.id, NOTHING).fen, wanted.get(team.id)) for team in found]


async def missing(tx: Tx, month: Month) -> list[Team]:
    """The teams whose target of a month is not set: their heads' rate stays undetermined (11)."""
    wanted = await targets.of_month(tx, month.key)
    return [team for team in await people.teams(tx) if not wanted.get(team.id)]


async def setter(tx: Tx) -> Person | None:
    """Who is asked for targets: the manager, where there is none the director, then the owner."""
    able = await people.everybody(tx, roles=(Role.MANAGER, Role.DIRECTOR))
    if able:
        return min(able, key=lambda person: person.role is not Role.MANAGER)
    return next((person for person in await people.everybody(tx) if person.is_owner), None)


async def ask(tx: Tx) -> None:
    """Ask for the targets that this month still lacks, on the days that `core.rules.targets` names."""
    month, calendar = Month.of(tx.today), tx.company.calendar.guessing()
    if not is_asked(tx.today, tx.policy.targets.free_days, calendar, tx.policy.work.workweek):
        return
    if (person := await setter(tx)) is not None and await missing(tx, month):
        once = f"targets-missing:{tx.today}:{person.id}"
        await tx.notify(person.id, "targets_missing", {"month": month.key}, once=once)


async def set_target(tx: Tx, actor: Person, team: Team, month: Month, fen: int) -> int | None:
    """Set a team's target; the one before, if any. Raises Refusal."""
    if not may_set(actor):
        raise Refusal("targets.not_yours")
    this = Month.of(tx.today)
    before = (await targets.of_month(tx, month.key)).get(team.id)
    if month < this and (before is not None or (await months.hold(tx, month)).state.closed):
        raise Refusal("targets.past")  # one that was forgotten may still be set, until the month is closed
    rules = tx.policy.targets
    late = month == this and _working_days_gone(tx, month) > rules.free_days
    free = actor.is_owner or actor.role is Role.DIRECTOR or rules.raise_by == "manager"
    if before is not None and fen > before and late and not free:
        raise Refusal("targets.raise_needs_director")
    await targets.put(tx, team.id, month.key, fen, actor.id)
    await tx.note(actor.id, "target.set", f"team:{team.id}:{month.key}")
    for person in await people.everybody(tx, team_id=team.id):
        if person.role is Role.SUPERVISOR and person.id != actor.id:
            await tx.notify(
                person.id, "target_set", {"team": team.name, "month": month.key, "fen": fen},
                once=f"target:{team.id}:{month.key}:{tx.now.isoformat()}:{person.id}",
            )  # fmt: skip
    return before


def _working_days_gone(tx: Tx, month: Month) -> int:
    days = tx.company.calendar.guessing().working_days(month.start, tx.today, tx.policy.work.workweek)
    return len(days)
