"""A team's week as a table, for the eyes of those who lead it."""

from __future__ import annotations

from bot.render.pictures.blocks import Block, board, named, note, notes, tile, word
from bot.render.pictures.boards import ROWS, span_words
from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules import ranking
from core.rules.money import yuan_short
from core.usecases.glance import Answered, Filed, Glance, Line

HEADS = ("name", "report", "answer", "dials", "connected", "intentions", "deals", "amount")
WIDTHS = (48, 54, 44, 44, 36, 36, 58)  # of the columns after the name, in proportion
TONES = {
    Filed.ON_TIME: "good", Filed.LATE: "late", Filed.MISSING: "missing", Filed.WAITING: "quiet", Filed.FREE: "quiet",
    Filed.LEAVE: "quiet",
}  # fmt: skip


def pages(found: Glance) -> list[range]:
    """Who stands on which page."""
    return ranking.pages(len(found.lines), ROWS)


def table(found: Glance, page: int, lang: str) -> Drawing:
    """A page of the team, with the whole team's sum under the last one."""
    every = pages(found)
    shown = every[min(max(page, 0), len(every) - 1)] if every else range(0)
    rows = [_row(found.lines[number], lang) for number in shown]
    if rows and shown.stop == len(found.lines):
        rows.append(_sum(found, lang))
    it: Block = {
        "kind": "table", "heads": [t(lang, f"pictures.glance_{head}") for head in HEADS], "widths": list(WIDTHS),
        "rows": rows,
    }  # fmt: skip
    turned = t(lang, "pictures.page", page=every.index(shown) + 1, pages=len(every)) if len(every) > 1 else ""
    return board(
        lang, t(lang, "pictures.glance"), span_words(found.week.start, found.week.end, lang),
        [it if rows else notes([note("", word(t(lang, "pictures.glance_nobody")))])],
        tag=found.team, tiles=_tiles(found, lang), page=turned,
    )  # fmt: skip


def _cell(text: str, tone: str = "good") -> Block:
    return {"text": text, "tone": tone}


def _figure(number: int, text: str = "") -> Block:
    return _cell(text or f"{number:,}", "good" if number else "quiet")


def _row(line: Line, lang: str) -> Block:
    answer = _cell("–", "quiet")
    if line.answer is not None:
        tone = {Answered.DONE: "good", Answered.WAITS: "missing"}.get(line.answer, "late")
        answer = _cell(t(lang, f"pictures.answer_{line.answer.value}"), tone)
    cells = [
        _cell(t(lang, f"pictures.report_{line.report.value}"), TONES[line.report]), answer, _figure(line.dials),
        _figure(line.connected), _figure(line.intentions), _figure(line.deals),
        _figure(line.amount, yuan_short(line.amount)),
    ]  # fmt: skip
    return named(lang, line.name, line.number, cells=cells)


def _sum(found: Glance, lang: str) -> Block:
    lines = found.lines
    figures = [sum(getattr(line, name) for line in lines) for name in ("dials", "connected", "intentions", "deals")]
    amount = sum(line.amount for line in lines)
    cells = [
        _cell(f"{found.on_time}/{found.due}"), _cell(f"{found.answered}/{found.filed}"),
        *(_figure(figure) for figure in figures), _cell(yuan_short(amount), "strong"),
    ]  # fmt: skip
    return {"name": t(lang, "pictures.glance_sum"), "cells": cells, "sum": True}


def _tiles(found: Glance, lang: str) -> list[Block]:
    amount = sum(line.amount for line in found.lines)
    dials = sum(line.dials for line in found.lines)
    return [
        tile(t(lang, "pictures.signed"), yuan_short(amount), accent=True),
        tile(t(lang, "pictures.glance_reports_tile"), f"{found.on_time}/{found.due}"),
        tile(t(lang, "pictures.glance_answers_tile"), f"{found.answered}/{found.filed}"),
        tile(t(lang, "pictures.dials"), f"{dials:,}"),
    ]
