"""Writes the demo company into a fresh database, as if it had used the product since September."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo import history as story
from bot.demo import networks
from bot.demo.cast import BOT_NAME, CLOCK, PEOPLE, TARGETS, TEAMS, Member
from bot.demo.networks import TELEGRAM, Network
from bot.demo.reports import write_reports
from bot.settings import ROOT
from core import holidays
from core.rules import policy as policy_rules
from core.rules.people import Role, Status
from core.rules.sounds import sound
from core.store import facts, migrate, sealed
from core.store import models as m
from core.store import people as people_store
from core.store.customers import last4_mark, phone_mark
from core.store.db import Company, Database, Tx
from core.usecases import deals as deal_uses

Progress = Callable[[float], None]


async def seed(folder: Path, progress: Progress, on: Network = TELEGRAM) -> None:
    """Make waihu.db and waihu.key in `folder`, its people on these networks. Takes a few seconds."""
    ring, _ = sealed.KeyRing.load_or_create(folder / "waihu.key")
    sealed.install(ring)
    url = f"sqlite+aiosqlite:///{folder}/waihu.db"
    await migrate.upgrade(url)
    progress(0.1)
    policy = policy_rules.load((ROOT / "policies" / "sample.toml").read_text("utf-8"))
    company = Company(ZoneInfo("Asia/Shanghai"), policy, holidays.load(policy.calendar))
    db = Database(url, company, lambda: CLOCK)
    try:
        async with db.transaction() as tx:
            await fill(tx, progress, on)
            await facts.put(tx, "key.mark", ring.index("waihu", "mark"))
    finally:
        await db.close()
    progress(1.0)


async def fill(tx: Tx, progress: Progress = lambda _: None, on: Network = TELEGRAM) -> None:
    """Everything the company has done so far."""
    people = await _people(tx, on)
    await _groups(tx, people, on)
    past = story.write(lambda day: tx.company.calendar.is_workday(day, "5"))
    progress(0.3)
    customers = await _customers(tx, past, people)
    await _calls(tx, past, people, customers)
    progress(0.6)
    await _deals(tx, past, people, customers)
    progress(0.7)
    await write_reports(tx, people)
    progress(0.9)
    await _waiting(tx)
    await facts.put(tx, "jobs.since", CLOCK.isoformat())
    await facts.put(tx, "telegram.username", BOT_NAME)


async def _people(tx: Tx, on: Network) -> dict[str, int]:
    """Teams, people, posts over time, phones. Employee number -> id."""
    teams: dict[str, int] = {}
    born = datetime.combine(date(2026, 8, 31), time(9), CLOCK.tzinfo)
    for name, alias in TEAMS:
        teams[name] = await tx.insert(m.teams, name=name, alias=alias, created_at=born)
    ids: dict[str, int] = {}
    for one in PEOPLE:
        ids[one.number] = await tx.insert(
            m.people, employee_no=one.number, name=one.name, pinyin=sound(one.name), role=one.role.value,
            status=one.status.value, team_id=teams.get(one.team or ""), hired_on=one.hired_on,
            probation_from=one.probation_from, is_owner=one.number == "001", created_at=born,
        )  # fmt: skip
        for day, status in _posts(one):
            await people_store.assign(
                tx, ids[one.number], day, role=one.role, status=status, team_id=teams.get(one.team or "")
            )
        for days, channel in enumerate(networks.channels(one.number, on)):
            tx.now = CLOCK - timedelta(days=days)  # which they used last
            await people_store.bind(tx, channel, networks.account(one.number, channel), ids[one.number])
        tx.now = CLOCK
    for team, months in TARGETS.items():
        for month, yuan in months.items():
            await tx.insert(
                m.targets, team_id=teams[team], month=month, amount_fen=yuan * 100, set_by=ids["002"],
                set_at=datetime.combine(date.fromisoformat(f"{month}-02"), time(10), CLOCK.tzinfo),
            )  # fmt: skip
    leave = (date(2026, 11, 16), date(2026, 11, 27))
    await tx.insert(
        m.leaves, person_id=ids["015"], first_day=leave[0], last_day=leave[1], reason="回老家", state="approved",
        decided_by=ids["011"], decided_at=CLOCK - timedelta(days=8), at=CLOCK - timedelta(days=9), once="demo:leave:015",
    )  # fmt: skip
    return ids


def _posts(one: Member) -> list[tuple[date, Status]]:
    """What somebody was from which day on."""
    if one.probation_from is None:
        return [(one.hired_on, one.status)]
    posts = [(one.hired_on, Status.TRAINING), (one.probation_from, Status.PROBATION)]
    if one.regular_from:
        posts.append((one.regular_from, Status.REGULAR))
    return posts


async def _groups(tx: Tx, people: dict[str, int], on: Network) -> None:
    """Those that the bot is in; a webhook's group comes from the setting."""
    teams = {team.name: team.id for team in await people_store.teams(tx)}
    for group in networks.groups(on):
        if group.team is None and group.channel != TELEGRAM:
            continue
        chat = str(group.chat) if group.channel == TELEGRAM else f"-{group.chat}"
        bound_by = "002" if group.team is None else networks.supervisor(group.team).number
        kept = await tx.insert(
            m.group_chats, channel=group.channel, external_id=chat, title=group.team or "全公司", state="bound",
            whole_company=group.team is None, seen_at=CLOCK, bound_by=people[bound_by],
        )  # fmt: skip
        if group.team is not None:
            await tx.run(m.group_teams.insert().values(group_id=kept, team_id=teams[group.team]))


