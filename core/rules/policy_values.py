"""The kinds of value a policy file is made of, and what is said when one is wrong.

Amounts are written in yuan and held in fen (int); rates are written `"3%"` and held as exact fractions; an optional
amount may be `"unset"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from core.rules.money import to_fen
from core.rules.people import Role

# --- Problems ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `where` is the key's path, `what` a text key (`core.rules.explain`), `params` fill it."""

    where: str
    what: str
    params: Mapping[str, str]

    @property
    def allowed(self) -> str:
        """What may stand there instead, as far as it can be listed."""
        return self.params.get("allowed", "")


class PolicyErrors(Exception):
    """The file cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.where}: {p.what} {' '.join(p.params.values())}".rstrip() for p in problems))
        self.problems = problems


def wrong(kind: str, **params: str) -> PydanticCustomError:
    """A problem found while reading a value: `kind` is its text key."""
    return PydanticCustomError("policy_problem", "{kind}", {"kind": kind, **params})


# --- Kinds of value ---------------------------------------------------------------------------------------------------

MOST_FEN = 100_000_000_000  # a billion yuan: above it somebody's finger slipped
UNSET = "unset"


def _fen(value: object) -> int:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise wrong("amount", allowed="750, 750.50")
    try:
        fen = to_fen(value)
    except ValueError:
        raise wrong("amount", allowed="750, 750.50") from None
    if not 0 <= fen <= MOST_FEN:
        raise wrong("amount_range", allowed="0–1000000000")
    return fen


def _fen_or_unset(value: object) -> int | None:
    return None if value in (UNSET, None) else _fen(value)


def _rate(value: object) -> Fraction:
    """`"1.5%"` → 3/200. Basis points at the finest (55)."""
    match = re.fullmatch(r"\s*(\d{1,6}(?:\.\d{1,2})?)\s*[%%]\s*", value) if isinstance(value, str) else None
    if not match:
        raise wrong("rate", allowed='"3%", "1.5%"')
    return Fraction(match[1]) / 100


def _share(value: object) -> Fraction:
    """A part of something: no more than all of it."""
    rate = _rate(value)
    if rate > 1:
        raise wrong("share", allowed='"0%"–"100%"')
    return rate


def _share_or_unset(value: object) -> Fraction | None:
    return None if value in (UNSET, None) else _share(value)


def _rate_or_unset(value: object) -> Fraction | None:
    return None if value in (UNSET, None) else _rate(value)


def _date_or_unset(value: object) -> date | None:
    if value in (UNSET, None):
        return None
    if type(value) is not date:
        raise wrong("date", allowed="2026-01-01")
    return value


def _time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", value):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise wrong("time", allowed='"09:30", "23:59:59"')


class Weekday(StrEnum):
    """A day of the week, by its English name."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Monday 0 … Sunday 6, as `date.weekday()` counts."""
        return list(Weekday).index(self)


