"""People, their posts over time, their accounts, teams and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, or_, select, update

from core.rules.people import Person, Role, Status
from core.store import models as m
from core.store.db import Tx
from core.store.paused_gc import paused_gc

SEEN_AGAIN = timedelta(minutes=1)
_P = m.people.c
_PERSON = select(
    _P.id, _P.employee_no, _P.name, _P.role, _P.status, _P.team_id, m.teams.c.name.label("team"), _P.hired_on,
    _P.probation_from, _P.left_on, _P.superior_id, _P.is_owner, _P.lang,
    func.coalesce(_P.workweek, m.teams.c.workweek).label("workweek"),
).select_from(m.people.outerjoin(m.teams, m.teams.c.id == _P.team_id))  # fmt: skip


# A name looked up here costs a fifth of what the enumeration itself asks for it.
_ROLE: Mapping[str, Role] = {role.value: role for role in Role}
_STATUS: Mapping[str, Status] = {status.value: status for status in Status}


def _person(row: Any) -> Person:
    # Spelt out: unpacking a rest and packing it again costs a company of many a third of its reading.
    number, no, name, role, status, team, named, hired, tried, left, above, owner, lang, week = row
    return Person(
        number, no, name, _ROLE[role], _STATUS[status], team, named, hired, tried, left, above, owner, lang, week
    )


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account on a network."""

    id: int
    channel: str
    external_id: str
    person_id: int
    unreachable_at: datetime | None
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A group of salespeople."""

    id: int
    name: str
    alias: str | None
    show_amounts: bool
    workweek: str | None = None  # of those in it who have none of their own; None = the policy's default


@dataclass(frozen=True, slots=True)
class Posting:
    """What somebody was from a day on."""

    person_id: int
    valid_from: date
    role: Role
    status: Status
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat."""

    id: int
    channel: str
    external_id: str
    state: str
    whole_company: bool
    seen_at: datetime
    team_ids: tuple[int, ...] = ()


def _group(row: Any, team_ids: Iterable[int]) -> Group:
    return Group(row[0], row[1], row[2], row[3], row[4], row[5], tuple(team_ids))


_A = m.accounts.c
_BY_ID = _PERSON.where(_P.id == bindparam("person"))
_BY_ACCOUNT = (
    _PERSON.add_columns(_A.id, _A.channel, _A.external_id, _A.person_id, _A.unreachable_at, _A.last_seen_at)
    .join(m.accounts, _A.person_id == _P.id)
    .where(_A.channel == bindparam("channel"), _A.external_id == bindparam("external"))
)
_ACCOUNTS = (
    select(_A.id, _A.channel, _A.external_id, _A.person_id, _A.unreachable_at, _A.last_seen_at)
    .where(_A.person_id == bindparam("person"))
    .order_by(_A.unreachable_at.is_not(None), _A.last_seen_at.desc(), _A.id)
)
_PREFERS = select(_P.prefers).where(_P.id == bindparam("person"))
_SEEN = (
    update(m.accounts).where(_A.id == bindparam("account")).values(last_seen_at=bindparam("now"), unreachable_at=None)
)


async def _one(tx: Tx, statement: Select[Any], **named: Any) -> Person | None:
    row = await tx.first(statement, **named)
    return None if row is None else _person(row)


async def by_id(tx: Tx, person_id: int) -> Person | None:
    """A person by id."""
    return await _one(tx, _BY_ID, person=person_id)


async def by_number(tx: Tx, employee_no: str) -> Person | None:
    """A person by employee number."""
    return await _one(tx, _PERSON.where(_P.employee_no == employee_no))


async def by_account(tx: Tx, channel: str, external_id: str) -> tuple[Person, Account] | None:
    """Who speaks from this account."""
    row = await tx.first(_BY_ACCOUNT, channel=channel, external=external_id)
    return None if row is None else (_person(row[:14]), Account(*row[14:]))


async def by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, Person]:
    """People by id."""
    wanted = sorted(set(ids))
    return {row[0]: _person(row) for row in await tx.all(_PERSON.where(_P.id.in_(wanted)))} if wanted else {}


async def everybody(
    tx: Tx, *, roles: Iterable[Role] | None = None, team_id: int | None = None, with_left: bool = False
) -> list[Person]:
    """People by employee number; those who left only on request."""
    statement = _PERSON.order_by(_P.employee_no)
    if roles is not None:
        statement = statement.where(_P.role.in_([role.value for role in roles]))
    if team_id is not None:
        statement = statement.where(_P.team_id == team_id)
    if not with_left:
        statement = statement.where(_P.status != Status.LEFT.value)
    rows = await tx.all(statement)
    with paused_gc(len(rows)):
        return [_person(row) for row in rows]


