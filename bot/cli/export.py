"""`waihu export`: records as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import fail, go, settings

if TYPE_CHECKING:
    from core.store.db import Tx


class Kind(StrEnum):
    """What can be exported."""

    CALLS = "calls"
    DEALS = "deals"
    PAYMENTS = "payments"
    REPORTS = "reports"
    FEEDBACK = "feedback"
    LEDGER = "ledger"


def export(
    kind: Annotated[Kind, typer.Argument(help="Which records.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line (the only form).")] = False,
    since: Annotated[str | None, typer.Option(help="From this day on, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to and with this day, YYYY-MM-DD.")] = None,
) -> None:
    """Print records, one JSON object a line. Full customer numbers: keep the output safe; the export is audited."""
    del as_json
    span = (_day("--since", since), _day("--until", until))
    if span[0] and span[1] and span[0] > span[1]:
        fail("--since lies after --until.")
    go(_export(kind, span))


def _day(name: str, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        fail(f"{name}: {value!r} is not a day; write 2026-11-20.")


async def _records(kind: Kind, tx: Tx, span: tuple[date | None, date | None]) -> AsyncIterator[dict[str, Any]]:
    from core.store import export as store
    from core.store import ledger
    from core.usecases import reports

    plain = {Kind.CALLS: store.calls, Kind.DEALS: store.deals, Kind.PAYMENTS: store.payments}
    if kind in plain:
        async for row in plain[kind](tx, span):
            yield row
        return
    since = tx.at(span[0], time()) if span[0] else None
    until = tx.at(span[1] + timedelta(days=1), time()) if span[1] else None
    if kind is Kind.LEDGER:
        async for row in ledger.export(tx, since, until):
            yield row
        return
    source_of = reports.export_reports if kind is Kind.REPORTS else reports.export_feedback
    for row in await source_of(tx, since, until):
        yield row


async def _export(kind: Kind, span: tuple[date | None, date | None]) -> None:
    from bot.cli.database import opened

    async with opened(settings()) as db:
        count = 0
        async with db.snapshot() as tx:
            async for row in _records(kind, tx, span):
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
        async with db.transaction() as tx:
            await tx.note(None, "export", f"{kind.value}:{count}")
