"""The form engine: raw answers in, the next question or the values out; whatever happened to the form since (D3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms.engine import SKIPPED, Field, Form, Invalid, Option, Scope
from bot.forms.kinds import choice, lines, words
from tests.office import START

SCOPE = Scope(START, "zh")


def number(raw: str, _: Scope) -> int:
    if not raw.isdigit():
        raise Invalid("form.empty")
    return int(raw)


def double(raw: str, scope: Scope) -> int:
    """Depends on an earlier answer."""
    return number(raw, scope) * int(scope.values.get("count", 1))


FORM = Form(
    "test",
    1,
    (
        Field("name", "ask.name", words(10), free=True, label="label.name"),
        Field("count", "ask.count", number, label="label.count"),
        Field("twice", "ask.twice", double, skippable=True, when=lambda v: v.get("count", 0) > 1),
        Field("note", "ask.note", words(5), optional=True, label="label.note"),
    ),
    "title",
    summary=lambda scope: str(dict(scope.values)),
)


def opened(answers: dict[str, str]) -> str | None:
    """The name of the open question."""
    question = FORM.next(answers, SCOPE)
    return question.name if question else None


def test_questions_come_in_order_and_optional_ones_not_at_all() -> None:
    answers: dict[str, str] = {}
    asked = []
    for raw in ("李", "2", "3"):
        asked.append(opened(answers))
        answers = FORM.answer(answers, asked[-1] or "", raw, SCOPE)

    assert asked == ["name", "count", "twice"]
    assert opened(answers) is None
    assert FORM.read(answers, SCOPE) == {"name": "李", "count": 2, "twice": 6}


def test_a_question_that_does_not_apply_is_not_asked() -> None:
    assert opened({"name": "李", "count": "1"}) is None


def test_a_bad_answer_changes_nothing() -> None:
    answers = {"name": "李"}
    with pytest.raises(Invalid):
        FORM.answer(answers, "count", "viele", SCOPE)

    assert answers == {"name": "李"}


def test_a_skipped_question_is_answered_with_nothing_and_only_where_it_may() -> None:
    answers = FORM.answer({"name": "李", "count": "2"}, "twice", SKIPPED, SCOPE)
    assert opened(answers) is None
    assert FORM.read(answers, SCOPE)["twice"] is None
    with pytest.raises(Invalid):
        FORM.answer({}, "name", SKIPPED, SCOPE)


def test_back_takes_the_last_asked_answer_and_at_the_start_nothing() -> None:
    answers = {"name": "李", "count": "2", "note": "x"}
    answers = FORM.back(answers, SCOPE)
    assert answers == {"name": "李", "note": "x"}
    answers = FORM.back(answers, SCOPE)

    assert FORM.back(answers, SCOPE) == answers == {"note": "x"}


def test_a_changed_answer_asks_again_only_what_no_longer_reads() -> None:
    answers = FORM.answer({"name": "李", "count": "2", "twice": "3"}, "count", "1", SCOPE)
    assert opened(answers) is None
    assert "twice" not in FORM.read(answers, SCOPE)  # it does not apply now
    answers = FORM.answer(answers, "count", "5", SCOPE)

    assert FORM.read(answers, SCOPE)["twice"] == 15  # and nothing typed was lost


def test_an_optional_answer_that_no_longer_reads_is_asked_again() -> None:
    answers = {"name": "李", "count": "1", "note": "viel zu lang"}

    assert opened(answers) == "note"
    problem = FORM.problem(answers, "note", SCOPE)
    assert problem is not None
    assert problem.key == "form.too_long"


def test_a_draft_of_an_older_form_is_read_as_far_as_it_goes() -> None:
    """A field came, one went, one became stricter: the person is asked just what is missing."""
    newer = replace(
        FORM,
        version=2,
        fields=(*FORM.fields[:2], Field("team", "ask.team", words()), replace(FORM.fields[3], read=words(1))),
    )
    old = {"name": "李", "count": "2", "twice": "3", "gone": "x", "note": "ab"}

    assert newer.next(old, SCOPE) == newer.field("team")
    assert set(newer.read(old, SCOPE)) == {"name", "count"}
    with pytest.raises(Invalid):
        newer.answer(old, "gone", "x", SCOPE)


def test_what_may_be_changed_is_what_applies_and_has_a_name() -> None:
    assert [f.name for f in FORM.changeable({"name": "李"}, SCOPE)] == ["name", "count", "note"]


def test_kept_as_is_what_is_remembered() -> None:
    form = replace(FORM, fields=(replace(FORM.fields[1], kept_as=lambda value: f"{value:03d}"),), shortcuts=())

    assert form.answer({}, "count", "7", SCOPE) == {"count": "007"}


@pytest.mark.parametrize("fields", [(FORM.fields[0], FORM.fields[0]), FORM.fields[:1]])
def test_a_form_that_contradicts_itself_is_not_made(fields: tuple[Field, ...]) -> None:
    with pytest.raises(ValueError, match="form test"):
        replace(FORM, fields=fields, shortcuts=(("count", "key"),))


RAW = st.one_of(st.sampled_from(["李", "2", "1", "3", SKIPPED, "viel zu lang für hier"]), st.text(max_size=12))


@given(st.lists(st.tuples(st.sampled_from(["answer", "back"]), st.sampled_from([f.name for f in FORM.fields]), RAW)))
def test_no_order_of_answers_breaks_a_form(steps: list[tuple[str, str, str]]) -> None:
    answers: dict[str, str] = {}
    for kind, name, raw in steps:
        before = dict(answers)
        if kind == "back":
            answers = FORM.back(answers, SCOPE)
            assert set(answers) <= set(before)
            continue
        try:
            answers = FORM.answer(answers, name, raw, SCOPE)
        except Invalid:
            assert answers == before
        else:
            assert {k: v for k, v in answers.items() if k != name} == {k: v for k, v in before.items() if k != name}
    values = FORM.read(answers, SCOPE)
    question = FORM.next(answers, SCOPE)

    assert set(values) <= set(answers)
    assert question is None or question.name not in values


# --- kinds of answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "value"), [(" 好 ", "好"), ("a" * 10, "a" * 10), ("🙂", "🙂")])
def test_words_are_trimmed(raw: str, value: str) -> None:
    assert words(10)(raw, SCOPE) == value


@pytest.mark.parametrize(("raw", "key"), [("", "form.empty"), (" \n", "form.empty"), ("a" * 11, "form.too_long")])
def test_words_that_are_none_or_too_many_are_said_so(raw: str, key: str) -> None:
    with pytest.raises(Invalid) as raised:
        words(10)(raw, SCOPE)
    assert raised.value.key == key


def test_lines_lose_their_bullets_and_empty_ones_are_no_items() -> None:
    assert lines()("- 回访 20 个\n\n• 约访 4 家\n· 签 2 单", SCOPE) == ["回访 20 个", "约访 4 家", "签 2 单"]


@pytest.mark.parametrize(
    ("raw", "key"), [("\n", "form.empty"), ("a\n" * 11, "form.too_many_lines"), ("a" * 201, "form.too_long")]
)
def test_lines_have_their_limits(raw: str, key: str) -> None:
    with pytest.raises(Invalid) as raised:
        lines()(raw, SCOPE)
    assert raised.value.key == key


OPTIONS = [Option("own", literal="自拓"), Option("sms", literal="短信"), Option("x", literal="别的", pick="name")]


@pytest.mark.parametrize(("raw", "value"), [("own", "own"), ("自拓", "own"), ("2", "sms"), (" 短信 ", "sms")])
def test_a_choice_is_its_word_its_number_or_what_it_stands_for(raw: str, value: str) -> None:
    assert choice(lambda _: OPTIONS)(raw, SCOPE) == value


@pytest.mark.parametrize("raw", ["", "3", "0", "别的", "自", "own "[:2]])
def test_anything_else_is_answered_with_the_choices(raw: Any) -> None:
    with pytest.raises(Invalid) as raised:
        choice(lambda _: OPTIONS)(raw, SCOPE)
    assert raised.value.params == {"options": "自拓 / 短信"}
