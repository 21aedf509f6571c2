"""`waihu backup` and `waihu restore`: one portable file, whichever database the company lives in."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import fail, go, settings
from core.store import backup as backups
from core.store import retention, sealed, witness

if TYPE_CHECKING:
    from bot.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@contextmanager
def _bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done: bar.update(task, completed=done)


def _told(found: backups.Contents) -> dict[str, Any]:
    return {
        "file": str(found.file),
        "schema": found.revision,
        "made_at": found.made_at.isoformat() if found.made_at else None,
        "source": found.source,
        "rows": found.rows,
        "tables": None if found.tables is None else {name: one.rows for name, one in found.tables.items()},
        "bytes": found.file.stat().st_size,
        "ledger": None if found.ledger is None else {"batch": found.ledger.number, "digest": found.ledger.digest},
    }


def _doubts(found: backups.Contents) -> list[str]:
    """What the ledger's chain in a backup and in the database here say against each other."""
    from sqlalchemy.exc import DBAPIError

    from bot.settings import SettingsProblems, read_settings

    there = None
    if found.ledger is not None:
        # Where there are no settings or no database to ask, the backup speaks for itself.
        with suppress(DBAPIError, OSError, SettingsProblems):
            there = asyncio.run(witness.living(read_settings(channel=False).waihu_database_url, found.ledger))
    return witness.doubts(found.ledger, found.noted, there)


def _warn(doubts: list[str]) -> None:
    for doubt in doubts:
        typer.echo(f"WARNING: {doubt}. Keep this backup and run `waihu check`.", err=True)


# --- backup ---------------------------------------------------------------------------------------------------