def _weekday(value: object) -> Weekday:
    if isinstance(value, str) and value in list(Weekday):
        return Weekday(value)
    raise wrong("choice", allowed=", ".join(Weekday))


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a day, from `start` (included) to `end` (not included)."""

    start: time
    end: time

    def __contains__(self, moment: time) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


def _window(value: object) -> Window:
    parts = re.split(r"[-–~]", value) if isinstance(value, str) else []
    if len(parts) != 2:
        raise wrong("window", allowed='"09:00-21:00"')
    start, end = (_time(part.strip()) for part in parts)
    if start >= end:
        raise wrong("window", allowed='"09:00-21:00"')
    return Window(start, end)


@dataclass(frozen=True, slots=True)
class Pair:
    """Who sold and who visited, by role: the pair that shares a delegated deal."""

    seller: Role
    visitor: Role


def _pair(value: object) -> Pair:
    names = value.split(">") if isinstance(value, str) else []
    if len(names) != 2 or any(name.strip() not in list(Role) for name in names):
        raise wrong("pair", allowed='"clerk>rep"')
    return Pair(Role(names[0].strip()), Role(names[1].strip()))


def _list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _names(value: object) -> object:
    """A list of different, non-empty words."""
    if isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value):
        if len(set(value)) == len(value):
            return tuple(value)
        raise wrong("twice", allowed=", ".join(sorted({w for w in value if value.count(w) > 1})))
    raise wrong("words", allowed='["没接", "未接"]')


CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
PERCENT = r"\s*\d{1,6}(\.\d{1,2})?\s*[%%]\s*"
MONEY: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": MOST_FEN // 100}
PART: dict[str, Any] = {"type": "string", "pattern": f"^{PERCENT}$"}
WHOLE_AT_MOST = r"\s*0*(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)\s*[%%]\s*"
SHARE: dict[str, Any] = {"type": "string", "pattern": f"^{WHOLE_AT_MOST}$"}
NOTHING: dict[str, Any] = {"const": UNSET}
ROLES = "|".join(Role)

T = TypeVar("T")
# How a value is read, and how an editor is told about it.
Fen = Annotated[int, BeforeValidator(_fen), WithJsonSchema(MONEY)]
OptionalFen = Annotated[int | None, BeforeValidator(_fen_or_unset), WithJsonSchema({"anyOf": [MONEY, NOTHING]})]
Rate = Annotated[Fraction, BeforeValidator(_rate), WithJsonSchema(PART)]
OptionalRate = Annotated[Fraction | None, BeforeValidator(_rate_or_unset), WithJsonSchema({"anyOf": [PART, NOTHING]})]
Share = Annotated[Fraction, BeforeValidator(_share), WithJsonSchema(SHARE)]
OptionalShare = Annotated[
    Fraction | None, BeforeValidator(_share_or_unset), WithJsonSchema({"anyOf": [SHARE, NOTHING]})
]
OptionalDate = Annotated[
    date | None,
    BeforeValidator(_date_or_unset),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, NOTHING]}),
]
Time = Annotated[time, BeforeValidator(_time), WithJsonSchema({"type": "string", "pattern": f"^{CLOCK}$"})]
Day = Annotated[Weekday, BeforeValidator(_weekday), WithJsonSchema({"enum": list(Weekday)})]
Hours = Annotated[
    Window,
    BeforeValidator(_window),
    WithJsonSchema({"type": "string", "pattern": rf"^\s*{CLOCK}\s*[-–~]\s*{CLOCK}\s*$"}),
]
Pairing = Annotated[
    Pair,
    BeforeValidator(_pair),
    WithJsonSchema({"type": "string", "pattern": rf"^\s*({ROLES})\s*>\s*({ROLES})\s*$"}),
]
Many = Annotated[tuple[T, ...], BeforeValidator(_list)]
Words = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    WithJsonSchema({"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}),
]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=10_000)]


# --- Tables -----------------------------------------------------------------------------------------------------------

Slip = tuple[tuple[int | str, ...], PydanticCustomError]  # the place inside the table, and what is wrong there


class Section(BaseModel):
    """A table of the file: frozen, nothing unknown, nothing converted behind one's back.

    What single keys get wrong does not hide what keys get wrong together: both are found at once.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", arbitrary_types_allowed=True, validate_default=False
    )
    JOINTLY: ClassVar[tuple[str, ...]] = ()  # the attributes that `together` looks at

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """What `JOINTLY` says wrongly. `known` lacks what could not be read; a row of a list that could not is None."""
        del known
        return iter(())

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            made = handler(data)
        except ValidationError as error:
            found = [_again(detail) for detail in error.errors(include_url=False)]
            found += _slips(cls.together(_readable(cls, data)), data)
            raise ValidationError.from_exception_data(cls.__name__, found) from None
        if found := _slips(cls.together(made.__dict__), data):
            raise ValidationError.from_exception_data(cls.__name__, found)
        return made


def _slips(found: Iterable[Slip], data: object) -> list[InitErrorDetails]:
    return [InitErrorDetails(type=what, loc=place, input=data) for place, what in found]


def _again(detail: ErrorDetails) -> InitErrorDetails:
    """A found error as one to be raised again, beside others."""
    ctx = detail.get("ctx", {})
    own = detail["type"] == "policy_problem"
    what: str | PydanticCustomError = PydanticCustomError("policy_problem", "{kind}", ctx) if own else detail["type"]
    return InitErrorDetails(type=what, loc=detail["loc"], input=detail["input"], ctx=ctx)


def _readable(model: type[Section], data: object) -> dict[str, Any]:
    """What of `JOINTLY` can be read by itself, defaults included."""
    if not isinstance(data, Mapping):
        return {}
    known: dict[str, Any] = {}
    for name in model.JOINTLY:
        field = model.model_fields[name]
        key = field.alias or name
        if key not in data:
            if not field.is_required():
                known[name] = field.get_default(call_default_factory=True)
            continue
        rows = data[key]
        kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        alone = create_model("Alone", __base__=Section, value=(kind, ...))
        row = get_args(field.annotation)[:1] if get_origin(field.annotation) is tuple and isinstance(rows, list) else ()
        try:
            known[name] = alone.model_validate({"value": rows}).__dict__["value"]
        except ValidationError:
            if row:
                known[name] = tuple(_row(row[0], one) for one in rows)
    return known


def _row(model: type[BaseModel], value: object) -> BaseModel | None:
    """A row of a list; with what its table looks at alone, where only the rest is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError:
        if not issubclass(model, Section):
            return None
        known = _readable(model, value)
        sound = model.JOINTLY and set(model.JOINTLY) <= known.keys() and not any(True for _ in model.together(known))
        return model.model_construct(**known) if sound else None
