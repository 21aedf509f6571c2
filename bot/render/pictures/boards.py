"""Boards as pictures: the day, the week, the month, everybody for those who lead them, team against team (docs/manners.md 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.render.pictures.blocks import (
    Block,
    board,
    lists,
    named,
    note,
    notes,
    podium,
    progress,
    ranks,
    teams,
    tile,
    word,
)
from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules import ranking
from core.rules.calendar import Month, weekday_zh
from core.rules.money import yuan_short
from core.usecases.boards import Daily, Monthly, Place, Score, Side, TeamLine, Weekly

ROWS = 30  # people on one picture
TEAMS = 12  # teams on one picture
STEPS = ("first", "second", "third")


def day_words(day: date, lang: str) -> str:
    """`11-20 周五`, `Fri 11-20`."""
    return f"{day:%m-%d} {weekday_zh(day)}" if lang == "zh" else f"{day:%a %m-%d}"


def span_words(first: date, last: date, lang: str) -> str:
    """`11-15 周日 至 11-21 周六`."""
    return f"{day_words(first, lang)} {t(lang, 'boards.to')} {day_words(last, lang)}"


def month_words(month: Month, lang: str) -> str:
    """`10` before 月, `October` alone."""
    return str(month.start.month) if lang == "zh" else f"{month.start:%B}"


def _scores(rows: Sequence[Score], lang: str) -> list[Block]:
    best = max((row.value for row in rows), default=0)
    return [
        named(
            lang, row.name, row.number, place=place, value=yuan_short(row.value), moved=row.moved,
            bar=ranking.per_mille(row.value, best),
        )
        for place, row in enumerate(rows, 1)
    ]  # fmt: skip


def _column(title: str, rows: Sequence[Score], lang: str) -> Block:
    return {"title": title, "rows": [named(lang, row.name, row.number, value=f"{row.value:,}") for row in rows]}


def _share(actual: int, target: int | None, lang: str) -> dict[str, object]:
    """Value, detail, bar and whether the target is reached."""
    share = ranking.attainment(actual, target)
    if share is None or target is None:
        return {"value": "–", "detail": f"{yuan_short(actual)} · {t(lang, 'pictures.no_target')}", "bar": 0}
    return {
        "value": f"{ranking.percent_down(share)}%",
        "detail": f"{yuan_short(actual)} / {yuan_short(target)}",
        "bar": ranking.per_mille(actual, target),
        "reached": ranking.reached(actual, target, 100),
    }


def _team_rows(lines: Sequence[TeamLine], lang: str) -> list[Block]:
    return [
        {"place": place if line.actual > 0 else None, "name": line.name, "otherwise": "–"}
        | _share(line.actual, line.target, lang)
        for place, line in enumerate(lines[:TEAMS], 1)
    ]


# --- 今日战报 -----------------------------------------------------------------------------------------------------------


def day(found: Sequence[Daily], lang: str) -> Drawing:
    """One team's day, or every team of the chat against the others."""
    return _one_day(found[0], lang) if len(found) == 1 else _many_days(found, lang)


def _tiles(found: Sequence[Daily], lang: str) -> list[Block]:
    return [
        tile(t(lang, "pictures.signed"), yuan_short(sum(d.deal_total for d in found)), accent=True),
        tile(t(lang, "pictures.deals"), str(sum(d.deal_count for d in found))),
        tile(t(lang, "pictures.dials"), f"{sum(d.total_dials for d in found):,}"),
        tile(t(lang, "pictures.intentions"), str(sum(d.total_intentions for d in found))),
    ]


def _one_day(found: Daily, lang: str) -> Drawing:
    blocks: list[Block] = []
    if found.deals:
        blocks.append(ranks(_scores(found.deals, lang), t(lang, "pictures.deals"), t(lang, "pictures.yuan")))
    else:
        blocks.append(notes([note("", word(_quiet_day(found, lang)))]))
    columns = [
        _column(t(lang, f"pictures.{name}"), rows, lang)
        for name, rows in (("dials", found.dials), ("intentions", found.intentions))
        if rows
    ]
    if columns:
        blocks.append(lists(*columns))
    blocks.append(_month_of(found, lang))
    return board(
        lang, t(lang, "pictures.day"), day_words(found.day, lang), blocks, tag=found.team.name,
        tiles=_tiles([found], lang), foot=_waiting(found, lang),
    )  # fmt: skip


def _quiet_day(found: Daily, lang: str) -> str:
    if found.total_visits:
        return t(lang, "pictures.day_without_deals", visits=found.total_visits)
    return t(lang, "pictures.day_of_calls" if found.total_dials else "pictures.day_empty")


