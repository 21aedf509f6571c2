"""What a sound policy file still leaves open: not wrong, but somebody should know before it matters to their pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise

from core.rules.calendar import Month
from core.rules.money import percent
from core.rules.pay_guards import LEGAL_CAP
from core.rules.people import AGENTS, Role
from core.rules.policy import Policy, Problem, Version
from core.rules.policy_keys import keys, written

# Where the company's document is silent or can be read in two ways and it matters to somebody's pay or duties: a file
# that does not say it either leaves it to the product's default (docs/rules.md).
SILENT = frozenset(
    {
        "pay.basis_cut.mode", "pay.commission.mode", "pay.commission.top", "pay.delegation.funding",
        "pay.delegation.pays", "pay.sms.counts", "pay.supervisor.mode", "pay.supervisor.top", "pay.manager.mode",
        "pay.manager.top", "pay.probation.basis", "pay.probation.late_start_day", "pay.probation.zero",
        "targets.free_days", "targets.raise_by", "elimination.months_below", "elimination.last",
        "elimination.min_ranked", "elimination.leave_days", "fines.mode", "guards.one_penalty",
        "reports.weekly.grace", "reports.weekly.shift", "reports.weekly.min_working_days", "reports.weekly.late",
        "reports.weekly.fund_share", "reports.monthly.time", "reports.monthly.min_working_days",
        "reports.monthly.late", "reports.monthly.fund_share", "reports.supervisors_due", "reports.excuse_hours",
        "feedback.working_days", "feedback.by", "calls.window", "deals.recognition", "work.workweek",
    }
)  # fmt: skip
DAYS_OF_A_FIGURE = 366  # local minimum wages are reviewed at least every other year, mostly each year
LEAST_ANYWHERE = 1_000_00  # fen; every province's monthly minimum has long been above it
PROBATION_LEAST = Fraction(80, 100)  # 劳动合同法 art. 20: of the agreed wage


def gaps(version: Version) -> list[Problem]:
    """Warnings about one version, in the order of the file."""
    label = f"version[{version.effective_from}]"
    found = [Problem(f"{label}.{where}", what, params) for where, what, params in _gaps(version)]
    return found + [
        Problem(f"{label}.{key.name}", "gap_default", {"figure": written(key.value(version), key.field)})
        for key in keys()
        if key.name in SILENT and not key.stated(version)
    ]


def in_locked(old: Policy | None, new: Policy, locked: Month) -> list[Problem]:
    """Versions that `new` adds or changes in months that are closed, `locked` being the last of them: refused."""
    known = {(version.effective_from, version.fingerprint) for version in old.versions} if old else set()
    return [
        Problem(f"version[{version.effective_from}].effective_from", "in_locked", {"allowed": str(locked.end)})
        for version in new.versions
        if (version.effective_from, version.fingerprint) not in known and version.effective_from <= locked.end
    ]


def altered(old: Policy, new: Policy) -> list[Version]:
    """Versions of `old` that `new` lacks or states differently: versions are append-only."""
    kept = {(version.effective_from, version.fingerprint) for version in new.versions}
    return [version for version in old.versions if (version.effective_from, version.fingerprint) not in kept]


def overlooked(policy: Policy, unfinished_years: Sequence[int], today: date | None = None) -> list[Problem]:
    """All warnings about a file. `unfinished_years`: calendars that cannot be a year's whole plan.

    `today`: a minimum wage that was entered for a day more than a year before is pointed out.
    """
    newest = policy.versions[-1]
    found = gaps(newest)
    label, on = f"version[{newest.effective_from}]", newest.pay.min_wage_on
    if today is not None and on is not None and (today - on).days > DAYS_OF_A_FIGURE:
        found.append(Problem(f"{label}.pay.min_wage_on", "gap_min_wage_old", {"figure": str(on)}))
    if len(policy.versions) > 1:
        found.append(Problem(f"{label}", "gap_consult", {}))
    return found + [Problem(f"calendar.{year}", "gap_calendar", {}) for year in unfinished_years]


def _gaps(version: Version) -> Iterator[tuple[str, str, dict[str, str]]]:
    pay = version.pay
    for role in Role:
        if role not in AGENTS and pay.base.of(role) is None:
            yield f"pay.base.{role}", "gap_base", {"role": role.value}
    if pay.training_base is None:
        yield "pay.training_base", "gap_training", {}
    bases = sorted({pay.base.clerk, pay.base.rep, pay.probation_base})
    if pay.min_wage is None:
        low = [f"{base // 100:,}" for base in bases if base < LEAST_ANYWHERE]
        yield "pay.min_wage", "gap_min_wage_low" if low else "gap_min_wage", {"figure": "/".join(low)}
    elif bases[0] < pay.min_wage:
        yield "pay.min_wage", "gap_base_below_minimum", {}
    if pay.min_wage is not None and (pay.min_wage_on is None or not pay.min_wage_source):
        yield "pay.min_wage_on", "gap_min_wage_source", {}
    if pay.probation_base < min(pay.base.clerk, pay.base.rep) * PROBATION_LEAST:
        yield "pay.probation_base", "gap_probation_low", {}
    yield "pay.probation.max_months", "gap_probation_contract", {}
    if not pay.clerk_grades:
        yield "pay.clerk_grades", "gap_grades", {}
    if any(low.base > high.base for low, high in pairwise(pay.clerk_grades)):
        yield "pay.clerk_grades", "gap_grades_fall", {}
    for name, table in (("clerk", pay.clerk), ("rep", pay.rep)):
        if table.ends is not None:
            what = "gap_open_end" if pay.commission.top == "open" else "gap_capped"
            yield f"pay.{name}.ends", what, {"figure": f"{table.ends // 100:,}"}
        falls = any(low.rate > high.rate for low, high in pairwise(table.brackets))
        if falls:
            yield f"pay.{name}.brackets", "gap_falling", {}
    for name, rows in (("supervisor", pay.supervisor.rows), ("manager", pay.manager.rows)):
        if any(low.rate > high.rate for low, high in pairwise(rows)):
            yield f"pay.{name}.rows", "gap_falling", {}
    if pay.basis_cut.mode == "step" and max(step.pay for step in pay.basis_cut.steps) < 1:
        yield "pay.basis_cut.steps", "gap_never_whole", {}
    if pay.commission.mode == "whole":
        yield "pay.commission.mode", "gap_whole", {}
    if pay.supervisor.own_deals == "undecided":
        yield "pay.supervisor.own_deals", "gap_own_deals", {}
    if pay.manager.ends is not None:
        what = "gap_open_end" if pay.manager.top == "open" else "gap_capped"
        yield "pay.manager.ends", what, {"figure": percent(pay.manager.ends)}
    if version.elimination.min_fen is None:
        yield "elimination.min", "gap_elimination_min", {}
    elif version.elimination.min_fen >= pay.basis:
        yield "elimination.min", "gap_minimum_over_basis", {}
    if version.elimination.last:
        yield "elimination.last", "gap_last", {}
    if version.fines.mode != "off":
        yield "fines.mode", "gap_payslip" if version.fines.mode == "payslip" else "gap_fines", {}
    cap = version.guards.deduction_cap
    if cap is None and version.fines.mode == "payslip":
        yield "guards.deduction_cap", "gap_cap", {}
    elif cap is not None and cap > LEGAL_CAP:
        yield "guards.deduction_cap", "gap_cap_high", {"figure": percent(cap)}
    legal_from, legal_to = 9, 21
    window = version.calls.window
    if window.start.hour < legal_from or (window.end.hour, window.end.minute) > (legal_to, 0):
        yield "calls.window", "gap_window", {"figure": str(window)}
