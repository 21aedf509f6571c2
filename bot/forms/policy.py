"""Questions while the policy is changed: the new figure and from when, why not, from which other day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.forms.kinds import words
from bot.render.policy import figure_value
from core.rules.errors import Refusal
from core.rules.money import yuan_short
from core.rules.policy_change import Figure, Unit, read_value
from core.rules.when import parse_day


def _read_figure(raw: str, scope: Scope) -> str:
    """The text as it was typed, once it reads as an amount or a rate."""
    kept = scope.context
    one = Figure("", "", (), Unit(kept["unit"]), None)
    try:
        read_value(one, raw, int(kept["max"]))
    except Refusal as refusal:
        params = dict(refusal.params)
        if "max_fen" in params:
            params["most"] = yuan_short(int(str(params.pop("max_fen"))))
        raise Invalid(refusal.key, **params) from refusal
    return raw.strip()


def _about(scope: Scope) -> Mapping[str, object]:
    return {"about": scope.context["about"], "now": scope.context["now"]}


def _read_first(raw: str, scope: Scope) -> date:
    day = _read_day(raw, scope)
    if day.day != 1:
        raise Invalid("policy.first_of_month")
    return day


def _read_day(raw: str, scope: Scope) -> date:
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        found = parse_day(raw, scope.now, past=False)
    if found is None:
        raise Invalid("policy.which_day")
    return found.on


def _firsts(scope: Scope) -> Sequence[Option]:
    return [Option(day, literal=day) for day in scope.context["days"]]


def _changed_to(scope: Scope) -> Mapping[str, object]:
    one = Figure("", "", (), Unit(scope.context["unit"]), None)
    value = read_value(one, str(scope.values["value"]), int(scope.context["max"]))
    return {**_about(scope), "new": figure_value(value, scope.lang)}


FIGURE = Form(
    name="policy_figure",
    version=1,
    title="policy.figure_title",
    fields=(
        Field("value", "policy.ask_figure", _read_figure, params=_about),
        Field(
            "day",
            "policy.ask_day",
            _read_first,
            options=_firsts,
            params=_changed_to,
            kept_as=lambda day: day.isoformat(),
        ),
    ),
)

PUT_OFF = Form(
    name="policy_day",
    version=1,
    title="policy.day_title",
    fields=(Field("day", "policy.ask_other_day", _read_day, options=_firsts, kept_as=lambda day: day.isoformat()),),
)

DECLINE = Form(
    name="policy_decline",
    version=1,
    title="policy.decline_title",
    fields=(Field("reason", "policy.ask_decline", words(500), free=True),),
)

WITHDRAW = Form(
    name="policy_withdraw",
    version=1,
    title="policy.withdraw_title",
    fields=(Field("reason", "policy.ask_withdraw", words(500), free=True),),
)
