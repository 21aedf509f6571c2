"""The policy as people read it, in Chinese and English: what `waihu policy explain` prints and the bot can show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from core.rules.calendar import WEEKDAYS_ZH
from core.rules.money import percent, yuan_short
from core.rules.people import Role
from core.rules.policy import Policy, Version
from core.rules.policy_conduct import Moment, Nudge, Weekly
from core.rules.policy_pay import AttainmentRow, Bracket
from core.rules.policy_values import Weekday


def policy(rules: Policy, version: Version, lang: str = "zh") -> list[tuple[str, list[str]]]:
    """The version in force as headed lists of sentences: what `waihu policy explain` prints and the bot shows."""
    return (_page_zh if lang == "zh" else _page_en)(rules, version)


def as_text(page: Iterable[tuple[str, list[str]]]) -> str:
    """The page as plain text."""
    return "\n\n".join("\n".join([head, *(f"  {line}" for line in lines)]) for head, lines in page)


def _page_zh(rules: Policy, v: Version) -> list[tuple[str, list[str]]]:
    pay, word, weekly, monthly = v.pay, rules.glossary, v.reports.weekly, v.reports.monthly
    unset = [word[role.value] for role in Role if pay.base.of(role) is None]
    known = [
        f"{word[role.value]} {yuan_short(fen)}" for role in Role if (fen := pay.base.of(role)) is not None
    ]  # fmt: skip
    cut = {
        "proportional": f"达不到{word['basis']},{word['base']} × {word['performance']} ÷ {word['basis']}",
        "step": "达不到时按分段表:"
        + ";".join(f"满 {percent(step.from_)} 付 {percent(step.pay)}" for step in pay.basis_cut.steps),
        "none": f"达不到{word['basis']}也不扣{word['base']}",
    }[pay.basis_cut.mode]
    base = [
        f"转正后每月:{';'.join(known)}",
        f"试用期每月:{yuan_short(pay.probation_base)}",
        "培训期:制度未载明,不计算" if pay.training_base is None else f"培训期每月:{yuan_short(pay.training_base)}",
        f"{word['basis']}:每月 {yuan_short(pay.basis)},只约束{word['clerk']}和{word['rep']}",
        cut,
        f"不足整月:{word['base']}和{word['basis']}按在岗工作日同比例",
    ]
    if unset:
        base.append(f"制度未载明{'、'.join(unset)}的{word['base']},按 0.00")
    if pay.min_wage is not None:
        base.append(f"不足当地最低工资 {yuan_short(pay.min_wage)} 的,列补足")
    base += [
        f"业绩满 {yuan_short(g.from_)},次月底薪 {yuan_short(g.base)}{f'({g.name})' if g.name else ''}"
        for g in pay.clerk_grades
    ]
    how = "分段累进,一段一个比例" if pay.commission.mode == "marginal" else "全额按所在档"
    top = {"open": "制度未载明 > {},按最高一档", "cap": "{} 以上不计"}[pay.commission.top]
    selling = [how]
    for role in (Role.CLERK, Role.REP):
        table = pay.brackets(role)
        selling.append(f"{word[role.value]}:{_brackets(table.brackets, 'zh')}")
        if table.ends is not None:
            selling.append("  " + top.format(yuan_short(table.ends)))
    share = pay.delegation
    pairs = "、".join(f"{word[p.seller.value]}委托{word[p.visitor.value]}" for p in share.pays)
    payer = (
        "从卖出的人提成里出,最低扣到 0,不足公司承担" if share.funding == "clerk" else "公司承担"
    )  # fmt: skip
    selling += [
        f"代理拜访:{pairs},去的人得该单 {percent(share.share)},{payer}",
        f"代理拜访不计入去的人的任务,业绩算卖出的{word['agent']}",
        f"短信群发:每单 {percent(pay.sms.rate)},{'也计入' if pay.sms.counts else '不计入'}档位、{word['basis']}、排名和团队",
    ]
    leading = []
    for role, lead in ((Role.SUPERVISOR, pay.supervisor), (Role.MANAGER, pay.manager)):
        mode = "团队总业绩" if lead.mode == "whole" else "团队业绩分段"
        leading.append(f"{word[role.value]}:{mode},{_rows(lead.rows, 'zh')}")
        if lead.ends is not None:
            tail = "按最高一档,待确认" if lead.top == "open" else "以上不计"
            leading.append(f"  制度未载明 > {percent(lead.ends)},{tail}")
    leading += [
        "达成率不四舍五入:差一分也算没到",
        "指标没设定时,团队提成未定",
        {
            "undecided": f"{word['supervisor']}自己签单计入团队;是否另计提成待经理决定",
            "team": f"{word['supervisor']}自己签单只计入团队",
            "rep": f"{word['supervisor']}自己签单计入团队,另按{word['rep']}提成表计提",
        }[pay.supervisor.own_deals],
    ]
    p, e = pay.probation, v.elimination
    growing = [
        f"首月满 {yuan_short(p.first_month)},次月转正;两个月合计满 {yuan_short(p.two_months)},第三个月转正",
        f"低于 {yuan_short(p.two_months)}:提请经理决定",
        f"{p.late_start_day} 日起才开始试用的,当月算第 0 个月,业绩并入首月",
        f"转正后连续 {e.months_below} 个月低于{word['basis']},或当月业绩为 0:提请经理决定(淘汰、警告或豁免)",
    ]
    if e.last:
        growing.append(f"当月排名后 {e.last} 名(满 {e.min_ranked} 人参加排名才看;试用、请假满 {e.leave_days} 天的不排)")
    growing.append("公司最低指标:制度未载明,不启用" if e.min_fen is None else f"公司最低指标 {yuan_short(e.min_fen)}")
    growing.append("系统只提请,由人决定")
    fine = {"record": "记待缴,不从工资扣", "payslip": "进工资单", "off": "不记"}[v.fines.mode]
    reporting = [
        (
            f"周报:{_weekday(weekly.weekday, 'zh')} {weekly.time:%H:%M} 前交直接主管,抄送{word['assistant']};"
            f"{_late(weekly)} 起算迟交"
        ),
        f"  周日到周六;本周在岗满 {weekly.min_working_days} 个工作日才要交;提醒 {_nudges(weekly.nudges, 'zh')}",
        f"月报:每月第一个工作日 {monthly.time:%H:%M:%S} 前,交上个月的;上月在岗满 {monthly.min_working_days} 个工作日才要交",
        (
            f"没按时又没有正当理由:周报 {yuan_short(weekly.late_fen)}、月报 {yuan_short(monthly.late_fen)},"
            f"{percent(weekly.fund_share)} 归{word['fund']};{fine}"
        ),
        f"说明原因后 {v.reports.excuse_hours} 小时没人答复,按有理由算",
        f"批复:{v.feedback.working_days} 个工作日内,{'直接上级' if v.feedback.by == 'superior' else '主管和经理'}逐份回复",
    ]
    soft = "、".join(map(str, v.calls.soft))
    calling = [
        f"拨打时间 {v.calls.window}" + (f";{soft} 提醒避开" if soft else ""),
        f"同一号码一天最多 {v.calls.per_number_day} 次,一周最多 {v.calls.per_number_week} 次",
        f"结果:{'、'.join(outcome.zh for outcome in v.calls.outcomes)}",
        "业绩:主管确认后按签约日计入" if v.deals.recognition == "signed" else "业绩:每笔到账确认后计入",
        f"{v.deals.nudge_minutes} 分钟没确认提醒主管,{v.deals.assistant_after_minutes} 分钟后助理可以代为确认",
        f"{yuan_short(v.deals.absurd_fen)} 以上再问一遍;喜报 {v.deals.celebrate} 发",
    ]
    until = "之前没有别的版本" if v is rules.versions[0] else "之前的月份按旧版本"
    return [
        (f"制度 {v.name} 版", [f"{_date(v.effective_from)}起生效;{until},已结账的月份不变"]),
        ("3.1 底薪", base),
        ("3.1 提成", selling),
        ("3.1 团队提成", leading),
        ("3.1 转正 · 4 淘汰或警告", growing),
        ("5 汇报与反馈", reporting),
        ("电话与报单", calling),
    ]


def _page_en(rules: Policy, v: Version) -> list[tuple[str, list[str]]]:
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
        f"regular, a month: {'; '.join(known)}",
        f"in probation: {yuan_short(pay.probation_base)}",
        "in training: the policy is silent, none computed"
        if pay.training_base is None
        else f"in training: {yuan_short(pay.training_base)}",
        f"basis: {yuan_short(pay.basis)} a month, for clerks and reps only",
        cut,
        "a part month: base and basis by the same share of working days",
    ]
    if unset:
        base.append(f"the policy names no base for {', '.join(unset)}: 0.00")
    if pay.min_wage is not None:
        base.append(f"below the local minimum wage of {yuan_short(pay.min_wage)} a top-up is shown")
    base += [
        f"sales of {yuan_short(g.from_)}: next month's base {yuan_short(g.base)}{f' ({g.name})' if g.name else ''}"
        for g in pay.clerk_grades
    ]
    top = {"open": "the policy is silent above {}: the last rate goes on", "cap": "nothing above {}"}[
        pay.commission.top
    ]
    selling = ["slice by slice" if pay.commission.mode == "marginal" else "the whole amount at the bracket's rate"]
    for role in (Role.CLERK, Role.REP):
        table = pay.brackets(role)
        selling.append(f"{role}: {_brackets(table.brackets, 'en')}")
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
        f"delegated visit ({pairs}): the visitor gets {percent(share.share)} of the deal, {payer}",
        "a delegated visit is no part of the visitor's task; the deal is the seller's",
        (
            f"bulk SMS: {percent(pay.sms.rate)} of each order, {'also' if pay.sms.counts else 'not'} counted for brackets, "
            "basis, rank and team"
        ),
    ]
    leading = []
    for role, lead in ((Role.SUPERVISOR, pay.supervisor), (Role.MANAGER, pay.manager)):
        mode = "whole team total" if lead.mode == "whole" else "team total by slices"
        leading.append(f"{role}: {mode}, {_rows(lead.rows, 'en')}")
        if lead.ends is not None:
            tail = "the last rate goes on, to be confirmed" if lead.top == "open" else "nothing more"
            leading.append(f"  the policy is silent above {percent(lead.ends)}: {tail}")
    leading += [
        "attainment is never rounded: one fen short is short",
        "without a target, team commission is undetermined",
        {
            "undecided": "a supervisor's own deals count for the team; a commission of their own is for the manager to decide",
            "team": "a supervisor's own deals count for the team only",
            "rep": "a supervisor's own deals count for the team and pay by the rep's table",
        }[pay.supervisor.own_deals],
    ]
    p, e = pay.probation, v.elimination
    growing = [
        f"{yuan_short(p.first_month)} in the first month, or {yuan_short(p.two_months)} in two: regular the month after",
        f"below {yuan_short(p.two_months)}: for the manager to decide",
        f"a start from the {p.late_start_day}th on is month 0, its sales are added to month 1",
        (
            f"{e.months_below} months in a row below the basis, or a month of nothing: for the manager to decide "
            "(eliminate, warn, waive)"
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
    reporting = [
        (
            f"weekly: {_weekday(weekly.weekday, 'en')} {weekly.time:%H:%M} to the direct supervisor, a copy to the assistant; "
            f"late from {_late(weekly)}"
        ),
        f"  Sunday to Saturday; due with {weekly.min_working_days} working days; nudges {_nudges(weekly.nudges, 'en')}",
        (
            f"monthly: on the first working day by {monthly.time:%H:%M:%S}, for the month before; due with "
            f"{monthly.min_working_days} working days"
        ),
        (
            f"late without good reason: weekly {yuan_short(weekly.late_fen)}, monthly {yuan_short(monthly.late_fen)}, "
            f"{percent(weekly.fund_share)} of it to the fund; {fine}"
        ),
        f"a reason nobody answers within {v.reports.excuse_hours} hours is accepted",
        (
            f"feedback: within {v.feedback.working_days} working days, each report, by "
            f"{'the direct superior' if v.feedback.by == 'superior' else 'supervisor and manager'}"
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
        f"asked again above {yuan_short(v.deals.absurd_fen)}; celebrations {v.deals.celebrate}",
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
    ]


def _brackets(brackets: Iterable[Bracket], lang: str) -> str:
    sign = {"zh": "超过 {}", "en": "above {}"}[lang]
    return _joined((f"{sign.format(yuan_short(b.threshold))} {percent(b.rate)}" for b in brackets), lang)


def _rows(rows: Iterable[AttainmentRow], lang: str) -> str:
    low = {"zh": ("达成率满 {}", "超过 {}"), "en": ("from {}", "above {}")}[lang]
    return _joined((f"{low[not r.inclusive].format(percent(r.threshold))} {percent(r.rate)}" for r in rows), lang)


def _nudges(nudges: Iterable[Nudge], lang: str) -> str:
    days = {"first_workday": "首个工作日", "last_workday": "最后一个工作日"}
    return _joined(
        (
            f"{days.get(n.day) or _weekday(Weekday(n.day), lang) if lang == 'zh' else n.day.replace('_', ' ')} {n.time:%H:%M}"
            for n in nudges
        ),
        lang,
    )


def _joined(parts: Iterable[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(parts)


def _weekday(day: Weekday, lang: str) -> str:
    return WEEKDAYS_ZH[day.number] if lang == "zh" else day.value.capitalize()


def _late(weekly: Weekly) -> str:
    """The first second that is late: 22:01:00 with a minute's grace."""
    return f"{datetime.combine(date.min, weekly.time) + timedelta(seconds=weekly.grace):%H:%M:%S}"


def _date(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def moment(at: Moment, lang: str = "zh") -> str:
    """`周一 09:30`."""
    return f"{_weekday(at.weekday, lang)} {at.time:%H:%M}"
