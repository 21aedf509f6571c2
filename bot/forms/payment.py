"""Small questions about money that came in: how much, and why it is sent back or taken back. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.forms.engine import Field, Form, Scope
from bot.forms.kinds import words


def _about(scope: Scope) -> Mapping[str, object]:
    return {"what": scope.context.get("what", "")}


PAYMENT = Form(
    name="payment",
    version=1,
    title="payments.title",
    fields=(Field("said", "payments.ask", words(120), params=_about),),
)

REASON = Form(
    name="payment_reason",
    version=1,
    title="payments.reason_title",
    fields=(Field("reason", "payments.ask_reason", words(300), params=_about, free=True),),
)
