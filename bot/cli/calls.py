"""`waihu call parse`: what the bot would understand of lines about calls, by the company's policy, without a database."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli import files
from core.rules.calls import OUTCOMES, CallDraft, parse_call
from core.rules.errors import Refusal
from core.rules.outcomes import OutcomeLike
from core.rules.when import HABITS, Habits

call_app = typer.Typer(help="电话记录 / calls", no_args_is_help=True)


@call_app.callback()
def _calls() -> None:
    """电话记录 / calls."""


@call_app.command("parse")
def parse(
    now: Annotated[
        str | None,
        typer.Option(
            help="什么时候打的字,默认现在 / when the lines were typed: 2026-11-21T09:30:00+08:00", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="给程序读 / one JSON object a line")] = False,
) -> None:
    """Read lines from standard input (UTF-8) and print for each that is not empty, in order, what the bot would understand."""
    moment = _moment(now, _zone())
    outcomes, habits = _vocabulary(moment)
    for typed in sys.stdin.buffer.read().decode("utf-8-sig", errors="replace").split("\n"):
        if line := typed.strip():
            draft = parse_call(line, moment, outcomes, habits)
            told = json.dumps(as_record(draft), ensure_ascii=False) if as_json else _told(draft)
            typer.echo(told.encode())  # UTF-8 whatever the locale says


def as_record(draft: CallDraft) -> dict[str, Any]:
    """The outside contract: seven keys, null where nothing was said, `next_contact` ISO with its zone."""
    return {
        "phone": draft.phone,
        "name": draft.name,
        "outcome": draft.outcome,
        "intention": draft.intention,
        "stage": draft.stage,
        "next_contact": draft.next_contact.isoformat() if draft.next_contact else None,
        "note": draft.note,
    }


def _told(draft: CallDraft) -> str:
    """For a person at a terminal: what was understood, then what was not."""
    said = [f"{key}={value}" for key, value in as_record(draft).items() if value is not None]
    said += [f"problem={problem.key}({problem.seen})" for problem in draft.problems]
    if draft.suggestions:
        said.append("maybe=" + "|".join(draft.suggestions))
    return " · ".join(said) or "-"


def _zone() -> ZoneInfo:
    """The company's zone: times are said in it, whatever the machine thinks."""
    from bot.settings import SettingsProblems, read_settings

    try:
        return read_settings().zone
    except SettingsProblems as error:
        files.stop(error.problems)


def _moment(typed: str | None, zone: ZoneInfo) -> datetime:
    """`--now` in the company's zone; written without a zone it is the company's time."""
    if typed is None:
        return datetime.now(zone)
    try:
        moment = datetime.fromisoformat(typed.strip())
        if len(typed.strip()) < len("2026-11-21T09"):
            raise ValueError("a day is no moment")
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        files.stop([f"--now: {typed}? 2026-11-21T09:30:00+08:00"])


def _vocabulary(moment: datetime) -> tuple[tuple[OutcomeLike, ...], Habits]:
    """The outcomes and habits of the policy in force; those of the sample policy before its first day."""
    policy = files.policy_of(files.sample(), files.language(None))
    try:
        calls = policy.on(moment.date()).calls
    except Refusal:
        return OUTCOMES, HABITS
    return tuple(calls.outcomes), Habits(calls.morning, calls.bare_hour_from, calls.bare_hour_to)
