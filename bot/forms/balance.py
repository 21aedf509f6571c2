"""One question about a balance: the day it is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.render.texts import t
from core.rules.calendar import ONE_DAY
from core.rules.when import parse_day

CHOICES = (7, 15, 30)  # days from today that are offered


def _about(scope: Scope) -> Mapping[str, object]:
    return {"what": scope.context.get("what", "")}


def _days(scope: Scope) -> Sequence[Option]:
    today = scope.now.date()
    return [
        Option((today + ONE_DAY * number).isoformat(), literal=t(scope.lang, "balances.in_days", days=number))
        for number in CHOICES
    ]


def _read(raw: str, scope: Scope) -> date:
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        day = parse_day(raw, scope.now, past=False)
    if day is None:
        raise Invalid("balances.which_day")
    return day.on


BALANCE = Form(
    name="balance",
    version=1,
    title="balances.title",
    fields=(
        Field("day", "balances.ask", _read, options=_days, params=_about, kept_as=lambda day: day.isoformat()),
    ),
)  # fmt: skip
