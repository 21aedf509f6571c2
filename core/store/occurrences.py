"""What became of each occurrence of each job, and since when this database knows a job (D6; reliability D9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select

from core.store import facts
from core.store import models as m
from core.store.db import Tx

_KNOWN = "job.since."
_C = m.occurrences.c
_NEWEST = (
    select(_C.job, func.max(_C.scheduled_for)).where(_C.job.in_(bindparam("jobs", expanding=True))).group_by(_C.job)
)


async def settled_until(tx: Tx, jobs: Collection[str]) -> dict[str, datetime]:
    """The newest settled occurrence of each job that has one: whatever came before it is settled too."""
    return {row[0]: row[1] for row in await tx.all(_NEWEST, jobs=list(jobs))}


async def known_since(tx: Tx, jobs: Iterable[str]) -> dict[str, datetime]:
    """When this database first saw each of these jobs, as far as it has."""
    found: Mapping[str, str] = await facts.several(tx, [_KNOWN + name for name in jobs])
    return {name.removeprefix(_KNOWN): datetime.fromisoformat(value) for name, value in found.items()}


async def meet(tx: Tx, jobs: Iterable[str]) -> None:
    """Write down that these jobs are known from now on; those that are known already stay as they are."""
    for name in sorted(jobs):
        await facts.put_once(tx, _KNOWN + name, tx.now.isoformat())


async def claim(tx: Tx, job: str, slot: datetime, reason: str, at: datetime) -> bool:
    """Claim an occurrence that runs in this transaction; False when it was settled before (by whichever process)."""
    new = await tx.insert_once(m.occurrences, job=job, scheduled_for=slot, state="done", reason=reason, done_at=at)
    return new is not None


async def skip(tx: Tx, skipped: Iterable[tuple[str, datetime, str]], at: datetime) -> None:
    """Settle what does not run, all at once: (job, slot, reason); what was settled before stays as it is."""
    await tx.insert_new(
        m.occurrences,
        [
            {"job": job, "scheduled_for": slot, "state": "skipped", "reason": reason, "done_at": at}
            for job, slot, reason in skipped
        ],
    )
