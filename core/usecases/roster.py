"""The roster's import: saying what would change, and changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.rules.people import Person, Status
from core.rules.sounds import sound
from core.store import invites, people
from core.store.db import Tx
from core.usecases.roster_file import Entry, RosterProblems


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to one person."""

    entry: Entry
    person: Person | None  # None: new
    what: tuple[str, ...] = ()  # "name: 王芳 -> 王方"


@dataclass(slots=True)
class Plan:
    """What an import would do."""

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    teams: list[str] = field(default_factory=list)
    missing: list[Person] = field(default_factory=list)  # in the company, not in the file: left alone


async def plan(tx: Tx, entries: Sequence[Entry]) -> Plan:
    """What an import would change. Raises RosterProblems for superiors nobody knows."""
    known = {p.employee_no: p for p in await people.everybody(tx, with_left=True)}
    names = {p.id: p.employee_no for p in known.values()}
    teams = {team.name for team in await people.teams(tx)}
    made = Plan()
    listed = {entry.employee_no for entry in entries}
    problems = [
        f"row {entry.row}: 上级 superior {entry.superior!r} is nobody's number; write an employee number"
        for entry in entries
        if entry.superior and entry.superior not in listed and entry.superior not in known
    ]
    if problems:
        raise RosterProblems(problems)
    for entry in entries:
        if entry.team and entry.team not in teams and await people.team_named(tx, entry.team) is None:
            made.teams += [entry.team] if entry.team not in made.teams else []
        person = known.get(entry.employee_no)
        if person is None:
            made.new.append(Change(entry, None))
            continue
        what = _differences(entry, person, names)
        if what:
            made.changed.append(Change(entry, person, tuple(what)))
        else:
            made.same += 1
    made.missing = [p for p in known.values() if p.employee_no not in listed and p.works]
    return made


def _differences(entry: Entry, person: Person, names: Mapping[int, str]) -> list[str]:
    now: list[tuple[str, object, object]] = [
        ("姓名", person.name, entry.name),
        ("角色", person.role.value, entry.role.value),
        ("组", person.team or "-", entry.team or "-"),
        ("入职日期", person.hired_on, entry.hired_on),
        ("状态", person.status.value, entry.status.value),
    ]
    if entry.probation_from is not None:
        now.append(("试用起", person.probation_from or "-", entry.probation_from))
    if entry.workweek is not None:
        now.append(("班制", person.workweek or "-", entry.workweek.value))
    if entry.superior is not None:
        now.append(("上级", names.get(person.superior_id or 0, "-"), entry.superior))
    return [f"{label}: {old} -> {new}" for label, old, new in now if old != new]


async def apply(tx: Tx, made: Plan) -> None:
    """Do it. Nobody is ever deleted; who is not in the file stays as they are."""
    for name in made.teams:
        await people.add_team(tx, name)
    superiors: list[tuple[int, str]] = []
    for change in [*made.new, *made.changed]:
        entry = change.entry
        team = await people.team_named(tx, entry.team) if entry.team else None
        team_id = team.id if team else None
        if change.person is None:
            person_id = await people.add(
                tx, employee_no=entry.employee_no, name=entry.name, pinyin=sound(entry.name), role=entry.role,
                status=entry.status, team_id=team_id, hired_on=entry.hired_on, phone=entry.phone,
                probation_from=entry.probation_from or (entry.hired_on if entry.status is Status.PROBATION else None),
                left_on=tx.today if entry.status is Status.LEFT else None, lang=tx.company.lang, workweek=entry.workweek,
            )  # fmt: skip
        else:
            person_id = change.person.id
            await _update(tx, change.person, entry, team_id)
        if entry.superior:
            superiors.append((person_id, entry.superior))
    for person_id, number in superiors:
        superior = await people.by_number(tx, number)
        if superior is not None and superior.id != person_id:
            await people.change(tx, person_id, {"superior_id": superior.id})
    await tx.note(None, "roster.imported", f"new:{len(made.new)} changed:{len(made.changed)}")


async def _update(tx: Tx, person: Person, entry: Entry, team_id: int | None) -> None:
    values: dict[str, Any] = {
        "name": entry.name, "pinyin": sound(entry.name), "role": entry.role.value, "team_id": team_id,
        "hired_on": entry.hired_on, "status": entry.status.value,
    }  # fmt: skip
    if entry.phone:
        values["phone"] = entry.phone
    if entry.probation_from:
        values["probation_from"] = entry.probation_from
    if entry.workweek:
        values["workweek"] = entry.workweek
    leaving = entry.status is Status.LEFT and person.works
    if leaving:
        values["left_on"] = tx.today
    await people.change(tx, person.id, values)
    if (person.role, person.status, person.team_id) != (entry.role, entry.status, team_id):
        await people.assign(tx, person.id, tx.today, role=entry.role, status=entry.status, team_id=team_id)
    if leaving:
        await invites.revoke_of(tx, person.id)
        await people.unbind(tx, person.id)
