"""A team's week in words, which stand under its picture: totals, and whom to speak to."""

from __future__ import annotations

from bot.render.pictures.boards import span_words
from bot.render.texts import t
from core.rules.money import yuan_short
from core.usecases.glance import Answered, Filed, Glance

NAMED = 6  # names in one line


def glance_text(found: Glance, lang: str) -> str:
    """Four lines at most."""
    lines = found.lines
    said = [
        t(lang, "pictures.glance_head", span=span_words(found.week.start, found.week.end, lang), team=found.team),
        t(
            lang, "pictures.glance_totals", dials=f"{sum(line.dials for line in lines):,}",
            connected=f"{sum(line.connected for line in lines):,}", intentions=sum(line.intentions for line in lines),
            count=sum(line.deals for line in lines), amount=yuan_short(sum(line.amount for line in lines)),
        ),
        t(
            lang, "pictures.glance_reports", on_time=found.on_time, due=found.due, answered=found.answered,
            filed=found.filed,
        ),
    ]  # fmt: skip
    if missing := [line.name for line in lines if line.report in {Filed.MISSING, Filed.WAITING}]:
        said.append(t(lang, "pictures.glance_open", names=_names(missing)))
    if waits := [line.name for line in lines if line.answer in {Answered.WAITS, Answered.READ}]:
        said.append(t(lang, "pictures.glance_waits", names=_names(waits)))
    return "\n".join(said)


def _names(names: list[str]) -> str:
    more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
    return " · ".join(names[:NAMED]) + more
