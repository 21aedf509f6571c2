"""Declarative forms, pure: a form is a tuple of fields, a draft is the raw answers (D3).

Back, skip, edit one answer, review and send come once, here and in handlers/form_flow.py. Raw answers are kept and
read again each time, so a draft survives a new version of its form: an answer that no longer reads is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

SKIPPED = ""  # the raw answer of a question that was skipped


class Invalid(Exception):
    """An answer cannot be read; `key` and `params` say what was understood and what is missing.

    `offers` are what may have been meant (就是 50 万 / 是 5,000); they take the place of the question's own options.
    """

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params
        self.offers: tuple[Option, ...] = ()

    def offering(self, offers: Sequence[Option]) -> Invalid:
        """The same with offers."""
        self.offers = tuple(offers)
        return self


@dataclass(frozen=True, slots=True)
class Scope:
    """What a field may know while it reads or asks."""

    now: datetime  # company time, in the company's zone
    lang: str
    context: Mapping[str, Any] = field(default_factory=dict)  # kept with the draft: prefilled figures, choices
    values: Mapping[str, Any] = field(default_factory=dict)  # the answers read so far

    def having(self, values: Mapping[str, Any]) -> Scope:
        """The same with other values."""
        return replace(self, values=values)


@dataclass(frozen=True, slots=True)
class Option:
    """A button that answers a question: `raw` is what it stands for; its label is a text key or a literal.

    `field`: it answers that other field, and the question stays. `pick`: it opens that other field instead.
    """

    raw: str
    key: str = ""
    literal: str = ""
    field: str = ""
    pick: str = ""


def _always(_: Mapping[str, Any]) -> bool:
    return True


def _offered(_: Scope) -> bool:
    return True


def _here(_: str, __: Scope) -> str | None:
    return None


def _no_options(_: Scope) -> Sequence[Option]:
    return ()


def _no_params(_: Scope) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `read(raw, scope)` gives the value or raises Invalid."""

    name: str
    ask: str  # text key of the question
    read: Callable[[str, Scope], Any]
    options: Callable[[Scope], Sequence[Option]] = _no_options
    params: Callable[[Scope], Mapping[str, object]] = _no_params  # of the question's text
    when: Callable[[Mapping[str, Any]], bool] = _always
    optional: bool = False  # asked only when somebody chooses to change it
    skippable: bool = False
    free: bool = False  # takes any text: a `记 …` line here is the answer
    label: str = ""  # text key of its name in the list of answers that can be changed
    elsewhere: Callable[[str, Scope], str | None] = _here  # the field that a typed text answers instead of this one
    offered: Callable[[Scope], bool] = _offered  # may it be changed from the review?
    names: bool = False  # a name or a number is the answer here, readable or not; only `记 …`, `报单 …` are entries
    told: Callable[[Any], str] | None = None  # value -> what was said, in words, where the raw answer is not that
    kept_as: Callable[[Any], str] | None = None  # value -> raw to keep: "yesterday" means another day tomorrow


@dataclass(frozen=True, slots=True)
class Form:
    """Ordered questions. `summary` makes the review text; None sends without a review."""

    name: str
    version: int
    fields: tuple[Field, ...]
    title: str  # text key: what the form is called when it is offered back
    summary: Callable[[Scope], str] | None = None
    full: Callable[[Scope], str] | None = None  # the whole text, on request
    send: str = "form.send"  # text key of the button that sends
    keep: bool = False  # offers to put it aside
    shortcuts: tuple[tuple[str, str], ...] = ()  # (field, text key): changes one tap away from the review

    def __post_init__(self) -> None:
        names = [f.name for f in self.fields]
        if len(set(names)) != len(names):
            raise ValueError(f"form {self.name} has two fields of one name")
        if not {name for name, _ in self.shortcuts} <= set(names):
            raise ValueError(f"form {self.name} has a shortcut to a field it lacks")

    def field(self, name: str) -> Field | None:
        """A field by name."""
        return next((f for f in self.fields if f.name == name), None)

    def read(self, answers: Mapping[str, str], scope: Scope) -> dict[str, Any]:
        """The values so far. An answer that no longer reads is left out, so it is asked again."""
        values: dict[str, Any] = {}
        for f in self.fields:
            if f.name not in answers or not f.when(values):
                continue
            if answers[f.name] == SKIPPED and f.skippable:
                values[f.name] = None
                continue
            with suppress(Invalid):
                values[f.name] = f.read(answers[f.name], scope.having(values))
        return values

    def next(self, answers: Mapping[str, str], scope: Scope) -> Field | None:
        """The first open question; None once the form can be reviewed and sent.

        An optional one is open only when it has an answer that does not read.
        """
        values = self.read(answers, scope)
        for f in self.fields:
            if f.name not in values and f.when(values) and (not f.optional or f.name in answers):
                return f
        return None

    def answer(self, answers: Mapping[str, str], name: str, raw: str, scope: Scope) -> dict[str, str]:
        """The answers with one more. Raises Invalid; the answers given are unchanged."""
        f = self.field(name)
        if f is None:
            raise Invalid("form.gone")
        values = self.read(answers, scope)
        if not (raw == SKIPPED and f.skippable):
            value = f.read(raw, scope.having(values))
            raw = f.kept_as(value) if f.kept_as else raw
        kept = {key: value for key, value in answers.items() if key != name}
        return kept | {name: raw}

    def problem(self, answers: Mapping[str, str], name: str, scope: Scope) -> Invalid | None:
        """Why the answer that is there does not read (a prefilled one, or one from before); None when it does."""
        f = self.field(name)
        if f is None or name not in answers or (answers[name] == SKIPPED and f.skippable):
            return None
        try:
            f.read(answers[name], scope.having(self.read(answers, scope)))
        except Invalid as problem:
            return problem
        return None

    def back(self, answers: Mapping[str, str], scope: Scope) -> dict[str, str]:
        """The answers without the last one that was asked for."""
        values = self.read(answers, scope)
        asked = [f.name for f in self.fields if not f.optional and f.name in values]
        kept = dict(answers)
        if asked:
            kept.pop(asked[-1], None)
        return kept

    def changeable(self, answers: Mapping[str, str], scope: Scope) -> list[Field]:
        """The fields that may be changed from the review, in order."""
        values = self.read(answers, scope)
        return [f for f in self.fields if f.label and f.when(values) and f.offered(scope)]
