"""Boards in words, which stand under their pictures: 今日战报, 本周红榜, 月度英雄榜, and everybody's own private line (voice 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.channels.port import File, Message
from bot.render.notices import Data, notice
from bot.render.pictures import boards as draw
from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules import ranking
from core.rules.calendar import Month, Week, weekday_zh
from core.rules.money import yuan_short
from core.rules.people import Person
from core.store import months, people
from core.store.db import Tx
from core.usecases import boards, pictures
from core.usecases.boards import Daily, Monthly, Place, Score, Side, TeamLine, Weekly


def _short(team: str) -> str:
    name = team.removesuffix("组")
    return name if len(name) > 1 else team  # 一组 keeps its 组


def share_of(team: TeamLine, lang: str) -> str:
    share = ranking.attainment(team.actual, team.target)
    return t(lang, "boards.no_target") if share is None else f"{ranking.percent_down(share)}%"


def _day(day: date, lang: str) -> str:
    return f"{day:%m-%d} {weekday_zh(day)}" if lang == "zh" else f"{day:%a %m-%d}"


def _list(scores: tuple[Score, ...], *, money: bool) -> str:
    return " · ".join(f"{s.name} {yuan_short(s.value) if money else s.value}" for s in scores)


def daily_lines(board: Daily, lang: str) -> list[str]:
    """The lines under the head of one team's day."""
    lines: list[str] = []
    if board.deal_count:
        names = _list(board.deals, money=True)
        lines.append(t(lang, "boards.deals", count=board.deal_count, total=yuan_short(board.deal_total), names=names))
        if board.dials:
            lines.append(t(lang, "boards.dials", names=_list(board.dials, money=False)))
        if board.intentions:
            lines.append(t(lang, "boards.intentions", names=_list(board.intentions, money=False)))
    elif board.total_dials:
        lines.append(
            t(
                lang,
                "boards.no_deal",
                dials=board.total_dials,
                intentions=board.total_intentions,
                visits=board.total_visits,
            )
        )
        if board.total_visits:
            lines.append(t(lang, "boards.visits_first", visits=board.total_visits))
    else:
        lines.append(t(lang, "boards.nothing"))
    team = board.team
    received = t(lang, "boards.received") if team.by_receipt else ""
    if team.target:
        lines.append(
            t(
                lang, "boards.month_target" if board.days_left else "boards.month_over",
                actual=yuan_short(team.actual), target=yuan_short(team.target), share=share_of(team, lang),
                days=board.days_left, received=received,
            )
        )  # fmt: skip
        missing = team.target - team.actual
        need = ranking.daily_need(missing, board.days_left)
        if board.last_days and need:
            lines.append(
                t(lang, "boards.pace", missing=yuan_short(missing), days=board.days_left, need=yuan_short(need))
            )
    else:
        lines.append(t(lang, "boards.month", actual=yuan_short(team.actual), received=received))
    if board.pending:
        key = "boards.pending" if board.supervisor else "boards.pending_unled"
        total = yuan_short(board.pending_total)
        lines.append(t(lang, key, count=board.pending, total=total, name=board.supervisor))
    return lines


def daily_text(found: list[Daily], lang: str) -> str:
    """One message however many teams share the chat."""
    first = found[0]
    if len(found) == 1:
        head = t(lang, "boards.daily_head", day=_day(first.day, lang), team=first.team.name)
        return "\n".join([head, *daily_lines(first, lang)])
    lines = [t(lang, "boards.daily_head_all", day=_day(first.day, lang))]
    for board in found:
        share = f" · {share_of(board.team, lang)}" if board.team.target else ""
        lines.append(
            t(
                lang, "boards.daily_section", team=_short(board.team.name), count=board.deal_count,
                total=yuan_short(board.deal_total), dials=board.total_dials, month=yuan_short(board.team.actual), share=share,
            )
        )  # fmt: skip
        if board.deals:
            lines.append("  " + _list(board.deals[:3], money=True))
    return "\n".join(lines)


def weekly_text(board: Weekly, lang: str) -> str:
    """本周红榜."""
    span = f"{board.week.start:%m-%d} {t(lang, 'boards.to')} {board.week.end:%m-%d}"
    lines = [t(lang, "boards.weekly_head", span=span)]
    if board.teams:
        names = " · ".join(f"{_short(team.name)} {share_of(team, lang)}" for team in board.teams[:6])
        lines.append(t(lang, "boards.weekly_teams", names=names))
    if board.top:
        lines.append(
            "   ".join(
                f"{place} {s.name} {yuan_short(s.value)} {ranking.moved_mark(s.moved) if s.moved is not None else ''}".rstrip()
                for place, s in enumerate(board.top, 1)
            )
        )
    else:
        lines.append(t(lang, "boards.weekly_none"))
    if board.progress:
        names = " · ".join(f"{s.name} +{yuan_short(s.value)}" for s in board.progress)
        lines.append(t(lang, "boards.progress", names=names))
    if board.returned:
        lines.append(t(lang, "boards.returned", name=board.returned.name, count=board.returned.value))
    if board.tells_reports:
        leave = t(lang, "boards.on_leave", count=board.on_leave) if board.on_leave else ""
        over = "boards.reports" if board.filed else "boards.reports_none"
        lines.append(
            t(
                lang, over if board.reports_over else "boards.reports_so_far", on_time=board.on_time, due=board.due,
                leave=leave, answered=board.answered, filed=board.filed,
            )
        )  # fmt: skip
    return "\n".join(lines)


