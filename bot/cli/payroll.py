"""`waihu payroll`: a month's pay as an xlsx file for whoever pays it out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import files
from bot.cli.app import go, settings


def payroll(
    month: Annotated[str, typer.Argument(help="2026-10")],
    to: Annotated[Path, typer.Option(help="The file to write: payroll.xlsx")],
    lang: Annotated[str | None, typer.Option("--lang", help="zh, en", show_default=False)] = None,
) -> None:
    """Write the payroll of a month: a summary, and the lines that every figure of it is a formula over."""
    spoken = files.language(lang)
    when = files.month_of(month, spoken)
    if to.suffix != ".xlsx":
        files.stop([f"--to: {to.name} → {to.stem or 'payroll'}.xlsx"])
    locked, people = go(_write(when.key, to, spoken))
    zh = spoken == "zh"
    state = ("已锁定" if locked else "暂计:还没锁定") if zh else ("locked" if locked else "provisional: not locked")
    typer.echo(f"{to}: {when.key} · {people} {'人' if zh else 'people'} · {state}")


async def _write(key: str, to: Path, lang: str) -> tuple[bool, int]:
    from bot.cli.database import opened
    from core.rules.calendar import Month
    from core.usecases import closing, payroll_sheet

    async with opened(settings()) as db:
        async with db.snapshot() as tx:
            found = await closing.read(tx, Month.parse(key))
        to.write_bytes(payroll_sheet.workbook(found, lang))
        to.chmod(0o600)  # everybody's pay
        async with db.transaction() as tx:
            await tx.note(None, "month.exported", f"month:{key}")
    return found.standing.state.closed, len(found.rows)
