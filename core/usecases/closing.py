"""Closing a month: what it pays, what stands in the way, two people's yes, everybody's statement as data, paid.

One transaction locks a month: it holds the month's row alone, books everybody's pay once, keeps the statements, seals
the ledger and tells people. Whoever comes second finds it locked. Rules: `core.rules.closing`; policy 11, 22-36, 53, 54.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.rules import closing as rules
from core.rules import ledger as books
from core.rules.calendar import Month, Week
from core.rules.celebrate import may_post_at
from core.rules.closing import Adjusted, Due, Question, State, Step, Topic
from core.rules.errors import Refusal
from core.rules.guarded_pay import due
from core.rules.ledger import Account
from core.rules.names import clean_text
from core.rules.pay import PastMonth
from core.rules.people import AGENTS, HEADS, Person, Role, Status
from core.rules.proposals import Act, Ranked, last_ranked, proposals
from core.rules.reports import ReportKind
from core.store import deal_sums, deals, leaves, ledger, months, people
from core.store import reports as report_store
from core.store.db import Tx
from core.store.deals import Deal
from core.store.months import Adjustment, Standing
from core.usecases import booking, deductions, disputes, reach, regularising, targets
from core.usecases import reports as filing
from core.usecases.cheers import quiet_of
from core.usecases.month_sums import figures, itemised
from core.usecases.whole_deals import confirmer_of, load
from core.usecases.worth import person_months, role_starts

LONGEST = 500  # characters of a reason
BOARD_STALE = timedelta(hours=36)


class What(StrEnum):
    """What can stand in the way of locking a month."""

    DEALS = "deals"  # unconfirmed
    TARGETS = "targets"  # a team without one
    DISPUTES = "disputes"
    EXCUSES = "excuses"  # reasons for a late report that nobody answered
    UNSETTLED = "unsettled"  # a pay that waits for a decision of the policy
    CALENDAR = "calendar"  # part months counted without the year's holiday plan


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way and who can clear it (None: nobody is left who could). `fen` of deals; `names`: of whom."""

    what: What
    who: Person | None
    count: int
    fen: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One person's month. `fines`: 待缴, owed beside pay, in fen. `guessed`: its days, without a holiday plan (44)."""

    person: Person
    role: Role
    past: PastMonth  # what later months will know of it
    due: Due
    questions: tuple[Question, ...] = ()
    fines: int = 0
    guessed: bool = False

    @property
    def is_told(self) -> bool:
        """Does a payslip mean anything to them?"""
        return bool(self.due.statement.lines or self.due.payable) or self.role in AGENTS | HEADS - {Role.DIRECTOR}


@dataclass(frozen=True, slots=True)
class Closing:
    """A month as whoever closes it sees it."""

    standing: Standing
    rows: tuple[Row, ...]
    obstacles: tuple[Obstacle, ...]
    open_questions: tuple[tuple[Row, Question], ...]
    approved_by: tuple[str, ...]  # names, of these very figures
    over: bool  # has the month ended?
    said: tuple[str, ...] = ()  # why they approved although something stands in the way
    changed: tuple[str, ...] = ()  # who took another post within the month: it counts from the next one on
    alone: bool = False  # somebody approved, and nobody else works here who may
    floored: bool = True  # has the company entered the local minimum wage (G3)?

    @property
    def total(self) -> int:
        """What is handed out, in fen."""
        return sum(max(0, row.due.payable) for row in self.rows)


# --- figures ------------------------------------------------------------------------------------------------------


async def month_rows(tx: Tx, at: Standing, *, by_line: bool = False) -> list[Row]:
    """Everybody's month: computed while it is open, read once it is locked. In a fixed number of queries.

    `by_line`: an open month's statements with their lines too; the figures are the same to the fen.
    """
    owed = await _owed(tx)
    if at.state.closed:
        slips = await months.statements(tx, at.month)
        known = await people.by_ids(tx, [slip.person_id for slip in slips])
        return [
            Row(
                known[slip.person_id], slip.role, PastMonth(at.month, slip.performance, slip.status, slip.presence),
                slip.due, fines=owed.get(slip.person_id, 0),
            )
            for slip in slips
        ]  # fmt: skip
    return await _computed(tx, at.month, owed, by_line=by_line)


