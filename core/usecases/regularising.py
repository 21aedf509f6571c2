"""转正: regular from the first of a month, told to the person and to the groups (policy 22-27, docs/manners.md 3.4)."""

from __future__ import annotations

from datetime import date

from core.rules.calendar import Month
from core.rules.celebrate import may_post_at
from core.rules.errors import Refusal
from core.rules.people import Person, Status
from core.store import people
from core.store.db import Tx
from core.usecases import reach
from core.usecases.cheers import quiet_of


async def regularise(tx: Tx, person: Person, since: date, total: int) -> None:
    """Regular from `since`, the 1st of a month, on; `total`: fen signed in probation. Raises Refusal when not on it."""
    if person.status is not Status.PROBATION:
        raise Refusal("closing.not_on_probation")
    history = (await people.postings(tx, [person.id])).get(person.id, [])
    held = people.posting_on(history, since)
    role, team = (held.role, held.team_id) if held else (person.role, person.team_id)
    await people.assign(tx, person.id, since, role=role, status=Status.REGULAR, team_id=team)
    for post in history:
        if post.valid_from > since and post.status is Status.PROBATION:  # a change of team that is known already
            await people.assign(
                tx, person.id, post.valid_from, role=post.role, status=Status.REGULAR, team_id=post.team_id
            )
    if since <= tx.today:
        await people.change(tx, person.id, {"status": Status.REGULAR.value})
    await tx.notify(
        person.id, "regularised", {"since": since.isoformat()}, once=f"regularised:{person.id}:{since}"
    )  # fmt: skip
    await _cheer(tx, person, since, total)


async def _cheer(tx: Tx, person: Person, since: date, total: int) -> None:
    began = Month.of(person.probation_from or person.hired_on)
    months, month = 1, began
    while month.next.start < since:
        months, month = months + 1, month.next
    shows = {team.id: team.show_amounts for team in await people.teams(tx)}.get(person.team_id or 0, True)
    data = {"name": person.name, "months": months, "total": total if shows else None}
    at = may_post_at(tx.now, tx.company.zone, quiet_of(tx))
    for group in await reach.boards_go_to(tx):
        if group.whole_company or person.team_id in group.team_ids:
            await tx.post(
                group.channel, group.external_id, "regular_cheer", data,
                once=f"regular:{person.id}:{since}:{group.id}", due_at=at,
            )  # fmt: skip
