"""Small questions about pay: what if, and a doubt."""

from __future__ import annotations

from bot.forms.engine import Field, Form, Option, Scope
from bot.forms.kinds import words


def _amounts(_: Scope) -> list[Option]:
    return [Option("3000", literal="3,000"), Option("5000", literal="5,000"), Option("8000", literal="8,000")]


WHAT_IF = Form(
    name="what_if",
    version=1,
    title="pay.if_title",
    fields=(Field("deal", "pay.if_ask", words(60), options=_amounts),),
)

DOUBT = Form(
    name="pay_doubt",
    version=1,
    title="pay.doubt_title",
    fields=(Field("text", "pay.doubt_ask", words(500), free=True),),
)
