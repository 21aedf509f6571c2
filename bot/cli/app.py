"""Every command in one place. Exit codes: 0 done, 1 a check found problems or the outside failed, 2 wrong input."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, NoReturn

import aiohttp
import typer
from sqlalchemy.exc import DBAPIError

from bot.settings import Settings, SettingsProblems, read_settings
from core.rules import wording
from core.rules.policy import PolicyErrors
from core.store.migrate import NewerDatabase
from core.store.sealed import KeyProblem

app = typer.Typer(
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
    try:
        return read_settings(channel=channel)
    except SettingsProblems as problem:
        fail("These settings are missing or wrong (see .env.example):", *(f"  {line}" for line in problem.problems))


def go(work: Coroutine[Any, Any, Any]) -> Any:
    """Run async work; known troubles become one clear line."""
    try:
        return asyncio.run(work)
    except KeyProblem as problem:
        fail(f"Key: {problem}")
    except NewerDatabase as problem:
        fail(
            f"The database is newer ({problem}) than this program. Use the newer program, or restore the backup that "
            "was made before the upgrade."
        )
    except PolicyErrors as problem:
        fail("The policy file has problems:", *(f"  {wording.problem(p, 'en')}" for p in problem.problems))
    except DBAPIError as problem:
        fail(f"The database does not answer: {type(problem.orig).__name__}", code=1)
    except aiohttp.ClientError as problem:
        fail(f"WAIHU_CLOCK: the clock server does not answer ({type(problem).__name__})", code=1)
    except OSError as problem:
        fail(f"{problem.strerror or problem}: {problem.filename or ''}", code=1)


@app.command()
def run() -> None:
    """Run the bot with the settings of the environment or .env."""
    from bot.app import build, quiet_logs

    chosen = settings(channel=True)
    quiet_logs(chosen.waihu_log)

    async def work() -> None:
        bot, advice = await build(chosen)
        for line in advice:
            typer.echo(line, err=True)
        await bot.run()

    go(work())


@app.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Forget what was played.")] = False,
    port: Annotated[int, typer.Option(help="The page's port.")] = 9480,
) -> None:
    """Play the demo company in the browser, with its own database, key and port under .demo/."""
    from bot.demo.play import play

    play(reset=reset, port=port)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Migrate the database to this program's schema, after a backup."""
    from core.store import migrate

    chosen = settings()
    before, after = go(migrate.upgrade(chosen.waihu_database_url))
    typer.echo(f"{'empty' if before is None else before} -> {after}" if before != after else f"up to date ({after})")


def _mount() -> None:
    from bot.cli import operations
    from bot.cli.calls import call_app
    from bot.cli.export import export
    from bot.cli.pay import pay_app
    from bot.cli.policy import policy_app
    from bot.cli.roster import roster_app

    app.command()(operations.check)
    app.add_typer(db_app, name="db")
    app.add_typer(roster_app, name="roster")
    app.add_typer(policy_app, name="policy")
    app.add_typer(pay_app, name="pay")
    app.add_typer(call_app, name="call")
    app.command()(export)
    app.command()(operations.backup)
    app.command()(operations.restore)


def main() -> None:
    """The entry point."""
    _mount()
    app()
