"""Deals (报单): what a line says, who may do what with one, and when.

Kinds (004 §3.1): own 自拓; delegated 代理拜访, the seller's customer whom another visits and signs; bulk SMS 短信群发.
Only confirmed deals count (policy 52). A supervisor confirms an agent's deal, the manager a supervisor's own (policy 8),
nobody their own; after four hours of waiting the assistant may confirm an agent's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.rules import names
from core.rules.amounts import parse_amount
from core.rules.errors import Refusal
from core.rules.names import clean_name, clean_text, is_plain_name
from core.rules.numerals import CN_CHARS, fold
from core.rules.pay import DealKind as DealKind  # noqa: PLC0414  part of this page's vocabulary
from core.rules.people import Person, Role, oversees
from core.rules.phones import label_before, scan_phone
from core.rules.problems import Problem
from core.rules.when import Kind, parse_day, scan


class DealState(StrEnum):
    """Where a deal stands. Only CONFIRMED counts."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal. `amount_fen` is positive; `signed_on` is the day that counts (policy 52); `submitted_at` is aware."""

    id: int
    seller_id: int
    amount_fen: int
    kind: DealKind
    signed_on: date
    submitted_at: datetime
    state: DealState = DealState.PENDING
    visited_by: int | None = None
    customer_name: str | None = None
    phone: str | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    reason: str | None = None


NUDGE_AFTER = timedelta(hours=1)  # a confirmation that waits is nudged (policy deals.nudge_minutes)
ASSISTANT_AFTER = timedelta(hours=4)  # and may then be given by the assistant (policy deals.assistant_after_minutes)
DUPLICATE_WITHIN = timedelta(days=1)


# --- Who may do what --------------------------------------------------------------------------------------------------


def confirmed_by(seller: Person) -> Role:
    """The post that confirms what `seller` sells: the supervisor an agent's, the manager a supervisor's and an assistant's,
    the director a manager's."""
    if seller.role in {Role.CLERK, Role.REP}:
        return Role.SUPERVISOR
    return Role.MANAGER if seller.role in {Role.SUPERVISOR, Role.ASSISTANT} else Role.DIRECTOR


def may_decide(
    actor: Person, deal: Deal, seller: Person, now: datetime, assistant_after: timedelta = ASSISTANT_AFTER
) -> bool:
    """May `actor` confirm or reject this deal now?"""
    try:
        check_decision(actor, deal, seller, now, assistant_after)
    except Refusal:
        return False
    return True


def check_decision(
    actor: Person, deal: Deal, seller: Person, now: datetime, assistant_after: timedelta = ASSISTANT_AFTER
) -> None:
    """Raises Refusal: `deals.own` (nobody confirms their own), `deals.already` (params: state), `deals.not_yours`,
    `deals.assistant_waits` (params: `at`, from when the assistant may)."""
    if actor.id == deal.seller_id:
        raise Refusal("deals.own")
    if not actor.works or not oversees(actor, seller):
        raise Refusal("deals.not_yours")
    if deal.state is not DealState.PENDING:
        raise Refusal("deals.already", state=deal.state.value)
    needed = confirmed_by(seller)
    if actor.is_owner or actor.role is Role.DIRECTOR:
        return
    if actor.role is Role.ASSISTANT and needed is Role.SUPERVISOR:
        allowed_at = deal.submitted_at + assistant_after
        if now < allowed_at:
            raise Refusal("deals.assistant_waits", at=allowed_at)
        return
    rank = {Role.SUPERVISOR: 1, Role.MANAGER: 2}
    if rank.get(actor.role, 0) < rank.get(needed, 3):
        raise Refusal("deals.not_yours")


def confirm(
    deal: Deal, actor: Person, seller: Person, now: datetime, assistant_after: timedelta = ASSISTANT_AFTER
) -> Deal:
    """The deal counts from now on. Raises what `check_decision` raises."""
    check_decision(actor, deal, seller, now, assistant_after)
    return replace(deal, state=DealState.CONFIRMED, decided_by=actor.id, decided_at=now, reason=None)


def reject(
    deal: Deal,
    actor: Person,
    seller: Person,
    now: datetime,
    reason: str,
    assistant_after: timedelta = ASSISTANT_AFTER,
) -> Deal:
    """Sent back with its reason, which the seller reads. Also raises `deals.reason` when there is none."""
    check_decision(actor, deal, seller, now, assistant_after)
    said = clean_text(reason).strip()
    if not said:
        raise Refusal("deals.reason")
    return replace(deal, state=DealState.REJECTED, decided_by=actor.id, decided_at=now, reason=said)