async def _computed(tx: Tx, month: Month, owed: dict[int, int], *, by_line: bool = True) -> list[Row]:
    version = tx.company.policy.for_month(month.start)
    there = [
        person
        for person in await people.everybody(tx, with_left=True)
        if person.hired_on <= month.end and (person.left_on is None or person.left_on >= month.start)
    ]
    this = await person_months(tx, version, there, month)
    figured = await (itemised if by_line else figures)(tx, version, this, month)
    made = {person: one.statement for person, one in figured.items()}
    away = await leaves.approved_days(tx, None, month.start, month.end)
    last = last_ranked(
        version,
        [
            Ranked(one.id, this[one.id].role, this[one.id].status, made[one.id].performance, len(away.get(one.id, ())))
            for one in there
        ],
    )
    changes = await _adjusted(tx, month)
    regular = await _regular_by(tx, month.next.start)
    carried = await months.carried(tx, month.previous)
    fines = await deductions.wanted(tx, version, month)
    dues = {
        one.id: due(
            version, this[one.id], made[one.id], changes.get(one.id, ()), carried.get(one.id, 0), fines.get(one.id, ())
        )
        for one in there
    }
    return [
        Row(
            person,
            this[person.id].role,
            PastMonth(month, figured[person.id].sold, this[person.id].status, this[person.id].presence),
            dues[person.id],
            tuple(
                one
                for one in rules.questions(proposals(version, this[person.id], made[person.id], last=person.id in last))
                if one.topic is not Topic.PROBATION or person.id not in regular
            ),
            owed.get(person.id, 0) - sum(one.deduction.amount for one in dues[person.id].taken),
            this[person.id].guessed,
        )
        for person in there
    ]


async def _regular_by(tx: Tx, day: date) -> set[int]:
    """Whose probation was over by then, whoever decided it: nobody is asked again."""
    history = await people.postings(tx)
    held = {person: people.posting_on(posts, day) for person, posts in history.items()}
    return {person for person, post in held.items() if post is not None and post.status is Status.REGULAR}


async def _adjusted(tx: Tx, month: Month) -> dict[int, list[Adjusted]]:
    """What goes into a month about earlier ones: booked by late facts, and by hand."""
    found: dict[int, list[Adjusted]] = {}
    for booked in await ledger.differences(tx, month):
        entry = booked.entry
        for posting in entry.postings:
            if posting.account is Account.ADJUSTMENTS and posting.person is not None:
                about = entry.about or entry.period
                found.setdefault(int(posting.person), []).append(Adjusted(about, posting.fen, entry.refs[0]))
    for one in await months.adjustments(tx, month):
        found.setdefault(one.person_id, []).append(Adjusted(one.about, one.fen, one.cause))
    return found


async def _owed(tx: Tx) -> dict[int, int]:
    held = await ledger.balances(tx, accounts=[Account.FINES_POSTED, Account.FINES_COLLECTED])
    who = {int(person) for _, person in held if person is not None}
    return {person: fen for person in who if (fen := books.owed_fines(held, person))}


# --- what stands in the way -------------------------------------------------------------------------------------------


async def obstacles(tx: Tx, month: Month, rows: Sequence[Row]) -> list[Obstacle]:
    """What should be cleared before a month is locked, and by whom."""
    return [
        *await _unconfirmed(tx, month),
        *await _without_target(tx, month),
        *await _disputed(tx, month),
        *await _unanswered(tx, month),
        *await _unsettled(tx, rows),
        *await _guessed(tx, rows),
    ]


async def _unconfirmed(tx: Tx, month: Month) -> list[Obstacle]:
    waiting: dict[int | None, list[Deal]] = {}
    who: dict[int | None, Person | None] = {}
    for part in await deals.waiting(tx):
        if part.signed_on not in month:
            continue
        confirmer = await confirmer_of(tx, await load(tx, part.id))
        key = confirmer.id if confirmer else None
        who[key] = confirmer
        waiting.setdefault(key, []).append(part)
    return [
        Obstacle(What.DEALS, who[key], len(parts), sum(part.amount_fen for part in parts))
        for key, parts in waiting.items()
    ]


async def _without_target(tx: Tx, month: Month) -> list[Obstacle]:
    names = tuple(team.name for team in await targets.missing(tx, month))
    return [Obstacle(What.TARGETS, await targets.setter(tx), len(names), names=names)] if names else []


