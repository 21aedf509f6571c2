"""Who works which days of the week: a team's, or somebody's own; else the policy's (docs/rules.md 40)."""

from __future__ import annotations

from core.rules.calendar import Workweek
from core.rules.errors import Refusal
from core.rules.people import Person
from core.store import people
from core.store.db import Tx
from core.store.people import Team
from core.usecases.targets import may_set


async def of_team(tx: Tx, actor: Person, team: Team, week: Workweek | None) -> None:
    """The team's from now on; None: as the policy says. Refusal `workweeks.not_yours`."""
    _authorised(actor)
    before = await people.everybody(tx, team_id=team.id)
    await people.set_team_workweek(tx, team.id, week)
    await _told(tx, actor, before)
    await tx.note(actor.id, f"workweek.{week or 'policy'}", f"team:{team.id}")


async def of_person(tx: Tx, actor: Person, person: Person, week: Workweek | None) -> None:
    """Somebody's own from now on; None: as their team. Refusal `workweeks.not_yours`."""
    _authorised(actor)
    await people.change(tx, person.id, {"workweek": week})
    await _told(tx, actor, [person])
    await tx.note(actor.id, f"workweek.{week or 'policy'}", f"person:{person.id}")


def _authorised(actor: Person) -> None:
    if not may_set(actor):
        raise Refusal("workweeks.not_yours")


async def _told(tx: Tx, actor: Person, before: list[Person]) -> None:
    """Deadlines and part months depend on it: everybody hears whose days have changed."""
    now = await people.by_ids(tx, [person.id for person in before])
    usual = tx.policy.work.workweek
    for was in before:
        week = now[was.id].workweek or usual
        if week != (was.workweek or usual) and was.id != actor.id:
            await tx.notify(
                was.id, "workweek_set", {"week": week, "by": actor.name},
                once=f"workweek:{was.id}:{tx.now.isoformat()}",
            )  # fmt: skip
