"""Pieces of text that reports, their form, receipts and notices share. Pure: values in, words out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction

from bot.render.call_lines import WEEKDAYS_EN, day_words, when_words
from bot.render.texts import known, t
from core.rules.calendar import EVENING, Month, Week, weekday_zh
from core.rules.leave import Span
from core.rules.money import percent_floor, yuan_short
from core.rules.report_content import CIRCLED, Content, Figures, Planned
from core.rules.reports import ReportKind

Period = Week | Month
LINE = 60  # characters of typed text shown on one line before it is cut
ITEM = 14  # of a planned item where several share a line


def short(text: str, limit: int = LINE) -> str:
    """Text on one line, cut where it would fill the screen."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


def label(period: Period, lang: str) -> str:
    """`11-15 周日–11-21 周六`: a report always shows its dates (docs/manners.md rule 5)."""
    return f"{day_words(period.start, lang)}–{day_words(period.end, lang)}"


def clock(at: datetime, now: datetime, zone: tzinfo, lang: str) -> str:
    """`20:14` of the same day, else `11-21 周六 20:14`."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{day_words(local.date(), lang)} {local:%H:%M}"


def weekday_clock(at: datetime, now: datetime, zone: tzinfo, lang: str) -> str:
    """`周六 20:14` within a week, else with the date: the short stamp in a supervisor's queue."""
    local = at.astimezone(zone)
    if abs(now - at) >= timedelta(days=6):
        return f"{day_words(local.date(), lang)} {local:%H:%M}"
    name = weekday_zh(local.date()) if known(lang) == "zh" else WEEKDAYS_EN[local.weekday()]
    return f"{name} {local:%H:%M}"


def until(at: datetime, now: datetime, zone: tzinfo, lang: str) -> str:
    """A coming deadline: `今晚 22:00`, `明晚 22:00`, `11-23 周一 18:00`."""
    local, here = at.astimezone(zone), now.astimezone(zone)
    if known(lang) == "zh" and (local.date() - here.date()).days == 1 and local.hour >= EVENING:
        return f"明晚 {local:%H:%M}"
    return when_words(at, now, zone, lang)


def kind_words(kind: ReportKind, lang: str) -> str:
    """周报, 月报."""
    return t(lang, f"reports.{kind.value}")


def _rate(part: int, whole: int) -> str:
    return f"{percent_floor(Fraction(part, whole))}%" if whole else "–"


def _stated(content: Content, name: str, lang: str, unit: str = "{}") -> str:
    recorded = int(getattr(content.figures, name))
    value = content.stated.get(name, recorded)
    said = unit.format(value)
    return said if value == recorded else t(lang, "reports.stated", value=said, recorded=recorded)


def month_words(figures: Figures, kind: ReportKind, lang: str) -> str:
    """本月 in a weekly report, `10 月` in the report on October."""
    if kind is ReportKind.WEEKLY or not figures.month:
        return t(lang, "reports.this_month")
    return t(lang, "reports.month_name", month=int(figures.month[5:]))


def figure_lines(content: Content, kind: ReportKind, lang: str) -> list[str]:
    """`拨打 512 · 接通 158(30.8%)· 新意向 14`, `签单 3 单 12,800 · 本月 26,500 · 全组 …`, what waits for confirmation."""
    shown = content.shown
    stated = {name: _stated(content, name, lang) for name in ("dials", "connected", "intentions")}
    if shown.dials:
        calls = t(lang, "reports.calls", rate=_rate(shown.connected, shown.dials), **stated)
    else:
        calls = t(lang, "reports.calls_none", intentions=stated["intentions"])
    month, total = month_words(shown, kind, lang), yuan_short(shown.month_fen)
    if shown.deals:
        sales = t(
            lang, "reports.deals", count=shown.deals, amount=yuan_short(shown.deals_fen), month=month, total=total
        )
    else:
        sales = t(lang, "reports.deals_none", month=month, total=total)
    if shown.target_fen:
        sales += t(
            lang, "reports.team", total=yuan_short(shown.team_fen), target=yuan_short(shown.target_fen),
            rate=_rate(shown.team_fen, shown.target_fen),
        )  # fmt: skip
    lines = [calls, sales]
    if shown.pending:
        lines.append(t(lang, "reports.pending", count=shown.pending, amount=yuan_short(shown.pending_fen)))
    return lines


def circled(number: int) -> str:
    """①; beyond ten the plain number."""
    return CIRCLED[number - 1] if number <= len(CIRCLED) else f"{number}."


