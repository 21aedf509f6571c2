"""`waihu roster`: the company's people from a file, and their invites."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import fail, go, settings
from core.usecases import roster_file
from core.usecases.roster_file import RosterProblems

if TYPE_CHECKING:
    from core.usecases import roster

roster_app = typer.Typer(help="The company's people: a template, an import, invites.", no_args_is_help=True)


@roster_app.command("template")
def template(
    file: Annotated[Path, typer.Argument(help="Where to write it: .xlsx or .csv")] = Path("roster.xlsx"),
) -> None:
    """Write an example roster to fill in."""
    if file.exists():
        fail(f"{file} is there already; nothing was changed.")
    try:
        roster_file.template(file)
    except OSError as problem:
        fail(f"{file}: {problem.strerror}")
    typer.echo(f"{file} written. Fill it in, then: waihu roster import {file}")


@roster_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="xlsx, or csv in UTF-8 or GB18030")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Add and update people. Shows first what will change; never deletes anybody."""
    try:
        entries = roster_file.read(file)
    except RosterProblems as problem:
        fail("The roster was not imported; nothing was changed:", *(f"  {line}" for line in problem.problems))
    go(_import(entries, yes=yes))


async def _import(entries: list[roster_file.Entry], *, yes: bool) -> None:
    from bot.cli.database import opened
    from core.usecases import roster

    async with opened(settings()) as db, db.transaction() as tx:
        try:
            made = await roster.plan(tx, entries)
        except RosterProblems as problem:
            fail("The roster was not imported; nothing was changed:", *(f"  {line}" for line in problem.problems))
        _show(made)
        if not made.new and not made.changed:
            typer.echo("Nothing to change.")
            return
        if not yes:
            if not sys.stdin.isatty():
                fail("Nothing was changed. Say --yes to import without being asked.")
            if not typer.confirm("Import?"):
                typer.echo("Nothing was changed.")
                return
        await roster.apply(tx, made)
    typer.echo(f"Done: {len(made.new)} new, {len(made.changed)} changed, {made.same} as before.")


def _show(made: roster.Plan) -> None:
    for name in made.teams:
        typer.echo(f"+ team {name}")
    for change in made.new:
        entry = change.entry
        typer.echo(f"+ {entry.employee_no} {entry.name} {entry.role.value} {entry.team or '-'}")
    for change in made.changed:
        typer.echo(f"~ {change.entry.employee_no} {change.entry.name}: {'; '.join(change.what)}")
    if made.missing:
        numbers = ", ".join(p.employee_no for p in made.missing[:10])
        more = f" and {len(made.missing) - 10} more" if len(made.missing) > 10 else ""
        typer.echo(f"  {len(made.missing)} not in the file stay as they are: {numbers}{more}")


@roster_app.command("invite")
def invite(
    numbers: Annotated[list[str] | None, typer.Argument(help="Employee numbers.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody who is not bound yet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make one-time codes (72 hours). They are shown once: only their hash is kept."""
    if not everybody and not numbers:
        fail("Whom? Give employee numbers, or --all for everybody who is not bound yet.")
    rows = go(_invite(numbers or [], everybody=everybody, quiet=as_json or not sys.stderr.isatty()))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['employee_no']}  {row['name']}  {row['code']}  {row['telegram_link'] or ''}")
    if not rows:
        typer.echo("Everybody is bound already.")


async def _invite(numbers: list[str], *, everybody: bool, quiet: bool) -> list[dict[str, Any]]:
    from rich.progress import track

    from bot.cli.database import opened
    from core.store import facts, people
    from core.usecases import joining

    async with opened(settings()) as db, db.transaction() as tx:
        name = await facts.get(tx, "telegram.username")
        staff = await people.everybody(tx)
        if everybody:
            bound = await people.bound_ids(tx)
            chosen = [p for p in staff if p.id not in bound]
        else:
            known = {p.employee_no: p for p in staff}
            unknown = [number for number in numbers if number not in known]
            if unknown:
                fail(f"Nobody working here has the number {', '.join(unknown)}; no code was made.")
            chosen = [known[number] for number in numbers]
        rows: list[dict[str, Any]] = []
        for person in track(chosen, "Inviting", disable=quiet, transient=True):
            code, expires = await joining.invite(tx, person.id, None)
            rows.append(
                {
                    "employee_no": person.employee_no,
                    "name": person.name,
                    "code": code,
                    "telegram_link": f"https://t.me/{name}?start={code}" if name else None,
                    "expires_at": expires.astimezone(db.company.zone).isoformat(timespec="seconds"),
                }
            )
        return rows