def backup(
    folder: Annotated[Path | None, typer.Option("--to", help="Default: WAIHU_BACKUP_DIR.")] = None,
    keep: Annotated[
        str | None, typer.Option(help="Afterwards remove what is older: 30d,12m keeps 30 daily and 12 monthly ones.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option("--verify", help="Make none: check all of this one (of a folder: the newest).")
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="Go on for ever, such as 1h or 30m: where there is no timer (containers).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy the company while it works and verify the copy. The key file is not inside: keep it apart."""
    if check is not None:
        _verify(check, as_json=as_json)
        return
    spans, pause = _spans(keep), _pause(every)
    chosen = settings()
    if pause is None:
        _once(chosen, folder, spans, as_json=as_json)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what is half written is removed on the way out
    while True:
        with suppress(typer.Exit):  # it was said what failed; the next one may succeed
            _once(chosen, folder, spans, as_json=as_json)
        sys.stdout.flush()
        time.sleep(pause)


def _once(chosen: Settings, folder: Path | None, spans: tuple[retention.Keep, ...] | None, *, as_json: bool) -> None:
    began = time.monotonic()
    place = folder or Path(chosen.waihu_backup_dir)
    try:
        with _bar("Backing up") as progress:
            made = go(_make(chosen, place, progress))
    except backups.BackupProblem as problem:
        fail(f"No backup was made: {problem}", code=1)
    noted = go(_note(chosen, made))
    removed = _pruned(place, spans, chosen)
    if as_json:
        told = _told(made) | {"seconds": round(time.monotonic() - began, 1), "removed": [str(one) for one in removed]}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{made.file} (verified). Keep {chosen.key_file} apart from it.")
        for one in removed:
            typer.echo(f"removed {one.name}")
    if not noted:
        typer.echo("The database could not be told of it: /healthz goes by the folder.", err=True)


def _pause(every: str | None) -> float | None:
    """Seconds between two backups."""
    if every is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,3})([smhd])", every)
    if match is None:
        fail(f"--every: {every!r}? Write 1h or 30m: s seconds, m minutes, h hours, d days.")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


async def _make(chosen: Settings, folder: Path, progress: Callable[[float], None]) -> backups.Contents:
    try:
        return await backups.make(chosen.waihu_database_url, folder, datetime.now(UTC), progress)
    except OSError as problem:
        raise backups.BackupProblem(f"{problem.strerror} ({problem.filename})") from problem


def _spans(keep: str | None) -> tuple[retention.Keep, ...] | None:
    try:
        return None if keep is None else retention.parse(keep)
    except ValueError as problem:
        fail(f"--keep: {str(problem)!r}? Write 30d,12m: h hours, d days, w weeks, m months, y years.")


async def _note(chosen: Settings, made: backups.Contents) -> bool:
    from sqlalchemy.exc import DBAPIError

    from core.store import migrate

    if made.revision not in migrate.known():  # a newer program's: it may be copied, not written to
        return False
    try:
        await backups.remember(chosen.waihu_database_url, made)
    except DBAPIError:
        return False
    return True


def _pruned(folder: Path, spans: tuple[retention.Keep, ...] | None, chosen: Settings) -> list[Path]:
    """Remove what no span needs. The one just made is the newest, so it stays."""
    if spans is None:
        return []
    superfluous = retention.superfluous(retention.backups_in(folder), spans, chosen.zone)
    for one in superfluous:
        one.unlink(missing_ok=True)
    return superfluous


def _verify(file: Path, *, as_json: bool) -> None:
    if file.is_dir():
        there = retention.backups_in(file)
        if not there:
            fail(f"{file}: there is no backup in it", code=1)
        file = there[-1][1]
    if not file.is_file():
        fail(f"{file}: there is no such file")
    try:
        with _bar("Checking") as progress:
            found = backups.verify(file, progress)
    except backups.BackupProblem as problem:
        if as_json:
            typer.echo(json.dumps({"file": str(file), "sound": False, "problem": str(problem)}, ensure_ascii=False))
        fail(str(problem), code=1)
    doubts = _doubts(found)
    if as_json:
        typer.echo(json.dumps(_told(found) | {"sound": True, "warnings": doubts}, ensure_ascii=False))
        return
    about = f"schema {found.revision}"
    if found.made_at is not None:
        about += f", {found.rows} rows, made {found.made_at:%Y-%m-%d %H:%M} UTC from {found.source}"
    if found.ledger is not None:
        about += f", ledger sealed up to batch {found.ledger.number} ({found.ledger.digest[:12]})"
    typer.echo(f"{file} is sound ({about}).")
    _warn(doubts)


# --- restore --------------------------------------------------------------------------------------------------


def restore(
    file: Annotated[Path, typer.Argument(help="A backup, of either kind of database.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the database. Stop the bot first; what is there now is kept."""
    chosen = settings()
    try:
        with _bar("Checking") as progress:
            found = backups.verify(file, progress)
    except backups.BackupProblem as problem:
        fail(f"{problem}; nothing was changed.")
    _key_fits(chosen, found)
    if not as_json:
        made = f", made {found.made_at:%Y-%m-%d %H:%M} UTC from {found.source}" if found.made_at else ""
        typer.echo(f"{file} (schema {found.revision}{made}) -> {_shown(chosen)}")
    doubts = _doubts(found)
    _warn(doubts)
    if not yes:
        if not sys.stdin.isatty():
            fail("Nothing was changed. Say --yes to restore without being asked.")
        if not typer.confirm("Restore? The bot must be stopped."):
            typer.echo("Nothing was changed.")
            return
    try:
        done = go(_restore(chosen, file))
    except backups.BackupProblem as problem:
        fail(f"{problem}; nothing was changed.")
    kept = None if done.kept is None else str(done.kept)
    if as_json:
        typer.echo(
            json.dumps(
                {"file": str(file), "schema": done.revision, "kept": kept, "warnings": doubts}, ensure_ascii=False
            )
        )
    else:
        typer.echo("Done." + (f" What was there is kept as {kept}." if kept else ""))


async def _restore(chosen: Settings, file: Path) -> backups.Restored:
    from bot.one_process import AlreadyRunning, take
    from core.store import in_use

    now = datetime.now(UTC)
    database = chosen.database_file
    if database is None and (there := await in_use.who(chosen.waihu_database_url)):
        fail(f"{there}. Stop the bot first; nothing was changed.")
    try:
        alone = take(database, now) if database else None  # no bot can start on it meanwhile
    except AlreadyRunning as problem:
        fail(f"{problem}. Stop the bot first; nothing was changed.")
    try:
        with _bar("Restoring") as progress:
            return await backups.restore(
                file, chosen.waihu_database_url, folder=Path(chosen.waihu_backup_dir), at=now, progress=progress
            )
    finally:
        if alone is not None:
            alone.leave()


def _key_fits(chosen: Settings, found: backups.Contents) -> None:
    """What people typed can only be read with the key that was in use then: a restore without it would be for nothing."""
    if found.key_mark is None:
        return
    if not chosen.key_file.exists():
        fail(f"Key: put the key that belongs to this backup at {chosen.key_file} first; nothing was changed.")
    try:
        ring, _ = sealed.KeyRing.load_or_create(chosen.key_file)
    except sealed.KeyProblem as problem:
        fail(f"Key: {problem}; nothing was changed.")
    if ring.index("waihu", "mark") != found.key_mark:
        fail(f"Key: the key file {chosen.key_file} does not fit this backup; nothing was changed.")


def _shown(chosen: Settings) -> str:
    from sqlalchemy.engine import make_url

    return str(chosen.database_file or make_url(chosen.waihu_database_url).render_as_string(hide_password=True))
