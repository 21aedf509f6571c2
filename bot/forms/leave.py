"""The leave form 请假: which days, why. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.forms.kinds import words
from bot.render.report_text import span_words
from bot.render.texts import t
from core.rules.errors import Refusal
from core.rules.leave import Span, read_span

_KEPT = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
REASONS = ("sick", "family", "annual")


def kept(span: Span) -> str:
    """Days as dates: 明天 means another day tomorrow."""
    return f"{span.first.isoformat()}..{span.last.isoformat()}"


def _read_days(raw: str, scope: Scope) -> Span:
    if match := _KEPT.fullmatch(raw):
        return Span(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    try:
        return read_span(raw, scope.now)[0]
    except Refusal as refusal:
        raise Invalid(refusal.key, **refusal.params) from refusal


def _day_options(_: Scope) -> Sequence[Option]:
    return [Option("今天", key="leave.today"), Option("明天", key="leave.tomorrow")]


def _reason_options(scope: Scope) -> Sequence[Option]:
    return [Option(t(scope.lang, f"leave.reason_{name}"), key=f"leave.reason_{name}") for name in REASONS]


def _days_param(scope: Scope) -> dict[str, object]:
    return {"days": span_words(scope.values["days"], scope.lang)}


def _summary(scope: Scope) -> str:
    reason = scope.values.get("reason") or t(scope.lang, "leave.no_reason")
    days = span_words(scope.values["days"], scope.lang)
    if name := scope.context.get("superior"):
        return t(scope.lang, "leave.summary", days=days, reason=reason, name=name)
    return t(scope.lang, "leave.summary_alone", days=days, reason=reason)


LEAVE = Form(
    "leave",
    1,
    (
        Field(
            "days", "leave.ask_days", _read_days, options=_day_options, label="leave.field_days", kept_as=kept,
        ),
        Field(
            "reason", "leave.ask_reason", words(300), options=_reason_options, params=_days_param, skippable=True,
            free=True, label="leave.field_reason",
        ),
    ),
    "leave.title",
    summary=_summary,
)  # fmt: skip
