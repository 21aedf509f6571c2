"""Where a network cannot show what a message answers: the report's first line stands in it, under its number."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.port import Message
from bot.render.report_text import short, supervisor_lines
from core.store import reports
from core.store.db import Tx

LENGTH = 60  # characters of the quoted line


async def with_quote(tx: Tx, message: Message, lang: str) -> Message:
    """The message with the first line of the report it speaks of below its own first line; others as they are."""
    kind, _, key = (message.reply_to_subject or "").partition(":")
    report = await reports.by_id(tx, int(key)) if kind == "report" and key.isdigit() else None
    if report is None:
        return message
    lines, _ = supervisor_lines(report.content, report.kind, lang)
    first = next((line for line in lines if line.strip()), "")
    if not first:
        return message
    head, *rest = message.text.split("\n")
    return replace(message, text="\n".join([head, f"「{short(first, LENGTH)}」", *rest]))
