"""One-question forms about a deal: why it goes back, why it is cancelled, what somebody wants to say. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.forms.engine import Field, Form, Option, Scope
from bot.forms.kinds import words
from bot.render.texts import t

LONGEST = 300  # characters


def _offered(*keys: str) -> Callable[[Scope], Sequence[Option]]:
    def options(scope: Scope) -> Sequence[Option]:
        return [Option(t(scope.lang, key), key=key) for key in keys]

    return options


def _about(scope: Scope) -> Mapping[str, object]:
    return {"seller": scope.context.get("seller", ""), "what": scope.context.get("what", "")}


REJECT = Form(
    name="deal_reject",
    version=1,
    title="deals.reject_title",
    fields=(
        Field(
            "reason", "deals.ask_reason", words(LONGEST), params=_about,
            options=_offered("deals.reason_1", "deals.reason_2", "deals.reason_3", "deals.reason_4"),
        ),
    ),
)  # fmt: skip

CANCEL = Form(
    name="deal_cancel",
    version=1,
    title="deals.cancel_title",
    fields=(
        Field(
            "reason", "deals.ask_cancel", words(LONGEST), params=_about,
            options=_offered("deals.cancel_1", "deals.cancel_2", "deals.cancel_3"),
        ),
    ),
)  # fmt: skip

ASK = Form(
    name="deal_ask",
    version=1,
    title="deals.ask_title",
    fields=(Field("text", "deals.ask_question", words(LONGEST), free=True),),
)
