"""Changing the policy: proposed, looked at, submitted, confirmed by a second person, issued to everybody.

A confirmed version is appended to the company's policy in the transaction that confirms it, and from then on nothing
changes it. All open proposals are held while one is decided about, so of two at once the second sees the first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from core.rules import policy_change as rules
from core.rules.calendar import Month
from core.rules.celebrate import may_post_at
from core.rules.errors import Refusal
from core.rules.names import clean_text
from core.rules.people import Person
from core.rules.policy import PolicyErrors
from core.rules.policy_change import Candidate, State
from core.store import months, people, policies
from core.store.db import Tx
from core.store.policies import Issued, Proposal
from core.usecases.cheers import quiet_of
from core.usecases.guards import guard

LONGEST = 500  # characters of a reason


# --- proposing --------------------------------------------------------------------------------------------------------


def check_may(actor: Person) -> None:
    """Refusal `policy.not_yours` for those who may not propose."""
    if not rules.may_propose(actor):
        raise Refusal("policy.not_yours")


async def read_file(tx: Tx, text: str) -> Candidate:
    """The new version of a file. Raises PolicyErrors with all its problems."""
    return rules.from_file(text, tx.company.policy, await months.last_locked(tx))


async def change_figure(tx: Tx, key: str, typed: str, day: date) -> Candidate:
    """One figure of the newest version changed. Raises PolicyErrors, Refusal."""
    policy = tx.company.policy
    one = rules.figure(policy.versions[-1], key)
    value = rules.read_value(one, typed, tx.policy.deals.max_fen)
    return rules.from_figure(policy, key, value, day, await months.last_locked(tx))


async def propose(
    tx: Tx, actor: Person | None, made: Candidate, *, source: str, at: datetime, at_source: str, once: str
) -> Proposal:
    """Write a proposal down; before it is submitted, those who may propose see it and nobody else.

    `actor` None: from the command line, the same text once while it is open; those who may submit it are told. Raises
    Refusal.
    """
    if actor is not None:
        check_may(actor)
    for other in await policies.open_ones(tx) if actor is None else []:
        if other.text == made.text:
            return other
    new = await policies.add(
        tx, made, source=source, base=tx.company.policy.versions[-1].fingerprint, proposer_id=actor.id if actor else None,
        at=at, at_source=at_source, once=once,
    )  # fmt: skip
    proposal = await policies.by_once(tx, once)
    assert proposal is not None
    if new is not None:
        await tx.note(actor.id if actor else None, "policy.proposed", f"policy:{new}", {"source": source})
        if actor is None:
            for person in await people.everybody(tx):
                if rules.may_propose(person):
                    await _tell(tx, person, "policy_drafted", proposal)
    return proposal


async def _tell(tx: Tx, person: Person, notice: str, proposal: Proposal, mark: str = "") -> None:
    await tx.notify(
        person.id, notice, {"proposal": proposal.id}, once=f"policy:{proposal.id}:{notice}{mark}:{person.id}",
        subject=f"policy:{proposal.id}",
    )  # fmt: skip


async def seen_by(tx: Tx, actor: Person, proposal_id: int) -> Proposal:
    """A proposal for those who propose and confirm. Refusal `policy.not_yours`."""
    proposal = await policies.by_id(tx, proposal_id)
    if proposal is None or not (rules.may_propose(actor) or await may_confirm(tx, actor, proposal)):
        raise Refusal("policy.not_yours")
    return proposal


async def candidate_of(tx: Tx, proposal: Proposal) -> Candidate:
    """The version it proposes, checked again as things are now. Raises PolicyErrors."""
    return rules.candidate(tx.company.policy, rules.read(proposal.text), await months.last_locked(tx))


async def submit(tx: Tx, actor: Person, proposal_id: int) -> Proposal:
    """Put it before the second person. Raises Refusal: not one's own, decided, nobody there to confirm, overtaken."""
    check_may(actor)
    proposal = await _held(tx, proposal_id)
    if proposal.state is State.SUBMITTED:
        raise Refusal("policy.already_submitted")
    if proposal.proposer_id not in {None, actor.id} and not await _is_orphan(tx, proposal):
        raise Refusal("policy.not_yours")
    asked = rules.confirmers(await people.everybody(tx), actor.id)
    if not asked:
        raise Refusal("policy.nobody_confirms")
    await _check_still(tx, proposal)
    await policies.move(tx, proposal_id, State.SUBMITTED, proposer_id=actor.id, submitted_at=tx.now)
    await tx.note(actor.id, "policy.submitted", f"policy:{proposal_id}")
    submitted = replace(proposal, state=State.SUBMITTED, proposer_id=actor.id, submitted_at=tx.now)
    for person in asked:
        await _tell(tx, person, "policy_submitted", submitted, f":{actor.id}")
    return submitted


