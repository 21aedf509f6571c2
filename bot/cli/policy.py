"""`waihu policy check|explain|preview|schema|propose|export`: the company's rules before they bind anybody."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli import files
from core import holidays
from core.rules import explain as pages
from core.rules import policy as rules
from core.rules import policy_schema, wording
from core.rules.errors import Refusal
from core.rules.gaps import altered, overlooked
from core.rules.money import MINUS, plain, yuan
from core.rules.policy import PolicyErrors, Problem, Version
from core.rules.policy_change import MOST_BYTES
from core.usecases import preview as previews

if TYPE_CHECKING:
    from bot.settings import Settings

policy_app = typer.Typer(
    help="制度文件:检查、说明、试算、提案 / the policy file: check, explain, preview, propose", no_args_is_help=True
)

File = Annotated[Path | None, typer.Argument(help="制度文件,默认 WAIHU_POLICY / the policy file", show_default=False)]
Lang = Annotated[str | None, typer.Option("--lang", help="zh, en", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读 / for programs")]
PROBLEMS_FOUND = 1


@policy_app.command()
def check(
    file: File = None,
    against: Annotated[
        Path | None, typer.Option(help="旧文件:旧版本不许改 / the old file: its versions must stand unchanged")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check a policy file. Exit 0: it can be used (there may be warnings) · 1: problems · 2: no such file."""
    spoken = files.language(lang)
    path = file or files.sample()
    problems: list[Problem] = []
    warnings: list[Problem] = []
    versions: list[str] = []
    text = files.text_of(path, spoken)
    old = files.policy_of(against, spoken) if against else None
    try:
        policy = rules.load(text)
    except PolicyErrors as error:
        problems = error.problems
    else:
        versions = [version.name for version in policy.versions]
        warnings = overlooked(policy, list(holidays.unfinished(policy.calendar)), date.today())  # noqa: DTZ011  the host's
        problems = [
            Problem(f"version[{v.effective_from}]", "altered", {}) for v in (altered(old, policy) if old else [])
        ]
        try:
            holidays.load(policy.calendar)
        except ValueError as error:
            problems.append(Problem("calendar", "other", {"said": str(error)}))
    if as_json:
        told = {
            "ok": not problems,
            "file": str(path),
            "versions": versions,
            "problems": [_row(problem, spoken) for problem in problems],
            "warnings": [_row(warning, spoken) for warning in warnings],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _report(path, versions, problems, warnings, spoken)
    if problems:
        raise typer.Exit(PROBLEMS_FOUND)


def _row(problem: Problem, lang: str) -> dict[str, str]:
    row = {"key": problem.where, "problem": wording.problem(problem, lang), "allowed": problem.allowed}
    return row | ({"source": said} if (said := wording.source(problem)) else {})


def _report(path: Path, versions: list[str], problems: list[Problem], warnings: list[Problem], lang: str) -> None:
    zh = lang == "zh"
    if problems:
        count = len(problems)
        typer.echo(f"{path}:{count} 处要改" if zh else f"{path}: {count} to put right")
    else:
        names = ", ".join(versions)
        typer.echo(f"{path}:可以用。版本 {names}" if zh else f"{path}: can be used. Versions {names}")
    for line in files.told(problems, lang):
        typer.echo(line)
    if warnings:
        typer.echo("请留意(不影响使用):" if zh else "Please note (it can be used as it is):")
    for line in files.told(warnings, lang):
        typer.echo(line)


@policy_app.command()
def explain(
    file: File = None,
    on: Annotated[str | None, typer.Option("--on", help="2026-11-01: 当天有效的版本 / the version in force")] = None,
    lang: Lang = None,
) -> None:
    """The rules as people read them: the newest version, or the one in force on a day."""
    spoken = files.language(lang)
    policy = files.policy_of(file or files.sample(), spoken)
    version = policy.versions[-1]
    if on is not None:
        try:
            version = policy.on(date.fromisoformat(on))
        except ValueError:
            problem = Problem("--on", "date", {"allowed": "2026-11-01", "found": on})
            files.stop(files.told([problem], spoken))
        except Refusal as refused:
            files.stop(files.told([previews.no_version(refused)], spoken))
    typer.echo(pages.as_text(pages.policy(policy, version, spoken)))


@policy_app.command()
def schema(
    to: Annotated[Path | None, typer.Option("--to", help="写进文件 / write it into a file", show_default=False)] = None,
) -> None:
    """The JSON Schema of the policy file: editors complete and check it (first line: #:schema ./policy.schema.json)."""
    from bot.settings import ROOT

    commented = ROOT / "policies" / "sample.toml"
    comments = policy_schema.comments_of(commented.read_text("utf-8")) if commented.exists() else {}
    made = json.dumps(policy_schema.schema(comments), ensure_ascii=False, indent=2)
    if to is None:
        typer.echo(made)
        return
    try:
        to.write_text(made + "\n", "utf-8")
    except OSError as error:
        files.stop([f"{to}: {error.strerror}"])


@policy_app.command()
def preview(
    file: Annotated[Path, typer.Argument(help="新制度 / the new policy")],
    facts: Annotated[Path, typer.Option(help="facts.json, - = stdin")],
    month: Annotated[str, typer.Option(help="2026-11")],
    against: Annotated[
        Path | None, typer.Option(help="现行制度,默认 WAIHU_POLICY / the present policy", show_default=False)
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """The same month under two policies: who gains, who loses, what it costs."""
    spoken = files.language(lang)
    when = files.month_of(month, spoken)
    old = files.policy_of(against or files.sample(), spoken)
    new = files.policy_of(file, spoken)
    known = files.facts_of(facts, spoken)
    try:
        rows = previews.differences(old, new, (files.calendar_of(old), files.calendar_of(new)), known, when)
    except previews.FactsErrors as error:
        files.stop(files.told(error.problems, spoken))
    except Refusal as refused:
        files.stop(files.told([previews.no_version(refused)], spoken))
    cost = sum(row.gain for row in rows)
    if as_json:
        told = {
            "month": when.key,
            "people": {
                row.person.id: {"before": plain(row.before), "after": plain(row.after), "gain": plain(row.gain)}
                for row in rows
            },
            "gainers": sum(row.gain > 0 for row in rows),
            "losers": sum(row.gain < 0 for row in rows),
            "cost": plain(cost),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    zh = spoken == "zh"
    table = Table(title=f"{when.key}", title_justify="left")
    for head in ("姓名", "现行", "新制度", "差") if zh else ("name", "present", "new", "change"):
        table.add_column(head, justify="left" if head in ("姓名", "name") else "right")
    for row in sorted(rows, key=lambda row: row.gain):
        table.add_row(row.person.name or row.person.id, yuan(row.before), yuan(row.after), _signed(row.gain))
    console = Console(markup=False, highlight=False)
    console.print(table)
    up, down = sum(row.gain > 0 for row in rows), sum(row.gain < 0 for row in rows)
    if zh:
        typer.echo(f"{up} 人多,{down} 人少,{len(rows) - up - down} 人不变;公司每月多付 {yuan(cost)}")
    else:
        typer.echo(f"{up} gain, {down} lose, {len(rows) - up - down} unchanged; it costs {yuan(cost)} this month")


@policy_app.command()
def propose(
    file: Annotated[
        Path, typer.Argument(help="末尾加了一个 [[version]] 的文件 / the file with a [[version]] appended")
    ],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Put a new version before the managers: they see what it would do, submit it, and the director confirms it in the
    chat. Exit 1: problems, nothing is proposed."""
    from bot.cli.app import go, settings

    spoken = files.language(lang)
    text = files.text_of(file, spoken)
    if len(text.encode()) > MOST_BYTES:
        files.stop([f"{file}: > {MOST_BYTES // 1024} kB"])
    made = go(_propose(settings(), text))
    if isinstance(made, PolicyErrors):
        if as_json:
            rows = [_row(problem, spoken) for problem in made.problems]
            typer.echo(json.dumps({"ok": False, "problems": rows}, ensure_ascii=False, indent=2))
        else:
            _report(file, [], made.problems, [], spoken)
        raise typer.Exit(PROBLEMS_FOUND)
    number, version = made
    if as_json:
        told = {"ok": True, "proposal": number, "version": version.name, "effective_from": str(version.effective_from)}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif spoken == "zh":
        typer.echo(
            f"{version.effective_from} 起的草案交给经理了(第 {number} 号)。经理在聊天里看过、提交,总经理确认后生效。"
        )
    else:
        typer.echo(
            f"The draft from {version.effective_from} is with the managers (number {number}): they look at it and submit it "
            "in the chat, the director confirms it."
        )


async def _propose(chosen: Settings, text: str) -> tuple[int, Version] | PolicyErrors:
    """The proposal's number and its version; what is wrong with the file."""
    from secrets import token_hex

    from bot.cli.database import opened
    from core.usecases import policy_changes

    async with opened(chosen) as db, db.transaction() as tx:
        try:
            made = await policy_changes.read_file(tx, text)
        except PolicyErrors as error:
            return error
        proposal = await policy_changes.propose(
            tx, None, made, source="command", at=tx.now, at_source="received", once=f"command:{token_hex(8)}"
        )
    return proposal.id, made.version


@policy_app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="写进文件 / write it into a file", show_default=False)] = None,
    lang: Lang = None,
) -> None:
    """The whole policy in force: the file, and after it every version that was confirmed in the chat."""
    from bot.cli.app import go, settings

    spoken = files.language(lang)
    chosen = settings()
    text = files.text_of(chosen.policy_file, spoken)
    known = {version.effective_from for version in files.policy_of(chosen.policy_file, spoken).versions}
    added = [one for day, one in go(_confirmed(chosen)) if day not in known]
    whole = "\n".join([text.rstrip("\n") + "\n", *added])
    if to is None:
        typer.echo(whole, nl=False)
        return
    try:
        to.write_text(whole, "utf-8")
    except OSError as error:
        files.stop([f"{to}: {error.strerror}"])
    count = len(added)
    typer.echo(
        f"{to}:补上 {count} 个在聊天里确认的版本" if spoken == "zh" else f"{to}: {count} confirmed versions added"
    )


async def _confirmed(chosen: Settings) -> list[tuple[date, str]]:
    from bot.cli.database import opened
    from core.store import policies

    async with opened(chosen) as db, db.snapshot() as tx:
        return [(one.effective_from, one.text) for one in reversed(await policies.issued(tx))]


def _signed(fen: int) -> str:
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen).replace("-", MINUS)