async def _customers(tx: Tx, past: story.History, people: dict[str, int]) -> dict[tuple[str, str], int]:
    """(owner, phone) -> id."""
    first: dict[tuple[str, str], datetime] = {}
    last: dict[tuple[str, str], datetime] = {}
    names: dict[tuple[str, str], str] = {}
    for call in past.calls:
        key = (call.person, call.customer.phone)
        names[key] = call.customer.name
        first[key] = min(first.get(key, call.at), call.at)
        last[key] = max(last.get(key, call.at), call.at)
    for deal in past.deals:
        key = (deal.seller, deal.customer.phone)
        names.setdefault(key, deal.customer.name)
        at = datetime.combine(deal.day, time(15), CLOCK.tzinfo)
        first.setdefault(key, at)
        last.setdefault(key, at)
    rows = []
    ids: dict[tuple[str, str], int] = {}
    for number, (key, name) in enumerate(names.items(), 1):
        ids[key] = number
        owner = people[key[0]]
        rows.append(
            {
                "id": number, "owner_id": owner, "name": name, "pinyin": sound(name), "phone": key[1],
                "phone_index": phone_mark(key[1]), "last4_index": last4_mark(owner, key[1][-4:]),
                "created_at": first[key], "last_contact_at": last[key],
            }
        )  # fmt: skip
    await tx.insert_many(m.customers, rows)
    return ids


async def _calls(tx: Tx, past: story.History, people: dict[str, int], customers: dict[tuple[str, str], int]) -> None:
    await tx.insert_many(
        m.calls,
        [
            {
                "person_id": people[call.person], "customer_id": customers[call.person, call.customer.phone],
                "day": call.at.date(), "at": call.at, "at_source": "platform", "outcome": call.outcome,
                "connected": call.outcome in story.CONNECTED, "intention": call.intention, "stage": call.stage,
                "next_contact": call.next_contact, "note": call.note or None, "state": "logged",
                "logged_by": people[call.person], "once": f"demo:call:{number}",
            }
            for number, call in enumerate(past.calls)
        ],
    )  # fmt: skip
    await tx.insert_many(
        m.day_counts,
        [
            {
                "person_id": people[count.person], "day": count.day, "dials": count.dials,
                "connected": count.connected, "at": datetime.combine(count.day, time(17, 5), CLOCK.tzinfo),
                "at_source": "platform", "logged_by": people[count.person], "once": f"demo:count:{number}",
            }
            for number, count in enumerate(past.counts)
        ],
    )  # fmt: skip


async def _deals(tx: Tx, past: story.History, people: dict[str, int], customers: dict[tuple[str, str], int]) -> None:
    teams = {team.name: team.id for team in await people_store.teams(tx)}
    team_of = {one.number: teams.get(one.team or "") for one in PEOPLE}
    heads = {one.team: people[one.number] for one in PEOPLE if one.role is Role.SUPERVISOR}
    member = {one.number: one for one in PEOPLE}
    joint: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for number, deal in enumerate(past.deals, 1):
        pending = deal.state == "pending"
        at = datetime.combine(deal.day, time(16, 48 + number % 10) if pending else time(11, number % 60), CLOCK.tzinfo)
        seller = member[deal.seller]
        decider = people["002"] if seller.role is Role.SUPERVISOR else heads[seller.team]
        if deal.joint:
            joint.setdefault(deal.joint, number)
        rows.append(
            {
                "id": number, "seller_id": people[deal.seller], "team_id": team_of[deal.seller],
                "customer_id": customers[deal.seller, deal.customer.phone], "amount_fen": deal.yuan * 100,
                "kind": deal.kind, "visitor_id": people[deal.visitor] if deal.visitor else None,
                "signed_on": deal.day, "state": deal.state, "at": at, "at_source": "platform",
                "contacts": deal.contacts, "decided_by": None if pending else decider,
                "decided_at": None if pending else at + timedelta(minutes=25),
                "joint_id": joint.get(deal.joint or ""), "once": f"demo:deal:{number}",
            }
        )  # fmt: skip
    await tx.insert_many(m.deals, rows)


async def _waiting(tx: Tx) -> None:
    """The deals of the last afternoon wait for their supervisor: told as the product tells it."""
    for row in await tx.all(m.deals.select().where(m.deals.c.state == "pending").order_by(m.deals.c.id)):
        await deal_uses.ask_confirmation(tx, row.id)