async def _disputed(tx: Tx, month: Month) -> list[Obstacle]:
    held: dict[int, int] = {}
    for dispute in await disputes.open_of(tx, month):
        held[dispute.holder_id] = held.get(dispute.holder_id, 0) + 1
    who = await people.by_ids(tx, held)
    return [Obstacle(What.DISPUTES, who.get(one), count) for one, count in held.items()]


async def _unanswered(tx: Tx, month: Month) -> list[Obstacle]:
    held: dict[int | None, list[str]] = {}
    who: dict[int | None, Person | None] = {}
    for reason in await report_store.open_excuses(tx):
        end = Week.parse(reason.period).end if reason.kind is ReportKind.WEEKLY else Month.parse(reason.period).end
        author = await people.by_id(tx, reason.person_id)
        if end not in month or author is None:
            continue
        judge = await filing.addressee(tx, author)
        key = judge.id if judge else None
        who[key] = judge
        held.setdefault(key, []).append(author.name)
    return [Obstacle(What.EXCUSES, who[key], len(names), names=tuple(names)) for key, names in held.items()]


async def _unsettled(tx: Tx, rows: Sequence[Row]) -> list[Obstacle]:
    """A supervisor's own deals, a rate without its target: beside missing targets, which are named already."""
    names = tuple(
        row.person.name
        for row in rows
        if row.due.statement.undetermined and any(note.key == "own_deals_undecided" for note in row.due.statement.notes)
    )
    return [Obstacle(What.UNSETTLED, await targets.setter(tx), len(names), names=names)] if names else []


async def _guessed(tx: Tx, rows: Sequence[Row]) -> list[Obstacle]:
    """Part months whose days nobody can know yet: whoever keeps the policy file enters the year's plan (44)."""
    names = tuple(row.person.name for row in rows if row.guessed)
    keeper = next((one for one in await people.everybody(tx) if one.is_owner), None) if names else None
    return [Obstacle(What.CALENDAR, keeper or await targets.setter(tx), len(names), names=names)] if names else []


async def remind(tx: Tx, actor: Person, month: Month, what: What, who_id: int) -> Person:
    """Ask whoever can clear something to do so; once a day each. Raises Refusal when it is cleared."""
    _check_may(actor)
    at = await months.standing(tx, month)
    rows = await month_rows(tx, at)
    found = [one for one in await obstacles(tx, month, rows) if one.what is what and one.who and one.who.id == who_id]
    if at.state.closed or not found or found[0].who is None:
        raise Refusal("closing.cleared")
    one = found[0]
    await tx.notify(
        who_id, "closing_reminder", {"month": month.key, "what": what.value, "count": one.count, "names": list(one.names)},
        once=f"closing:{month.key}:remind:{what.value}:{who_id}:{tx.today}",
    )  # fmt: skip
    await tx.note(actor.id, "month.reminded", f"month:{month.key}", {"what": what.value, "person": who_id})
    return found[0].who


# --- looking ----------------------------------------------------------------------------------------------------------


def _check_may(actor: Person) -> None:
    if not rules.may_close(actor):
        raise Refusal("closing.not_yours")


async def next_month(tx: Tx) -> Month:
    """The month whose turn it is: the one after the last locked one."""
    return rules.turn(tx.today, await months.last_locked(tx))


async def look(tx: Tx, actor: Person, month: Month, *, by_line: bool = False) -> Closing:
    """A month for whoever closes it; `by_line`: with the lines of every statement. Raises Refusal."""
    _check_may(actor)
    return await _closing(tx, await months.standing(tx, month), by_line=by_line)


async def read(tx: Tx, month: Month) -> Closing:
    """The same for a command, which whoever holds the database gives."""
    return await _closing(tx, await months.standing(tx, month), by_line=True)


async def _closing(tx: Tx, at: Standing, *, by_line: bool = False) -> Closing:
    rows = await month_rows(tx, at, by_line=by_line)
    given = await months.approvals(tx, at, Step.PAY if at.state.closed else Step.LOCK)
    names = await people.by_ids(tx, [one.person for one in given])
    wanted = _digest(rows)
    agreed = [one for one in given if one.digest == wanted]  # to these very figures
    return Closing(
        standing=at,
        rows=tuple(rows),
        obstacles=() if at.state.closed else tuple(await obstacles(tx, at.month, rows)),
        open_questions=() if at.state.closed else tuple(await _open_questions(tx, at.month, rows)),
        approved_by=tuple(names[one.person].name for one in agreed),
        said=tuple(one.said for one in agreed if one.said),
        over=at.month.end < tx.today,
        alone=bool(agreed) and not await _others(tx, {one.person for one in agreed}),
        changed=()
        if at.state.closed
        else tuple(one.name for one, at_once in await changed_roles(tx, at.month) if not at_once),
        floored=tx.company.policy.for_month(at.month.start).pay.min_wage is not None,
    )


