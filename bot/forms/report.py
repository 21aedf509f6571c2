"""The report forms 周报 and 月报: figures are there already; two sentences, the next plan. Pure.

The draft's context holds what the questions show (see `context_of` in handlers/reports.py): the figures, the last plan
held against them, the number, the dates, the superior's name. Figures are counted afresh when the report is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.forms.kinds import lines, words
from bot.render.report_text import body, circled, label, sheet, until
from bot.render.texts import t
from core.rules.calendar import Month, Week
from core.rules.errors import Refusal
from core.rules.leave import in_chinese
from core.rules.names import clean_text
from core.rules.report_content import (
    Content,
    Written,
    compose,
    form_name,
    read_figures,
    read_ticks,
    split_questions,
)
from core.rules.reports import ReportKind, parse_number, split_number
from core.rules.when import Kind, scan

SENTENCE_LIMIT = 2000
PLAN_ITEMS = 10
_ONLY_FIGURES = re.compile(
    r"(?:\s*(?:拨打|接通|新?意向|calls|connected|interested)\s*[::]?\s*[0-9]+\s*[通个,]?)+", re.IGNORECASE
)


def _kind(scope: Scope) -> ReportKind:
    return ReportKind(str(scope.context["kind"]))


def _period(scope: Scope) -> Week | Month:
    key = str(scope.context["period"])
    return Week.parse(key) if _kind(scope) is ReportKind.WEEKLY else Month.parse(key)


def _start(scope: Scope) -> Content:
    return Content.of_json(scope.context["start"])


def written(values: Mapping[str, Any], raw: Mapping[str, str] | None = None) -> Written:
    """The form's values as the use-case takes them."""
    return Written(
        said=str(values.get("sentence") or ""),
        plan=tuple(values.get("plan") or ()),
        stated=values.get("numbers") or {},
        done=values.get("done"),
        raw=dict(raw or {}),
    )


def _content(scope: Scope) -> Content:
    return compose(_start(scope), written(scope.values))


def _sheet(scope: Scope) -> dict[str, object]:
    return {"sheet": sheet(_content(scope), _kind(scope), str(scope.context["number"]), _period(scope), scope.lang)}


# --- the fields ------------------------------------------------------------------------------------------------------


def _read_sentence(raw: str, scope: Scope) -> str:
    return words(SENTENCE_LIMIT)(clean_text(raw), scope)


def _read_plan(raw: str, scope: Scope) -> list[str]:
    return lines(PLAN_ITEMS)(clean_text(raw), scope)


def _read_numbers(raw: str, scope: Scope) -> dict[str, int]:
    period = _period(scope)
    try:
        return read_figures(raw, _start(scope).figures, (period.end - period.start).days + 1)
    except Refusal as refusal:
        raise Invalid(refusal.key, **refusal.params) from refusal


def _read_done(raw: str, scope: Scope) -> tuple[int, ...]:
    ticks = read_ticks(raw, len(_start(scope).before))
    if ticks is None:
        raise Invalid("reports.done_unread")
    return ticks


def _toggles(scope: Scope) -> list[Option]:
    """① ② ③: a tap says done or not done."""
    shown = _content(scope).before
    done = {n for n, item in enumerate(shown, 1) if item.done}
    options: list[Option] = []
    for number, item in enumerate(shown, 1):
        after = sorted(done ^ {number})
        raw = " ".join(map(str, after)) or "-"
        options.append(Option(raw, literal=f"{circled(number)}{' ✔' if item.done else ''}", field="done"))
    return options


def _sentence_options(scope: Scope) -> Sequence[Option]:
    return [*_toggles(scope), Option("", key="reports.change_numbers", pick="numbers")]


def _sentence_elsewhere(raw: str, scope: Scope) -> str | None:
    if read_ticks(raw, len(_start(scope).before)) is not None:
        return "done"
    return "numbers" if _ONLY_FIGURES.fullmatch(raw.strip()) else None


def _plan_options(scope: Scope) -> Sequence[Option]:
    before = _start(scope).before
    if not before:
        return []
    raw = "\n".join(item.text for item in before)
    return [Option(raw, key=f"reports.plan_again_{_kind(scope).value}")]


def _plan_params(scope: Scope) -> dict[str, object]:
    said = scope.values.get("sentence")
    if not said:
        return {"noted": ""}
    count = len(split_questions(str(said))[1])
    if not count:
        return {"noted": t(scope.lang, "reports.noted")}
    key = "reports.noted_question" if count == 1 else "reports.noted_questions"
    name = str(scope.context.get("supervisor") or t(scope.lang, "people.role_supervisor"))
    return {"noted": t(scope.lang, key, name=name, **({} if count == 1 else {"count": count}))}


