"""A colleague by the name somebody types: 王方, 方方, 王代表, or what sounds like it (王芳 for 王方). Pure.

Input methods confuse names that sound the same, so a name that sounds like two colleagues is asked, not guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.rules.names import clean_name
from core.rules.people import COMPOUND_SURNAMES, Person, Role
from core.rules.sounds import sound

TITLES = ("商务代表", "商务文员", "商务主管", "代表", "文员", "主管", "经理", "老师", "哥", "姐", "工", "总")
NICKS = "小老阿"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be named in an answer."""

    id: int
    name: str
    role: Role
    team_id: int | None

    @classmethod
    def of(cls, person: Person) -> Colleague:
        """What a form needs of a person."""
        return cls(person.id, person.name, person.role, person.team_id)

    def packed(self) -> list[Any]:
        """As a draft's context keeps it."""
        return [self.id, self.name, self.role.value, self.team_id]

    @classmethod
    def unpacked(cls, row: Sequence[Any]) -> Colleague:
        """Back from a draft's context."""
        return cls(row[0], row[1], Role(row[2]), row[3])

    @property
    def surname(self) -> str:
        """欧阳 of 欧阳雪, 王 of 王方."""
        return self.name[:2] if self.name[:2] in COMPOUND_SURNAMES and len(self.name) > 2 else self.name[:1]


def find(typed: str, colleagues: Iterable[Colleague], *, first: Collection[Role] = ()) -> list[Colleague]:
    """Who may be meant, the likeliest first; [] when nobody fits.

    One entry means: certain. Certain are the whole name of somebody of the roles in `first`, and a name, given name or
    surname with title that fits one person alone. A whole name of another role is certain unless somebody of `first`
    sounds the same: for a visit 王芳 (clerk) may well be 王方 (rep).
    """
    everyone = list(colleagues)
    name = clean_name(typed).removeprefix("#")
    if not name:
        return []
    exact = [c for c in everyone if c.name == name]
    alike = [c for c in everyone if c not in exact and sound(c.name) == sound(name)]
    if exact:
        preferred = [c for c in exact if c.role in first]
        if preferred or not first:
            return preferred or exact
        return exact + [c for c in alike if c.role in first]
    if alike:
        return _ordered(alike, first)
    bare, titled = _bare(name)
    if titled:
        found = [c for c in everyone if bare in {c.surname, c.name} or sound(c.surname) == sound(bare)]
        preferred = [c for c in found if c.surname == bare] or found
        return _only(preferred, first)
    return _only([c for c in everyone if len(bare) > 1 and (c.name.endswith(bare) or c.name.startswith(bare))], first)


def _bare(name: str) -> tuple[str, bool]:
    """王代表 -> 王, 小王 -> 王; whether anything was taken off."""
    for title in TITLES:
        if name.endswith(title) and len(name) > len(title):
            return name.removesuffix(title), True
    if len(name) == 2 and name[0] in NICKS:
        return name[1], True
    return name, False


def _only(found: list[Colleague], first: Collection[Role]) -> list[Colleague]:
    """Of a vague name only the likely roles are meant, when there is one of them."""
    preferred = [c for c in found if c.role in first]
    return preferred or found


def _ordered(found: list[Colleague], first: Collection[Role]) -> list[Colleague]:
    return sorted(found, key=lambda c: (c.role not in first, c.id))
