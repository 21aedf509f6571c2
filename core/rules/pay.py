"""Pay of one person for one month: base + commission + 1 % shares + SMS, every line with its rule (3.1, 3.2).

Pure and exact: amounts are fen (int), rates fractions; each component is rounded once, half up, and the lines shown
inside it are adjusted by largest remainder so that they add up to it (55). One person's statement needs only the facts
of that person: their deals (sold or visited) and, for those who lead, the totals and targets of their teams.

Bare numbers in brackets are the readings of `policy.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from core.rules.calendar import Month
from core.rules.money import half_up, spread
from core.rules.people import AGENTS, Role, Status
from core.rules.policy import Version
from core.rules.policy_pay import Attainment, Bracket, Brackets
from core.rules.policy_values import Pair

Id = int | str  # a database key, or the name used in a facts file
WHOLE = Fraction(1)


# --- Facts ------------------------------------------------------------------------------------------------------------


class DealKind(StrEnum):
    """How a deal was made."""

    OWN = "own"  # 自拓
    DELEGATED = "delegated"  # 代理拜访: the seller's customer, somebody else visits and signs
    SMS = "sms"  # 短信群发


@dataclass(frozen=True, slots=True)
class DealFact:
    """A *confirmed* deal, or a seller's part of one that two closed (53a). `amount` in fen.

    The roles are those on the signing date (30); `team` is the seller's team on that date.
    """

    id: Id
    seller: Id
    seller_role: Role
    signed_on: date
    amount: int
    kind: DealKind
    visitor: Id | None = None
    visitor_role: Role | None = None
    team: Id | None = None

    @property
    def visited_for_another(self) -> bool:
        """A rep who logs a delegated visit as both seller and visitor: somebody else's customer, not 自拓."""
        return self.kind == DealKind.DELEGATED and self.seller_role is Role.REP and self.visitor == self.seller


@dataclass(frozen=True, slots=True)
class Stint:
    """A part of the month in one role; `share` of the month's working days."""

    role: Role
    share: Fraction


@dataclass(frozen=True, slots=True)
class PastMonth:
    """An earlier month of the person: what counts for the basis (fen), and where they stood then."""

    month: Month
    performance: int
    status: Status = Status.REGULAR
    presence: Fraction = WHOLE


@dataclass(frozen=True, slots=True)
class TeamMonth:
    """A team's confirmed total of the month and its target, both fen; None: no target was set (11)."""

    team: Id
    total: int
    target: int | None


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """One person in one calendar month.

    `months_in_probation`: which month of probation this is; 0 with status probation is a late start's month 0 (27).
    `presence`: the share of the month's working days somebody was employed and not on unpaid leave (28).
    `leads`: the teams this person is paid on: one's own for a supervisor, all for the manager.
    `stints`: only after a change of role within the month that the manager let take effect at once (30).
    `guessed`: the days were counted without the year's holiday plan, which nobody has entered: the statement says so (44).
    """

    id: Id
    month: Month
    role: Role
    status: Status = Status.REGULAR
    months_in_probation: int = 0
    presence: Fraction = WHOLE
    past: Sequence[PastMonth] = ()
    leads: Sequence[TeamMonth] = ()
    stints: Sequence[Stint] = ()
    guessed: bool = False

    @property
    def roles(self) -> Sequence[Stint]:
        """The month by roles; usually one."""
        return self.stints or (Stint(self.role, self.presence),)

    @property
    def in_month_zero(self) -> bool:
        """The part month before the first month of probation (27)."""
        return self.status is Status.PROBATION and self.months_in_probation == 0

    def before(self, months: int) -> PastMonth | None:
        """What is known of the month that lies so many months back."""
        month = self.month
        for _ in range(months):
            month = month.previous
        return next((past for past in self.past if past.month == month), None)


# --- What comes out ---------------------------------------------------------------------------------------------------


class Component(StrEnum):
    """What a line is part of; each is rounded once."""

    BASE = "base"
    COMMISSION = "commission"
    SHARES = "shares"
    SMS = "sms"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True)