def monthly_text(board: Monthly, lang: str, *, final: bool = False) -> str:
    """月度英雄榜; 暂计 until the month is closed."""
    key = "boards.monthly_head_final" if final else "boards.monthly_head"
    lines = [t(lang, key, month=board.month.start.month)]
    if board.top:
        lines.append(
            " · ".join(
                t(lang, f"boards.place_{place}", name=s.name, amount=yuan_short(s.value))
                for place, s in enumerate(board.top[:5], 1)
            )
        )
    else:
        lines.append(t(lang, "boards.monthly_none"))
    if board.teams:
        names = " · ".join(f"{_short(team.name)} {share_of(team, lang)}" for team in board.teams[:6])
        lines.append(t(lang, "boards.teams_line", names=names))
    extra: list[str] = []
    if board.newcomer:
        extra.append(t(lang, "boards.newcomer", name=board.newcomer.name, amount=yuan_short(board.newcomer.value)))
    if board.pair:
        seller, visitor, fen = board.pair
        extra.append(t(lang, "boards.pair", seller=seller, visitor=visitor, amount=yuan_short(fen)))
    if extra:
        lines.append(" · ".join(extra))
    if board.records:
        lines.append(t(lang, "boards.records", names=" · ".join(board.records)))
    return "\n".join(lines)


def versus_text(sides: Sequence[Side], day: date, lang: str) -> str:
    """小组对战: each team's month against its target."""
    lines = [t(lang, "boards.versus_head", day=_day(day, lang))]
    for place, side in enumerate(sides[: draw.TEAMS], 1):
        share = share_of(TeamLine(side.name, side.actual, side.target), lang)
        lines.append(
            t(
                lang, "boards.versus_line", place=place, team=_short(side.name), share=share,
                actual=yuan_short(side.actual), week=yuan_short(side.week),
            )
        )  # fmt: skip
    return "\n".join(lines)


LINES = 6  # people in one message of words


def pages_of(places: Sequence[Place]) -> list[range]:
    """What stands on which page: a picture's worth of people."""
    return ranking.pages(len(places), draw.ROWS)


def everyone_text(places: Sequence[Place], page: int, span: str, lang: str) -> str:
    """Everybody's place in words: several on a line, because the picture's page may hold thirty."""
    pages = pages_of(places)
    lines = [t(lang, "boards.everyone_head", span=span, count=len(places))]
    shown = [places[number] for number in pages[page]] if pages else []
    each = -(-len(shown) // LINES) if shown else 1
    said = [f"{p.rank} {p.name} {yuan_short(p.value)}{_moved(p.moved)}" for p in shown]
    lines += ["   ".join(said[at : at + each]) for at in range(0, len(said), each)]
    return "\n".join(lines)


def _moved(moved: int | None) -> str:
    mark = ranking.moved_mark(moved) if moved is not None else ""
    return f" {mark}" if mark else ""


async def with_picture(tx: Tx, text: str, drawing: Drawing, person_id: int | None = None) -> Message:
    """The picture with the words under it; the words alone for whoever wants no pictures."""
    wanted = await pictures.wanted(tx, person_id)
    return Message(text, file=File("board.png", picture=True, drawing=drawing) if wanted else None)


async def _dailies(tx: Tx, team_ids: list[int], day: date) -> list[Daily]:
    return [await boards.daily(tx, team, day) for team in await people.teams(tx) if team.id in team_ids]


@notice("board_daily")
async def board_daily(tx: Tx, data: Data, lang: str, _: Person | None) -> Message | None:
    """今日战报 into a group."""
    found = await _dailies(tx, data["teams"], date.fromisoformat(data["day"]))
    return await with_picture(tx, daily_text(found, lang), draw.day(found, lang)) if found else None


@notice("board_weekly")
async def board_weekly(tx: Tx, data: Data, lang: str, _: Person | None) -> Message | None:
    """本周红榜 into a group."""
    found = await boards.weekly(tx, Week.parse(data["week"]), data["teams"])
    return await with_picture(tx, weekly_text(found, lang), draw.week(found, lang))


@notice("board_monthly")
async def board_monthly(tx: Tx, data: Data, lang: str, _: Person | None) -> Message | None:
    """月度英雄榜 into a group."""
    found = await boards.monthly(tx, Month.parse(data["month"]), data["teams"])
    final = (await months.standing(tx, found.month)).state.closed
    return await with_picture(tx, monthly_text(found, lang, final=final), draw.month(found, lang, final=final))


@notice("board_place")
async def board_place(tx: Tx, data: Data, lang: str, _: Person | None) -> Message | None:  # noqa: ARG001
    """One's own place, in private."""
    parts = [t(lang, "boards.place", rank=data["rank"], amount=yuan_short(data["fen"]))]
    if data.get("gap"):
        parts.append(t(lang, "boards.place_gap", above=data["above"], gap=yuan_short(data["gap"])))
    if data.get("was"):
        parts.append(t(lang, "boards.place_was", was=data["was"]))
    return Message("".join(parts), silent=True)
