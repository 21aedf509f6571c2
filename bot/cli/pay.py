"""`waihu pay preview`: pay from a facts file, by the same rules as the real months, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli import files
from core.rules import wording
from core.rules.errors import Refusal
from core.rules.money import yuan, yuan_short
from core.usecases import preview as previews

pay_app = typer.Typer(help="工资试算 / pay from a facts file", no_args_is_help=True)


@pay_app.callback()
def _pay() -> None:
    """工资试算 / pay from a facts file."""


@pay_app.command("preview")
def preview(
    facts: Annotated[Path, typer.Option(help="facts.json, - = stdin")],
    month: Annotated[str, typer.Option(help="2026-11")],
    policy: Annotated[
        Path | None, typer.Option(help="制度文件,默认 WAIHU_POLICY / the policy file", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="给程序读 / for programs")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh, en", show_default=False)] = None,
) -> None:
    """Compute a month's pay: every line with its rule, what is proposed, and what the rules leave open."""
    spoken = files.language(lang)
    when = files.month_of(month, spoken)
    rules = files.policy_of(policy or files.sample(), spoken)
    known = files.facts_of(facts, spoken)
    try:
        version, priced = previews.preview(rules, files.calendar_of(rules), known, when)
    except previews.FactsErrors as error:
        files.stop(files.told(error.problems, spoken))
    except Refusal as refused:
        files.stop(files.told([previews.no_version(refused)], spoken))
    if as_json:
        typer.echo(json.dumps(previews.answer(version, priced, spoken), ensure_ascii=False, indent=2))
        return
    zh = spoken == "zh"
    table = Table(title=f"{when.key} · {version.name}", title_justify="left")
    heads = ("姓名", "业绩", "底薪", "提成", "分享", "短信", "合计", "提请经理决定")
    names = heads if zh else ("name", "performance", "base", "commission", "shares", "sms", "total", "proposals")
    for n, head in enumerate(names):
        table.add_column(head, justify="right" if 0 < n < 7 else "left")
    for one in priced:
        paid = one.statement
        acts = ", ".join(dict.fromkeys(wording.ACTS[spoken][proposal.act] for proposal in one.proposals))
        figures = (yuan(paid.base), yuan(paid.commission), yuan(paid.shares), yuan(paid.sms), yuan(paid.total))
        table.add_row(one.person.name or one.person.id, yuan_short(paid.performance), *figures, acts)
    Console(markup=False, highlight=False).print(table)
    for one in priced:
        said = [wording.note(note, spoken) for note in one.statement.notes]
        said += dict.fromkeys(wording.reason(proposal, spoken) for proposal in one.proposals)
        for line in said:
            typer.echo(
                f"{one.person.name or one.person.id}:{line}" if zh else f"{one.person.name or one.person.id}: {line}"
            )