def _digest(rows: Iterable[Row]) -> str:
    return rules.digest(row.due for row in rows)


async def _open_questions(tx: Tx, month: Month, rows: Sequence[Row]) -> list[tuple[Row, Question]]:
    decided = {(one.person_id, one.topic) for one in await months.decisions(tx, month)}
    return [
        (row, question)
        for row in rows
        for question in row.questions
        if row.person.works and (row.person.id, question.topic.value) not in decided
    ]


# --- review -----------------------------------------------------------------------------------------------------------


async def review(tx: Tx, actor: Person, month: Month) -> Closing:
    """It is over and is looked through. Saying it again changes nothing. Raises Refusal."""
    _check_may(actor)
    rules.check_turn(month, tx.today, await months.last_locked(tx))
    at = await months.hold(tx, month, alone=True)
    if at.state is State.OPEN:
        await months.move(tx, month, State.REVIEW)
        await tx.note(actor.id, "month.review", f"month:{month.key}")
    return await _closing(tx, await months.standing(tx, month))


async def reopen(tx: Tx, actor: Person, month: Month) -> None:
    """Back from review: what was approved counts for nothing. Raises Refusal for a month that is locked."""
    _check_may(actor)
    at = await months.hold(tx, month, alone=True)
    if at.state.closed:
        raise Refusal("closing.locked", month=month)
    if at.state is State.REVIEW:
        await months.move(tx, month, State.OPEN, again=True)
        await tx.note(actor.id, "month.reopened", f"month:{month.key}")


# --- adjustments by hand ------------------------------------------------------------------------------------------------


async def adjust(
    tx: Tx, actor: Person, subject: Person, about: Month, fen: int, reason: str, *, once: str
) -> Adjustment | None:
    """Put an amount about an earlier month into the open one; the two who lock that one approve it (M4).

    None when it was put there already. Raises Refusal: one's own pay, no reason, a month that is itself open.
    """
    _check_may(actor)
    if actor.id == subject.id:
        raise Refusal("closing.own")
    month = rules.open_period(tx.today, await months.last_locked(tx))
    if about >= await next_month(tx):  # where nothing is locked yet: earlier months were paid without us
        raise Refusal("closing.adjust_earlier", month=about)
    if not fen:
        raise Refusal("closing.adjust_how")
    await months.hold_open(tx, month)
    new = await months.add_adjustment(
        tx, month=month.key, about=about.key, person_id=subject.id, fen=fen, reason=_said(reason), made_by=actor.id,
        at=tx.now, once=once,
    )  # fmt: skip
    if new is None:
        return None
    await tx.note(actor.id, "month.adjusted", f"adjustment:{new}")
    return next(one for one in await months.adjustments(tx, month) if one.id == new)


def _said(reason: str) -> str:
    said = clean_text(reason).strip()[:LONGEST]
    if not said:
        raise Refusal("closing.reason_missing")
    return said


# --- proposals ----------------------------------------------------------------------------------------------------------


async def question(tx: Tx, actor: Person, month: Month, person_id: int, topic: Topic) -> tuple[Row, Question]:
    """What is to be decided about somebody. Raises Refusal: decided, or not proposed any more."""
    _check_may(actor)
    at = await months.standing(tx, month)
    if at.state.closed:
        raise Refusal("closing.locked", month=month)
    for row, one in await _open_questions(tx, month, await month_rows(tx, at)):
        if row.person.id == person_id and one.topic is topic:
            return row, one
    raise Refusal("closing.decided")