class Line:
    """`base` (fen) × `rate` = `amount` (fen), give or take the fen that makes lines add up.

    `rule` names the article in the policy (`clerk`, `delegation`, …); `deals` are those that made it.
    """

    component: Component
    rule: str
    article: str
    base: int
    rate: Fraction
    amount: int
    deals: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something that must be said with the figures; `key` and `params` are put into words by `explain`."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """A month's pay. All amounts in fen; `lines` add up to `total`.

    `performance` counts for brackets, basis and rank (of those who lead: their teams' total); `everything` is all that
    was confirmed, own, visited for others and SMS, by which a month of nothing is told (20a).
    `undetermined`: a part of the pay waits for a decision or a target and is not in the total.
    """

    person: Id
    month: Month
    version: str
    base: int
    performance: int
    everything: int
    commission: int
    shares: int
    sms: int
    top_up: int
    total: int
    lines: tuple[Line, ...]
    notes: tuple[Note, ...]
    undetermined: bool = False

    def of(self, component: Component) -> tuple[Line, ...]:
        """The lines of one component."""
        return tuple(line for line in self.lines if line.component is component)


@dataclass(slots=True)
class _Draft:
    """A statement while it is being written."""

    version: Version
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    undetermined: bool = False

    def note(self, key: str, **params: object) -> None:
        """Said once, however many stints or deals give the reason."""
        if (note := Note(key, params)) not in self.notes:
            self.notes.append(note)

    def sum(self, component: Component) -> int:
        return sum(line.amount for line in self.lines if line.component is component)

    def write(self, component: Component, rows: Sequence[_Row]) -> None:
        """Round the rows of a component once and put them down."""
        amounts = spread([row.base * row.rate if row.exact is None else row.exact for row in rows])
        for row, fen in zip(rows, amounts, strict=True):
            article = row.article or self.version.articles.of(row.rule)
            base = fen if row.exact is not None and not row.base else row.base
            self.lines.append(Line(component, row.rule, article, base, row.rate, fen, row.deals))


@dataclass(frozen=True, slots=True)
class _Row:
    """`exact`: the amount where it is no product of whole fen and a rate; a base of 0 then shows the amount itself."""

    rule: str
    base: int
    rate: Fraction
    deals: tuple[Id, ...] = ()
    article: str = ""
    exact: Fraction | None = None


# --- What counts ------------------------------------------------------------------------------------------------------


def counts(version: Version, deal: DealFact) -> bool:
    """Does the deal count for its seller's brackets, basis and rank (12, 17, 19)?

    The seller's own customer counts whoever visited. A rep's visit for somebody else does not: 不计入当月任务.
    """
    if deal.kind == DealKind.SMS:
        return version.pay.sms.counts
    return not deal.visited_for_another


def performance(version: Version, deals: Iterable[DealFact], seller: Id, role: Role | None = None) -> int:
    """业绩 of a seller in fen; with `role`, only what was sold in that role."""
    return sum(d.amount for d in _counted(version, deals, seller, role))


def team_total(version: Version, deals: Iterable[DealFact], team: Id) -> int:
    """A team's total in fen: each deal once, in the team its seller was in on the signing date (12, 30)."""
    return sum(
        deal.amount for deal in deals if deal.team == team and (deal.kind != DealKind.SMS or version.pay.sms.counts)
    )


def shares_with_visitor(version: Version, deal: DealFact) -> bool:
    """Does 1 % of the deal go to whoever visited (16)? Only between the pairs of roles that the policy names."""
    if deal.kind != DealKind.DELEGATED or deal.visitor is None or deal.visitor_role is None:
        return False
    pays = version.pay.delegation.pays
    if deal.visited_for_another:
        return any(pair.visitor is Role.REP for pair in pays)
    return deal.visitor != deal.seller and Pair(deal.seller_role, deal.visitor_role) in pays


def _counted(version: Version, deals: Iterable[DealFact], seller: Id, role: Role | None) -> list[DealFact]:
    return [
        deal
        for deal in deals
        if deal.seller == seller and (role is None or deal.seller_role is role) and counts(version, deal)
    ]


# --- The statement ----------------------------------------------------------------------------------------------------


def statement(version: Version, person: PersonMonth, deals: Sequence[DealFact]) -> Statement:
    """The person's pay for the month, from the confirmed deals they sold or visited (others are passed over).

    Raises nothing for any well-formed facts: what the policy leaves open is 0 with a note, or `undetermined`.
    """
    mine = sorted(
        (d for d in deals if person.id in (d.seller, d.visitor) and d.signed_on in person.month),
        key=lambda d: (d.signed_on, str(d.id)),
    )
    draft = _Draft(version)
    sold = performance(version, mine, person.id)
    everything = sum(deal.amount for deal in mine)
    if person.status is Status.TRAINING:
        _training(draft, person, everything)
    else:
        _base(draft, person, mine)
        sold_as = [row for role in _posts(person, mine) for row in _brackets(draft, person, role, mine)]
        draft.write(Component.COMMISSION, [*sold_as, *_attainment(draft, person)])
        _shares(draft, person, mine)
        _sms(draft, person, mine)
        _minimum(draft, person)
    if person.guessed:
        draft.note("calendar_guessed", year=person.month.year)
    if everything != sold and person.role in AGENTS:
        draft.note("everything", everything=everything, performance=sold)
    return Statement(
        person=person.id,
        month=person.month,
        version=version.name,
        base=draft.sum(Component.BASE),
        performance=sum(team.total for team in person.leads) if person.leads else sold,
        everything=everything,
        commission=draft.sum(Component.COMMISSION),
        shares=draft.sum(Component.SHARES),
        sms=draft.sum(Component.SMS),
        top_up=draft.sum(Component.TOP_UP),
        total=sum(line.amount for line in draft.lines),
        lines=tuple(draft.lines),
        notes=tuple(draft.notes),
        undetermined=draft.undetermined,
    )


def _training(draft: _Draft, person: PersonMonth, everything: int) -> None:
    """培训: none computed unless the company has set a base for it (29)."""
    full = draft.version.pay.training_base
    if full is None:
        draft.note("training")
    else:
        draft.write(Component.BASE, [_Row("training", full, person.presence)])
    if everything:
        draft.note("training_sales", amount=everything)


def _base(draft: _Draft, person: PersonMonth, mine: Sequence[DealFact]) -> None:
    """底薪, shrunk in proportion below the basis and by the working days of a part month (18–21, 28, 31)."""
    rows = []
    for stint in person.roles:
        full = full_base(draft.version, person, stint.role)
        if full is None:
            draft.note("base_unset", role=stint.role)
            continue
        article = draft.version.articles.probation if _on_probation(person) and stint.role in AGENTS else ""
        cut = _cut(draft, person, stint.role, mine)
        rows.append(_Row("base", full, stint.share * cut, article=article))
    draft.write(Component.BASE, rows)
    if person.presence != 1:
        draft.note("part_month", presence=person.presence)


def _on_probation(person: PersonMonth) -> bool:
    """Also of somebody who left while on probation."""
    return person.status is Status.PROBATION or (person.status is Status.LEFT and person.months_in_probation > 0)


def full_base(version: Version, person: PersonMonth, role: Role) -> int | None:
    """A whole month's base before any cut, in fen; None where the document is silent (8a)."""
    if role not in AGENTS:
        return version.pay.base.of(role)
    if _on_probation(person):
        return version.pay.probation_base
    base = version.pay.base.of(role)
    last = person.before(1)
    if role is Role.CLERK and last is not None:
        return graded_base(version, last.performance) or base
    return base


def probation_month(version: Version, start: date, month: Month) -> int:
    """Which month of probation it is for somebody who began on `start`: 1, 2, …; 0 is a late start's part month (27).

    Means nothing before the month of the start. Months are calendar months; a start from `late_start_day` on counts from the next one.
    """
    late = start.day >= version.pay.probation.late_start_day
    return (month.year - start.year) * 12 + month.month - start.month + (0 if late else 1)


def graded_base(version: Version, sales: int) -> int | None:
    """Next month's base of a clerk by this month's sales (31); None while the table is empty or not reached."""
    reached = [grade.base for grade in version.pay.clerk_grades if sales >= grade.from_]
    return reached[-1] if reached else None


def basis_binds(version: Version, person: PersonMonth, role: Role | None = None) -> bool:
    """Does 基础业绩 cut the base of this person, or of a stint in `role`?

    It binds clerks and reps, in probation too unless the policy says no, not in a late start's month 0 (8a, 21, 28).
    """
    if (role or person.role) not in AGENTS or person.status is Status.TRAINING or person.in_month_zero:
        return False
    return version.pay.probation.basis or not _on_probation(person)


def _cut(draft: _Draft, person: PersonMonth, role: Role, mine: Sequence[DealFact]) -> Fraction:
    """The share of the base that is left below the basis; both shrink alike in a part month, so it is cut once."""
    version, days = draft.version, sum(stint.share for stint in person.roles if stint.role in AGENTS)
    if person.in_month_zero and role in AGENTS:
        draft.note("month_zero")
    mode, basis = version.pay.basis_cut.mode, version.pay.basis * days
    if not basis_binds(version, person, role) or mode == "none" or not basis:
        return WHOLE
    sold = performance(version, mine, person.id)
    reached = min(WHOLE, sold / Fraction(basis))
    if reached < 1:
        draft.note("below_basis", performance=sold, basis=half_up(basis))
    if mode == "step":
        return [step.pay for step in version.pay.basis_cut.steps if reached >= step.from_][-1]
    return reached


def _posts(person: PersonMonth, mine: Sequence[DealFact]) -> list[Role]:
    """The roles of the month, each once: whoever returns to a role goes on in its brackets.

    In a month of several roles also the one before it, where money still comes in for what was sold then (52). In a
    month of one role everything counts in that role.
    """
    earlier = [deal.seller_role for deal in mine if deal.seller == person.id] if person.stints else []
    return list(dict.fromkeys([*(stint.role for stint in person.roles), *earlier]))


def _brackets(draft: _Draft, person: PersonMonth, role: Role, mine: Sequence[DealFact]) -> list[_Row]:
    """阶梯提成 of those who sell (1–4, 8, 30)."""
    version = draft.version
    deals = _counted(version, mine, person.id, role if person.stints else None)
    sales = sum(deal.amount for deal in deals)
    if role is Role.SUPERVISOR and sales:
        undecided = version.pay.supervisor.own_deals
        if undecided != "rep":
            draft.undetermined |= undecided == "undecided"
            draft.note("own_deals_undecided" if undecided == "undecided" else "own_deals_team", amount=sales)
            return []
    elif role not in AGENTS:
        if sales:
            draft.note("own_deals_silent", amount=sales, role=role)
        return []
    table = version.pay.brackets(role)
    top, rule = version.pay.commission.top, "clerk" if role is Role.CLERK else "rep"
    paid = sales if table.ends is None or top == "open" else min(sales, table.ends)
    ids = tuple(dict.fromkeys(deal.id for deal in deals))  # a deal paid in parts is one deal
    rows = [_Row(rule, base, rate, ids) for base, rate in slices(table, version.pay.commission.mode, paid)]
    if table.ends is not None and sales > table.ends:
        key = "beyond_table" if top == "open" else "capped"
        draft.note(key, ends=table.ends, rate=table.brackets[-1].rate)
    if sales and not rows:
        draft.note("commission_from", threshold=table.brackets[0].threshold, performance=sales)
    return rows


def slices(table: Brackets, mode: str, sales: int) -> list[tuple[int, Fraction]]:
    """Sales (fen) cut by the brackets: (part, rate) for each part that earns. `whole`: all of it at one rate."""
    if mode == "whole":
        reached = [bracket for bracket in table.brackets if bracket.reached(sales)]
        return [(sales, reached[-1].rate)] if reached else []
    return [
        (part, bracket.rate)
        for bracket, end in zip(table.brackets, _ends(table.brackets, sales), strict=True)
        if (part := min(sales, end) - bracket.threshold) > 0
    ]


def _ends(brackets: Sequence[Bracket], sales: int) -> list[int]:
    """A bracket reaches up to the next one's threshold; the last one up to the sales themselves (2)."""
    return [bracket.threshold for bracket in brackets[1:]] + [sales]


def _attainment(draft: _Draft, person: PersonMonth) -> list[_Row]:
    """总业绩提成 of supervisor and manager: a rate on the team total, by exact attainment (5–11)."""
    if person.role not in (Role.SUPERVISOR, Role.MANAGER):
        return []
    if not person.leads:
        draft.note("no_team")
        return []
    missing = [team.team for team in person.leads if not team.target]
    if missing:
        draft.undetermined = True
        draft.note("target_missing", teams=tuple(str(team) for team in missing))
        return []
    total = sum(team.total for team in person.leads)
    target = sum(team.target or 0 for team in person.leads)
    rule = "manager" if person.role is Role.MANAGER else "supervisor"
    table: Attainment = draft.version.pay.manager if rule == "manager" else draft.version.pay.supervisor
    rows = [
        _Row(rule, half_up(part), rate, exact=part * rate) for part, rate in attainment_slices(table, total, target)
    ]
    if not rows:
        draft.note("attainment_below", total=total, target=target, first=table.rows[0].threshold)
    if table.ends is not None and total > target * table.ends:
        key = "beyond_attainment" if table.top == "open" else "attainment_capped"
        draft.note(key, ends=table.ends, rate=table.rows[-1].rate)
    return rows


def attainment_slices(table: Attainment, total: int, target: int) -> list[tuple[Fraction, Fraction]]:
    """The team total (fen) and the rate it earns; `marginal`: cut at the rows' shares of the target. Exact: a share of
    the target need not be whole fen, and only what it pays is rounded (55)."""
    paid = Fraction(total)
    if table.ends is not None and table.top == "cap":
        paid = min(paid, target * table.ends)
    if table.mode == "whole":
        reached = [row for row in table.rows if row.reached(total, target)]
        return [(paid, reached[-1].rate)] if reached and paid else []
    edges = [target * row.threshold for row in table.rows]
    return [
        (part, row.rate)
        for row, start, end in zip(table.rows, edges, [*edges[1:], max(paid, edges[-1])], strict=True)
        if (part := min(paid, end) - start) > 0
    ]


def _shares(draft: _Draft, person: PersonMonth, mine: Sequence[DealFact]) -> None:
    """代理拜访: the visitor gets 1 % of the deal; the seller gives it, never more than their own commission (12–16)."""
    delegation = draft.version.pay.delegation
    rows, given = [], []
    for deal in mine:
        if deal.kind == DealKind.DELEGATED and deal.visitor is None:
            draft.note("visitor_missing", deal=str(deal.id))
        if not shares_with_visitor(draft.version, deal):
            continue
        if deal.visitor == person.id:
            rows.append(_Row("delegation", deal.amount, delegation.share, (deal.id,)))
        elif delegation.funding == "clerk":
            given.append(_Row("delegation", deal.amount, -delegation.share, (deal.id,)))
        else:
            draft.note("company_pays_share", deal=str(deal.id))
    due = -sum((row.base * row.rate for row in given), Fraction(0))
    borne = due - draft.sum(Component.COMMISSION)
    if borne > 0:
        ids = tuple(row.deals[0] for row in given)
        draft.write(Component.SHARES, [*rows, *given, _Row("delegation", 0, WHOLE, ids, exact=borne)])
        draft.note("share_borne", amount=draft.lines[-1].amount)
    else:
        draft.write(Component.SHARES, rows + given)


def _sms(draft: _Draft, person: PersonMonth, mine: Sequence[DealFact]) -> None:
    """短信群发: flat, beside the brackets, for whoever sold it (17)."""
    orders = [deal for deal in mine if deal.kind == DealKind.SMS and deal.seller == person.id]
    if orders:
        total = sum(deal.amount for deal in orders)
        draft.write(
            Component.SMS, [_Row("sms", total, draft.version.pay.sms.rate, tuple(dict.fromkeys(d.id for d in orders)))]
        )


def _minimum(draft: _Draft, person: PersonMonth) -> None:
    """The legal minimum, shown as a line of its own where pay falls short (56).

    Not where the pay is not this policy's to settle: an unset base, or a part that waits for a target.
    """
    minimum, base = draft.version.pay.min_wage, full_base(draft.version, person, person.role)
    if minimum is None:
        return
    if base is None or draft.undetermined:
        draft.note("min_wage_unchecked", minimum=half_up(minimum * person.presence))
        return
    due, paid = half_up(minimum * person.presence), sum(line.amount for line in draft.lines)
    if paid < due:
        draft.write(Component.TOP_UP, [_Row("min_wage", due - paid, WHOLE)])
        draft.note("min_wage", minimum=due)