def check_change(actor_id: int, deal: Deal) -> None:
    """May the seller still change this deal? While it is pending, or to send a rejected one again.

    Raises Refusal: `deals.not_yours`, `deals.already` (params: state). A confirmed deal is taken back by a refund, which
    the manager records.
    """
    if actor_id != deal.seller_id:
        raise Refusal("deals.not_yours")
    if deal.state not in {DealState.PENDING, DealState.REJECTED}:
        raise Refusal("deals.already", state=deal.state.value)


def withdraw(deal: Deal, actor_id: int, now: datetime) -> Deal:
    """The seller takes back what nobody has confirmed. Raises what `check_change` raises."""
    check_change(actor_id, deal)
    return replace(deal, state=DealState.CANCELLED, decided_by=actor_id, decided_at=now)


def resubmit(deal: Deal, actor_id: int, now: datetime, **changes: object) -> Deal:
    """Sent (again) with `changes` of amount_fen, kind, visited_by, customer_name, phone or signed_on; the waiting time of
    the confirmation starts anew. Raises what `check_change` raises, and `deals.future` for a signing date to come."""
    check_change(actor_id, deal)
    allowed = {"amount_fen", "kind", "visited_by", "customer_name", "phone", "signed_on"}
    if unknown := set(changes) - allowed:
        raise TypeError(f"not to be changed: {sorted(unknown)}")
    changed = replace(
        deal,
        state=DealState.PENDING,
        submitted_at=now,
        decided_by=None,
        decided_at=None,
        reason=None,
        **changes,  # type: ignore[arg-type]  # the names are checked above, the values by whoever read them
    )
    if changed.signed_on > now.date():
        raise Refusal("deals.future", day=changed.signed_on)
    return changed


def duplicate_of(deal: Deal, earlier: Iterable[Deal], within: timedelta = DUPLICATE_WITHIN) -> Deal | None:
    """The latest deal that this one may repeat: same seller, customer and amount, sent within `within`. Ask, never refuse."""
    alike = [
        other
        for other in earlier
        if other.id != deal.id
        and other.seller_id == deal.seller_id
        and other.amount_fen == deal.amount_fen
        and other.state in {DealState.PENDING, DealState.CONFIRMED}
        and abs(deal.submitted_at - other.submitted_at) <= within
        and _same_customer(deal, other)
    ]
    return max(alike, key=lambda other: other.submitted_at, default=None)


def _same_customer(one: Deal, other: Deal) -> bool:
    if one.phone and other.phone:
        return one.phone == other.phone
    return (one.customer_name or "") == (other.customer_name or "")


# --- What a line says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DealDraft:
    """What a line said; None where nothing was said. `signed_on` is the day of `now` unless another was named, and None
    when the named one cannot be."""

    amount_fen: int | None = None
    kind: DealKind | None = None
    visitor_name: str | None = None
    customer_name: str | None = None
    phone: str | None = None
    signed_on: date | None = None
    note: str | None = None
    problems: tuple[Problem, ...] = ()


_PREFIX = re.compile(r"\s*(?:/deal(?:@\w+)?|报个?单|签单|开单|成交)[\s:,。]*")
_KINDS = (
    (DealKind.DELEGATED, re.compile(r"代理拜访|代理|代访|委托代表|委托|陪访|delegated")),
    (DealKind.SMS, re.compile(r"短信群发|群发短信|短信|群发|(?<![a-z])sms(?![a-z])", re.IGNORECASE)),
    (DealKind.OWN, re.compile(r"自拓|自己拓展|自己签的?|自己的|自签|自己|(?<![a-z])own(?![a-z])", re.IGNORECASE)),
)
_AMOUNT = re.compile(
    r"(?P<label>金额[\s:]{0,2})?(?P<typed>[-负–]?[ ]?[\u00a5]?[ ]?[-–]?(?:\d[\d,]{0,14}(?:\.\d{1,6})?|\.\d{1,4})(?:[十百千万亿kKwW]\d{0,4}){0,2}"
    rf"|[-负]?[{CN_CHARS}]{{1,12}})(?P<unit>[ ]?(?:元整|块钱|元|块|圆|rmb))?",
    re.IGNORECASE,
)
_NOT_MONEY_AFTER = re.compile(r"[ ]?(?:[个条次遍年月号日天点季份]|套餐|%)")
_WORD = re.compile(r"[^\s,。;!?、:/|()]+")
_VISITED = re.compile(r"(?P<name>[\u4e00-\u9fff·]{2,8}?)(?:去?代访|陪访|去拜访|拜访的?|去谈的?|去签的?)")
_NAME_LABEL = re.compile(r"(?:客户|拜访人|代表|商务|姓名)[:\s]{0,2}")
_FILLER = re.compile(
    r"(?:签的|签了|签约|签|的|了|客户|元|块|电话|手机|单|一单|金额|日期|今天|[\s,。;!?、:/|()+\-\x00\x01])*+"
)
_LABELS = re.compile(r"(?:类型|客户|金额|拜访人|签约日期|签单日期|日期|产品|备注|姓名|电话)[ ]?:?(?=[\s:,\x00\x01]|$)")
_CUSTOMER_TITLES = frozenset(
    [
        "总",
        "老板",
        "老板娘",
        "女士",
        "先生",
        "小姐",
        "校长",
        "院长",
        "厂长",
        "店长",
        "太太",
        "董",
        "董事长",
        "医生",
        "老师",
        "总经理",
    ]
)