async def decide(tx: Tx, actor: Person, month: Month, person_id: int, topic: Topic, act: str, reason: str) -> Row:
    """A person's decision with its reason (34); `act` one of the question's, or waive. Raises Refusal."""
    said = _said(reason)
    if month.end >= tx.today:
        raise Refusal("closing.not_over", month=month)
    await months.hold(tx, month)
    row, asked = await question(tx, actor, month, person_id, topic)
    if actor.id == person_id:
        raise Refusal("closing.own")
    if act != rules.WAIVE and act not in {one.value for one in asked.acts}:
        raise Refusal("closing.decided")
    values = {
        "person_id": person_id,
        "topic": topic.value,
        "act": act,
        "evidence": [rules.evidence(one) for one in asked.proposals],
        "reason": said,
        "decided_by": actor.id,
    }
    if not await months.decide(tx, month, values):
        raise Refusal("closing.decided")
    await tx.note(actor.id, "proposal.decided", f"month:{month.key}:{person_id}", {"topic": topic.value, "act": act})
    if act == Act.REGULARISE.value:
        figures = asked.proposals[0].evidence
        await regularising.regularise(tx, row.person, month.next.start, int(str(figures["total"])))
    elif act in {Act.WARN.value, Act.ELIMINATE.value}:
        await _ask_to_talk(tx, actor, row.person, month, act)
    return row


async def changed_roles(tx: Tx, month: Month) -> list[tuple[Person, bool]]:
    """Who took another post within a month, by employee number, and whether it counts at once (30)."""
    history = await people.postings(tx, await deal_sums.moved(tx, month.start, month.end))
    changed = {person for person, posts in history.items() if role_starts(posts, month)}
    at_once = await months.roles_at_once(tx, month)
    who = await people.by_ids(tx, changed)
    return [(one, one.id in at_once) for one in sorted(who.values(), key=lambda one: one.employee_no)]


async def role_at_once(tx: Tx, actor: Person, month: Month, subject: Person, reason: str) -> None:
    """A change of post within the month counts from its day on: each role's sales in its own brackets, base by days (30).

    Otherwise it counts from the 1st of the next month. Decided once. Raises Refusal: one's own, a locked month, nobody
    who changed, decided before, no reason.
    """
    _check_may(actor)
    said = _said(reason)
    if actor.id == subject.id:
        raise Refusal("closing.own")
    await months.hold_open(tx, month)
    if subject.id not in {one.id for one, _ in await changed_roles(tx, month)}:
        raise Refusal("closing.no_role_change", name=subject.name, month=month)
    values = {
        "person_id": subject.id, "topic": rules.ROLE, "act": rules.AT_ONCE, "evidence": [], "reason": said,
        "decided_by": actor.id,
    }  # fmt: skip
    if not await months.decide(tx, month, values):
        raise Refusal("closing.decided")
    await tx.note(actor.id, "month.role_at_once", f"month:{month.key}:{subject.id}")


async def _ask_to_talk(tx: Tx, actor: Person, person: Person, month: Month, act: str) -> None:
    """Such a decision reaches somebody by a person first (docs/manners.md 5): their superior hears it from us."""
    superior = await people.superior_of(tx, person)
    if superior is not None and superior.id != actor.id:
        await tx.notify(
            superior.id, "closing_talk", {"person": person.id, "month": month.key, "act": act, "by": actor.name},
            once=f"closing:{month.key}:talk:{person.id}",
        )  # fmt: skip


# --- locking ------------------------------------------------------------------------------------------------------------


async def approve(tx: Tx, actor: Person, month: Month, *, anyway: str | None = None) -> Closing:
    """A yes to the figures as they are now; the second person's yes locks the month.

    `anyway`: why it is locked although something stands in the way. Raises Refusal: `closing.in_the_way`,
    `closing.undecided`, `closing.second_person` (one's own yes is there), `closing.review_first`, and what
    `check_turn` raises.
    """
    _check_may(actor)
    at = await months.hold(tx, month, alone=True)
    if at.state.closed:
        raise Refusal("closing.locked", month=month)
    rules.check_turn(month, tx.today, await months.last_locked(tx))
    if at.state is State.OPEN:
        raise Refusal("closing.review_first")
    rows = await month_rows(tx, at)
    wanted = _digest(rows)
    if left := await _open_questions(tx, month, rows):
        raise Refusal("closing.undecided", count=len(left))
    before = await months.approvals(tx, at, Step.LOCK)
    if any(one.person == actor.id and one.digest == wanted for one in before):
        raise Refusal("closing.second_person")
    others = [one for one in before if one.digest == wanted]
    if not others and anyway is None and (ways := await obstacles(tx, month, rows)):
        raise Refusal("closing.in_the_way", count=len(ways))
    await months.approve(tx, at, Step.LOCK, actor.id, wanted, _said(anyway) if anyway is not None else None)
    await tx.note(actor.id, "month.approved", f"month:{month.key}", {"digest": wanted})
    given = await months.approvals(tx, at, Step.LOCK)
    if rules.enough(given, wanted):
        whole = await month_rows(tx, at, by_line=True)
        if _digest(whole) != wanted:  # the figures and their lines are one computation told twice
            raise RuntimeError(f"{month.key}: the lines do not come to the figures that were approved")
        await _lock(tx, at, whole, [one.person for one in given if one.digest == wanted])
    else:
        await _ask_second(tx, actor, month, "closing_second", f"lock:{at.round}:{wanted[:12]}")
    return await _closing(tx, await months.standing(tx, month))


