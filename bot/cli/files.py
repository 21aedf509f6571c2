"""What the policy and pay commands share: reading files, and ending with clear lines instead of a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import typer

from core import holidays
from core.rules import policy as rules
from core.rules import wording
from core.rules.calendar import Calendar, Month
from core.rules.policy import Policy, PolicyErrors, Problem
from core.usecases import preview

WRONG_INPUT = 2


def stop(lines: Iterable[str], code: int = WRONG_INPUT) -> NoReturn:
    """Say what is wrong, one line each, and end."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def language(lang: str | None) -> str:
    """The language asked for, else WAIHU_LANG, else Chinese."""
    asked = lang or os.environ.get("WAIHU_LANG") or "zh"
    if asked not in wording.LANGS:
        stop([f"--lang: {asked}? zh, en"])
    return asked


def sample() -> Path:
    """The company's policy by the settings; the sample company's by default."""
    from bot.settings import SettingsProblems, read_settings

    try:
        return read_settings().policy_file
    except SettingsProblems as error:
        stop(error.problems)


def text_of(path: Path, lang: str) -> str:
    """A file's text (`-`: standard input). Ends with 2 when there is none to read."""
    zh = lang == "zh"
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except FileNotFoundError:
        stop([f"没有这个文件:{path}" if zh else f"no such file: {path}"])
    except OSError as error:
        stop([f"打不开 {path}:{error.strerror}" if zh else f"cannot open {path}: {error.strerror}"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        stop([f"{path} 不是 UTF-8 编码的文本" if zh else f"{path} is not text in UTF-8"])


def policy_of(path: Path, lang: str) -> Policy:
    """A policy that must be usable: every problem named, exit 2 otherwise."""
    try:
        return rules.load(text_of(path, lang))
    except PolicyErrors as error:
        stop([f"{path}", *told(error.problems, lang)])


def calendar_of(policy: Policy) -> Calendar:
    """The holiday plan with the policy's own exceptions."""
    return holidays.load(policy.calendar)


def facts_of(path: Path, lang: str) -> preview.Facts:
    """Facts that must be usable; keys without a meaning are said, not fatal."""
    try:
        facts = preview.read_facts(text_of(path, lang))
    except preview.FactsErrors as error:
        stop([f"{path}", *told(error.problems, lang)])
    if strangers := facts.strangers():
        said = "这些键没有用到" if lang == "zh" else "keys without a meaning"
        typer.echo(f"{said}: {', '.join(strangers)}", err=True)
    return facts


def month_of(text: str, lang: str) -> Month:
    """`2026-11`; exit 2 for anything else."""
    try:
        month = Month.parse(text)
        month.next.next.end  # noqa: B018  pay looks ahead; the calendar ends with the year 9999
    except (ValueError, OverflowError):
        stop(told([Problem("--month", "month", {"allowed": "2026-11", "found": text})], lang))
    return month


def told(problems: Iterable[Problem], lang: str) -> list[str]:
    """Problems as indented lines."""
    return [f"  {wording.problem(problem, lang)}" for problem in problems]
