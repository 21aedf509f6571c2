"""What a report says: figures from the record, the plan of last time held against them, two sentences, the next plan.

Pure. Money is whole fen. A `Content` is what `reports.answers` keeps, as JSON, and it is never computed again after
sending: figures that come later belong to the record, not to the report (docs/rules.md 41).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from core.rules.errors import Refusal
from core.rules.names import clean_text
from core.rules.numerals import CN_CHARS, fold, to_int
from core.rules.phones import masked
from core.rules.reports import ReportKind
from core.rules.tallies import MAX_DIALS

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
STATED = ("dials", "connected", "intentions")  # what the author may state otherwise than the record


@dataclass(frozen=True, slots=True)
class Figures:
    """The facts of a period, counted once for the author."""

    dials: int = 0
    connected: int = 0
    intentions: int = 0  # 新意向
    follow_ups: int = 0  # customers spoken to again
    visits: int = 0  # 约访
    deals: int = 0  # confirmed, signed in the period
    deals_fen: int = 0
    pending: int = 0  # reported, not confirmed yet
    pending_fen: int = 0
    month: str = ""  # 2026-11: the month the period ends in
    month_fen: int = 0  # performance of that month up to the period's end
    team_fen: int = 0
    target_fen: int | None = None  # the team's; people have no target in the company's rules
    before_deals: int = 0  # the period before, for comparison
    before_fen: int = 0

    def having(self, stated: Mapping[str, int]) -> Figures:
        """With the figures that the author states otherwise."""
        return Figures(**(asdict(self) | {name: stated[name] for name in STATED if name in stated}))


@dataclass(frozen=True, slots=True)
class Planned:
    """One item of the plan of last time. `actual` is what the record counts for it, None where it cannot be counted."""

    text: str
    done: bool = False
    actual: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A report as it was sent."""

    figures: Figures = field(default_factory=Figures)
    stated: Mapping[str, int] = field(default_factory=dict)
    before: tuple[Planned, ...] = ()
    sentence: str = ""
    questions: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)  # the answers as typed: what 改一改 opens again

    @property
    def shown(self) -> Figures:
        """The figures that count as the author's word."""
        return self.figures.having(self.stated)

    @property
    def for_others(self) -> Content:
        """As everybody but its author reads it: numbers of customers masked, in whatever words they were typed."""
        return replace(
            self,
            before=tuple(replace(item, text=masked(item.text)) for item in self.before),
            sentence=masked(self.sentence),
            questions=tuple(map(masked, self.questions)),
            plan=tuple(map(masked, self.plan)),
            raw={},
        )

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return {
            "figures": asdict(self.figures),
            "stated": dict(self.stated),
            "before": [asdict(item) for item in self.before],
            "sentence": self.sentence,
            "questions": list(self.questions),
            "plan": list(self.plan),
            "raw": dict(self.raw),
        }

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Content:
        """From the database; what an older version did not know is left at its default."""
        known = Figures.__dataclass_fields__
        return cls(
            figures=Figures(**{k: v for k, v in dict(data.get("figures", {})).items() if k in known}),
            stated=dict(data.get("stated", {})),
            before=tuple(Planned(**item) for item in data.get("before", ())),
            sentence=str(data.get("sentence", "")),
            questions=tuple(data.get("questions", ())),
            plan=tuple(data.get("plan", ())),
            raw=dict(data.get("raw", {})),
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What the author wrote: values of the form, and the raw answers that open it again."""

    said: str = ""
    plan: tuple[str, ...] = ()
    stated: Mapping[str, int] | None = None
    done: tuple[int, ...] | None = None  # items of the last plan that are done; None: as the record counts
    raw: Mapping[str, str] | None = None


def compose(start: Content, written: Written) -> Content:
    """The facts and the author's words."""
    sentence, questions = split_questions(written.said)
    return Content(
        figures=start.figures,
        stated=dict(written.stated or {}),
        before=start.before if written.done is None else ticked(start.before, written.done),
        sentence=sentence,
        questions=questions,
        plan=written.plan,
        raw=dict(written.raw or {}),
    )


def form_name(kind: ReportKind) -> str:
    """What the form of a kind is called in drafts and exports."""
    return f"{kind.value}_report"


# --- sentences and questions -----------------------------------------------------------------------------------------

# \uff01 \uff1b \uff1f are the full-width ! ; ?; a plain full stop ends a sentence only before a space: 5.5 does not
_SENTENCE = re.compile(r".+?(?:[\u3002!?;\uff01\uff1b\uff1f\n]+[\u201d\u300d\u300f\"')\uff09]*|\.(?=\s)|$)", re.DOTALL)
_ASKING = re.compile(r"[?\uff1f][\u201d\u300d\u300f\"')\uff09 ]*$")


def split_questions(text: str) -> tuple[str, tuple[str, ...]]:
    """What is told and what is asked: a sentence that ends in a question mark is a question for the supervisor."""
    told: list[str] = []
    asked: list[str] = []
    for piece in _SENTENCE.findall(clean_text(text)):
        sentence = piece.strip()
        if not sentence:
            continue
        (asked if _ASKING.search(sentence) else told).append(sentence)
    return " ".join(told) if "".join(told).isascii() else "".join(told), tuple(asked)


def asks(text: str) -> bool:
    """Does the text hold a question?"""
    return bool(split_questions(text)[1])


# --- the plan of last time --------------------------------------------------------------------------------------------

_N = rf"(?P<n>[0-9]+|[{CN_CHARS}]+)"
_COUNTS = (
    ("visits", re.compile(rf"(?:约访|邀约|上门|拜访|见)[^0-9{CN_CHARS}]{{0,4}}{_N}\s*[家个位次]")),
    ("follow_ups", re.compile(rf"回访[^0-9{CN_CHARS}]{{0,4}}{_N}\s*[个家位次]")),
    ("deals", re.compile(rf"(?:签|开|成交)[^0-9{CN_CHARS}]{{0,3}}{_N}\s*[单个家]")),
    ("intentions", re.compile(rf"(?:新增|新)?意向(?:客户)?[^0-9{CN_CHARS}]{{0,3}}{_N}\s*[个家位]")),
    ("dials", re.compile(rf"(?:拨打|打)[^0-9{CN_CHARS}每天日]{{0,4}}{_N}\s*[通个]")),
)
_PER_DAY = re.compile(r"每天|每日|一天|天天")


def measured(item: str, figures: Figures) -> Planned:
    """A planned item held against the record: `回访 20 个` with 23 spoken to is done; `每天 120 通` is not counted."""
    text = fold(item)
    if not _PER_DAY.search(text):
        for name, pattern in _COUNTS:
            match = pattern.search(text)
            wanted = to_int(match["n"]) if match else None
            if wanted:
                actual = int(getattr(figures, name))
                return Planned(item, actual >= wanted, actual)
    return Planned(item)


def ticked(items: Sequence[Planned], done: Sequence[int]) -> tuple[Planned, ...]:
    """The items with the author's own ticks (1-based)."""
    return tuple(Planned(item.text, number in done, item.actual) for number, item in enumerate(items, 1))


_TICKS = re.compile(
    rf"(?:第)?(?P<which>(?:[0-9]{{1,2}}|[{CIRCLED}])(?:[\s,、和.与&+条项第]*(?:[0-9]{{1,2}}|[{CIRCLED}]))*)"
    r"[条项]?(?:都|也)?(?:\s*(?:做了|做完了?|完成了?|好了|搞定了?|done|ok|✔|√|✅))?[。.!]?",
    re.IGNORECASE,
)
_ALL = re.compile(r"(?:全都?|都)(?:做了|做完了?|完成了?|好了|搞定了?)[。!]?|all done", re.IGNORECASE)
_NONE = re.compile(r"(?:全都?|都)没(?:做|完成)(?:完|到|成)?[。!]?|none|-", re.IGNORECASE)


def read_ticks(text: str, count: int) -> tuple[int, ...] | None:
    """`1 3 做了`, `①③`, `都做了`, `都没做`: the items that are done; None when the text is something else."""
    said = fold(text).strip()
    if not count:
        return None
    if _ALL.fullmatch(said):
        return tuple(range(1, count + 1))
    if _NONE.fullmatch(said):
        return ()
    if not (match := _TICKS.fullmatch(said)):
        return None
    found = re.findall(rf"[0-9]+|[{CIRCLED}]", match["which"])
    numbers = {CIRCLED.index(each) + 1 if each in CIRCLED else int(each) for each in found}
    return tuple(sorted(numbers)) if all(1 <= number <= count for number in numbers) else None


# --- figures stated otherwise -----------------------------------------------------------------------------------------

_STATING = {
    "dials": re.compile(rf"(?:拨打|拨|电话|打了?|总数|dials?|calls?)\s*[::=]?\s*{_N}", re.IGNORECASE),
    "connected": re.compile(rf"(?:接通|通了|connected)\s*[::=]?\s*{_N}", re.IGNORECASE),
    "intentions": re.compile(rf"(?:新?意向|interested|intentions?)\s*[::=]?\s*{_N}", re.IGNORECASE),
}
_MONEY = re.compile(r"签单|签了|业绩|成交|金额|deals?|sales", re.IGNORECASE)


def read_figures(text: str, figures: Figures, days: int) -> dict[str, int]:
    """`拨打 520 接通 160 意向 15`: what the author states otherwise, for a period of so many days.

    Refusal: `reports.deals_fixed` (deals count when confirmed, they are not typed), `reports.numbers_unread`,
    `reports.numbers_odd` (more connected than dialled), `reports.too_many` (more than a day takes, on all its days).
    """
    said = fold(clean_text(text))
    found: dict[str, int] = {}
    for name, pattern in _STATING.items():
        if match := pattern.search(said):
            value = to_int(match["n"])
            if value is None:
                raise Refusal("reports.numbers_unread")
            if value > MAX_DIALS * days:
                raise Refusal("reports.too_many", count=f"{value:,}", days=days, limit=f"{MAX_DIALS * days:,}")
            found[name] = value
    if not found:
        raise Refusal("reports.deals_fixed" if _MONEY.search(said) else "reports.numbers_unread")
    after = figures.having(found)
    if after.connected > after.dials:
        raise Refusal("reports.numbers_odd", dials=after.dials, connected=after.connected)
    return found


# --- replies that are no answer ---------------------------------------------------------------------------------------

_ACKNOWLEDGED = re.compile(
    r"(?:(?:收到|已?收|好的?|行|嗯+|ok|okay|知道了?|已阅|阅|看到了?|看了|辛苦了?|加油|不错|可以|点赞|赞|1|noted|got it)"
    r"[,\uff0c\s]*(?:收到|辛苦了?|好的?|加油)?)?[\u3002.!\uff01~\uff5e ]*[\U0001f44c\U0001f44d\U0001f64f]*",
    re.IGNORECASE,
)


def only_acknowledges(text: str) -> bool:
    """`收到`, `好的,辛苦了`, a thumb: heard, but no answer to a question (docs/manners.md 2.4)."""
    said = text.strip()
    return bool(said) and _ACKNOWLEDGED.fullmatch(said) is not None


_THANKS = re.compile(
    r"(?:好的?|收到|明白了?|知道了?)?[,\uff0c ]*(?:谢谢|多谢|感谢|thanks?|thank you)[^?\uff1f]{0,8}", re.IGNORECASE
)


def only_thanks(text: str) -> bool:
    """`好的,谢谢主管`: no new question."""
    return only_acknowledges(text) or _THANKS.fullmatch(text.strip()) is not None