def _month_of(found: Daily, lang: str) -> Block:
    team = found.team
    share = ranking.attainment(team.actual, team.target)
    title = t(lang, "pictures.this_month")
    if share is None or team.target is None:
        return progress(title, yuan_short(team.actual), bar=None, detail=t(lang, "pictures.no_target"))
    parts = [
        t(lang, "pictures.days_left", days=found.days_left) if found.days_left else t(lang, "pictures.last_day")
    ]  # fmt: skip
    missing = team.target - team.actual
    need = ranking.daily_need(missing, found.days_left)
    if found.last_days and need:
        parts.append(t(lang, "pictures.pace", missing=yuan_short(missing), need=yuan_short(need)))
    return progress(
        title, f"{ranking.percent_down(share)}%", bar=ranking.per_mille(team.actual, team.target),
        detail=f"{yuan_short(team.actual)} / {yuan_short(team.target)}", line=" · ".join(parts),
    )  # fmt: skip


def _waiting(found: Daily, lang: str) -> str:
    if not found.pending:
        return ""
    total = yuan_short(found.pending_total)
    if found.supervisor is None:
        return t(lang, "pictures.waiting", count=found.pending, total=total)
    return t(lang, "pictures.waiting_for", count=found.pending, total=total, name=found.supervisor)


def _many_days(found: Sequence[Daily], lang: str) -> Drawing:
    ordered = sorted(
        found, key=lambda d: (ranking.attainment(d.team.actual, d.team.target) or -1, d.team.actual), reverse=True
    )
    rows = _team_rows([d.team for d in ordered], lang)
    for row, one in zip(rows, ordered, strict=False):
        total = yuan_short(one.deal_total)
        row["line"] = t(lang, "pictures.team_day", count=one.deal_count, total=total, dials=f"{one.total_dials:,}")
    best = sorted((score for d in found for score in d.deals), key=lambda score: -score.value)[:3]
    blocks = [teams(rows, t(lang, "pictures.teams"), t(lang, "pictures.attained"))]
    if best:
        blocks.insert(0, ranks(_scores(best, lang), t(lang, "pictures.deals"), t(lang, "pictures.yuan")))
    return board(
        lang, t(lang, "pictures.day"), day_words(found[0].day, lang), blocks, tag=f"{t(lang, 'pictures.teams')} × {len(found)}",
        tiles=_tiles(found, lang), foot=_left_out(len(found), lang),
    )  # fmt: skip


def _left_out(count: int, lang: str) -> str:
    """Teams that have no room; nothing when all have."""
    return t(lang, "pictures.more_teams", count=count - TEAMS) if count > TEAMS else ""


# --- 本周红榜 -----------------------------------------------------------------------------------------------------------


def week(found: Weekly, lang: str) -> Drawing:
    """The best of a week, the teams' month, who grew, and how reports went."""
    blocks: list[Block] = []
    if found.top:
        blocks.append(ranks(_scores(found.top, lang), t(lang, "pictures.best"), t(lang, "pictures.yuan")))
    else:
        blocks.append(notes([note("", word(t(lang, "pictures.week_empty")))]))
    if found.teams:
        blocks.append(teams(_team_rows(found.teams, lang), t(lang, "pictures.teams"), t(lang, "pictures.attained")))
    lines: list[Block] = []
    if found.progress:
        grown = [named(lang, s.name, s.number, text=f"+{yuan_short(s.value)}") for s in found.progress]
        lines.append(note(t(lang, "pictures.progress"), *grown))
    if found.returned:
        count = t(lang, "pictures.returned_count", count=found.returned.value)
        again = named(lang, found.returned.name, found.returned.number, text=count)
        lines.append(note(t(lang, "pictures.returned"), again))
    if found.tells_reports:
        lines.append(note(t(lang, "pictures.reports"), *(word(text) for text in _reports(found, lang))))
    if lines:
        blocks.append(notes(lines))
    span = span_words(found.week.start, found.week.end, lang)
    foot = _left_out(len(found.teams), lang)
    return board(lang, t(lang, "pictures.week"), span, blocks, tag=_whose(found.teams), foot=foot)


def _whose(lines: Sequence[TeamLine]) -> str:
    return lines[0].name if len(lines) == 1 else ""


def _reports(found: Weekly, lang: str) -> list[str]:
    key = "pictures.reports_on_time" if found.reports_over else "pictures.reports_so_far"
    parts = [t(lang, key, on_time=found.on_time, due=found.due, filed=found.filed)]
    if found.on_leave:
        parts.append(t(lang, "pictures.on_leave", count=found.on_leave))
    if found.filed:
        parts.append(t(lang, "pictures.reports_answered", answered=found.answered, filed=found.filed))
    return parts


