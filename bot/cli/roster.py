"""`waihu roster`: the company's people from a file, and their invites."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import fail, go, settings
from bot.cli.files import language
from core.usecases import roster_file
from core.usecases.roster_file import RosterProblems

if TYPE_CHECKING:
    from bot.render.pictures.invites import Invite
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
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Write a PDF to print and cut: A4, team by team.")
    ] = None,
    qr: Annotated[Path | None, typer.Option("--qr", help="Write one QR picture a person into this folder.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="The sheet's language: zh or en.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make one-time codes (72 hours). They are shown once: only their hash is kept."""
    if not everybody and not numbers:
        fail("Whom? Give employee numbers, or --all for everybody who is not bound yet.")
    speaks = language(lang)
    _writable(sheet, qr)  # before codes are made: an older code ends when a new one is
    quiet = as_json or not sys.stderr.isatty()
    made = go(_invite(numbers or [], everybody=everybody, quiet=quiet))
    if made and sheet is not None:
        _write_sheet(sheet, made, speaks)
    if made and qr is not None:
        _write_codes(qr, made)
    if as_json:
        typer.echo(json.dumps([_row(invite) for invite in made], ensure_ascii=False))
        return
    for one in made:
        typer.echo(f"{one.number}  {one.name}  {one.code}  {one.link or ''}")
    if not made:
        typer.echo("Everybody is bound already.")
    if made and sheet is not None:
        typer.echo(f"{sheet} written: {len(made)} to cut out.")
    if made and qr is not None and made[0].link is not None:
        typer.echo(f"{len(made)} pictures in {qr}.")


def _row(one: Invite) -> dict[str, Any]:
    """The contract's row."""
    return {
        "employee_no": one.number,
        "name": one.name,
        "code": one.code,
        "telegram_link": one.link,
        "expires_at": one.expires_at.isoformat(timespec="seconds"),
    }


def _writable(sheet: Path | None, qr: Path | None) -> None:
    """Refuse what could not be written, while nothing has changed yet."""
    if sheet is not None and sheet.suffix.lower() != ".pdf":
        fail(f"--sheet {sheet}: give a name that ends in .pdf")
    for place in (sheet.parent if sheet is not None else None, qr):
        if place is None:
            continue
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            fail(f"{place}: {problem.strerror}")
        if not os.access(place, os.W_OK):
            fail(f"{place}: not writable")
    if sheet is not None and (sheet.is_dir() or (sheet.exists() and not os.access(sheet, os.W_OK))):
        fail(f"{sheet}: not writable")


def _write_sheet(file: Path, made: list[Invite], lang: str) -> None:
    from bot.render.pictures import drawing, invites

    drawing.use(settings().waihu_fonts_dir)
    try:
        pages = drawing.press().typeset(invites.sheet(made, lang), "pdf")
        file.write_bytes(pages[0])
        file.chmod(0o600)  # the codes on it open the chat
    except (drawing.CannotDraw, OSError) as problem:
        typer.echo(f"The sheet could not be written ({problem}); the codes below are good all the same.", err=True)
    if made[0].link is None:
        _say_why_no_qr()


def _write_codes(folder: Path, made: list[Invite]) -> None:
    from bot.render.pictures import qr

    for one in made:
        if one.link is None:
            _say_why_no_qr()
            return
        file = folder / f"{_file_name(one.number)}.png"
        try:
            file.write_bytes(qr.png(one.link))
            file.chmod(0o600)
        except OSError as problem:
            typer.echo(f"{file}: {problem.strerror}; the codes below are good all the same.", err=True)
            return


def _say_why_no_qr() -> None:
    typer.echo("The bot's name is not known yet (run it once): codes without QR.", err=True)


def _file_name(number: str) -> str:
    """An employee number as a file's name: nothing in it leads elsewhere."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in number) or "_"


async def _invite(numbers: list[str], *, everybody: bool, quiet: bool) -> list[Invite]:
    from rich.progress import track

    from bot.cli.database import opened
    from bot.render.pictures.invites import Invite
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
        made: list[Invite] = []
        for person in track(chosen, "Inviting", disable=quiet, transient=True):
            code, expires = await joining.invite(tx, person.id, None)
            link = f"https://t.me/{name}?start={code}" if name else None
            at = expires.astimezone(db.company.zone)
            made.append(Invite(person.name, person.employee_no, person.role.value, person.team, code, link, at))
        return made