async def take_over(tx: Tx, actor: Person, proposal_id: int) -> Proposal:
    """The proposer has left: somebody else stands for it. Raises Refusal."""
    check_may(actor)
    proposal = await _held(tx, proposal_id)
    if not await _is_orphan(tx, proposal):
        raise Refusal("policy.not_orphaned")
    await policies.move(tx, proposal_id, State.DRAFT, proposer_id=actor.id, submitted_at=None)
    await tx.note(actor.id, "policy.taken_over", f"policy:{proposal_id}")
    return replace(proposal, state=State.DRAFT, proposer_id=actor.id, submitted_at=None)


async def _is_orphan(tx: Tx, proposal: Proposal) -> bool:
    """Has its proposer left the company?"""
    if proposal.proposer_id is None:
        return False
    proposer = await people.by_id(tx, proposal.proposer_id)
    return proposer is None or not proposer.works


async def is_orphan(tx: Tx, proposal: Proposal) -> bool:
    """Does an open proposal have nobody who stands for it any more?"""
    return proposal.state.is_open and await _is_orphan(tx, proposal)


async def _held(tx: Tx, proposal_id: int) -> Proposal:
    """An open proposal that nobody else decides about before we commit. Raises Refusal with what became of it."""
    held = await policies.hold_open(tx)
    if proposal_id in held:
        return held[proposal_id]
    done = await policies.by_id(tx, proposal_id)
    raise Refusal(f"policy.was_{done.state.value}" if done else "policy.not_yours")


async def _check_still(tx: Tx, proposal: Proposal) -> Candidate:
    """It may still be appended as it is. Refusal: another version came in between, its first month was locked."""
    tx.company = await policies.current(tx)  # another process may have confirmed one
    if proposal.base != tx.company.policy.versions[-1].fingerprint:
        raise Refusal("policy.was_overtaken")
    locked = await months.last_locked(tx)
    if locked is not None and proposal.effective_from <= locked.end:
        raise Refusal("policy.in_locked", month=locked)
    try:
        return await candidate_of(tx, proposal)
    except PolicyErrors:
        raise Refusal("policy.no_longer_fits") from None


async def withdraw(tx: Tx, actor: Person, proposal_id: int, reason: str) -> Proposal:
    """The proposer takes it back. Raises Refusal."""
    proposal = await _held(tx, proposal_id)
    if proposal.proposer_id not in {None, actor.id} or not rules.may_propose(actor):
        raise Refusal("policy.not_yours")
    return await _end(tx, actor, proposal, State.WITHDRAWN, reason)


async def decline(tx: Tx, actor: Person, proposal_id: int, reason: str) -> Proposal:
    """The second person says no, and why. Raises Refusal."""
    proposal = await _held(tx, proposal_id)
    await _check_confirmer(tx, actor, proposal)
    return await _end(tx, actor, proposal, State.DECLINED, reason)


async def _end(tx: Tx, actor: Person, proposal: Proposal, state: State, reason: str) -> Proposal:
    said = clean_text(reason).strip()[:LONGEST]
    if not said:
        raise Refusal("policy.reason_missing")
    await policies.move(tx, proposal.id, state, decided_by=actor.id, decided_at=tx.now, reason=said)
    await tx.note(actor.id, f"policy.{state.value}", f"policy:{proposal.id}")
    ended = replace(proposal, state=state, decided_by=actor.id, decided_at=tx.now, reason=said)
    company = await people.everybody(tx)
    told = {proposal.proposer_id}
    if proposal.state is State.SUBMITTED and proposal.proposer_id is not None:
        told |= {person.id for person in rules.confirmers(company, proposal.proposer_id)}
    for person in company:
        if person.id in told - {actor.id}:
            await _tell(tx, person, "policy_ended", ended)
    return ended


# --- confirming -------------------------------------------------------------------------------------------------------


async def may_confirm(tx: Tx, actor: Person, proposal: Proposal) -> bool:
    """Is this person the second one?"""
    if proposal.state is not State.SUBMITTED or proposal.proposer_id is None:
        return False
    return any(one.id == actor.id for one in rules.confirmers(await people.everybody(tx), proposal.proposer_id))


async def _check_confirmer(tx: Tx, actor: Person, proposal: Proposal) -> None:
    if proposal.state is not State.SUBMITTED:
        raise Refusal("policy.not_submitted")
    if proposal.proposer_id == actor.id:
        raise Refusal("policy.second_person")
    if not await may_confirm(tx, actor, proposal):
        raise Refusal("policy.not_yours")