async def superior_of(tx: Tx, person: Person) -> Person | None:
    """The direct superior: as the roster says, else the team's supervisor, else the manager, else the director."""
    if person.superior_id is not None:
        chosen = await by_id(tx, person.superior_id)
        if chosen is not None and chosen.works:
            return chosen
    ladder = {Role.CLERK: 0, Role.REP: 0, Role.SUPERVISOR: 1, Role.ASSISTANT: 1, Role.MANAGER: 2}
    steps = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)[ladder.get(person.role, 3) :]
    for role in steps:
        statement = _PERSON.where(_P.role == role.value, _P.status != Status.LEFT.value, _P.id != person.id)
        if role is Role.SUPERVISOR:
            if person.team_id is None:
                continue
            statement = statement.where(_P.team_id == person.team_id)
        found = await _one(tx, statement.order_by(_P.employee_no).limit(1))
        if found is not None:
            return found
    return None


async def assistants(tx: Tx) -> list[Person]:
    """Who files the reports."""
    return await everybody(tx, roles=[Role.ASSISTANT])


async def accounts_of(tx: Tx, person_id: int) -> list[Account]:
    """A person's accounts: reachable ones first, the one used last before the others."""
    return [Account(*row) for row in await tx.all(_ACCOUNTS, person=person_id)]


async def prefers(tx: Tx, person_id: int) -> str | None:
    """The network on which they want to be told, if they chose one."""
    value: str | None = await tx.scalar(_PREFERS, person=person_id)
    return value


async def bind(tx: Tx, channel: str, external_id: str, person_id: int) -> None:
    """Tie an account to a person; an account speaks for one person only."""
    a = m.accounts.c
    known = await tx.scalar(select(a.id).where(a.channel == channel, a.external_id == external_id))
    if known is None:
        await tx.insert(
            m.accounts, channel=channel, external_id=external_id, person_id=person_id, bound_at=tx.now,
            last_seen_at=tx.now,
        )  # fmt: skip
    else:
        await tx.run(
            update(m.accounts)
            .where(a.id == known)
            .values(person_id=person_id, bound_at=tx.now, last_seen_at=tx.now, unreachable_at=None)
        )


async def seen(tx: Tx, account: Account) -> None:
    """They wrote: reachable again, and this is where answers go. Written once a minute."""
    last = account.last_seen_at
    if account.unreachable_at is None and last is not None and abs(tx.now - last) < SEEN_AGAIN:
        return
    await tx.run(_SEEN, account=account.id, now=tx.now)


async def unreachable(tx: Tx, channel: str, external_id: str) -> int | None:
    """Blocked or gone: stop sending until they write again. The person's id, when this is news."""
    a = m.accounts.c
    row = await tx.first(
        select(a.person_id, a.unreachable_at).where(a.channel == channel, a.external_id == external_id)
    )
    if row is None or row[1] is not None:
        return None
    await tx.run(
        update(m.accounts).where(a.channel == channel, a.external_id == external_id).values(unreachable_at=tx.now)
    )
    return int(row[0])


async def postings(tx: Tx, person_ids: Iterable[int] | None = None) -> dict[int, list[Posting]]:
    """Everybody's posts over time, oldest first."""
    c = m.postings.c
    statement = select(c.person_id, c.valid_from, c.role, c.status, c.team_id).order_by(c.person_id, c.valid_from)
    if person_ids is not None:
        statement = statement.where(c.person_id.in_(sorted(set(person_ids))))
    return _by_person(await tx.all(statement))


_H = m.postings.c
_LATEST = select(_H.person_id, func.max(_H.valid_from).label("since")).group_by(_H.person_id).subquery()
_UNSETTLED = (
    select(_P.id)
    .join(_LATEST, _LATEST.c.person_id == _P.id)
    .join(m.postings, (_H.person_id == _P.id) & (_H.valid_from == _LATEST.c.since))
    .where(
        or_(
            _LATEST.c.since > bindparam("day"), _H.role != _P.role, _H.status != _P.status,
            _P.status == Status.LEFT.value, func.coalesce(_H.team_id, 0) != func.coalesce(_P.team_id, 0),
        )
    )
)  # fmt: skip
_HISTORY = m.postings.alias("history")
_UNSETTLED_POSTS = (
    select(*(_HISTORY.c[name] for name in ("person_id", "valid_from", "role", "status", "team_id")))
    .where(_HISTORY.c.person_id.in_(_UNSETTLED))
    .order_by(_HISTORY.c.person_id, _HISTORY.c.valid_from)
)


