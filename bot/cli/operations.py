"""`waihu check`, `backup` and `restore`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.app import fail, go, settings
from core.store import backup as backups


def check(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Look the installation over: settings, database, key, policy, calendar, queues. 1 when something needs care."""
    findings = go(_check())
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding['ok'] else '!! '} {finding['what']}: {finding['says']}")
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


async def _check() -> list[dict[str, Any]]:
    from bot.cli.database import opened
    from core.store import migrate, people, queues
    from core.store import models as m

    chosen = settings()
    found: list[dict[str, Any]] = []

    def say(what: str, ok: bool, says: str) -> None:
        found.append({"what": what, "ok": ok, "says": says})

    async with opened(chosen) as db:
        different = await migrate.differences(chosen.waihu_database_url, m.metadata)
        say("schema", not different, "as the program expects" if not different else f"{len(different)} differences")
        async with db.snapshot() as tx:
            staff = await people.everybody(tx)
            owner = await people.has_owner(tx)
            bound = await people.bound_ids(tx)
            missing = db.company.calendar.missing_year(tx.today)
            held = await queues.full(tx)
        say("owner", owner, "claimed" if owner else "nobody owns the company: start the bot and use the printed code")
        unbound = len([p for p in staff if p.id not in bound])
        say("people", bool(staff), f"{len(staff)} working, {unbound} not bound" if staff else "no roster was imported")
        say("inbox parked", not held.inbox_parked, str(held.inbox_parked))
        say("outbox dead", not held.outbox_dead, str(held.outbox_dead))
        say("policy", True, f"{chosen.policy_file.name}, {len(db.company.policy.versions)} version(s)")
        say("calendar", missing is None, "known" if missing is None else f"the holidays of {missing} are not known yet")
    mode = chosen.key_file.stat().st_mode & 0o077
    say(
        "key file",
        not mode,
        "readable by its owner alone" if not mode else f"others may read {chosen.key_file}: chmod 600",
    )
    env = Path(".env")
    if env.exists():
        loose = env.stat().st_mode & 0o077
        say(".env", not loose, "readable by its owner alone" if not loose else "others may read it: chmod 600 .env")
    return found


def _file() -> Path:
    file = settings().database_file
    if file is None:
        fail("This installation uses PostgreSQL: back it up with pg_dump (docs/operations.md).")
    return file


def backup(
    folder: Annotated[Path | None, typer.Option("--to", help="Default: WAIHU_BACKUP_DIR.")] = None,
) -> None:
    """Copy the live database and verify the copy. The key file is not inside: keep it apart."""
    from rich.progress import Progress

    source = _file()
    try:
        with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("Backing up", total=1.0)
            made = backups.backup(
                source, folder or Path(settings().waihu_backup_dir), datetime.now(UTC),
                lambda done: bar.update(task, completed=done),
            )  # fmt: skip
    except backups.BackupProblem as problem:
        fail(f"No backup was made: {problem}", code=1)
    except OSError as problem:
        fail(f"No backup was made: {problem.strerror} ({problem.filename})", code=1)
    typer.echo(f"{made} (verified). Keep {settings().key_file} apart from it.")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in the place of the database. Stop the bot first; the present database is kept beside it."""
    target = _file()
    try:
        revision = backups.verify(file)
    except backups.BackupProblem as problem:
        fail(f"{problem}; nothing was changed.")
    typer.echo(f"{file} (schema {revision}) -> {target}")
    if not yes:
        if not sys.stdin.isatty():
            fail("Nothing was changed. Say --yes to restore without being asked.")
        if not typer.confirm("Restore? The bot must be stopped."):
            typer.echo("Nothing was changed.")
            return
    kept = backups.restore(file, target)
    typer.echo("Done." + (f" What was there is kept as {kept}." if kept else ""))
