"""The keys of a policy version as a list: what there is, what a file states, and how a value is written in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from fractions import Fraction
from typing import Any, get_args

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from core.rules.money import percent, plain
from core.rules.policy import Version
from core.rules.policy_values import UNSET, Pair, Section, Window, _fen, _fen_or_unset

OWN = ("name", "effective_from", "effective_until", "mid_month")  # a version's own, not rules


@dataclass(frozen=True, slots=True)
class Key:
    """One thing a version can say: `pay.basis_cut.mode`. `path`: the attributes that lead to it."""

    name: str
    path: tuple[str, ...]
    field: FieldInfo

    def value(self, version: Version) -> Any:
        """What holds in this version."""
        here: Any = version
        for part in self.path:
            here = getattr(here, part)
        return here

    def stated(self, version: Version) -> bool:
        """Does the file say so, or does the product's default decide?"""
        here: Any = version
        for part in self.path:
            if part not in here.model_fields_set:
                return False
            here = getattr(here, part)
        return True


def keys(model: type[BaseModel] = Version, path: tuple[str, ...] = (), name: str = "") -> Iterator[Key]:
    """Every key, in the order of the file; the rows of a list are one key."""
    for attribute, field in model.model_fields.items():
        if not path and attribute in OWN:
            continue
        called = f"{name}{field.alias or attribute}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from keys(field.annotation, (*path, attribute), f"{called}.")
        else:
            yield Key(called, (*path, attribute), field)


def money(field: FieldInfo) -> bool:
    """Is this key an amount: yuan in the file, fen in the rules?"""
    readers = [part.func for part in field.metadata if isinstance(part, BeforeValidator)]
    readers += [part.func for inner in get_args(field.annotation) for part in getattr(inner, "__metadata__", ())]
    return any(reader in (_fen, _fen_or_unset) for reader in readers)


def written(value: object, field: FieldInfo | None = None) -> str:
    """A value as the file writes it, for messages: `50%`, `8000`, `22:00`, `unset`."""
    match value:
        case None:
            return UNSET
        case bool():
            return str(value).lower()
        case StrEnum():
            return value.value
        case Fraction():
            return percent(value)
        case int():
            return plain(value).removesuffix(".00") if field is not None and money(field) else str(value)
        case time():
            return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
        case date() | Window():
            return str(value)
        case Pair():
            return f"{value.seller}>{value.visitor}"
        case tuple():
            return ", ".join(written(one) for one in value)
    return str(value)
