"""Policy versions that were confirmed in the chat, the proposals they came from, and who has read them.

The company's policy is its file and the confirmed versions; `current` brings both together for a transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from core.rules import policy_change as rules
from core.rules.policy_change import Candidate, State
from core.store import models as m

if TYPE_CHECKING:
    from core.store.db import Company, Tx

_V, _P, _R = m.policy_versions.c, m.policy_proposals.c, m.policy_receipts.c
OPEN = tuple(state.value for state in State if state.is_open)

# --- what holds -----------------------------------------------------------------------------------------------------

_SINCE = select(_V.id).where(_V.id > bindparam("seen")).order_by(_V.id.desc()).limit(1)
_TEXTS = select(_V.text).order_by(_V.effective_from)


async def current(tx: Tx) -> Company:
    """The company with the policy as it is confirmed now; the transaction's own when nothing was added.

    Raises PolicyErrors when file and confirmed versions contradict each other.
    """
    company = tx.company
    newest = await tx.scalar(_SINCE, seen=company.amended)
    if newest is None:
        return company
    texts = [row[0] for row in await tx.all(_TEXTS)]
    return replace(company, policy=rules.combined(company.policy, texts), amended=newest)


# --- confirmed versions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issued:
    """A confirmed version as it was issued to everybody."""

    id: int
    effective_from: date
    name: str
    text: str
    fingerprint: str
    proposal_id: int
    proposed_by: int
    confirmed_by: int
    confirmed_at: datetime


_ISSUED = select(*(_V[name] for name in Issued.__dataclass_fields__))
_ISSUED_BY_ID = _ISSUED.where(_V.id == bindparam("wanted"))
_EVERY_ISSUED = _ISSUED.order_by(_V.effective_from.desc())


async def issued(tx: Tx) -> list[Issued]:
    """Every confirmed version, the newest first."""
    return [Issued(*row) for row in await tx.all(_EVERY_ISSUED)]


async def issued_by_id(tx: Tx, version_id: int) -> Issued | None:
    """One of them."""
    row = await tx.first(_ISSUED_BY_ID, wanted=version_id)
    return None if row is None else Issued(*row)


async def issue(tx: Tx, proposal: Proposal, made: Candidate, confirmed_by: int) -> int | None:
    """Append a version; its id, or None when another one begins on that day already."""
    return await tx.insert_once(
        m.policy_versions, effective_from=made.version.effective_from, name=made.version.name, text=made.text,
        fingerprint=made.version.fingerprint, proposal_id=proposal.id, proposed_by=proposal.proposer_id,
        confirmed_by=confirmed_by, confirmed_at=tx.now,
    )  # fmt: skip


# --- proposals ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that somebody proposes. `proposer_id` is None while it lies there from the command line."""

    id: int
    state: State
    source: str
    effective_from: date
    text: str
    base: str
    proposer_id: int | None
    at: datetime
    submitted_at: datetime | None
    decided_by: int | None
    decided_at: datetime | None
    reason: str | None


_PROPOSAL = select(*(_P[name] for name in Proposal.__dataclass_fields__))
_BY_ID = _PROPOSAL.where(_P.id == bindparam("wanted"))
_BY_ONCE = _PROPOSAL.where(_P.once == bindparam("wanted"))
_OPEN = _PROPOSAL.where(_P.state.in_(OPEN)).order_by(_P.id)
_OPEN_ALONE = _OPEN.with_for_update()
_LATEST = _PROPOSAL.order_by(_P.id.desc()).limit(bindparam("most"))


def _proposal(row: Any) -> Proposal:
    values = list(row)
    values[1] = State(values[1])
    return Proposal(*values)


async def by_id(tx: Tx, proposal_id: int) -> Proposal | None:
    """A proposal."""
    row = await tx.first(_BY_ID, wanted=proposal_id)
    return None if row is None else _proposal(row)


async def by_once(tx: Tx, once: str) -> Proposal | None:
    """The proposal that a submission made."""
    row = await tx.first(_BY_ONCE, wanted=once)
    return None if row is None else _proposal(row)


async def open_ones(tx: Tx) -> list[Proposal]:
    """Those that may still be confirmed, the oldest first."""
    return [_proposal(row) for row in await tx.all(_OPEN)]


async def hold_open(tx: Tx) -> dict[int, Proposal]:
    """The same, by id, and nobody else decides about any of them before we commit."""
    return {one.id: one for one in map(_proposal, await tx.all(_OPEN_ALONE))}


async def latest(tx: Tx, most: int) -> list[Proposal]:
    """The newest proposals, whatever became of them."""
    return [_proposal(row) for row in await tx.all(_LATEST, most=most)]


async def add(tx: Tx, made: Candidate, **values: Any) -> int | None:
    """Write a proposal down; its id, or None when this submission was written already (`once`)."""
    return await tx.insert_once(
        m.policy_proposals,
        state=State.DRAFT.value,
        effective_from=made.version.effective_from,
        text=made.text,
        **values,
    )


async def move(tx: Tx, proposal_id: int, to: State, **values: Any) -> None:
    """Put a held proposal into a state."""
    await tx.run(update(m.policy_proposals).where(_P.id == proposal_id).values(state=to.value, **values))


async def rewrite(tx: Tx, proposal_id: int, made: Candidate) -> None:
    """A held proposal begins on another day."""
    await tx.run(
        update(m.policy_proposals)
        .where(_P.id == proposal_id)
        .values(effective_from=made.version.effective_from, text=made.text)
    )


# --- receipts -------------------------------------------------------------------------------------------------------

_READERS = select(_R.person_id).where(_R.version_id == bindparam("wanted"))


async def read(tx: Tx, version_id: int, person_ids: Iterable[int], *, at: datetime, at_source: str) -> None:
    """These have read it; saying it again changes nothing."""
    rows = [
        {"version_id": version_id, "person_id": person_id, "at": at, "at_source": at_source} for person_id in person_ids
    ]
    await tx.insert_new(m.policy_receipts, rows)


async def readers(tx: Tx, version_id: int) -> Collection[int]:
    """Who has read it, by id."""
    return {row[0] for row in await tx.all(_READERS, wanted=version_id)}
