"""People: hiring, inviting, leaving, groups; each act within the actor's scope at the moment of the act (D9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.rules.errors import Refusal
from core.rules.names import clean_name
from core.rules.people import HEADS, Person, Role, Status, company_wide, leads, manages
from core.rules.sounds import sound
from core.store import invites, outbox, people
from core.store.db import Tx
from core.store.people import Group, Team
from core.usecases import joining
from core.usecases.guards import guard

UNBOUND_FOR = timedelta(hours=24)
NAMED = 6  # teams named in a line
ALL_TEAMS = frozenset({"全公司", "公司", "全部", "all", "company"})


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code for somebody, to be handed to them."""

    person: Person
    code: str
    expires_at: datetime


async def search(tx: Tx, actor: Person, typed: str) -> list[Person]:
    """Colleagues the actor may manage, by number, name or sound; the exact ones alone when there are any."""
    name = clean_name(typed)
    mine = [p for p in await people.everybody(tx) if manages(actor, p)]
    exact = [p for p in mine if name in {p.employee_no, p.name}]
    return exact or [p for p in mine if sound(p.name) == sound(name)]


async def invite(tx: Tx, actor: Person, person_id: int) -> Invitation:
    """A new code for somebody of the actor's scope. Raises Refusal."""
    person = await people.by_id(tx, person_id)
    if person is None or not person.works:
        raise Refusal("people.gone")
    if not manages(actor, person):
        raise Refusal("people.not_yours")
    code, expires = await joining.invite(tx, person.id, actor.id)
    return Invitation(person, code, expires)


async def link(tx: Tx, person: Person) -> Invitation:
    """A code for one's own second account (the other network, a new phone)."""
    code, expires = await joining.invite(tx, person.id, person.id)
    return Invitation(person, code, expires)


def may_hire(actor: Person) -> bool:
    """Heads hire; the owner too."""
    return actor.is_owner or actor.role in HEADS


def roles_to_hire(actor: Person) -> Sequence[Role]:
    """Whom somebody may hire: a supervisor agents, those above everybody below them."""
    if actor.is_owner or actor.role is Role.DIRECTOR:
        return (Role.CLERK, Role.REP, Role.SUPERVISOR, Role.ASSISTANT, Role.MANAGER)
    if actor.role is Role.MANAGER:
        return (Role.CLERK, Role.REP, Role.SUPERVISOR, Role.ASSISTANT)
    return (Role.CLERK, Role.REP) if actor.role is Role.SUPERVISOR else ()


async def hire(
    tx: Tx,
    actor: Person,
    *,
    name: str,
    role: Role,
    status: Status,
    team_id: int | None,
    hired_on: date,
) -> Invitation:
    """A new colleague with the next free number, and their invite. Raises Refusal."""
    if role not in roles_to_hire(actor):
        raise Refusal("people.not_yours")
    if actor.role is Role.SUPERVISOR and not actor.is_owner:
        team_id = actor.team_id
    shown = clean_name(name)
    if not shown:
        raise Refusal("people.name_empty")
    probation = hired_on if status is Status.PROBATION else None
    person_id = await people.add(
        tx, employee_no=await people.free_number(tx, ""), name=shown, pinyin=sound(shown), role=role, status=status,
        team_id=team_id, hired_on=hired_on, probation_from=probation, lang=tx.company.lang,
    )  # fmt: skip
    await tx.note(actor.id, "person.hired", f"person:{person_id}")
    return await invite(tx, actor, person_id)


async def leave(tx: Tx, actor: Person, person_id: int) -> Person:
    """Somebody leaves today: access ends at once, history stays. Raises Refusal."""
    person = await people.by_id(tx, person_id)
    if person is None or not person.works:
        raise Refusal("people.gone")
    if not manages(actor, person):
        raise Refusal("people.not_yours")
    await people.change(tx, person.id, {"status": Status.LEFT.value, "left_on": tx.today})
    await people.assign(tx, person.id, tx.today, role=person.role, status=Status.LEFT, team_id=person.team_id)
    await invites.revoke_of(tx, person.id)
    await people.unbind(tx, person.id)
    await tx.note(actor.id, "person.left", f"person:{person.id}")
    return person


