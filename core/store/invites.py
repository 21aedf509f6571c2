"""Invite codes (hashes only) and failed tries (S5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from core.store import models as m
from core.store.db import Tx

_I = m.invites.c


@dataclass(frozen=True, slots=True)
class Invite:
    """A code somebody may use."""

    id: int
    person_id: int | None  # None: claims ownership of the company
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


async def replace(
    tx: Tx, *, code_hash: str, person_id: int | None, created_by: int | None, expires_at: datetime
) -> None:
    """A new code; older unused codes for the same person end. Codes that claim the company stay good side by side until
    one is used: of processes that start together each prints its own."""
    if person_id is not None:
        await revoke_of(tx, person_id)
    await tx.insert(
        m.invites, code_hash=code_hash, person_id=person_id, created_by=created_by, created_at=tx.now,
        expires_at=expires_at,
    )  # fmt: skip


async def revoke(tx: Tx, condition: object) -> None:
    """End unused codes."""
    await tx.run(
        update(m.invites)
        .where(condition, _I.used_at.is_(None), _I.revoked_at.is_(None))  # type: ignore[arg-type]
        .values(revoked_at=tx.now)
    )


async def revoke_of(tx: Tx, person_id: int) -> None:
    """End a person's unused codes."""
    await revoke(tx, _I.person_id == person_id)


async def end_claims(tx: Tx, used: int) -> None:
    """End every other code that claims the company; whoever uses one at the same moment waits for this."""
    await tx.all(select(_I.id).where(_I.person_id.is_(None), _I.used_at.is_(None)).order_by(_I.id).with_for_update())
    await revoke(tx, (_I.person_id.is_(None)) & (_I.id != used))


async def find(tx: Tx, code_hash: str) -> Invite | None:
    """The invite behind a code."""
    row = await tx.first(
        select(_I.id, _I.person_id, _I.expires_at, _I.used_at, _I.revoked_at).where(_I.code_hash == code_hash)
    )
    return None if row is None else Invite(*row)


async def use(tx: Tx, invite_id: int) -> bool:
    """Use a code up; False when somebody was faster."""
    result = await tx.run(update(m.invites).where(_I.id == invite_id, _I.used_at.is_(None)).values(used_at=tx.now))
    return bool(result.rowcount)


async def failures(tx: Tx, since: datetime, *, channel: str | None = None, external_id: str | None = None) -> int:
    """Wrong codes since a moment, of one account or of everybody."""
    f = m.failed_codes.c
    statement = select(func.count()).select_from(m.failed_codes).where(f.at > since)
    if channel is not None:
        statement = statement.where(f.channel == channel, f.external_id == external_id)
    return int(await tx.scalar(statement) or 0)


async def count_failure(tx: Tx, channel: str, external_id: str) -> None:
    """One wrong code more."""
    await tx.insert(m.failed_codes, channel=channel, external_id=external_id, at=tx.now)
