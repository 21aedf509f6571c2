"""Calls in words: who, what came of it, which contact, when next, the figures of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from fractions import Fraction

from bot.render.texts import catalogue, known, t
from core.rules.calendar import day_zh, when_zh
from core.rules.money import percent_floor
from core.rules.outcomes import OutcomeLike
from core.rules.phones import mask
from core.rules.tallies import Tally

WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SPOKEN = ("no_answer", "callback", "dnc")  # outcomes that people call otherwise than the list does
NOTE_SHOWN = 60  # characters


def who(name: str | None, phone: str | None, lang: str) -> str:
    """`李总 138****8000`: never more of the number."""
    parts = [part for part in (name, mask(phone) if phone else None) if part]
    return " ".join(parts) or t(lang, "calls.somebody")


def outcome_label(outcome: OutcomeLike, lang: str) -> str:
    """What an outcome's button says: 没接 rather than 未接, as long as the company knows that word."""
    spoken = catalogue(known(lang)).get(f"calls.say_{outcome.code}") if outcome.code in SPOKEN else None
    if spoken and (spoken in outcome.words or known(lang) != "zh"):
        return spoken
    return outcome.en if known(lang) == "en" else outcome.zh


def outcome_words(outcomes: Iterable[OutcomeLike], code: str | None, intention: int | None, lang: str) -> str:
    """`有意向 70%`; an outcome the policy no longer knows is shown by its code."""
    if code is None:
        words = t(lang, "calls.outcome_open")
    else:
        found = next((o for o in outcomes if o.code == code), None)
        words = code if found is None else found.en if known(lang) == "en" else found.zh
    return words if intention is None else f"{words} {intention}%"


def stage_words(stage: int, lang: str) -> str:
    """陌开, 回访1, 回访2 …"""
    return t(lang, "calls.stage_cold") if stage == 0 else t(lang, "calls.stage_again", n=stage)


def contact_words(stage: int, lang: str, *, connected: bool, reached: int) -> str:
    """`回访2(第 3 次联系)`; a call that reached nobody says how often somebody was reached before."""
    words = stage_words(stage, lang)
    if connected:
        return t(lang, "calls.stage_nth", stage=words, n=max(stage, reached) + 1)
    return t(lang, "calls.stage_tried", stage=words, n=max(stage, reached)) if max(stage, reached) else words


def day_words(day: date, lang: str) -> str:
    """`11-24 周二`, `Tue 11-24`."""
    return day_zh(day) if known(lang) == "zh" else f"{WEEKDAYS_EN[day.weekday()]} {day:%m-%d}"


def when_words(at: datetime, now: datetime, zone: tzinfo, lang: str) -> str:
    """`今晚 22:00`, `明天 09:00` within a day, else `11-24 周二 10:00`."""
    if known(lang) == "zh":
        return when_zh(at, now, zone)
    local, here = at.astimezone(zone), now.astimezone(zone)
    ahead = (local.date() - here.date()).days
    near = abs((at - now).total_seconds()) <= 86_400 and ahead in (0, 1)
    day = ("today", "tomorrow")[ahead] if near else day_words(local.date(), lang)
    return f"{day} {local:%H:%M}"


def note_words(note: str | None) -> str:
    """A note on one line, cut where it would fill the screen."""
    text = " ".join((note or "").split())
    return text if len(text) <= NOTE_SHOWN else f"{text[:NOTE_SHOWN]}…"


def rate_words(tally: Tally) -> str:
    """`31.6%` of the dials were answered; cut, never rounded up."""
    return f"{percent_floor(Fraction(tally.connected, tally.dials))}%" if tally.dials else "–"


def tally_words(tally: Tally, day: date, today: date, lang: str) -> str:
    """`今天 86 通 · 接通 27 · 意向 3`."""
    when = t(lang, "calls.today") if day == today else day_words(day, lang)
    return t(lang, "calls.tally", day=when, dials=tally.dials, connected=tally.connected, intentions=tally.intentions)
