"""Every command in one place. Exit codes: 0 done, 1 a check found problems or the outside failed, 2 wrong input."""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from bot.settings import Settings

# Where each command lives. Only the one that was typed is imported: what the others need takes seconds to load.
ELSEWHERE = {
    "check": ("operations", "check"),
    "roster": ("roster", "roster_app"),
    "policy": ("policy", "policy_app"),
    "pay": ("pay", "pay_app"),
    "payroll": ("payroll", "payroll"),
    "call": ("calls", "call_app"),
    "export": ("export", "export"),
    "backup": ("backups", "backup"),
    "restore": ("backups", "restore"),
    "inbox": ("inbox", "inbox_app"),
}


class Commands(TyperGroup):
    """The commands of this file and those of ELSEWHERE."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the help."""
        return [*super().list_commands(ctx), *ELSEWHERE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        file, name = ELSEWHERE[cmd_name]
        found = getattr(importlib.import_module(f"bot.cli.{file}"), name)
        alone = typer.Typer(add_completion=False, callback=lambda: None)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=cmd_name)
        else:
            alone.command(cmd_name)(found)
        return typer.main.get_group(alone).get_command(ctx, cmd_name)


app = typer.Typer(
    cls=Commands,
    name="waihu",
    help="外呼管家: the chat bot that runs a telesales company's management rules.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db_app = typer.Typer(help="The database.", no_args_is_help=True)


def fail(*lines: str, code: int = 2) -> NoReturn:
    """Say what is wrong, a line each, and leave."""
    for line in lines:
        typer.secho(line, err=True, fg="red" if sys.stderr.isatty() else None)
    raise typer.Exit(code)


def settings(*, channel: bool = False) -> Settings:
    """The settings, or every problem with them and exit 2."""
    from bot.settings import SettingsProblems, read_settings

    try:
        return read_settings(channel=channel)
    except SettingsProblems as problem:
        fail("These settings are missing or wrong (see .env.example):", *(f"  {line}" for line in problem.problems))


def go(work: Coroutine[Any, Any, Any]) -> Any:
    """Run async work; known troubles become one clear line."""
    from sqlalchemy.exc import DBAPIError

    from bot.cli import trouble
    from bot.clock import ClockUnreachable
    from bot.doors import CannotListen
    from bot.one_process import AlreadyRunning
    from bot.upgrading import NoBackup
    from core.rules import wording
    from core.rules.policy import PolicyErrors
    from core.store.migrate import NewerDatabase, UnsoundDatabase
    from core.store.sealed import KeyProblem

    try:
        return asyncio.run(work)
    except KeyProblem as problem:
        fail(f"Key: {problem}")
    except AlreadyRunning as problem:
        fail(f"{problem}. One process serves one SQLite file; several need PostgreSQL (docs/operations.md).")
    except NewerDatabase as problem:
        fail(
            f"The database is newer ({problem}) than this program. Use the newer program, or restore the backup that "
            "was made before the upgrade."
        )
    except UnsoundDatabase as problem:
        fail(
            f"The database is not sound: {problem}. Nothing was changed. Restore the newest backup: waihu restore FILE"
        )
    except NoBackup as problem:
        fail(f"The database was not upgraded, because no backup could be made before it: {problem}", code=1)
    except PolicyErrors as problem:
        fail("The policy file has problems:", *(f"  {wording.problem(p, 'en')}" for p in problem.problems))
    except DBAPIError as problem:
        says, code = trouble.of_database(problem)
        fail(says, code=code)
    except sqlite3.Error as problem:
        says, code = trouble.of_sqlite(problem)
        fail(says, code=code)
    except CannotListen as problem:
        fail(str(problem), code=1)
    except ClockUnreachable as problem:
        fail(f"WAIHU_CLOCK: the clock server does not answer ({problem})", code=1)
    except OSError as problem:
        says, code = trouble.of_system(problem)
        fail(says, code=code)


@app.command()
def run() -> None:
    """Run the bot with the settings of the environment or .env."""
    chosen = settings(channel=True)
    from bot.app import build, quiet_logs
    from core.rules.sounds import sound

    quiet_logs(chosen.waihu_log)

    async def work() -> None:
        bot, advice = await build(chosen)
        for line in advice:
            typer.echo(line, err=True)
        asyncio.get_running_loop().run_in_executor(None, sound, "声")  # its dictionaries load while nobody waits
        await bot.run()

    go(work())


@app.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Forget what was played.")] = False,
    port: Annotated[int, typer.Option(help="The page's port.")] = 9480,
    lang: Annotated[str | None, typer.Option(help="What the company speaks: zh or en.")] = None,
    network: Annotated[
        str, typer.Option(help="Where its people are: telegram, wecom, or mixed (half of them on each).")
    ] = "telegram",
    script: Annotated[
        str | None, typer.Option(help="Without a browser: play this, print it and check it (week).")
    ] = None,
) -> None:
    """Play the demo company in the browser, with its own database, key and port under .demo/."""
    if lang not in {None, "zh", "en"}:
        fail(f"--lang: zh or en, not {lang}")
    from bot.demo.networks import NETWORKS

    on = next((one for one in NETWORKS if one == network), None)
    if on is None:
        fail(f"--network: telegram, wecom or mixed, not {network}")
    from bot.demo.play import end_like_ctrl_c, play

    if script is None:
        end_like_ctrl_c()
        return play(reset=reset, port=port, lang=lang, on=on)
    if script != "week":
        fail(f"--script: there is week, not {script}")
    from bot.demo.script import run_week

    end_like_ctrl_c()
    raise typer.Exit(0 if run_week(lang or "zh", on) else 1)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Migrate the database to this program's schema, after a backup."""
    from bot.upgrading import upgraded
    from core.store import migrate

    chosen = settings()
    before, after = go(upgraded(chosen))
    typer.echo(f"{'empty' if before is None else before} -> {after}" if before != after else f"up to date ({after})")
    if guarded := go(migrate.guard(chosen.waihu_database_url)):
        typer.echo(f"guards put back: {', '.join(guarded)}")


app.add_typer(db_app, name="db")


def main() -> None:
    """The entry point."""
    try:
        app()
    except OSError as problem:  # what is said has nowhere to go: `waihu check > FILE` on a full disk
        from bot.cli import trouble

        says, code = trouble.of_system(problem)
        sys.stderr.write(f"{says}\n")
        sys.exit(code)
