"""Targets of teams by month; the newest entry is in force, older ones are its history."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from core.store import models as m
from core.store.db import Tx

_T = m.targets.c


async def of_month(tx: Tx, month: str, team_ids: Iterable[int] | None = None) -> dict[int, int]:
    """team id -> fen, for a month such as 2026-11; of all teams, or of these."""
    newest = select(func.max(_T.id)).where(_T.month == month).group_by(_T.team_id)
    if team_ids is not None:
        newest = newest.where(_T.team_id.in_(sorted(set(team_ids))))
    return {row[0]: int(row[1]) for row in await tx.all(select(_T.team_id, _T.amount_fen).where(_T.id.in_(newest)))}


async def put(tx: Tx, team_id: int, month: str, fen: int, by: int) -> None:
    """Set a target."""
    await tx.insert(m.targets, team_id=team_id, month=month, amount_fen=fen, set_by=by, set_at=tx.now)
