"""Boards into each bound group, and everybody's own place in private (voice 3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.jobs.runner import jobs
from core.rules.calendar import Month, Week
from core.rules.schedule import LATEST, Daily, MonthlyFirstWorkday, Weekly
from core.store import people
from core.store.db import BULK, Tx
from core.usecases import boards, reach

STALE = timedelta(hours=14)  # a board that could not be sent by then is left out


async def _post(tx: Tx, slot: datetime, name: str, period: str, data: dict[str, object]) -> None:
    """Once per chat even if several teams share it; nothing into groups in the quiet part of the week."""
    if tx.policy.boards.quiet.covers(slot.astimezone(tx.company.zone)):
        return
    every = [team.id for team in await people.teams(tx)]
    for group in await reach.boards_go_to(tx):
        if name == "board_daily":
            teams: list[int] | None = every if group.whole_company else list(group.team_ids)
        else:
            teams = None if group.whole_company else list(group.team_ids)
        if teams == []:
            continue
        await tx.post(
            group.channel, group.external_id, name, data | {"teams": teams},
            once=f"{name}:{period}:{group.channel}:{group.id}", expires_at=tx.now + STALE,
        )  # fmt: skip


@jobs.job("board_daily", lambda v: [Daily(v.boards.daily.time, workdays_only=True, workweek=v.work.workweek)], LATEST)
async def board_daily(tx: Tx, slot: datetime) -> None:
    """今日战报, ten minutes after the shift."""
    day = slot.astimezone(tx.company.zone).date()
    await _post(tx, slot, "board_daily", day.isoformat(), {"day": day.isoformat()})


@jobs.job("board_weekly", lambda v: [Weekly(v.boards.weekly.weekday.number, v.boards.weekly.time)], LATEST)
async def board_weekly(tx: Tx, slot: datetime) -> None:
    """本周红榜, before the morning meeting; and each one's own place in private."""
    week = Week.of(slot.astimezone(tx.company.zone).date()).previous
    await _post(tx, slot, "board_weekly", week.key, {"week": week.key})
    for person, place in (await boards.places(tx, week))[tx.policy.boards.names :]:
        if not place.score:
            continue  # a week of nothing is not held up to anybody
        data = {"rank": place.rank, "fen": place.score, "above": place.above, "gap": place.gap, "was": place.was}
        await tx.notify(
            person.id, "board_place", data, once=f"place:{week.key}:{person.id}", rank=BULK,
            expires_at=tx.now + STALE, repeatable=False,
        )  # fmt: skip


@jobs.job("board_monthly", lambda v: [MonthlyFirstWorkday(v.boards.monthly.time, workweek=v.work.workweek)], LATEST)
async def board_monthly(tx: Tx, slot: datetime) -> None:
    """月度英雄榜 of the month just ended, 暂计."""
    month = Month.of(slot.astimezone(tx.company.zone).date()).previous
    await _post(tx, slot, "board_monthly", month.key, {"month": month.key})
