"""What a sound policy file still leaves open: not wrong, but somebody should know before it matters to their pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.rules.people import AGENTS, Role
from core.rules.policy import Policy, Problem, Version


def gaps(version: Version) -> list[Problem]:
    """Warnings about one version, in the order of the file."""
    label = f"version[{version.effective_from}]"
    return [Problem(f"{label}.{where}", what, params) for where, what, params in _gaps(version)]


def altered(old: Policy, new: Policy) -> list[Version]:
    """Versions of `old` that `new` lacks or states differently: versions are append-only."""
    kept = {(version.effective_from, version.fingerprint) for version in new.versions}
    return [version for version in old.versions if (version.effective_from, version.fingerprint) not in kept]


def overlooked(policy: Policy, unfinished_years: Sequence[int]) -> list[Problem]:
    """All warnings about a file. `unfinished_years`: calendars that cannot be a year's whole plan."""
    found = [gap for version in policy.versions[-1:] for gap in gaps(version)]
    return found + [Problem(f"calendar.{year}", "gap_calendar", {}) for year in unfinished_years]


def _gaps(version: Version) -> Iterator[tuple[str, str, dict[str, str]]]:
    pay = version.pay
    for role in Role:
        if role not in AGENTS and pay.base.of(role) is None:
            yield f"pay.base.{role}", "gap_base", {"role": role.value}
    if pay.training_base is None:
        yield "pay.training_base", "gap_training", {}
    if pay.min_wage is None:
        yield "pay.min_wage", "gap_min_wage", {}
    elif min(pay.base.clerk, pay.base.rep, pay.probation_base) < pay.min_wage:
        yield "pay.min_wage", "gap_base_below_minimum", {}
    if not pay.clerk_grades:
        yield "pay.clerk_grades", "gap_grades", {}
    for name, table in (("clerk", pay.clerk), ("rep", pay.rep)):
        if table.ends is not None:
            what = "gap_open_end" if pay.commission.top == "open" else "gap_capped"
            yield f"pay.{name}.ends", what, {"figure": f"{table.ends // 100:,}"}
    if pay.commission.mode == "whole":
        yield "pay.commission.mode", "gap_whole", {}
    if pay.supervisor.own_deals == "undecided":
        yield "pay.supervisor.own_deals", "gap_own_deals", {}
    if pay.manager.ends is not None:
        what = "gap_open_end" if pay.manager.top == "open" else "gap_capped"
        yield "pay.manager.ends", what, {"figure": f"{int(pay.manager.ends * 100)}%"}
    if version.elimination.min_fen is None:
        yield "elimination.min", "gap_elimination_min", {}
    elif version.elimination.min_fen >= pay.basis:
        yield "elimination.min", "gap_minimum_over_basis", {}
    if version.fines.mode != "off":
        yield "fines.mode", "gap_payslip" if version.fines.mode == "payslip" else "gap_fines", {}
    legal_from, legal_to = 9, 21
    window = version.calls.window
    if window.start.hour < legal_from or (window.end.hour, window.end.minute) > (legal_to, 0):
        yield "calls.window", "gap_window", {"figure": str(window)}
