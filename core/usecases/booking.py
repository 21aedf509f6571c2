"""Writing money down: a month's pay, what a refund changes, fines in two phases, the activity fund, the chain's seals.

Each function loads what the rules need, asks `core.rules.ledger`, appends, and notes the act. Saying it twice books it
once. `period` is always the open month that the entry is booked in: Refusal `closing.locked` for one that is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from core.rules import ledger as rules
from core.rules.calendar import Month
from core.rules.closing import open_period
from core.rules.errors import Refusal
from core.rules.ledger import Account, Booked, Earned, Entry, Kind
from core.rules.pay import DealFact, Statement
from core.rules.pay_guards import Taken
from core.rules.people import Person, Role
from core.rules.policy import Version
from core.rules.prospects import change
from core.store import deals, ledger, months, people
from core.store.db import Tx
from core.usecases.worth import person_month

FINES = {"weekly": "weekly", "monthly": "monthly"}  # kind of report -> the article behind the fine


def may_decide(actor: Person) -> bool:
    """Money is decided by the manager, the director or the owner."""
    return actor.works and (actor.is_owner or actor.role in {Role.MANAGER, Role.DIRECTOR})


def _deciders(by: Sequence[Person]) -> tuple[int, ...]:
    if not all(may_decide(actor) for actor in by):
        raise Refusal("ledger.not_yours")
    return tuple(actor.id for actor in by)


# --- Pay --------------------------------------------------------------------------------------------------------


async def book_month(tx: Tx, month: Month, made: Sequence[Statement], by: Sequence[Person]) -> int:
    """Everybody's pay of a month, as it is locked; how many entries were new. Raises Refusal: one person alone."""
    actors = _deciders(by)
    if len(set(actors)) < 2:
        raise Refusal("ledger.two_people")
    entries = [entry for one in made if (entry := rules.month_pay(one, tx.now, by=actors)) is not None]
    new = await ledger.append_many(tx, entries)
    await tx.note(actors[0], "ledger.month", f"month:{month.key}", {"new": new, "by": list(actors)})
    return new


async def book_change(
    tx: Tx, deal_ids: Sequence[int], *, gone: bool, period: Month, cause: str, by: Sequence[int]
) -> list[Entry]:
    """What deals that were cancelled (`gone`) or confirmed late change for everybody they paid (53, 54).

    Their month is computed with them and without them, and only the difference is booked, to each: the seller, whoever
    visited, the team's supervisor, the manager. `cause` is unique for each such event (`refund:12`). Nothing is booked
    about a month whose pay was not booked: there it is simply computed anew.
    """
    some = [deal for deal in [await deals.by_id(tx, deal_id) for deal_id in deal_ids] if deal is not None]
    facts = await deals.recognised(tx, some)
    entries: list[Entry] = []
    await months.hold_open(tx, period)
    for month in sorted({Month.of(fact.signed_on) for fact in facts}):
        # A month may be locked without an entry: nobody earned anything in it.
        if not (await ledger.is_booked(tx, month) or (await months.standing(tx, month)).state.closed):
            continue
        these = [fact for fact in facts if fact.signed_on in month]
        before, after = (these, []) if gone else ([], these)
        entries += await _differences(tx, deal_ids, before, after, month, period=period, cause=cause, by=by)
    await ledger.append_many(tx, entries)
    if entries:
        touched = [person for entry in entries for person in entry.people]
        await tx.note(by[0] if by else None, "ledger.change", cause, {"people": touched})
    return entries


async def book_recount(
    tx: Tx, deal_ids: Sequence[int], before: Sequence[DealFact], after: Sequence[DealFact], *, period: Month, cause: str,
    by: Sequence[int],
) -> list[Entry]:  # fmt: skip
    """The same for deals that counted as `before` and count as `after`: a payment confirmed late, or taken back (53b)."""
    await months.hold_open(tx, period)
    entries: list[Entry] = []
    for month in sorted({Month.of(fact.signed_on) for fact in (*before, *after)}):
        was, now = ([fact for fact in some if fact.signed_on in month] for some in (before, after))
        if was != now and (await months.standing(tx, month)).state.closed:
            entries += await _differences(tx, deal_ids, was, now, month, period=period, cause=cause, by=by)
    await ledger.append_many(tx, entries)
    if entries:
        touched = [person for entry in entries for person in entry.people]
        await tx.note(by[0] if by else None, "ledger.change", cause, {"people": touched})
    return entries


async def book_adjustments(tx: Tx, month: Month, made: Sequence[months.Adjustment], by: Sequence[Person]) -> int:
    """What was put into a month by hand, as it is locked by two people; how many entries were new."""
    actors = _deciders(by)
    version = tx.company.policy.for_month(month.start).name
    entries = [
        rules.difference(
            one.person_id, one.about, Earned(), Earned(base=one.fen), period=month, at=tx.now, cause=one.cause,
            version=version, by=actors,
        )
        for one in made
    ]  # fmt: skip
    return await ledger.append_many(tx, [entry for entry in entries if entry is not None])