async def unsettled_posts(tx: Tx, day: date) -> dict[int, list[Posting]]:
    """The posts over time of those who have not simply been on `day`, and ever since, what they are now.

    In a company of many that is a handful: everybody else's post is the one on their own page.
    """
    return _by_person(await tx.all(_UNSETTLED_POSTS, day=day))


def _by_person(rows: Iterable[Any]) -> dict[int, list[Posting]]:
    found: dict[int, list[Posting]] = {}
    for person, since, role, status, team in rows:
        found.setdefault(person, []).append(Posting(person, since, _ROLE[role], _STATUS[status], team))
    return found


def posting_on(history: Sequence[Posting], day: date) -> Posting | None:
    """The post held on a day."""
    return next((p for p in reversed(history) if p.valid_from <= day), None)


async def assign(tx: Tx, person_id: int, valid_from: date, *, role: Role, status: Status, team_id: int | None) -> None:
    """Write down what somebody is from a day on; a second entry for that day replaces the first."""
    c = m.postings.c
    values = {"role": role.value, "status": status.value, "team_id": team_id}
    known = await tx.scalar(select(c.id).where(c.person_id == person_id, c.valid_from == valid_from))
    if known is None:
        await tx.insert(m.postings, person_id=person_id, valid_from=valid_from, **values)
    else:
        await tx.run(update(m.postings).where(c.id == known).values(**values))


async def change(tx: Tx, person_id: int, values: Mapping[str, Any]) -> None:
    """Change a person's columns."""
    await tx.run(update(m.people).where(_P.id == person_id).values(**values))


async def teams(tx: Tx, ids: Iterable[int] | None = None, *, names: Iterable[str] | None = None) -> list[Team]:
    """Every team, or those with these ids, or these very names."""
    c = m.teams.c
    every = select(c.id, c.name, c.alias, c.show_amounts, c.workweek).order_by(c.id)
    if ids is not None:
        every = every.where(c.id.in_(sorted(set(ids))))
    if names is not None:
        every = every.where(c.name.in_(sorted(set(names))))
    return [Team(*row) for row in await tx.all(every)]


async def team_named(tx: Tx, name: str) -> Team | None:
    """A team by its name or its alias, with or without 组."""
    wanted = name.strip().strip("「」").removesuffix("组")
    for team in await teams(tx):
        names = {team.name.removesuffix("组"), (team.alias or team.name).removesuffix("组"), f"{team.alias}{team.name}"}
        if wanted in names or name.strip() in {team.name, team.alias}:
            return team
    return None


async def groups(tx: Tx, *, state: str = "bound") -> list[Group]:
    """Group chats in a state, with the teams they belong to."""
    g = m.group_chats.c
    members: dict[int, list[int]] = {}
    for group_id, team_id in await tx.all(
        select(m.group_teams.c.group_id, m.group_teams.c.team_id).order_by(m.group_teams.c.team_id)
    ):
        members.setdefault(group_id, []).append(team_id)
    rows = await tx.all(
        select(g.id, g.channel, g.external_id, g.state, g.whole_company, g.seen_at)
        .where(g.state == state)
        .order_by(g.id)
    )
    return [_group(row, members.get(row[0], ())) for row in rows]


async def group_at(tx: Tx, channel: str, external_id: str) -> Group | None:
    """A group chat by its address, whatever its state."""
    g = m.group_chats.c
    row = await tx.first(
        select(g.id, g.channel, g.external_id, g.state, g.whole_company, g.seen_at).where(
            g.channel == channel, g.external_id == external_id
        )
    )
    if row is None:
        return None
    ids = await tx.all(select(m.group_teams.c.team_id).where(m.group_teams.c.group_id == row[0]))
    return _group(row, [r[0] for r in ids])


async def group_left(tx: Tx, channel: str, external_id: str) -> None:
    """We are no longer in that group."""
    g = m.group_chats.c
    await tx.run(update(m.group_chats).where(g.channel == channel, g.external_id == external_id).values(state="left"))


async def has_owner(tx: Tx) -> bool:
    """Has somebody claimed the company?"""
    return bool(await tx.scalar(select(func.count()).select_from(m.people).where(_P.is_owner)))