# --- 月度英雄榜 ---------------------------------------------------------------------------------------------------------


def month(found: Monthly, lang: str, *, final: bool = False) -> Drawing:
    """The month's best on their steps; provisional until it is closed."""
    blocks: list[Block] = []
    if found.top:
        steps = [
            named(
                lang, s.name, s.number, place=place, value=yuan_short(s.value),
                title=t(lang, f"pictures.{STEPS[place - 1]}"),
            )
            for place, s in enumerate(found.top[:3], 1)
        ]  # fmt: skip
        blocks.append(podium(steps))
        rest = _scores(found.top, lang)[3:]
        if rest:
            blocks.append(ranks(rest))
    else:
        blocks.append(notes([note("", word(t(lang, "pictures.month_empty")))]))
    if found.teams:
        blocks.append(teams(_team_rows(found.teams, lang), t(lang, "pictures.teams"), t(lang, "pictures.attained")))
    lines: list[Block] = []
    if found.newcomer:
        new = named(lang, found.newcomer.name, found.newcomer.number, text=yuan_short(found.newcomer.value))
        lines.append(note(t(lang, "pictures.newcomer"), new))
    if found.pair:
        seller, visitor, fen = found.pair
        worth = t(lang, "pictures.pair_amount", amount=yuan_short(fen))
        lines.append(
            note(t(lang, "pictures.pair"), named(lang, seller), named(lang, visitor, text=worth), join="plus")
        )  # fmt: skip
    if found.records:
        lines.append(note(t(lang, "pictures.records"), *(named(lang, name) for name in found.records)))
    if lines:
        blocks.append(notes(lines))
    title = t(lang, "pictures.month", month=month_words(found.month, lang))
    under = t(lang, "pictures.closed" if final else "pictures.provisional")
    return board(lang, title, under, blocks, tag=_whose(found.teams), foot=_left_out(len(found.teams), lang))


# --- for those who lead them --------------------------------------------------------------------------------------------


def everyone(places: Sequence[Place], page: int, span: str, whose: str, lang: str) -> Drawing:
    """Everybody's place, ROWS on a picture; who has signed nothing has no medal."""
    pages = ranking.pages(len(places), ROWS)
    shown = pages[min(max(page, 0), len(pages) - 1)] if pages else range(0)
    best = max((p.value for p in places), default=0)
    moving = any(p.moved for p in places if p.value > 0)
    rows = [
        named(
            lang, p.name, p.number, place=p.rank if p.value > 0 else None, value=yuan_short(p.value),
            bar=ranking.per_mille(p.value, best), moved=p.moved if moving and p.value > 0 else None,
            mark=t(lang, "pictures.new") if p.new and p.value > 0 else "", quiet=p.value == 0,
            detail=t(lang, "pictures.deal_count", count=p.deals) if p.deals else "",
        )
        for p in (places[number] for number in shown)
    ]  # fmt: skip
    total = yuan_short(sum(p.value for p in places))
    foot = t(lang, "pictures.everyone_count", count=len(places), total=total)
    turned = t(lang, "pictures.page", page=pages.index(shown) + 1, pages=len(pages)) if len(pages) > 1 else ""
    blocks = [ranks(rows)] if rows else [notes([note("", word(t(lang, "pictures.week_empty")))])]
    return board(lang, t(lang, "pictures.everyone"), span, blocks, tag=whose, foot=foot, page=turned)


def versus(sides: Sequence[Side], day: date, lang: str) -> Drawing:
    """Team against team, this month."""
    rows = [
        {"place": place if side.actual > 0 else None, "name": side.name, "otherwise": "–"}
        | _share(side.actual, side.target, lang)
        | {"line": t(lang, "pictures.side_line", people=side.people, deals=side.deals, week=yuan_short(side.week))}
        for place, side in enumerate(sides[:TEAMS], 1)
    ]
    actual = sum(side.actual for side in sides)
    targets = [side.target for side in sides]
    blocks = [teams(rows)]
    if sides and all(target is not None for target in targets):
        whole = sum(target or 0 for target in targets)
        share = ranking.attainment(actual, whole)
        blocks.append(
            progress(
                t(lang, "pictures.company"), f"{ranking.percent_down(share)}%" if share is not None else "–",
                bar=ranking.per_mille(actual, whole), detail=f"{yuan_short(actual)} / {yuan_short(whole)}",
            )
        )  # fmt: skip
    foot = _left_out(len(sides), lang) or t(lang, "pictures.versus_foot")
    return board(lang, t(lang, "pictures.versus"), day_words(day, lang), blocks, foot=foot)