def parse_deal(text: str, now: datetime, max_fen: int) -> DealDraft:
    """`报单 5000 自拓 李总 13800138000`, `报单 7000 代理 王代表 …` (visited by that rep), `报单 1200 短信 …`, with `昨天签的`,
    `11-18`, `1.2万`. Never raises; problems: those of amounts (`amounts.*`), `phones.*`, `deals.future` (signed in the future),
    `deals.no_amount`."""
    typed = clean_text(text)[:1000]
    folded = fold(typed)
    prefix = _PREFIX.match(folded)
    view = list(folded)
    problems: list[Problem] = []
    _blank(view, (0, prefix.end() if prefix else 0))
    hit = scan_phone("".join(view))
    early_amount = _amount(view, hit.span if hit and hit.problem else None, now)
    if hit is not None and hit.e164:
        _blank(view, (label_before(folded, hit.span[0]), hit.span[1]))
    signed_on = _signing_day(view, now, problems)
    kind = _kind(view)
    visitor = _visitor_before_verb(view, typed)
    amount = _take_amount(view, max_fen, problems)
    if hit is not None and hit.problem and not (early_amount and early_amount == hit.span):
        problems.append(hit.problem)
    found = _names(view, typed)
    visitor_name, customer = _roles(found, kind, visitor)
    rest = "".join(view)
    note = (
        ""
        if _FILLER.fullmatch(rest)
        else " ".join(_LABELS.sub(" ", rest).replace("\x00", " ").replace("\x01", " ").split())
    )
    if visitor is not None and kind is None:
        kind = DealKind.DELEGATED
    return DealDraft(
        amount_fen=amount,
        kind=kind,
        visitor_name=visitor_name,
        customer_name=customer,
        phone=hit.e164 if hit else None,
        signed_on=signed_on,
        note=note.strip(" ,。;、:") or None,
        problems=tuple(problems),
    )


def _blank(view: list[str], span: tuple[int, int]) -> None:
    view[span[0] : span[1]] = "\x00" * (span[1] - span[0])


def _signing_day(view: list[str], now: datetime, problems: list[Problem]) -> date | None:
    """The day it was signed; None with a problem if there is no such day, or not yet."""
    line = "".join(view)
    if wrong := next((moment for moment in scan(line, now, past=True) if moment.kind is Kind.IMPOSSIBLE), None):
        problems.append(Problem("when.impossible", line[slice(*wrong.span)]))
        _blank(view, wrong.span)
        return None
    day = parse_day(line, now, past=True)
    if day is None or not re.search(r"[天日号周月期拜\-/.前后]", line[slice(*day.span)]) or _is_price(line, day.span):
        return now.date()
    _blank(view, day.span)
    if day.on > now.date():
        problems.append(Problem("deals.future", line[slice(*day.span)], {"day": day.on}))
        return None
    return day.on


def _is_price(line: str, span: tuple[int, int]) -> bool:
    """11.24 may be a day; 12.5 in front of 万 or after ¥ is none, and the grammar of times has ruled that out already.
    What is left: a bare decimal when no other figure could be the amount."""
    said = line[slice(*span)]
    if not re.fullmatch(r"\d{1,2}\.\d{1,2}", said):
        return False
    return not re.search(r"\d{3,}|[万千百]", line[: span[0]] + " " + line[span[1] :])


def _kind(view: list[str]) -> DealKind | None:
    line = "".join(view)
    for kind, pattern in _KINDS:
        if match := pattern.search(line):
            view[match.start() : match.end()] = ("\x01" if kind is DealKind.DELEGATED else "\x00") * (
                match.end() - match.start()
            )
            return kind
    return None


