"""Small questions about pay: what if, a doubt, and what is said about it."""

from __future__ import annotations

from bot.forms.engine import Field, Form, Option, Scope
from bot.forms.kinds import words


def _amounts(_: Scope) -> list[Option]:
    return [Option("3000", literal="3,000"), Option("5000", literal="5,000"), Option("8000", literal="8,000")]


def _about(scope: Scope) -> dict[str, object]:
    return {"about": str(scope.context["about"])}


WHAT_IF = Form(
    name="what_if",
    version=1,
    title="pay.if_title",
    fields=(Field("deal", "pay.if_ask", words(60), options=_amounts),),
)

# The context of the three below: `about`, what is disputed in words. A doubt's subject is month, line and deal; those
# of the others begin with the dispute's id.
DOUBT = Form(
    name="pay_doubt",
    version=2,
    title="disputes.title",
    fields=(Field("text", "disputes.ask", words(500), params=_about, free=True),),
)

ACCEPTING = Form(
    name="dispute_accept",
    version=1,
    title="disputes.ruling_title",
    fields=(Field("text", "disputes.ask_accept", words(500), params=_about, free=True),),
)

DECLINING = Form(
    name="dispute_decline",
    version=1,
    title="disputes.ruling_title",
    fields=(Field("text", "disputes.ask_decline", words(500), params=_about, free=True),),
)

WORD = Form(
    name="dispute_word",
    version=1,
    title="disputes.title",
    fields=(Field("text", "disputes.ask_word", words(500), params=_about, free=True),),
)