async def put_off(tx: Tx, actor: Person, proposal_id: int, day: date) -> Proposal:
    """The second person lets it begin on another day, within a month too. Raises Refusal, PolicyErrors."""
    proposal = await _held(tx, proposal_id)
    await _check_confirmer(tx, actor, proposal)
    made = rules.moved(tx.company.policy, proposal.text, day, await months.last_locked(tx))
    await policies.rewrite(tx, proposal_id, made)
    await tx.note(actor.id, "policy.moved", f"policy:{proposal_id}", {"to": day.isoformat()})
    return replace(proposal, effective_from=day, text=made.text)


async def confirm(tx: Tx, actor: Person, proposal_id: int, *, at: datetime, at_source: str) -> Issued:
    """The second yes: the version is in force from its day on, and everybody is told.

    Raises Refusal: decided already, one's own, its proposer left, overtaken, its first month is locked.
    """
    proposal = await _held(tx, proposal_id)
    await _check_confirmer(tx, actor, proposal)
    if await _is_orphan(tx, proposal):
        raise Refusal("policy.proposer_left")
    await _hold_months(tx, proposal)
    made = await _check_still(tx, proposal)
    new = await policies.issue(tx, proposal, made, actor.id)
    if new is None:
        raise Refusal("policy.was_overtaken")
    await policies.move(tx, proposal_id, State.CONFIRMED, decided_by=actor.id, decided_at=tx.now)
    await tx.note(actor.id, "policy.confirmed", f"policy:{proposal_id}", {"version": made.version.name})
    tx.company = await policies.current(tx)
    issued = await policies.issued_by_id(tx, new)
    assert issued is not None
    await _overtake(tx, proposal_id)
    both = {issued.proposed_by, issued.confirmed_by}
    await policies.read(tx, new, sorted(both), at=at, at_source=at_source)
    await _announce(tx, issued, both)
    return issued


async def _hold_months(tx: Tx, proposal: Proposal) -> None:
    """Nobody locks a month that it prices before we commit. Refusal `policy.in_locked`."""
    month = Month.of(proposal.effective_from)
    while month <= Month.of(tx.today):
        try:
            await months.hold_open(tx, month)
        except Refusal:
            raise Refusal("policy.in_locked", month=month) from None
        month = month.next


async def _overtake(tx: Tx, confirmed: int) -> None:
    """Whatever else is open was reckoned on a policy that is no longer the newest."""
    for other in await policies.open_ones(tx):
        if other.id == confirmed:
            continue
        await policies.move(tx, other.id, State.OVERTAKEN, decided_at=tx.now)
        proposer = await people.by_id(tx, other.proposer_id) if other.proposer_id is not None else None
        if proposer is not None and proposer.works:
            await _tell(tx, proposer, "policy_ended", other)


async def _announce(tx: Tx, issued: Issued, both: set[int]) -> None:
    """Everybody hears it in private, in the hours when messages may come."""
    due = may_post_at(tx.now, tx.company.zone, quiet_of(tx))
    for person in await people.everybody(tx):
        known = person.id in both
        if person.id != issued.confirmed_by:
            await tx.notify(
                person.id, "policy_confirmed" if known else "policy_announced", {"version": issued.id},
                once=f"policy-version:{issued.id}:{person.id}",
                subject=f"policy:{issued.proposal_id}" if known else None, due_at=None if known else due,
            )  # fmt: skip


# --- who has read it --------------------------------------------------------------------------------------------------


async def receipt(tx: Tx, person: Person, version_id: int, *, at: datetime, at_source: str) -> Issued:
    """已阅. Saying it again changes nothing. Raises Refusal."""
    issued = await policies.issued_by_id(tx, version_id)
    if issued is None:
        raise Refusal("policy.no_version_there")
    await policies.read(tx, version_id, [person.id], at=at, at_source=at_source)
    return issued


async def unread(tx: Tx, issued: Issued) -> list[Person]:
    """Who works here since before it was issued and has not read it, in the order of the roster."""
    read = await policies.readers(tx, issued.id)
    day = issued.confirmed_at.astimezone(tx.company.zone).date()
    return [person for person in await people.everybody(tx) if person.id not in read and person.hired_on <= day]


@guard("policy_waits")
async def still_waits(tx: Tx, proposal_id: str) -> bool:
    """Has nobody decided about a proposal yet?"""
    proposal = await policies.by_id(tx, int(proposal_id))
    return proposal is not None and proposal.state is State.SUBMITTED


@guard("policy_unread")
async def still_unread(tx: Tx, what: str) -> bool:
    """Does a person still owe the receipt? `version:person`."""
    version, _, person = what.partition(":")
    return int(person) not in await policies.readers(tx, int(version))
