"""Hiring somebody in the chat: name, role, team, standing, first day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.forms.kinds import choice
from bot.render.texts import t
from core.rules.names import clean_name
from core.rules.when import parse_day


def _name(raw: str, _: Scope) -> str:
    name = clean_name(raw)
    if len(name) < 2:
        raise Invalid("people.name_short")
    return name


def _roles(scope: Scope) -> Sequence[Option]:
    return [Option(role, f"people.role_{role}") for role in scope.context.get("roles", ())]


def _teams(scope: Scope) -> Sequence[Option]:
    return [Option(str(number), literal=name) for number, name in scope.context.get("teams", ())]


def _standings(_: Scope) -> Sequence[Option]:
    return [Option(s, f"people.status_{s}") for s in ("training", "probation", "regular")]


def _days(scope: Scope) -> Sequence[Option]:
    monday = scope.now.date() + timedelta(days=7 - scope.now.weekday())
    return [Option(scope.now.date().isoformat(), "people.today"), Option(monday.isoformat(), "people.next_monday")]


def _day(raw: str, scope: Scope) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        found = parse_day(raw, scope.now)
    if found is None:
        raise Invalid("people.day_unknown")
    return found.on


def _summary(scope: Scope) -> str:
    v = scope.values
    team = next((name for number, name in scope.context.get("teams", ()) if str(number) == v.get("team")), None)
    return t(
        scope.lang, "people.hire_summary", name=v["name"], role=t(scope.lang, f"people.role_{v['role']}"),
        team=team or scope.context.get("team") or t(scope.lang, "people.no_team"),
        status=t(scope.lang, f"people.status_{v['status']}"), day=v["day"].isoformat(),
    )  # fmt: skip


def _in_a_team(values: object) -> bool:
    return isinstance(values, dict) and values.get("role") in {"clerk", "rep", "supervisor"}


HIRE = Form(
    name="hire",
    version=1,
    title="people.hire_title",
    send="people.hire_send",
    summary=_summary,
    fields=(
        Field("name", "people.ask_name", _name, label="people.label_name"),
        Field("role", "people.ask_role", choice(_roles), options=_roles, label="people.label_role"),
        Field("team", "people.ask_team", choice(_teams), options=_teams, when=_in_a_team, label="people.label_team"),
        Field("status", "people.ask_status", choice(_standings), options=_standings, label="people.label_status"),
        Field("day", "people.ask_day", _day, options=_days, label="people.label_day"),
    ),
)
