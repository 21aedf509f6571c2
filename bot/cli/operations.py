"""`waihu check`: the installation looked over. Every finding says what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import go, settings
from core.store.retention import backups_in

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.rules.ledger import Flaw
    from core.store.closed_books import Repriced
    from core.store.vitals import Vitals

LATEST_JOB = timedelta(minutes=5)  # by the company's clock; a job is settled within seconds
OLDEST_BACKUP = timedelta(hours=26)  # reliability, section 4
SPARE = 256 << 20  # bytes that should be free whatever the size of the database


def check(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Look the installation over: settings, database, key, policy, calendar, queues, backups, disk; try what is set up
    of WeCom. 1 when something needs care."""
    findings = go(_check())
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding['ok'] else '!! '} {finding['what']}: {finding['says']}")
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


async def _check() -> list[dict[str, Any]]:
    from bot.cli import wecom_check
    from bot.cli.database import opened
    from bot.jobs import registry
    from bot.jobs.runner import Runner
    from core.rules.webhooks import address_of
    from core.store import closed_books, facts, ledger, migrate, people, vitals, webhooks, witness
    from core.store import models as m

    chosen = settings()
    found: list[dict[str, Any]] = []

    def say(what: str, ok: bool, says: str) -> None:
        found.append({"what": what, "ok": ok, "says": says})

    async with opened(chosen) as db:
        different = await migrate.differences(chosen.waihu_database_url, m.metadata)
        wrong = f"{len(different)} differences: restore a backup, or ask for help with `waihu check --json`"
        say("schema", not different, "as the program expects" if not different else wrong)
        bare = await migrate.unguarded(chosen.waihu_database_url)
        say("triggers", not bare, f"{len(bare)} missing ({', '.join(bare)}): waihu db upgrade" if bare else "in place")
        async with db.snapshot() as tx:
            staff = await people.everybody(tx)
            owner = await people.has_owner(tx)
            bound = await people.bound_ids(tx)
            missing = db.company.calendar.missing_year(tx.today)
            seen = await vitals.vitals(tx)
            dead = await vitals.dead_by_reason(tx)
            flaws = await ledger.flaws(tx)
            closed = await closed_books.disagreements(tx)
            repriced = await closed_books.repriced(tx)
            hooks = await webhooks.addresses(tx)
            alive = await facts.get(tx, "alive")  # by the company's clock, as far as the bot has followed it
            overdue = await Runner(db, registry.jobs).overdue(tx)
        say("ledger", not flaws, _torn(flaws) or "every entry balances, the chain is whole")
        say("closed months", not closed, _torn(closed) or "payslips, the book and what is locked agree")
        say("policy of closed months", not repriced, _repriced(repriced))
        doubts = await witness.beside_newest(Path(chosen.waihu_backup_dir), chosen.waihu_database_url)
        say("ledger in the newest backup", not doubts, "; ".join(doubts) or "nothing that it sealed is gone or changed")
        say("owner", owner, "claimed" if owner else "nobody owns the company: start the bot and use the printed code")
        unbound = len([p for p in staff if p.id not in bound])
        nobody = "no roster was imported: waihu roster template, then waihu roster import"
        say("people", bool(staff), f"{len(staff)} working, {unbound} not bound" if staff else nobody)
        say("inbox parked", not seen.inbox_parked, _parked(seen.inbox_parked))
        say("outbox dead", not dead, _dead(dead))
        say("leases", True, _leases(seen))
        say("jobs", *_jobs(overdue, datetime.fromisoformat(alive) if alive else None))
        say("policy", True, f"{chosen.policy_file.name}, {len(db.company.policy.versions)} version(s)")
        unknown = f"the holidays of {missing} are not known: [calendar.{missing}] in the policy (docs/operations.md)"
        say("calendar", missing is None, "known" if missing is None else unknown)
    setting = address_of(chosen.wecom_group_webhook)
    hooks += [setting] if setting is not None and setting not in hooks else []
    held = {one.channel for one in seen.leases if one.held}
    for finding in await wecom_check.findings(chosen, held, hooks):
        say(*finding)
    say("backup", *_backup(chosen, seen, datetime.now(UTC)))
    for place, needs in _places(chosen):
        say("disk", *_room(place, needs))
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


def _torn(flaws: Sequence[Flaw]) -> str:
    if not flaws:
        return ""
    return f"{len(flaws)} flaws, the first: {flaws[0].where} {flaws[0].what}: compare with a backup"


def _repriced(found: Sequence[Repriced]) -> str:
    if not found:
        return "the versions that priced them stand in the file"
    first = found[0]
    now = f"{first.now}, which was edited since," if first.altered else first.now or "no version"
    return (
        f"{len(found)} would be priced otherwise, first {first.month.key}: by {first.version} then, by {now} now; put the old "
        "versions back and append new ones after the closed months"
    )


def _parked(count: int) -> str:
    if not count:
        return "0"
    return f"{count} failed three times: waihu inbox list says why; waihu inbox retry --all once it is mended"


def _dead(reasons: dict[str, int]) -> str:
    if not reasons:
        return "0"
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    return f"{told} in the last seven days: they are not sent again; the log of the bot has their ids"


def _jobs(overdue: dict[str, datetime], alive: datetime | None) -> tuple[bool, str]:
    """What the bot has lived past without settling it. What fell due while it was away is settled when it comes back."""
    late = {name: slot for name, slot in overdue.items() if alive is not None and alive - slot > LATEST_JOB}
    if not late:
        return True, "none is late"
    first = min(late, key=late.__getitem__)
    return False, f"{len(late)} late, the first: {first} of {late[first]:%Y-%m-%d %H:%M}: the bot's log says what fails"


def _leases(seen: Vitals) -> str:
    held = [f"{one.channel} by {one.holder}" for one in seen.leases if one.held]
    return ", ".join(held) if held else "nobody receives: the bot is not running"


def _backup(chosen: Settings, seen: Vitals, now: datetime) -> tuple[bool, str]:
    """Whether the newest verified backup is young enough. None at all is for the company to decide."""
    there = [at for at, _ in backups_in(Path(chosen.waihu_backup_dir))]
    newest = max([*there, *([seen.backup_at] if seen.backup_at else [])], default=None)
    if newest is None:
        return True, "none yet: waihu backup makes one, a timer every hour (docs/operations.md)"
    age = now - newest
    said = f"the newest verified one is {int(age.total_seconds() // 3600)} hours old"
    return (
        age <= OLDEST_BACKUP,
        said if age <= OLDEST_BACKUP else f"{said}: run waihu backup, and see why the timer did not",
    )


def _places(chosen: Settings) -> list[tuple[Path, int]]:
    """Where there must be room, and how many bytes: a restore needs the database once more, a backup too."""
    file = chosen.database_file
    size = file.stat().st_size if file is not None and file.exists() else 0
    places = [(file.absolute().parent, size)] if file is not None else []
    backups = Path(chosen.waihu_backup_dir)
    if backups.is_dir():
        newest = [path.stat().st_size for _, path in backups_in(backups)[-1:]]
        places.append((backups.absolute(), max([size, *newest])))
    return places


def _room(place: Path, needs: int) -> tuple[bool, str]:
    free = shutil.disk_usage(place).free
    wanted = 2 * needs + SPARE
    said = f"{free >> 20} MiB free at {place}"
    return free >= wanted, said if free >= wanted else f"{said}, {wanted >> 20} should be: make room or prune backups"