async def pay_out(tx: Tx, month: Month, amounts: Mapping[int, int], by: Sequence[Person]) -> int:
    """A locked month is handed out: `amounts` in fen by person, more than 0 each; how many entries were new.

    They are booked in the open month and point back: nothing is booked in a locked one. Raises Refusal.
    """
    actors = _deciders(by)
    period = open_period(tx.today, await months.last_locked(tx))
    entries = [
        replace(rules.payment(person, month, fen, tx.now, by=actors), period=period, about=month)
        for person, fen in amounts.items()
    ]
    return await ledger.append_many(tx, entries)


async def _differences(
    tx: Tx,
    ids: Sequence[int],
    was: Sequence[DealFact],
    now: Sequence[DealFact],
    month: Month,
    *,
    period: Month,
    cause: str,
    by: Sequence[int],
) -> list[Entry]:
    """What everybody's pay of a month gains or loses as these deals (`ids`) count otherwise than they did."""
    version = tx.company.policy.for_month(month.start)
    names = {team.id: team.name for team in await people.teams(tx)}  # a leader's month knows teams by name
    found = []
    for person in await _paid_by(tx, [*was, *now], month):
        rest = await deals.facts(tx, month.start, month.end, person_ids=[person.id], besides=ids)
        without = await person_month(tx, version, person, month, ids)
        before, after = (
            Earned.of(change(version, without, rest, [_named(fact, names) for fact in some]).after)
            for some in (was, now)
        )
        entry = rules.difference(
            person.id, month, before, after, period=period, at=tx.now, cause=cause, version=version.name, by=by
        )
        if entry is not None:
            found.append(entry)
    return found


def _named(fact: DealFact, names: Mapping[int, str]) -> DealFact:
    return replace(fact, team=names.get(int(fact.team)) if fact.team is not None else None)


async def _paid_by(tx: Tx, these: Sequence[DealFact], month: Month) -> list[Person]:
    """Everybody whose pay these deals may touch: sellers, visitors, and those who led in that month."""
    concerned = {int(one) for fact in these for one in (fact.seller, fact.visitor) if one is not None}
    history = await people.postings(tx)
    for person_id, posts in history.items():
        for day in (month.start, month.end):
            post = people.posting_on(posts, day)
            if post is not None and post.role in (Role.SUPERVISOR, Role.MANAGER):
                concerned.add(person_id)
    found = await people.by_ids(tx, concerned)
    return sorted(found.values(), key=lambda person: person.employee_no)


# --- Fines (37, 38, 48) ---------------------------------------------------------------------------------------------


def recorded(version: Version, kind: str) -> int:
    """What a version records for a missed report (`kind` weekly, monthly), in fen; 0 where it records none."""
    terms = version.reports.weekly if kind == "weekly" else version.reports.monthly
    return 0 if version.fines.mode == "off" else terms.late_fen


async def assess(tx: Tx, person: Person, kind: str, period_key: str, day: date) -> Entry | None:
    """A missed report (`kind` weekly, monthly; `period_key` 2026-W47): a pending fine, once, however late it gets.

    By the policy in force on `day`, the deadline's; None where it records none, or when it was assessed already.
    """
    version = tx.company.policy.on(day)
    fen = recorded(version, kind)
    if not fen:
        return None
    article = version.articles.of(FINES[kind])
    entry = rules.fine(person.id, f"{kind}:{period_key}", fen, Month.of(tx.today), tx.now, article=article)
    if await ledger.by_key(tx, entry.key) is not None or await ledger.append(tx, entry) is None:
        return None
    await tx.note(None, "ledger.fine", entry.key)
    return entry


async def settle(tx: Tx, key: str, *, stands: bool, period: Month, by: Sequence[Person] = ()) -> bool:
    """The end of a pending fine: it stands (posted, owed beside pay) or is void. False when it has ended already.

    `by` is empty when the time to appeal ran out. Raises Refusal for anybody's own fine, KeyError for no such fine.
    """
    pending = await _booked(tx, key)
    actors = tuple(actor.id for actor in by)
    if set(actors) & set(pending.entry.people):
        raise Refusal("ledger.not_yours")
    if await ledger.settled(tx, pending.id) is not None:
        return False
    await months.hold_open(tx, period)
    if stands:
        version = tx.company.policy.on(pending.entry.at.astimezone(tx.company.zone).date())
        terms = version.reports.weekly if pending.entry.refs[0].startswith("weekly") else version.reports.monthly
        end = rules.post_fine(pending.entry, pending.id, terms.fund_share, period, tx.now, by=actors)
    else:
        end = rules.void_fine(pending.entry, pending.id, period, tx.now, by=actors)
    await ledger.append(tx, end)
    await tx.note(actors[0] if actors else None, f"ledger.{end.kind.value}", key)
    return True


