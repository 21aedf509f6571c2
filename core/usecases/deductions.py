"""What fines would take from pay: nothing, unless the company's policy says `payslip` and two people switched it on (37).

The switch is thrown for one version of the policy, after its legal note was read (reliability G1, C10); without it fines
stay what they are, 待缴 beside pay. Nothing is taken backdated (G7): a fine that was noted as one that is not taken from pay
never is, whatever the policy says later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.ledger import Account
from core.rules.pay_guards import Deduction
from core.rules.people import Person
from core.rules.policy import Version
from core.rules.reports import ReportKind
from core.store import facts, ledger
from core.store.db import Tx
from core.store.reports import period_of
from core.usecases import duties
from core.usecases.booking import may_decide


@dataclass(frozen=True, slots=True)
class Switch:
    """`wanted`: does the policy say payslip? `by`: who read the note and agreed (ids), two switch it on."""

    version: str
    wanted: bool
    by: tuple[int, ...] = ()

    @property
    def on(self) -> bool:
        """Are fines deducted?"""
        return self.wanted and len(set(self.by)) >= 2


def _name(version: Version) -> str:
    return f"fines.payslip:{version.name}"[:64]


async def switch_of(tx: Tx, version: Version) -> Switch:
    """Where the switch stands for a version of the policy."""
    if version.fines.mode != "payslip":
        return Switch(version.name, wanted=False)
    kept = await facts.get(tx, _name(version))
    return Switch(version.name, wanted=True, by=tuple(kept["by"]) if kept else ())


async def agree(tx: Tx, actor: Person) -> Switch:
    """Somebody who decides about money has read the note. The second one switches it on. Raises Refusal."""
    if not may_decide(actor):
        raise Refusal("ledger.not_yours")
    version = tx.policy
    before = await switch_of(tx, version)
    if not before.wanted:
        raise Refusal("ledger.not_from_pay")
    if actor.id in before.by and not before.on:
        raise Refusal("ledger.two_people")
    if actor.id not in before.by:
        await facts.put(tx, _name(version), {"by": [*before.by, actor.id]})
        await tx.note(actor.id, "fines.payslip", f"policy:{version.effective_from}")
    return await switch_of(tx, version)


async def withdraw(tx: Tx, actor: Person) -> None:
    """Fines are recorded only, from now on; what was deducted in a locked month stays. Raises Refusal."""
    if not may_decide(actor):
        raise Refusal("ledger.not_yours")
    await facts.put(tx, _name(tx.policy), {"by": []})
    await tx.note(actor.id, "fines.record", f"policy:{tx.policy.effective_from}")


async def wanted(
    tx: Tx, version: Version, month: Month, person_ids: Collection[int] | None = None
) -> dict[int, list[Deduction]]:
    """What posted fines would take from a month, by person; {} while the switch is off.

    Fines alone that were assessed under a policy which takes them from pay.
    """
    if not (await switch_of(tx, version)).on:
        return {}
    found: dict[int, list[Deduction]] = {}
    for booked in await ledger.standing_fines(tx, person_ids, month):
        report = booked.entry.refs[0]
        kind, _, period = report.partition(":")
        assessed_by = duties.version_for(tx, ReportKind(kind), period_of(ReportKind(kind), period))
        if assessed_by.fines.mode != "payslip":
            continue
        theirs = next(p for p in booked.entry.postings if p.account is Account.FINES_POSTED)
        day = booked.entry.at.astimezone(tx.company.zone).date()
        found.setdefault(int(theirs.person or 0), []).append(
            Deduction(booked.entry.key, kind, report, day, -theirs.fen)
        )
    return found