def items_line(items: Sequence[Planned], width: int = ITEM) -> str:
    """`①回访 20 个 ✔23 ②约访 4 家 3 ③签 2 单 ✔3`."""
    pieces = []
    for number, item in enumerate(items, 1):
        mark = f"{'✔' if item.done else ''}{'' if item.actual is None else item.actual}"
        pieces.append(f"{circled(number)}{short(item.text, width)}{' ' + mark if mark else ''}")
    return " ".join(pieces)


def sheet(content: Content, kind: ReportKind, number: str, period: Period, lang: str) -> str:
    """The head and figures that the form shows above its questions."""
    lines = [t(lang, "reports.head", number=number, label=label(period, lang)), *figure_lines(content, kind, lang)]
    if content.before:
        lines.append(t(lang, f"reports.before_{kind.value}", items=items_line(content.before)))
    return "\n".join(lines)


def body(content: Content, kind: ReportKind, lang: str) -> list[str]:
    """Everything a report says, a line each."""
    lines = figure_lines(content, kind, lang)
    if content.before:
        lines.append(t(lang, "reports.full_before"))
        lines += [
            f"{circled(n)}{item.text} {'✔' if item.done else ''}{'' if item.actual is None else item.actual}".rstrip()
            for n, item in enumerate(content.before, 1)
        ]
    lines.append(
        t(lang, "reports.full_told", text=content.sentence) if content.sentence else t(lang, "reports.nothing_told")
    )
    lines += [t(lang, "reports.full_asked", text=question) for question in content.questions]
    if content.plan:
        lines.append(t(lang, f"reports.full_plan_{kind.value}"))
        lines += [f"{circled(n)}{item}" for n, item in enumerate(content.plan, 1)]
    else:
        lines.append(t(lang, "reports.no_plan"))
    return lines


def supervisor_lines(content: Content, kind: ReportKind, lang: str) -> tuple[list[str], bool]:
    """What the superior sees in at most six lines (docs/manners.md 2.4), and whether something had to be cut."""
    content = content.for_others
    figures = content.shown
    past = _sum(figures.before_deals, figures.before_fen, lang)
    key = "feedback.deals" if kind is ReportKind.WEEKLY else "feedback.deals_monthly"
    sales = t(lang, key, now=_sum(figures.deals, figures.deals_fen, lang), before=past)
    lines = [
        t(
            lang, "feedback.figures", dials=_stated(content, "dials", lang, t(lang, "feedback.dials", n="{}")),
            intentions=_stated(content, "intentions", lang), deals=sales,
        )
    ]  # fmt: skip
    cut = False
    if content.before:
        done = sum(item.done for item in content.before)
        lines.append(t(lang, "reports.before_score", done=done, count=len(content.before)))
    if content.sentence:
        cut |= len(" ".join(content.sentence.split())) > LINE
        lines.append(t(lang, "feedback.quote", text=short(content.sentence)))
    if content.questions:
        cut |= len(" ".join(content.questions[0].split())) > LINE or len(content.questions) > 1
        lines.append(t(lang, "feedback.question", text=short(content.questions[0])))
        if len(content.questions) > 1:
            lines.append(t(lang, "feedback.questions_more", count=len(content.questions) - 1))
    if content.plan:
        width = max(ITEM, LINE // len(content.plan))
        cut |= any(len(item) > width for item in content.plan)
        joined = " · ".join(short(item, width) for item in content.plan)
        cut |= len(joined) > 2 * LINE
        lines.append(t(lang, f"feedback.plan_{kind.value}", items=short(joined, 2 * LINE)))
    elif not content.sentence and not content.questions:
        lines.append(t(lang, "feedback.plan_none"))
    return lines, cut


def _sum(count: int, fen: int, lang: str) -> str:
    if not count:
        return t(lang, "feedback.before_none")
    return t(lang, "feedback.before", count=count, amount=yuan_short(fen))


def span_words(span: Span, lang: str) -> str:
    """`11-24 周二(1 天)`, `11-24 周二–11-26 周四(共 3 天)`."""
    first, last = day_words(span.first, lang), day_words(span.last, lang)
    if span.days == 1:
        return t(lang, "leave.days_one", first=first)
    return t(lang, "leave.days_many", first=first, last=last, count=span.days)


def names(people: Sequence[str], lang: str) -> str:
    """王芳、胡伟."""
    return ("、" if known(lang) == "zh" else ", ").join(people)