async def _ask_second(tx: Tx, actor: Person, month: Month, notice: str, mark: str) -> None:
    for person in await _others(tx, {actor.id}):
        await tx.notify(
            person.id, notice, {"month": month.key, "by": actor.name}, once=f"closing:{month.key}:{mark}:{person.id}"
        )


async def _others(tx: Tx, given: Collection[int]) -> list[Person]:
    """Who else could say yes."""
    return [one for one in await people.everybody(tx) if one.id not in given and rules.may_close(one)]


async def _lock(tx: Tx, at: Standing, rows: Sequence[Row], by: Sequence[int]) -> None:
    month = at.month
    known = await people.by_ids(tx, by)
    actors = [known[one] for one in by]
    await booking.book_adjustments(tx, month, await months.adjustments(tx, month), actors)
    await booking.book_month(tx, month, [row.due.statement for row in rows], actors)
    await booking.take(tx, month, [one for row in rows for one in row.due.taken], actors)
    await months.keep(tx, [(row.due, row.role, row.past) for row in rows])
    await months.move(tx, month, State.LOCKED)
    await booking.seal_close(tx, month)
    await tx.note(by[-1], "month.locked", f"month:{month.key}", {"by": list(by), "people": len(rows)})
    for row in rows:
        if row.is_told and row.person.works:
            await tx.notify(
                row.person.id, "payslip", {"month": month.key}, once=f"payslip:{month.key}:{row.person.id}",
                due_at=_office_hours(tx),
            )  # fmt: skip
    await _post_heroes(tx, month)


def _office_hours(tx: Tx) -> datetime:
    """Nobody is woken by a payslip."""
    return may_post_at(tx.now, tx.company.zone, quiet_of(tx))


async def _post_heroes(tx: Tx, month: Month) -> None:
    """月度英雄榜 once more, now for good (docs/manners.md 3.3)."""
    at = may_post_at(tx.now, tx.company.zone, quiet_of(tx))
    for group in await reach.boards_go_to(tx):
        teams = None if group.whole_company else list(group.team_ids)
        if teams != []:
            await tx.post(
                group.channel, group.external_id, "board_monthly", {"month": month.key, "teams": teams},
                once=f"board_monthly:{month.key}:final:{group.channel}:{group.id}", due_at=at,
                expires_at=at + BOARD_STALE,
            )  # fmt: skip


# --- paid ---------------------------------------------------------------------------------------------------------------


async def approve_payment(tx: Tx, actor: Person, month: Month) -> Closing:
    """A yes to handing the locked month out; the second person's yes marks it paid. Raises Refusal."""
    _check_may(actor)
    at = await months.hold(tx, month, alone=True)
    if at.state is State.PAID:
        raise Refusal("closing.already_paid")
    if at.state is not State.LOCKED:
        raise Refusal("closing.lock_first")
    rows = await month_rows(tx, at)
    wanted = _digest(rows)
    if not await months.approve(tx, at, Step.PAY, actor.id, wanted):
        raise Refusal("closing.second_person")
    await tx.note(actor.id, "month.payment_approved", f"month:{month.key}")
    given = await months.approvals(tx, at, Step.PAY)
    if rules.enough(given, wanted):
        known = await people.by_ids(tx, [one.person for one in given])
        amounts = {row.person.id: row.due.payable for row in rows if row.due.payable > 0}
        await booking.pay_out(tx, month, amounts, [known[one.person] for one in given])
        await months.move(tx, month, State.PAID)
        await tx.note(actor.id, "month.paid", f"month:{month.key}", {"people": len(amounts)})
    else:
        await _ask_second(tx, actor, month, "closing_second_pay", "pay")
    return await _closing(tx, await months.standing(tx, month))
