"""Which handler answers what. Handlers register themselves; dispatch asks in the order of D3."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.port import Document
from bot.forms.engine import Form
from bot.handlers.context import Ctx, Reply
from core.rules.people import Person
from core.rules.said import as_word

Handler = Callable[[Ctx], Awaitable[Reply]]
Submit = Callable[[Ctx, dict[str, Any], Any], Awaitable[Reply]]
Review = Callable[[Ctx, dict[str, Any], Any], Awaitable[Mapping[str, Any]]]
Line = Callable[[Ctx, str], Awaitable[Reply]]
Receipt = Callable[[Ctx, str], Awaitable[Reply]]
Answer = Callable[[Ctx, int, str], Awaitable[Reply]]
Reader = Callable[[Ctx, Document], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Word:
    """A reserved word: the whole message, or the first word where `takes` says that more may follow."""

    name: str
    handler: Handler
    takes: bool
    private: bool
    group: bool
    allowed: Callable[[Person], bool] | None


@dataclass(frozen=True, slots=True)
class Act:
    """What a button does. A `once` act whose token was used answers with its first outcome."""

    handler: Handler
    allowed: Callable[[Person], bool] | None


class Routes:
    """The registry of one bot."""

    def __init__(self) -> None:
        self.words: dict[str, Word] = {}
        self.actions: dict[str, Act] = {}
        self.forms: dict[str, Form] = {}
        self.submits: dict[str, Submit] = {}
        self.reviews: dict[str, Review] = {}
        self.firsts: list[Line] = []
        self.lines: list[tuple[int, Line]] = []
        self.subjects: dict[str, Answer] = {}
        self.receipts: dict[str, Receipt] = {}
        self.documents: dict[str, Reader] = {}
        self.commands: list[tuple[str, Word]] = []  # in the order of the menu: "/weekly" and its word

    def word(
        self,
        *names: str,
        takes: bool = False,
        private: bool = True,
        group: bool = False,
        menu: bool = True,
        allowed: Callable[[Person], bool] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register reserved words; names that begin with "/" are commands and, with `menu`, appear in the menu."""

        def register(handler: Handler) -> Handler:
            word = Word(names[0], handler, takes, private, group, allowed)
            for name in names:
                key = name.casefold()
                if key in self.words:
                    raise ValueError(f"{name} is registered twice")
                self.words[key] = word
                if menu and name.startswith("/"):
                    self.commands.append((name, word))
            return handler

        return register

    def action(self, *names: str, allowed: Callable[[Person], bool] | None = None) -> Callable[[Handler], Handler]:
        """Register what a button does (`deal.confirm`)."""

        def register(handler: Handler) -> Handler:
            for name in names:
                if name in self.actions:
                    raise ValueError(f"{name} is registered twice")
                self.actions[name] = Act(handler, allowed)
            return handler

        return register

    def submit(self, form: Form) -> Callable[[Submit], Submit]:
        """Register a form and what sending it does: handler(ctx, values, draft)."""

        def register(handler: Submit) -> Submit:
            self.forms[form.name] = form
            self.submits[form.name] = handler
            return handler

        return register

    def review(self, form: Form) -> Callable[[Review], Review]:
        """Register what a form's summary must look up: handler(ctx, values, draft) -> additions to its context."""

        def register(handler: Review) -> Review:
            self.reviews[form.name] = handler
            return handler

        return register

    def receipt(self, form: Form) -> Callable[[Receipt], Receipt]:
        """Register what a second press on an older [发送] shows: handler(ctx, the draft's subject)."""

        def register(handler: Receipt) -> Receipt:
            self.receipts[form.name] = handler
            return handler

        return register

    def first(self, handler: Line) -> Line:
        """Register what is looked at before anything else: a secret must never become an answer to a question."""
        self.firsts.append(handler)
        return handler

    def line(self, order: int) -> Callable[[Line], Line]:
        """Register a one-line entry: handler(ctx, text) answers, or None when the line is not for it."""

        def register(handler: Line) -> Line:
            self.lines.append((order, handler))
            self.lines.sort(key=lambda pair: pair[0])
            return handler

        return register

    def document(self, ending: str) -> Callable[[Reader], Reader]:
        """Register who reads files whose name ends so (`.toml`); the channel says which are fetched."""

        def register(handler: Reader) -> Reader:
            self.documents[ending] = handler
            return handler

        return register

    def reader_of(self, document: Document) -> Reader | None:
        """Who reads this file, if anybody."""
        name = document.name.casefold()
        return next((reader for ending, reader in self.documents.items() if name.endswith(ending)), None)

    def subject(self, *kinds: str) -> Callable[[Answer], Answer]:
        """Register who takes replies to messages that carry `kind:id`."""

        def register(handler: Answer) -> Answer:
            for kind in kinds:
                self.subjects[kind] = handler
            return handler

        return register

    def find_word(self, text: str, *, bot_name: str = "") -> tuple[Word, str] | None:
        """The reserved word a message is, and what follows it."""
        whole = self.words.get(as_word(text))  # "my leave", "待办。": the word is all there is
        if whole is not None:
            return whole, ""
        first, second, behind = (text.split(maxsplit=2) + [""] * 3)[:3]
        named = self.words.get(f"{first} {second}".casefold())
        if named is not None and named.takes:  # what if 8000
            return named, behind
        head, _, rest = text.strip().partition(" ")
        head, _, lines = head.partition("\n")
        rest = (lines + rest).strip()
        name = head.casefold()
        if name.startswith("/"):
            name, _, addressed = name.partition("@")
            if addressed and bot_name and addressed != bot_name.casefold():
                return None
        word = self.words.get(name) or self.words.get(f"/{name}")  # Board: a command without its stroke
        if word is None and rest:
            word = self.words.get(f"/{''.join(as_word(text).split())}")  # "To do" under the typing line
            rest = "" if word else rest
        elif word is None:
            word = self.words.get(f"/{as_word(text)}")
        if word is None or (rest and not word.takes and not name.startswith("/")):
            return None
        return word, rest

    def merge(self, others: Iterable[Routes]) -> Routes:
        """One registry out of several."""
        for other in others:
            self.words |= other.words
            self.actions |= other.actions
            self.forms |= other.forms
            self.submits |= other.submits
            self.reviews |= other.reviews
            self.firsts += other.firsts
            self.lines = sorted([*self.lines, *other.lines], key=lambda pair: pair[0])
            self.subjects |= other.subjects
            self.receipts |= other.receipts
            self.documents |= other.documents
            self.commands += other.commands
        return self


routes = Routes()