async def excused(tx: Tx, person_id: int, kind: str, period_key: str, by: Sequence[Person] = ()) -> bool:
    """A good reason after all: a fine for this report that is still pending is void. False: there is none."""
    key = f"fine:{kind}:{period_key}:{person_id}"
    if await ledger.by_key(tx, key) is None:
        return False
    return await settle(tx, key, stands=False, period=Month.of(tx.today), by=by)


async def forgive(tx: Tx, key: str, period: Month, by: Sequence[Person]) -> bool:
    """Take a posted fine back after all; what was handed in of it is owed to the person again. False: no posted one."""
    pending = await _booked(tx, key)
    actors = _deciders(by)
    if set(actors) & set(pending.entry.people):
        raise Refusal("ledger.not_yours")
    posted = await ledger.settled(tx, pending.id)
    if posted is None or posted.entry.kind is not Kind.FINE_POSTED or await ledger.settled(tx, posted.id) is not None:
        return False
    collected = await _handed_in(tx, key, "fine-deducted:") + await _handed_in(tx, key, "fine-collected:")
    waived = await _handed_in(tx, key, "fine-waived:")
    await months.hold_open(tx, period)
    await ledger.append(
        tx, rules.forgive_fine(posted.entry, posted.id, collected, period, tx.now, by=actors, waived=waived)
    )
    await tx.note(actors[0], "ledger.fine_forgiven", key)
    return True


async def _handed_in(tx: Tx, key: str, name: str) -> int:
    """What an entry about the fine `key` settled of it, in fen."""
    given = await ledger.by_key(tx, key.replace("fine:", name, 1))
    return sum(p.fen for p in given.entry.postings if p.account is Account.FINES_COLLECTED) if given else 0


async def take(tx: Tx, month: Month, taken: Iterable[Taken], by: Sequence[Person]) -> int:
    """What a month deducts, as it is locked by two people; what the guards leave is waived. How many were new."""
    actors = _deciders(by)
    mode = tx.company.policy.for_month(month.start).fines.mode
    entries: list[Entry] = []
    for one in taken:
        posted = await _booked(tx, str(one.deduction.id))
        if one.amount:
            entries.append(rules.deduct(posted.entry, one.amount, mode, month, tx.now, by=actors))
        if one.dropped:
            entries.append(rules.waive(posted.entry, one.dropped, month, tx.now))
    return await ledger.append_many(tx, entries)


async def collect(tx: Tx, key: str, period: Month, by: Sequence[Person]) -> bool:
    """A posted fine (`key` as it was assessed) was handed in, whole. False: nothing of it is open. Raises Refusal."""
    pending = await _booked(tx, key)
    actors = _deciders(by)
    if set(actors) & set(pending.entry.people):
        raise Refusal("ledger.not_yours")
    open_fines = [
        one
        for one in await ledger.standing_fines(tx, [int(one) for one in pending.entry.people])
        if one.entry.refs == pending.entry.refs
    ]
    if not open_fines:
        return False
    await months.hold_open(tx, period)
    posted = open_fines[0].entry
    fen = -sum(p.fen for p in posted.postings if p.account is Account.FINES_POSTED)
    await ledger.append(tx, rules.collect(posted, fen, period, tx.now, by=actors))
    await tx.note(actors[0], "ledger.fine_collected", key)
    return True


async def _booked(tx: Tx, key: str) -> Booked:
    found = await ledger.by_key(tx, key)
    if found is None:
        raise KeyError(key)
    return found


# --- The activity fund -----------------------------------------------------------------------------------------------


async def spend(tx: Tx, occasion: str, fen: int, period: Month, by: Sequence[Person]) -> Entry:
    """Spend from the fund: two people who may decide, never more than it holds. Raises Refusal."""
    actors = _deciders(by)
    await months.hold_open(tx, period)
    held = rules.fund(await ledger.balances(tx, accounts=[Account.FUND]))
    entry = rules.spend_fund(occasion, fen, held, period, tx.now, by=actors)
    await ledger.append(tx, entry)
    await tx.note(actors[0], "ledger.fund", entry.key, {"fen": fen})
    return entry


async def payers(tx: Tx) -> list[int]:
    """Whose fines made the fund: they see what it is spent on."""
    held = await ledger.balances(tx, accounts=[Account.FINES_POSTED])
    return sorted(int(person) for _, person in held if person is not None)


# --- The chain -------------------------------------------------------------------------------------------------------


async def seal_day(tx: Tx, day: date) -> rules.Batch | None:
    """Seal what was booked up to now, once a day; None when nothing was."""
    return await ledger.seal(tx, f"day:{day.isoformat()}")


async def seal_close(tx: Tx, month: Month) -> rules.Batch | None:
    """Seal a month's closing."""
    return await ledger.seal(tx, f"close:{month.key}")