def _amount(view: list[str], span: tuple[int, int] | None, now: datetime) -> tuple[int, int] | None:
    """The span of a suspected number that is really the amount: the only figure of the line (报单 5000000)."""
    if span is None:
        return None
    line = "".join(view)
    others = line[: span[0]] + line[span[1] :]
    only = not re.search(rf"\d{{3,}}|[{CN_CHARS}]*[百千万]", others) and parse_day(others, now) is None
    return span if only and re.fullmatch(r"[ ]?\d{7,9}", line[slice(*span)]) else None


def _take_amount(view: list[str], max_fen: int, problems: list[Problem]) -> int | None:
    """The first figure that may be money: one with a unit or 金额 before one without."""
    line = "".join(view)
    candidates = [match for match in _AMOUNT.finditer(line) if _may_be_money(line, match)]
    best = next((m for m in candidates if m["unit"] or m["label"] or "\u00a5" in m["typed"]), None) or next(
        (m for m in candidates if len(m["typed"].strip()) > 1 or m["typed"].isdigit()), None
    )
    if best is None:
        problems.append(Problem("deals.no_amount"))
        return None
    _blank(view, best.span())
    try:
        return parse_amount(best["typed"] + (best["unit"] or ""), max_fen)
    except Refusal as refusal:
        problems.append(Problem(refusal.key, best[0].strip(), {k: v for k, v in refusal.params.items() if k != "seen"}))
        return None


def _may_be_money(line: str, match: re.Match[str]) -> bool:
    before, after = line[max(0, match.start() - 1) : match.start()], line[match.end() :]
    if match["unit"] or match["label"]:
        return True
    if _NOT_MONEY_AFTER.match(after):
        return False
    if all(char in CN_CHARS for char in match["typed"]):
        # 张三, 万总, 三个: Chinese figures without a unit stand alone, as a word
        return not re.match(r"[\u4e00-\u9fff]", before) and not re.match(r"[\u4e00-\u9fff]", after)
    return not re.match(r"[A-Za-z\d]", before) and not re.match(r"[A-Za-z\d]", after)


def _visitor_before_verb(view: list[str], typed: str) -> str | None:
    """吴海涛代访, 赵磊去签的: the visitor stands in front of the verb (`\\x01` where _kind covered 代访)."""
    line = "".join(view)
    match = re.search(r"(?P<name>[\u4e00-\u9fff·]{2,8})\x01{2}", line) or _VISITED.search(line)
    if match is None:
        return None
    titled = names.titled(match["name"])
    if not (is_plain_name(match["name"]) or (titled and titled.span == (0, len(match["name"])))):
        return None
    name = clean_name(typed[match.start("name") : match.end("name")])
    _blank(view, match.span())
    return name


def _names(view: list[str], typed: str) -> list[tuple[int, str, str]]:
    """(position, name, its title or "") of every name left in the line, in order."""
    line = "".join(view)
    found: list[tuple[int, str, str]] = []
    taken: set[int] = set()
    for match in names.all_titled(line):
        if not taken & set(range(*match.span)):
            found.append((match.span[0], clean_name(typed[slice(*match.span)]), match.title))
            taken.update(range(*match.span))
    for word in _WORD.finditer(line.replace("\x00", " ").replace("\x01", " ")):
        start = word.start()
        text = word[0]
        if label := _NAME_LABEL.match(text):
            start, text = start + label.end(), text[label.end() :]
        if is_plain_name(text) and not taken & set(range(start, start + len(text))):
            found.append((start, clean_name(typed[start : start + len(text)]), ""))
            taken.update(range(start, start + len(text)))
    found.sort()
    for start, name, _ in found[:2]:
        _blank(view, (start, start + len(name)))
    return found


def _roles(
    found: list[tuple[int, str, str]], kind: DealKind | None, visitor: str | None
) -> tuple[str | None, str | None]:
    """(visitor, customer). Of a delegated deal the first name is the visitor's, unless it is a customer's by its title."""
    names_left = [(name, title) for _, name, title in found]
    if kind is not DealKind.DELEGATED or visitor is not None:
        return visitor, names_left[0][0] if names_left else None
    if not names_left:
        return None, None
    rep = next((name for name, title in names_left if title == "代表"), None)
    if rep is None:
        first, title = names_left[0]
        rep = first if title not in _CUSTOMER_TITLES else None
    customer = next((name for name, _ in names_left if name != rep), None)
    return rep, customer
