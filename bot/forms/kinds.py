"""What an answer may be: text -> value, or Invalid with a reason a person can act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.forms.engine import Invalid, Option, Scope
from core.rules.said import as_word


def words(limit: int = 1000) -> Callable[[str, Scope], str]:
    """Any text up to `limit` characters."""

    def read(raw: str, _: Scope) -> str:
        text = raw.strip()
        if not text:
            raise Invalid("form.empty")
        if len(text) > limit:
            raise Invalid("form.too_long", length=len(text), limit=limit)
        return text

    return read


def lines(limit: int = 10, width: int = 200) -> Callable[[str, Scope], list[str]]:
    """One item a line; bullets and numbers in front are dropped."""

    def read(raw: str, _: Scope) -> list[str]:
        items = [line.strip().lstrip("-•·*").strip() for line in raw.splitlines()]
        items = [item for item in items if item]
        if not items:
            raise Invalid("form.empty")
        if len(items) > limit:
            raise Invalid("form.too_many_lines", count=len(items), limit=limit)
        long = max(len(item) for item in items)
        if long > width:
            raise Invalid("form.too_long", length=long, limit=width)
        return items

    return read


def choice(options: Callable[[Scope], Sequence[Option]]) -> Callable[[str, Scope], str]:
    """One of the options: its raw value, its number or its label; a piece of one label alone is enough (文员)."""

    def read(raw: str, scope: Scope) -> str:
        from bot.render.texts import t

        text = as_word(raw)
        offered = [option for option in options(scope) if not option.pick and not option.field]
        labels = [option.literal or t(scope.lang, option.key) for option in offered]
        for number, (option, label) in enumerate(zip(offered, labels, strict=True), 1):
            if text in {as_word(option.raw), as_word(label), str(number)}:
                return option.raw
        near = [option.raw for option, label in zip(offered, labels, strict=True) if text in as_word(label)]
        if len(near) == 1 and len(text) > 1:
            return near[0]
        raise Invalid("form.choose", options=" / ".join(labels))

    return read
