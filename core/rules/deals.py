"""Deals (报单): their states, and what a line says about one. Who decides about them: `core.rules.deciding`.

Kinds (004 §3.1): own 自拓; delegated 代理拜访, the seller's customer whom another visits and signs; bulk SMS 短信群发.
Only confirmed deals count (policy 52).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.rules import names
from core.rules.amounts import parse_amount
from core.rules.errors import Refusal
from core.rules.names import clean_name, clean_text, is_plain_name
from core.rules.numerals import CN_CHARS, fold
from core.rules.pay import DealKind as DealKind  # noqa: PLC0414  part of this page's vocabulary
from core.rules.phones import label_before, scan_phone
from core.rules.problems import Problem
from core.rules.when import Kind, parse_day, scan


class DealState(StrEnum):
    """Where a deal stands. Only CONFIRMED counts."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


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


_PREFIX = re.compile(r"\s*(?:/?deal(?:@\w+)?(?=\s|$)|报个?单|签单|开单|成交)[\s:,。]*")
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
    r"(?:签的|签了|签约|signed|签|的|了|客户|元|块|电话|手机|单|一单|金额|日期|今天|[\s,。;!?、:/|()+\-\x00\x01])*+"
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
    for start, name, _ in found:  # any other is part of what was said beside it: 找王会计开票
        if name in (visitor_name, customer):
            _blank(view, (start, start + len(name)))
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
    if (
        day is None
        or not re.search(r"[天日号周月期拜\-/.前后]|[a-z]{3}", line[slice(*day.span)])
        or _is_price(line, day.span)
    ):
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
        (m for m in candidates if len(m["typed"].strip()) > 1 or m["typed"].strip().isdigit()), None
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
