"""Whom an entry is for, when the name was not recognised. What was to be entered is kept in the context. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.forms.engine import Field, Form, Scope
from bot.forms.kinds import words


def _name(scope: Scope) -> Mapping[str, object]:
    return {"name": scope.context["name"]}


PROXY = Form(
    name="proxy",
    version=1,
    title="calls.proxy_form",
    fields=(Field("who", "calls.proxy_unknown", words(32), params=_name),),
)