async def add(
    tx: Tx,
    *,
    employee_no: str,
    name: str,
    pinyin: str,
    role: Role,
    status: Status,
    team_id: int | None,
    hired_on: date,
    **more: Any,
) -> int:
    """A new person with their first post; the id."""
    person_id = await tx.insert(
        m.people, employee_no=employee_no, name=name, pinyin=pinyin, role=role.value, status=status.value,
        team_id=team_id, hired_on=hired_on, created_at=tx.now, **more,
    )  # fmt: skip
    await assign(tx, person_id, hired_on, role=role, status=status, team_id=team_id)
    return person_id


async def free_number(tx: Tx, wanted: str) -> str:
    """`wanted`, or the next free employee number of its kind (024 -> 025)."""
    taken = {row[0] for row in await tx.all(select(_P.employee_no))}
    if wanted and wanted not in taken:
        return wanted
    numbers = [int(n) for n in taken if n.isascii() and n.isdigit()]
    width = max((len(n) for n in taken if n.isascii() and n.isdigit()), default=3)
    return str(max(numbers, default=0) + 1).zfill(width)


async def add_team(tx: Tx, name: str, alias: str | None = None) -> Team:
    """A new team."""
    team_id = await tx.insert(m.teams, name=name, alias=alias, created_at=tx.now)
    return Team(team_id, name, alias, show_amounts=True)


async def show_amounts(tx: Tx, team_id: int, *, shown: bool) -> None:
    """Does the team want the amount in its celebrations?"""
    await tx.run(update(m.teams).where(m.teams.c.id == team_id).values(show_amounts=shown))


async def set_team_workweek(tx: Tx, team_id: int, week: str | None) -> None:
    """The team's workweek; None: the policy's."""
    await tx.run(update(m.teams).where(m.teams.c.id == team_id).values(workweek=week))


async def bound_ids(tx: Tx) -> set[int]:
    """Everybody with an account."""
    return {row[0] for row in await tx.all(select(m.accounts.c.person_id).distinct())}


async def unlink(tx: Tx, account_id: int) -> None:
    """This account speaks for nobody any more."""
    await tx.run(delete(m.accounts).where(m.accounts.c.id == account_id))


async def shut(tx: Tx, channel: str, external_id: str, person_id: int) -> None:
    """A way to a person that was never used, and did not work: it is not tried again until they write there."""
    await tx.insert_once(
        m.accounts, channel=channel, external_id=external_id, person_id=person_id, bound_at=tx.now,
        unreachable_at=tx.now,
    )  # fmt: skip


async def unbind(tx: Tx, person_id: int) -> None:
    """No account speaks for this person any more."""
    await tx.run(delete(m.accounts).where(m.accounts.c.person_id == person_id))


async def group_seen(tx: Tx, channel: str, external_id: str, title: str) -> Group:
    """A group we are in; a new one, or one we had left, waits to be bound."""
    known = await group_at(tx, channel, external_id)
    if known is None:
        await tx.insert_once(
            m.group_chats, channel=channel, external_id=external_id, title=title or None, state="seen",
            seen_at=tx.now,
        )  # fmt: skip
    elif known.state == "left":
        await tx.run(update(m.group_chats).where(m.group_chats.c.id == known.id).values(state="seen", seen_at=tx.now))
    group = await group_at(tx, channel, external_id)
    assert group is not None
    return group


async def bind_group(tx: Tx, group: Group, *, team_ids: Iterable[int], whole_company: bool, by: int) -> None:
    """This group gets the boards and celebrations of these teams (beside those it has) or of the company."""
    await tx.run(
        update(m.group_chats)
        .where(m.group_chats.c.id == group.id)
        .values(state="bound", bound_by=by, whole_company=group.whole_company or whole_company)
    )
    for team_id in team_ids:
        await tx.insert_once(m.group_teams, group_id=group.id, team_id=team_id)


async def unbind_group(tx: Tx, group: Group, *, team_ids: Iterable[int] | None) -> None:
    """Take some teams' boards out of a group; None takes everything."""
    t = m.group_teams.c
    if team_ids is not None:
        await tx.run(delete(m.group_teams).where(t.group_id == group.id, t.team_id.in_(list(team_ids))))
        left = await tx.scalar(select(func.count()).select_from(m.group_teams).where(t.group_id == group.id))
        if left or group.whole_company:
            return
    await tx.run(delete(m.group_teams).where(t.group_id == group.id))
    await tx.run(
        update(m.group_chats)
        .where(m.group_chats.c.id == group.id)
        .values(state="seen", seen_at=tx.now, whole_company=False)
    )
