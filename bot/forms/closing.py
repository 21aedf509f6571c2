"""Small questions while a month is closed: why something is decided, why it is locked although something is open."""

from __future__ import annotations

from bot.forms.engine import Field, Form
from bot.forms.kinds import words

DECISION = Form(
    name="closing_decision",
    version=1,
    title="closing.decision_title",
    fields=(
        Field(
            "reason", "closing.ask_reason", words(500), free=True, params=lambda scope: {"what": scope.context["what"]}
        ),
    ),
)

AMOUNT = Form(
    name="closing_amount",
    version=1,
    title="closing.amount_title",
    fields=(Field("amount", "closing.ask_amount", words(20), params=lambda scope: {"what": scope.context["what"]}),),
)

ANYWAY = Form(
    name="closing_anyway",
    version=1,
    title="closing.anyway_title",
    fields=(Field("reason", "closing.ask_anyway", words(500), free=True),),
)