async def speak(tx: Tx, person: Person, lang: str) -> None:
    """Choose one's language."""
    await people.change(tx, person.id, {"lang": lang})


async def show_amounts(tx: Tx, actor: Person, name: str, *, shown: bool) -> Team:
    """Amounts in a team's celebrations, on or off: a supervisor for their own team, those above for any. Raises Refusal."""
    team = await people.team_named(tx, name) if name else None
    if team is None and not name and actor.team_id is not None:
        team = next((t for t in await people.teams(tx) if t.id == actor.team_id), None)
    if team is None:
        known = names_of(await people.teams(tx))
        raise Refusal("groups.no_such_team", name=clean_name(name) or "-", teams=known)
    if not company_wide(actor) and team.id != actor.team_id:
        raise Refusal("people.not_your_team")
    await people.show_amounts(tx, team.id, shown=shown)
    await tx.note(actor.id, "team.amounts", f"team:{team.id}:{int(shown)}")
    return team


async def leave_if_unbound(tx: Tx, group: Group) -> None:
    """A group that nobody binds within 24 hours is none of ours (D9): leaving it waits as a guarded message."""
    await outbox.reply(
        tx, once=f"leave:{group.id}:{tx.now.isoformat()}", channel=group.channel, chat=group.external_id, verb="leave",
        payload={}, guard=f"unbound_group:{group.id}", due_at=tx.now + UNBOUND_FOR,
    )  # fmt: skip


@guard("unbound_group")
async def _still_unbound(tx: Tx, what: str) -> bool:
    """Has nobody bound the group?"""
    return any(group.id == int(what) for group in await people.groups(tx, state="seen"))


def names_of(teams: Sequence[Team]) -> str:
    """The first few teams' names, for a line of a small phone."""
    return " / ".join([team.name for team in teams[:NAMED]] + ["…"] * (len(teams) > NAMED))


async def bindable(tx: Tx, actor: Person) -> tuple[list[Team], bool]:
    """The teams whose boards somebody may give to a group, and whether the whole company's too. Raises Refusal."""
    if not leads(actor):
        raise Refusal("groups.heads_only")
    teams = await people.teams(tx)
    if company_wide(actor):
        return list(teams), True
    return [team for team in teams if team.id == actor.team_id], False


async def teams_called(tx: Tx, names: str) -> list[Team] | None:
    """The teams that a line names, none where it names nothing; None: the whole company. Raises Refusal."""
    said = names.strip()
    if said.casefold() in ALL_TEAMS:
        return None
    if said and (team := await people.team_named(tx, said)) is not None:  # a name may have blanks in it
        return [team]
    found: list[Team] = []
    for word in said.replace("、", " ").replace(",", " ").replace(",", " ").split():
        team = await people.team_named(tx, word)
        if team is None:
            raise Refusal("groups.no_such_team", name=clean_name(word), teams=names_of(await people.teams(tx)))
        found.append(team)
    return found


async def bind_group(tx: Tx, actor: Person, group: Group, teams: Sequence[Team] | None) -> None:
    """Give a group the boards of these teams; None: of the whole company. Raises Refusal."""
    theirs, wide = await bindable(tx, actor)
    if not wide and (teams is None or any(team not in theirs for team in teams)):
        raise Refusal("groups.not_your_team")
    ids = [team.id for team in teams or ()]
    await people.bind_group(tx, group, team_ids=ids, whole_company=teams is None, by=actor.id)
    await tx.note(actor.id, "group.bound", f"group:{group.id}")


async def unbind_group(tx: Tx, actor: Person, group: Group) -> None:
    """Take the boards out of a group: a supervisor their team's, those above all. Raises Refusal."""
    if not leads(actor):
        raise Refusal("groups.heads_only")
    if company_wide(actor):
        await people.unbind_group(tx, group, team_ids=None)
    elif actor.team_id in group.team_ids:
        await people.unbind_group(tx, group, team_ids=[actor.team_id])
    else:
        raise Refusal("groups.not_your_team")
    await tx.note(actor.id, "group.unbound", f"group:{group.id}")
