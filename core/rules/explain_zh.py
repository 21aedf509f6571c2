"""The policy as people read it, in Chinese."""

from __future__ import annotations

from core.rules.explain_parts import brackets, day_zh, joined, late, moment, nudges, rows, weekday
from core.rules.money import percent, yuan_short
from core.rules.people import Role
from core.rules.policy import Policy, Version


def page(rules: Policy, v: Version) -> list[tuple[str, list[str]]]:
    """Every rule of a version as headed lists of sentences; each names its article of the company's document."""
    at = v.articles
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
        f"转正后每月:{';'.join(known)}〔{at.base}〕",
        f"试用期每月:{yuan_short(pay.probation_base)}〔{at.probation}〕",
        (
            "培训期:制度未载明,不计算"
            if pay.training_base is None
            else f"培训期每月:{yuan_short(pay.training_base)}〔{at.training}〕"
        ),
        f"{word['basis']}:每月 {yuan_short(pay.basis)},只约束{word['clerk']}和{word['rep']}",
        cut,
        f"不足整月:{word['base']}和{word['basis']}按在岗工作日同比例",
    ]
    if unset:
        base.append(f"制度未载明{'、'.join(unset)}的{word['base']},按 0.00")
    if pay.min_wage is None:
        base.append(f"当地最低工资没有填:不足时不列补足〔{at.min_wage}〕")
    else:
        since = f",{pay.min_wage_on} 起执行" if pay.min_wage_on else ""
        named = f"({pay.min_wage_source})" if pay.min_wage_source else ""
        base.append(f"不足当地最低工资 {yuan_short(pay.min_wage)} 的,列补足{since}{named}〔{at.min_wage}〕")
    base += [
        f"业绩满 {yuan_short(g.from_)},次月底薪 {yuan_short(g.base)}{f'({g.name})' if g.name else ''}〔{at.grades}〕"
        for g in pay.clerk_grades
    ] or [f"业务级别底薪:制度缺表,底薪不随级别变〔{at.grades}〕"]
    how = "分段累进,一段一个比例" if pay.commission.mode == "marginal" else "全额按所在档"
    top = {"open": "制度未载明 > {},按最高一档", "cap": "{} 以上不计"}[pay.commission.top]
    selling = [how]
    for role in (Role.CLERK, Role.REP):
        table = pay.brackets(role)
        listed = brackets(table.brackets, pay.commission.mode, "zh")
        selling.append(f"{word[role.value]}:{listed}〔{at.of(role.value)}〕")
        if table.ends is not None:
            selling.append("  " + top.format(yuan_short(table.ends)))
    share = pay.delegation
    pairs = "、".join(f"{word[p.seller.value]}委托{word[p.visitor.value]}" for p in share.pays)
    payer = (
        "从卖出的人提成里出,最低扣到 0,不足公司承担" if share.funding == "clerk" else "公司承担"
    )  # fmt: skip
    selling += [
        f"代理拜访:{pairs},去的人得该单 {percent(share.share)},{payer}〔{at.delegation}〕",
        f"代理拜访不计入去的人的任务,业绩算卖出的{word['agent']}",
        f"短信群发:每单 {percent(pay.sms.rate)},{'也计入' if pay.sms.counts else '不计入'}档位、{word['basis']}、排名和团队〔{at.sms}〕",
    ]
    leading = []
    for role, lead in ((Role.SUPERVISOR, pay.supervisor), (Role.MANAGER, pay.manager)):
        mode = "团队总业绩" if lead.mode == "whole" else "团队业绩分段"
        leading.append(f"{word[role.value]}:{mode},{rows(lead.rows, 'zh')}〔{at.of(role.value)}〕")
        if lead.ends is not None:
            tail = "按最高一档,待确认" if lead.top == "open" else "以上不计"
            leading.append(f"  制度未载明 > {percent(lead.ends)},{tail}")
        elif lead.top == "cap":
            leading.append("  最高一档以上不计")
    leading += [
        "达成率不四舍五入:差一分也算没到",
        "指标没设定时,团队提成未定;经理的指标是各组之和",
        (
            f"指标由{word['manager']}每月定,当月前 {v.targets.free_days} 个工作日可以改;之后往上调要"
            f"{word['director'] if v.targets.raise_by == 'director' else word['manager'] + '或' + word['director']}来定"
        ),
        {
            "undecided": f"{word['supervisor']}自己签单计入团队;是否另计提成待经理决定",
            "team": f"{word['supervisor']}自己签单只计入团队",
            "rep": f"{word['supervisor']}自己签单计入团队,另按{word['rep']}提成表计提",
        }[pay.supervisor.own_deals],
    ]
    p, e = pay.probation, v.elimination
    zero = "提请警告,第二个月再定" if p.zero == "warn" else "不单独提请"
    growing = [
        f"首月满 {yuan_short(p.first_month)},次月转正;两个月合计满 {yuan_short(p.two_months)},第三个月转正〔{at.probation}〕",
        f"试用期底薪{'也' if p.basis else '不'}受{word['basis']}约束;当月业绩为 0:{zero}",
        f"低于 {yuan_short(p.two_months)}:提请经理决定",
        f"{p.late_start_day} 日起才开始试用的,当月算第 0 个月,业绩并入首月",
        f"转正后连续 {e.months_below} 个月低于{word['basis']},或当月业绩为 0:提请经理决定(淘汰、警告或豁免)〔{at.elimination}〕",
    ]
    if e.last:
        growing.append(f"当月排名后 {e.last} 名(满 {e.min_ranked} 人参加排名才看;试用、请假满 {e.leave_days} 天的不排)")
    growing.append("公司最低指标:制度未载明,不启用" if e.min_fen is None else f"公司最低指标 {yuan_short(e.min_fen)}")
    growing.append("系统只提请,由人决定")
    fine = {"record": "记待缴,不从工资扣", "payslip": "进工资单", "off": "不记"}[v.fines.mode]
    who = f"{word['clerk']}、{word['rep']}" + (f"、{word['supervisor']}" if v.reports.supervisors_due else "")
    shift = "" if weekly.shift == "none" else ";当天放假的,提前到前一个工作日"
    outage, cap = v.reports.outage, v.guards.deduction_cap
    reporting = [
        f"要交的人:{who}(含试用,不含培训)",
        (
            f"周报:{weekday(weekly.weekday, 'zh')} {weekly.time:%H:%M} 前交直接主管,抄送{word['assistant']};"
            f"{late(weekly)} 起算迟交{shift}〔{at.weekly}〕"
        ),
        f"  周日到周六;本周在岗满 {weekly.min_working_days} 个工作日才要交;提醒 {nudges(weekly.nudges, 'zh')}",
        (
            f"月报:每月第一个工作日 {monthly.time:%H:%M:%S} 前,交上个月的;"
            f"上月在岗满 {monthly.min_working_days} 个工作日才要交〔{at.monthly}〕"
        ),
        f"  提醒 {nudges(monthly.nudges, 'zh')};还没交的,{moment(v.reports.follow_up)} 私下再问",
        (f"系统自己断线:截止前 {outage.window_minutes} 分钟内断的,按断线时长顺延,至少 {outage.min_minutes} 分钟"),
        (
            f"没按时又没有正当理由:周报 {yuan_short(weekly.late_fen)}({percent(weekly.fund_share)} 归{word['fund']})、"
            f"月报 {yuan_short(monthly.late_fen)}({percent(monthly.fund_share)} 归{word['fund']});{fine}"
        ),
        "扣减合计没有设上限" if cap is None else f"扣减合计不超过当月工资的 {percent(cap)},多的不扣也不顺延",
        "同一件事只扣一次" if v.guards.one_penalty else "同一件事可能扣两次:没有打开“只扣一次”",
        f"说明原因后 {v.reports.excuse_hours} 小时没人答复,按有理由算",
        (
            f"批复:{v.feedback.working_days} 个工作日内,{'直接上级' if v.feedback.by == 'superior' else '主管和经理'}"
            f"逐份回复;{moment(v.feedback.remind)} 提醒〔{at.feedback}〕"
        ),
    ]
    soft = "、".join(map(str, v.calls.soft))
    calling = [
        f"拨打时间 {v.calls.window}" + (f";{soft} 提醒避开" if soft else ""),
        f"同一号码一天最多 {v.calls.per_number_day} 次,一周最多 {v.calls.per_number_week} 次",
        f"结果:{'、'.join(outcome.zh for outcome in v.calls.outcomes)}",
        "业绩:主管确认后按签约日计入" if v.deals.recognition == "signed" else "业绩:每笔到账确认后计入",
        f"{v.deals.nudge_minutes} 分钟没确认提醒主管,{v.deals.assistant_after_minutes} 分钟后助理可以代为确认",
        (
            f"{yuan_short(v.deals.big_fen)} 起算大单,{yuan_short(v.deals.absurd_fen)} 以上再问一遍,"
            f"{yuan_short(v.deals.max_fen)} 以上不收;喜报 {v.deals.celebrate} 发"
        ),
    ]
    board, week = v.boards, {"5": "五天", "6": "六天", "alternate": "大小周"}[v.work.workweek]
    boards = [
        f"每个工作日 {board.daily.time:%H:%M},每{moment(board.weekly)},每月第一个工作日 {board.monthly.time:%H:%M}",
        f"只报前 {board.names} 名;月末最后 {board.last_days} 个工作日多报一行全组还差多少",
        f"{moment(board.quiet.from_)} 到 {moment(board.quiet.until)} 群里不发",
        f"上班 {week}(个人可另定):{joined(map(str, v.work.hours), 'zh')}",
    ]
    until = "之前没有别的版本" if v is rules.versions[0] else "之前的月份按旧版本"
    return [
        (f"制度 {v.name} 版", [f"{day_zh(v.effective_from)}起生效;{until},已结账的月份不变"]),
        ("3.1 底薪", base),
        ("3.1 提成", selling),
        ("3.1 团队提成", leading),
        ("3.1 转正 · 4 淘汰或警告", growing),
        ("5 汇报与反馈", reporting),
        ("电话与报单", calling),
        ("榜单与上班时间", boards),
    ]
