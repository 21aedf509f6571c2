"""`waihu inbox`: updates that could not be handled. Ids and kinds of errors, never what somebody typed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import fail, go, settings

if TYPE_CHECKING:
    from core.store.db import Tx
    from core.store.parked import Parked

    Change = Callable[[Tx, Sequence[int]], Awaitable[list[int]]]

inbox_app = typer.Typer(help="Updates that failed three times and were parked.", no_args_is_help=True)
Ids = Annotated[list[int] | None, typer.Argument(help="Ids, as `waihu inbox list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="All that are parked.")]


@inbox_app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Which updates are parked, since when and why."""
    rows, zone = go(_list())
    told = [
        {
            "id": row.id,
            "channel": row.channel,
            "received_at": row.received_at.astimezone(zone).isoformat(timespec="seconds"),
            "error": row.error,
        }
        for row in rows
    ]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in told:
        typer.echo(f"{row['id']}  {row['channel']}  {row['received_at']}  {row['error'] or ''}")
    if told:
        typer.echo("After an upgrade that mends it: waihu inbox retry --all. To give one up: waihu inbox forget ID.")
    else:
        typer.echo("Nothing is parked.")


async def _list() -> tuple[list[Parked], Any]:
    from bot.cli.database import opened
    from core.store import parked

    async with opened(settings()) as db, db.snapshot() as tx:
        return await parked.every(tx), db.company.zone


@inbox_app.command("retry")
def retry(ids: Ids = None, everything: All = False) -> None:
    """Hand parked updates to the bot once more: after an upgrade, or after the trouble behind them is over."""
    from core.store import parked

    _change(parked.retry, ids, everything, "goes to the bot once more")


@inbox_app.command("forget")
def forget(ids: Ids = None, everything: All = False) -> None:
    """Give parked updates up: what was typed is erased. Whoever does so asks the sender to say it again."""
    from core.store import parked

    _change(parked.forget, ids, everything, "is forgotten")


def _change(act: Change, ids: list[int] | None, everything: bool, said: str) -> None:
    if bool(ids) == everything:
        fail("Which? Give ids (waihu inbox list shows them), or --all.")
    changed, unknown = go(_changed(act, ids))
    if unknown:
        fail(f"Not parked: {', '.join(map(str, unknown))}. Nothing was changed.")
    for row_id in changed:
        typer.echo(f"{row_id} {said}")
    if not changed:
        typer.echo("Nothing is parked.")


async def _changed(act: Change, ids: list[int] | None) -> tuple[list[int], list[int]]:
    from bot.cli.database import opened
    from core.store import parked

    async with opened(settings()) as db, db.transaction() as tx:
        known = [row.id for row in await parked.every(tx)]
        wanted = sorted(set(known if ids is None else ids))
        unknown = [row_id for row_id in wanted if row_id not in known]
        return ([], unknown) if unknown else (await act(tx, wanted), [])