def _fields(kind: str) -> tuple[Field, ...]:
    return (
        Field(
            "numbers", "reports.ask_numbers", _read_numbers, params=_sheet, optional=True,
            label="reports.field_numbers", names=True,  # figures here are the report's, readable or not
        ),
        Field(
            "done", "reports.ask_done", _read_done, params=_sheet, optional=True, label="reports.field_done",
            offered=lambda scope: bool(_start(scope).before),
        ),
        Field(
            "sentence", f"reports.ask_sentence_{kind}", _read_sentence, options=_sentence_options, params=_sheet,
            skippable=True, free=True, label="reports.field_sentence", elsewhere=_sentence_elsewhere,
        ),
        Field(
            "plan", f"reports.ask_plan_{kind}", _read_plan, options=_plan_options, params=_plan_params, free=True,
            label="reports.field_plan",
        ),
    )  # fmt: skip


def _summary(scope: Scope) -> str:
    content = _content(scope)
    text = t(
        scope.lang,
        "reports.summary",
        told=int(bool(content.sentence)),
        planned=len(content.plan),
        asked=len(content.questions),
    )
    if scope.context.get("sent"):
        return f"{text}\n{t(scope.lang, 'reports.summary_edit', number=scope.context['number'])}"
    due = scope.context.get("due")
    if due and scope.now > datetime.fromisoformat(str(due)):
        at = datetime.fromisoformat(str(due))
        words_due = until(at, scope.now, at.tzinfo or scope.now.tzinfo, scope.lang)  # type: ignore[arg-type]
        return f"{text}\n{t(scope.lang, 'reports.summary_late', due=words_due)}"
    return text


def _full(scope: Scope) -> str:
    kind = _kind(scope)
    head = t(scope.lang, "reports.head", number=scope.context["number"], label=label(_period(scope), scope.lang))
    return "\n".join([head, *body(_content(scope), kind, scope.lang)])


def _form(kind: ReportKind) -> Form:
    return Form(
        name=form_name(kind),
        version=1,
        fields=_fields(kind.value),
        title=f"reports.title_{kind.value}",
        summary=_summary,
        full=_full,
        keep=True,
    )


WEEKLY = _form(ReportKind.WEEKLY)
MONTHLY = _form(ReportKind.MONTHLY)
BY_KIND = {ReportKind.WEEKLY: WEEKLY, ReportKind.MONTHLY: MONTHLY}


# --- one question each -------------------------------------------------------------------------------------------------

REASONS = ("customer", "phone", "family", "sick", "forgot")


def _reason_options(scope: Scope) -> Sequence[Option]:
    return [Option(t(scope.lang, f"reports.reason_{name}"), key=f"reports.reason_{name}") for name in REASONS]


def _number_param(scope: Scope) -> dict[str, object]:
    return {"number": scope.context["number"]}


EXCUSE = Form(
    "excuse",
    1,
    (
        Field(
            "reason", "reports.ask_excuse", words(500), options=_reason_options, params=_number_param, free=True
        ),
    ),
    "reports.excuse_title",
)  # fmt: skip


def _answer_params(scope: Scope) -> dict[str, object]:
    return {"name": scope.context["name"], "number": scope.context["number"]}


def _read_answer(raw: str, scope: Scope) -> str:
    """The words; a line that begins with another report's number is meant for that one."""
    found = split_number(raw)
    if found is not None and raw.strip()[:1].upper() in {"W", "M", "\uff37", "\uff2d"}:
        mine = parse_number(str(scope.context["number"]))
        if mine is None or found[0].period != mine.period or not found[0].belongs_to(mine.employee_no):
            raise Invalid("feedback.other_number")
        raw = found[1]
    return words(2000)(clean_text(raw), scope)


ANSWER = Form(
    "feedback", 1, (Field("text", "feedback.ask", _read_answer, params=_answer_params, free=True),), "feedback.title"
)
ASK_BACK = Form(
    "ask_back",
    1,
    (Field("text", "feedback.ask_back", words(2000), params=_number_param, free=True),),
    "feedback.ask_back_title",
)
ADD = Form(
    "add_words", 1, (Field("text", "feedback.ask_add", words(2000), params=_number_param, free=True),),
    "feedback.add_title",
)  # fmt: skip


def _read_when(raw: str, scope: Scope) -> str:
    moments = scan(in_chinese(raw), scope.now)
    for moment in moments:
        if moment.kind is Kind.FUTURE and moment.at is not None:
            return moment.at.isoformat()
    raise Invalid("feedback.when_past" if any(m.kind is Kind.PAST for m in moments) else "feedback.when_unread")


PROMISE = Form("promise", 1, (Field("when", "feedback.ask_when", _read_when),), "feedback.when_title")
