"""The policy as people read it, in English."""

from __future__ import annotations

from core.rules.explain_parts import brackets, joined, late, moment, nudges, rows, weekday
from core.rules.money import percent, yuan_short
from core.rules.people import Role
from core.rules.policy import Policy, Version


def page(rules: Policy, v: Version) -> list[tuple[str, list[str]]]:
    """Every rule of a version as headed lists of sentences; each names its article of the company's document."""
    at = v.articles
    pay, weekly, monthly = v.pay, v.reports.weekly, v.reports.monthly
    known = [f"{role} {yuan_short(fen)}" for role in Role if (fen := pay.base.of(role)) is not None]
    unset = [role.value for role in Role if pay.base.of(role) is None]
    cut = {
        "proportional": "below the basis: base × performance ÷ basis",
        "step": "below the basis: "
        + "; ".join(f"from {percent(step.from_)} on, {percent(step.pay)}" for step in pay.basis_cut.steps),
        "none": "nothing is cut below the basis",
    }[pay.basis_cut.mode]
    base = [
        f"regular, a month: {'; '.join(known)} [{at.base}]",
        f"in probation: {yuan_short(pay.probation_base)} [{at.probation}]",
        "in training: the policy is silent, none computed"
        if pay.training_base is None
        else f"in training: {yuan_short(pay.training_base)} [{at.training}]",
        f"basis: {yuan_short(pay.basis)} a month, for clerks and reps only",
        cut,
        "a part month: base and basis by the same share of working days",
    ]
    if unset:
        base.append(f"the policy names no base for {', '.join(unset)}: 0.00")
    if pay.min_wage is None:
        base.append(f"no local minimum wage was entered: no top-up is shown [{at.min_wage}]")
    else:
        since = f", in force since {pay.min_wage_on}" if pay.min_wage_on else ""
        named = f" ({pay.min_wage_source})" if pay.min_wage_source else ""
        base.append(
            f"below the local minimum wage of {yuan_short(pay.min_wage)} a top-up is shown{since}{named} [{at.min_wage}]"
        )
    base += [
        f"sales of {yuan_short(g.from_)}: next month's base {yuan_short(g.base)}{f' ({g.name})' if g.name else ''} [{at.grades}]"
        for g in pay.clerk_grades
    ] or [f"graded bases: the table is missing, the base has no grades [{at.grades}]"]
    top = {"open": "the policy is silent above {}: the last rate goes on", "cap": "nothing above {}"}[
        pay.commission.top
    ]
    selling = ["slice by slice" if pay.commission.mode == "marginal" else "the whole amount at the bracket's rate"]
    for role in (Role.CLERK, Role.REP):
        table = pay.brackets(role)
        selling.append(f"{role}: {brackets(table.brackets, pay.commission.mode, 'en')} [{at.of(role.value)}]")
        if table.ends is not None:
            selling.append("  " + top.format(yuan_short(table.ends)))
    share = pay.delegation
    pairs = ", ".join(f"{pair.seller} → {pair.visitor}" for pair in share.pays)
    payer = (
        "from the seller's commission, never below 0, the company bears the rest"
        if share.funding == "clerk"
        else "paid by the company"
    )
    selling += [
        f"delegated visit ({pairs}): the visitor gets {percent(share.share)} of the deal, {payer} [{at.delegation}]",
        "a delegated visit is no part of the visitor's task; the deal is the seller's",
        (
            f"bulk SMS: {percent(pay.sms.rate)} of each order, {'also' if pay.sms.counts else 'not'} counted for brackets, "
            f"basis, rank and team [{at.sms}]"
        ),
    ]
    leading = []
    for role, lead in ((Role.SUPERVISOR, pay.supervisor), (Role.MANAGER, pay.manager)):
        mode = "whole team total" if lead.mode == "whole" else "team total by slices"
        leading.append(f"{role}: {mode}, {rows(lead.rows, 'en')} [{at.of(role.value)}]")
        if lead.ends is not None:
            tail = "the last rate goes on, to be confirmed" if lead.top == "open" else "nothing more"
            leading.append(f"  the policy is silent above {percent(lead.ends)}: {tail}")
        elif lead.top == "cap":
            leading.append("  nothing more above the last row")
    leading += [
        "attainment is never rounded: one fen short is short",
        "without a target, team commission is undetermined; the manager's target is the sum of the teams'",
        (
            f"targets are set by the manager each month and may change within the first {v.targets.free_days} working "
            f"days; raised later by the director{' or the manager' if v.targets.raise_by == 'manager' else ''}"
        ),
        {
            "undecided": "a supervisor's own deals count for the team; a commission of their own is for the manager to decide",
            "team": "a supervisor's own deals count for the team only",
            "rep": "a supervisor's own deals count for the team and pay by the rep's table",
        }[pay.supervisor.own_deals],
    ]
    p, e = pay.probation, v.elimination
    zero = "a warning is proposed, decided in month two" if p.zero == "warn" else "no proposal of its own"
    growing = [
        (
            f"{yuan_short(p.first_month)} in the first month, or {yuan_short(p.two_months)} in two: regular the month "
            f"after [{at.probation}]"
        ),
        f"in probation the basis {'binds too' if p.basis else 'does not bind'}; a month of nothing: {zero}",
        f"below {yuan_short(p.two_months)}: for the manager to decide",
        f"a start from day {p.late_start_day} on is month 0, its sales are added to month 1",
        (
            f"{e.months_below} months in a row below the basis, or a month of nothing: for the manager to decide "
            f"(eliminate, warn, waive) [{at.elimination}]"
        ),
    ]
    if e.last:
        growing.append(
            f"the last {e.last} of the month, with at least {e.min_ranked} ranked; probation and {e.leave_days} days' leave "
            "are left out"
        )
    growing.append(
        "company minimum: not in the rules, off" if e.min_fen is None else f"company minimum {yuan_short(e.min_fen)}"
    )
    growing.append("the bot proposes, a person decides")
    fine = {"record": "recorded, never taken from pay", "payslip": "on the payslip", "off": "not recorded"}[
        v.fines.mode
    ]
    who = "clerks, reps" + (", supervisors" if v.reports.supervisors_due else "")
    shift = "" if weekly.shift == "none" else "; a day off moves it to the working day before"
    outage, cap = v.reports.outage, v.guards.deduction_cap
    reporting = [
        f"due from: {who} (in probation too, not in training)",
        (
            f"weekly: {weekday(weekly.weekday, 'en')} {weekly.time:%H:%M} to the direct supervisor, a copy to the assistant; "
            f"late from {late(weekly)}{shift} [{at.weekly}]"
        ),
        f"  Sunday to Saturday; due with {weekly.min_working_days} working days; nudges {nudges(weekly.nudges, 'en')}",
        (
            f"monthly: on the first working day by {monthly.time:%H:%M:%S}, for the month before; due with "
            f"{monthly.min_working_days} working days [{at.monthly}]"
        ),
        f"  nudges {nudges(monthly.nudges, 'en')}; whoever still owes is asked {moment(v.reports.follow_up, 'en')}",
        (
            f"our own outage within {outage.window_minutes} minutes of a deadline extends it by its length, at least "
            f"{outage.min_minutes} minutes"
        ),
        (
            f"late without good reason: weekly {yuan_short(weekly.late_fen)} ({percent(weekly.fund_share)} to the fund), "
            f"monthly {yuan_short(monthly.late_fen)} ({percent(monthly.fund_share)} to the fund); {fine}"
        ),
        "nothing caps deductions"
        if cap is None
        else f"deductions stop at {percent(cap)} of the month's wage; the rest is dropped",
        "one penalty for one fact" if v.guards.one_penalty else "one fact may be penalised twice: that guard is off",
        f"a reason nobody answers within {v.reports.excuse_hours} hours is accepted",
        (
            f"feedback: within {v.feedback.working_days} working days, each report, by "
            f"{'the direct superior' if v.feedback.by == 'superior' else 'supervisor and manager'}; reminded "
            f"{moment(v.feedback.remind, 'en')} [{at.feedback}]"
        ),
    ]
    soft = ", ".join(map(str, v.calls.soft))
    calling = [
        f"calls {v.calls.window}" + (f"; better not {soft}" if soft else ""),
        f"one number at most {v.calls.per_number_day} times a day, {v.calls.per_number_week} a week",
        f"outcomes: {', '.join(outcome.en for outcome in v.calls.outcomes)}",
        "performance counts once confirmed, by the signing date"
        if v.deals.recognition == "signed"
        else "performance counts with each confirmed payment",
        (
            f"the supervisor is reminded after {v.deals.nudge_minutes} minutes, the assistant may confirm after "
            f"{v.deals.assistant_after_minutes}"
        ),
        (
            f"big from {yuan_short(v.deals.big_fen)}, asked again above {yuan_short(v.deals.absurd_fen)}, refused above "
            f"{yuan_short(v.deals.max_fen)}; celebrations {v.deals.celebrate}"
        ),
    ]
    board, week = v.boards, {"5": "five days", "6": "six days", "alternate": "five and six days by turns"}
    boards = [
        (
            f"every working day {board.daily.time:%H:%M}, every {moment(board.weekly, 'en')}, on the first working day "
            f"{board.monthly.time:%H:%M}"
        ),
        f"the first {board.names} only; in the last {board.last_days} working days also what the team still lacks",
        f"groups are quiet from {moment(board.quiet.from_, 'en')} to {moment(board.quiet.until, 'en')}",
        f"work {week[v.work.workweek]} (each person may differ): {joined(map(str, v.work.hours), 'en')}",
    ]
    until = "there was no version before" if v is rules.versions[0] else "earlier months keep their version"
    return [
        (f"Policy {v.name}", [f"in force from {v.effective_from}; {until}, closed months never change"]),
        ("3.1 Base", base),
        ("3.1 Commission", selling),
        ("3.1 Team commission", leading),
        ("3.1 Probation · 4 Elimination or warning", growing),
        ("5 Reports and feedback", reporting),
        ("Calls and deals", calling),
        ("Boards and working time", boards),
    ]
