"""What the rules say as data, in words: problems of a file, notes of a statement, reasons of a proposal.

Chinese and English; a text that a language lacks is a KeyError, and a test walks all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from core.rules.calendar import Month
from core.rules.money import percent, yuan, yuan_short
from core.rules.pay import Note
from core.rules.people import Role
from core.rules.policy import Policy, Problem
from core.rules.proposals import Act, Proposal

LANGS = ("zh", "en")

# --- Problems of a file -----------------------------------------------------------------------------------------------

PROBLEMS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "syntax": "第 {line} 行第 {column} 列读不下去:{said}",
        "encoding": "不是 UTF-8 编码的文本,请用 UTF-8 再存一次",
        "missing": "缺少这一项",
        "unknown": "没有这个键;可用:{allowed}",
        "did_you_mean": "没有这个键,是不是 {close}?",
        "amount": "要写金额(元),最多两位小数,例如 {allowed}",
        "amount_range": "要写金额(元),在 {allowed} 之间",
        "rate": "要写百分比,例如 {allowed}",
        "time": "要写时间,例如 {allowed}",
        "window": "要写一段时间,先早后晚,例如 {allowed}",
        "choice": "只能是:{allowed}",
        "pair": "要写“卖的人>去的人”,例如 {allowed}",
        "words": "要写一组词,例如 {allowed}",
        "twice": "重复了:{allowed}",
        "bool": "只能是 {allowed}",
        "whole": "要写整数,例如 {allowed}",
        "text": "要写文字,200 字以内",
        "code": "要写小写英文代号({allowed})",
        "date": "要写日期,例如 {allowed}",
        "dates": "要写一组日期,例如 {allowed}",
        "table": "要写一个表,例如 {allowed}",
        "list": "要写一个列表,例如 {allowed}",
        "too_short": "太少,个数 {allowed}",
        "too_long": "太多,个数 {allowed}",
        "range": "超出范围,要 {allowed}",
        "one_edge": "from(含本数)和 above(不含本数)只能写一个",
        "rising": "要从小到大,不能重复",
        "not_above": "要比上一档大({allowed})",
        "from_zero": "第一档要从零起:{allowed}",
        "falls": "不能比上一档少({allowed})",
        "ends": "表尾要大于最后一档({allowed})",
        "hole": "第 {at} 档写到 {until},下一档从 {allowed} 起,中间空着;to 要等于下一档的起点(“16,001”是整元的写法,写 16000)",
        "overlap": "第 {at} 档写到 {until},下一档已经从 {allowed} 起,重叠了",
        "to_open": "第 {at} 档是最后一档,不写 to;表尾写在 {allowed}",
        "version_hole": "上一版本到期后有几天没有制度;这里要 {allowed}",
        "version_overlap": "上一版本还没到期;这里要 {allowed}",
        "never_ends": "最后一个版本一直有效,直到追加新版本;请删掉这一行",
        "in_locked": "这个月已经结账({allowed} 以后才能生效)",
        "cap_needs_ends": 'top = "cap" 时要写明表尾:{allowed}',
        "steps_missing": 'mode = "step" 时要写 steps',
        "share": "要在 {allowed} 之间",
        "order": "顺序不对:{allowed}",
        "mid_month": "生效日要是每月 1 日;总经理同意月中生效的,另写 {allowed}",
        "append_only": "版本要按日期往后加,这里要 {allowed}",
        "no_new_version": "没有新版本:在末尾加一个 {allowed},写 effective_from 和要改的键",
        "one_new_version": "一次只提一个新版本,这里有 {found} 个",
        "not_a_version": "这一处不走提案:提案只含一个新版本,其余请改制度文件",
        "changes_nothing": "和现行的一样,没有改动",
        "behind_confirmed": "{allowed} 起的版本是在聊天里确认的,文件里还没有;先把它放进文件(waihu policy export),再在后面加",
        "altered": "旧版本被改了或删了:已经用它算过工资,只能在后面加新版本",
        "no_versions": "至少要有一个 {allowed}",
        "payslip_switch": "罚款进工资有法律风险,确定要开,另写 {allowed}",
        "year": "年份要写成 {allowed}",
        "wrong_year": "日期不属于 {allowed} 年:{found}",
        "off_and_work": "既放假又上班:{allowed}",
        "id": "要写编号,例如 {allowed}",
        "month": "要写月份,例如 {allowed}",
        "nobody": "facts 里没有这个人:{found}",
        "same_id": "编号重复:{found}",
        "leaving": "离开早于入职",
        "leave_span": "请假要从前到后,一次最多 366 天",
        "probation_month": "试用期要写第几个月:1、2,或 0(月中开始的首月)",
        "not_probation": "不在试用期,要写 0",
        "sms_visitor": "短信群发没有人去拜访,不要写",
        "overpaid": "到账合计超过这一单的金额({allowed})",
        "unknown_calendar": "{found} 年的节假日还没公布,不足整月的底薪算不出来;请在制度文件里补 [calendar.{found}]",
        "no_version": "这个月还没有制度:最早的版本从 {allowed} 起",
        "other": "{said}",
    },
    "en": {
        "syntax": "line {line}, column {column} cannot be read: {said}",
        "encoding": "not text in UTF-8; save it once more as UTF-8",
        "missing": "is missing",
        "unknown": "there is no such key; allowed: {allowed}",
        "did_you_mean": "there is no such key; did you mean {close}?",
        "amount": "write an amount in yuan with at most two decimals, such as {allowed}",
        "amount_range": "write an amount in yuan within {allowed}",
        "rate": "write a percentage, such as {allowed}",
        "time": "write a time, such as {allowed}",
        "window": "write a span of time, the earlier first, such as {allowed}",
        "choice": "must be one of: {allowed}",
        "pair": "write seller>visitor, such as {allowed}",
        "words": "write a list of words, such as {allowed}",
        "twice": "appears twice: {allowed}",
        "bool": "must be one of: {allowed}",
        "whole": "write a whole number, such as {allowed}",
        "text": "write text of at most 200 characters",
        "code": "write a code in small letters ({allowed})",
        "date": "write a date, such as {allowed}",
        "dates": "write a list of dates, such as {allowed}",
        "table": "write a table, such as {allowed}",
        "list": "write a list, such as {allowed}",
        "too_short": "too few, need {allowed}",
        "too_long": "too many, need {allowed}",
        "range": "out of range, must be {allowed}",
        "one_edge": "write either from (includes the figure) or above (does not), not both",
        "rising": "must rise, without repeating",
        "not_above": "must be above the row before ({allowed})",
        "from_zero": "the first row must begin at nothing: {allowed}",
        "falls": "must not be less than the row before ({allowed})",
        "ends": "the table must end above its last bracket ({allowed})",
        "hole": "row {at} goes to {until}, the next one begins at {allowed}: nothing in between; to must be where the next "
        "row begins (16,001 is the habit of whole yuan: write 16000)",
        "overlap": "row {at} goes to {until}, the next one begins at {allowed} already",
        "to_open": "row {at} is the last and has no to; where the table ends is {allowed}",
        "version_hole": "the version before ends earlier, some days have no policy; this must be {allowed}",
        "version_overlap": "the version before is still in force; this must be {allowed}",
        "never_ends": "the last version is in force until another is appended; remove this line",
        "in_locked": "that month is closed (a version may begin after {allowed})",
        "cap_needs_ends": 'top = "cap" needs to know where the table ends: {allowed}',
        "steps_missing": 'mode = "step" needs steps',
        "share": "must lie within {allowed}",
        "order": "out of order: {allowed}",
        "mid_month": "must be the 1st of a month; with the general manager's consent to another day, add {allowed}",
        "append_only": "versions follow each other by date; this one must be {allowed}",
        "no_new_version": "no new version: append {allowed} with its effective_from and what it changes",
        "one_new_version": "one new version at a time, here are {found}",
        "not_a_version": "is no part of a version: a proposal holds one version, the rest is changed in the policy file",
        "changes_nothing": "says the same as the one before",
        "behind_confirmed": "the version from {allowed} was confirmed in the chat and is not in the file: put it there "
        "(waihu policy export), then append to it",
        "altered": "an old version was changed or removed: it has priced pay, so only append new ones",
        "no_versions": "needs at least one {allowed}",
        "payslip_switch": "fines on the payslip are a legal risk; to insist, add {allowed}",
        "year": "write the year as {allowed}",
        "wrong_year": "dates outside {allowed}: {found}",
        "off_and_work": "both off and worked: {allowed}",
        "id": "write an id, such as {allowed}",
        "month": "write a month, such as {allowed}",
        "nobody": "no such person in the facts: {found}",
        "same_id": "the id appears twice: {found}",
        "leaving": "left before being hired",
        "leave_span": "a leave runs from its first day to its last, 366 days at most",
        "probation_month": "say which month of probation it is: 1, 2, or 0 for a late start's part month",
        "not_probation": "must be 0 for somebody who is not on probation",
        "sms_visitor": "an SMS order has no visitor",
        "overpaid": "more came in than the deal is worth ({allowed})",
        "unknown_calendar": "the holidays of {found} are not known, so a part month cannot be paid: "
        "add [calendar.{found}] to the policy file",
        "no_version": "there is no policy for this month: the first version starts on {allowed}",
        "other": "{said}",
    },
}

GAPS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "gap_default": "制度未载明,文件也没写:按 {figure}",
        "gap_min_wage_source": "请写明最低工资的执行日期(min_wage_on)和出处(min_wage_source)",
        "gap_min_wage_old": "最低工资是 {figure} 的,满一年了,请核对现行标准",
        "gap_probation_low": "试用期底薪低于约定工资的 80%",
        "gap_probation_contract": "试用期两个月:劳动合同满一年才可以",
        "gap_falling": "高一档的比例反而低:多签的部分提成更少",
        "gap_grades_fall": "业绩高一级,下月底薪反而低",
        "gap_never_whole": "达到基础业绩也拿不到全额底薪",
        "gap_last": "后三名不等于不胜任工作,不能单凭排名辞退;系统只提请,由人决定",
        "gap_cap": "扣减没有上限",
        "gap_cap_high": "扣减上限 {figure} 高于当月工资的 20%",
        "gap_consult": "改薪酬制度要和员工协商并公示,保留记录",
        "gap_base": "制度未载明{role}底薪,按 0.00",
        "gap_training": "制度未载明培训期工资,不计算;请核对当地规定",
        "gap_min_wage": "没有填当地最低工资,不会列补足",
        "gap_min_wage_low": "没有填当地最低工资,不会列补足;{figure} 低于各地现行标准,请尽快核对",
        "gap_base_below_minimum": "底薪低于当地最低工资,业绩差的月份会列补足",
        "gap_grades": "制度缺业务级别底薪表,底薪不随级别变",
        "gap_open_end": "制度未载明 {figure} 以上,按最高一档",
        "gap_capped": "{figure} 以上不计提成",
        "gap_whole": "全额计提:过一档会跳一大截,和制度里的两个例子不一致",
        "gap_own_deals": "主管自己签单是否另计提成待定,请经理决定",
        "gap_elimination_min": "制度未载明公司最低指标,这一条不启用",
        "gap_minimum_over_basis": "最低指标不低于基础业绩,“连续两个月”那条就没有意义了",
        "gap_fines": "很多地方认为公司无权罚款;只记录,不进工资",
        "gap_payslip": "罚款进工资有法律风险",
        "gap_window": "拨打时间 {figure} 超出 09:00–21:00",
        "gap_calendar": "这一年的安排还不完整,仍按未知处理",
    },
    "en": {
        "gap_default": "neither the company's rules nor this file say so: {figure}",
        "gap_min_wage_source": "say since when the minimum wage holds (min_wage_on) and where it stands (min_wage_source)",
        "gap_min_wage_old": "the minimum wage is of {figure}, more than a year old: please check the present one",
        "gap_probation_low": "the base in probation is below 80 % of the agreed wage",
        "gap_probation_contract": "two months of probation need a contract of at least one year",
        "gap_falling": "a higher row pays a lower rate: selling more earns less on what is more",
        "gap_grades_fall": "a higher grade has a lower base: selling more earns less next month",
        "gap_never_whole": "even at the basis the base is not paid in full",
        "gap_last": "the last rank is not incompetence and no reason to dismiss; the bot proposes, a person decides",
        "gap_cap": "nothing caps deductions",
        "gap_cap_high": "the cap on deductions, {figure}, is above 20 % of the month's wage",
        "gap_consult": "changed pay rules need consultation and publication: keep the record",
        "gap_base": "the company's rules name no base for the {role}: 0.00",
        "gap_training": "no pay for training in the company's rules: none is computed; check the local law",
        "gap_min_wage": "no local minimum wage: no top-up is shown",
        "gap_min_wage_low": "no local minimum wage: no top-up is shown; {figure} is below any present minimum, please "
        "check",
        "gap_base_below_minimum": "the base is below the local minimum wage: poor months show a top-up",
        "gap_grades": "the table of graded bases is missing in the company's rules: the base has no grades",
        "gap_open_end": "the company's rules stop at {figure}: the last rate goes on",
        "gap_capped": "nothing is paid above {figure}",
        "gap_whole": "whole amounts: pay jumps at every bracket, unlike the two examples in the company's rules",
        "gap_own_deals": "whether a supervisor's own deals also pay a seller's commission is for the manager to decide",
        "gap_elimination_min": "no company minimum in the company's rules: this reason is off",
        "gap_minimum_over_basis": "a minimum not below the basis leaves no room for two months in a row",
        "gap_fines": "many hold that a company may not fine: recorded only, never taken from pay",
        "gap_payslip": "fines on the payslip are a legal risk",
        "gap_window": "calling hours {figure} go beyond 09:00–21:00",
        "gap_calendar": "the year's plan is unfinished and still counts as unknown",
    },
}


# Where law makes a rule doubtful, and who says so. Not legal advice: the file's owner has it confirmed locally.
SOURCES: Mapping[str, str] = {
    "gap_training": "劳动合同法第 7 条、劳动法第 48 条",
    "gap_min_wage": "劳动法第 48 条、最低工资规定第 12 条",
    "gap_min_wage_low": "劳动法第 48 条、最低工资规定第 12 条",
    "gap_min_wage_source": "最低工资规定第 12 条",
    "gap_min_wage_old": "最低工资规定第 10 条",
    "gap_base_below_minimum": "最低工资规定第 12 条、劳动合同法第 85 条",
    "gap_probation_low": "劳动合同法第 20 条",
    "gap_probation_contract": "劳动合同法第 19 条",
    "gap_last": "最高人民法院指导案例 18 号",
    "gap_fines": "企业职工奖惩条例 2008-01-15 废止;上海高院 2024-07-17 案例",
    "gap_payslip": "企业职工奖惩条例 2008-01-15 废止;工资支付暂行规定第 15、16 条",
    "gap_cap": "工资支付暂行规定第 16 条",
    "gap_cap_high": "工资支付暂行规定第 16 条",
    "gap_consult": "劳动合同法第 4 条",
    "gap_window": "民法典第 1033 条;人身保险电话销售:21:00–9:00 不得拨打",
}


# What Python's TOML reader says (it speaks English only), by how it begins.
TOML_SAYS: Mapping[str, str] = {
    "Illegal character '\\n'": "引号没有收尾",
    "Illegal character": "有看不见的字符",
    "Unterminated string": "引号没有收尾",
    "Expected newline": "值后面还有东西:金额不写逗号,百分比要加引号",
    "Cannot overwrite a value": "同一个键写了两次",
    "Cannot declare": "同一个表写了两次",
    "Cannot mutate": "同一个表写了两次",
    "Duplicate inline table key": "同一个键写了两次",
    "Expected '='": "键后面要写 =",
    "Expected ']": "表名没有收尾 ]",
    "Invalid date or datetime": "没有这一天",
    "Invalid initial character": "这里要写键名",
    "Invalid statement": "看不懂这一行:要写 键 = 值,或者 [表名]",
    "Invalid value": "看不懂这个值:文字和百分比要加英文引号,列表和表要收尾",
    "Unclosed array": "列表没有收尾 ]",
    "Unclosed inline table": "表没有收尾 }",
    "Unescaped '\\'": "引号里的 \\ 要写成 \\\\",
}


def _syntax(found: Problem, lang: str) -> str:
    """What the reader of the file says, and the sign of a Chinese keyboard where that is what is wrong."""
    said = found.params["said"]
    if lang == "zh":
        said = next((text for start, text in TOML_SAYS.items() if said.startswith(start)), said)
    if sign := found.params.get("sign"):
        said += f";这里的 {sign} 是中文标点" if lang == "zh" else f"; {sign} is a full-width sign"
    return said


def source(found: Problem) -> str:
    """The source behind a warning about law; empty where there is none."""
    return SOURCES.get(found.what, "")


def problem(found: Problem, lang: str = "zh") -> str:
    """One line: where, what is wrong or open, what is allowed, and what stands there."""
    texts = {**PROBLEMS[lang], **GAPS[lang]}
    params = {"allowed": "", "found": "", **found.params}
    if found.what == "syntax":
        params["said"] = _syntax(found, lang)
    if "role" in params:
        params["role"] = role_name(Role(params["role"]), lang)
    text = texts[found.what].format(**params).rstrip()
    stands = found.params.get("found")
    if stands and "{found}" not in texts[found.what]:
        text += f"(现在是 {stands})" if lang == "zh" else f" (found {stands})"
    if said := source(found):
        text += f"〔{said}〕" if lang == "zh" else f" [{said}]"
    where = found.where if found.what != "syntax" else found.where.split()[0]
    return f"{where}:{text}" if lang == "zh" else f"{where}: {text}"


# --- Notes of a statement ---------------------------------------------------------------------------------------------

NOTES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "base_unset": "制度未载明{role}底薪,按 0.00",
        "min_wage_unchecked": "最低工资 {minimum} 没有核对:底薪未载明,或有待定的部分",
        "part_month": "本月在岗 {presence}:底薪和基础业绩按同一比例",
        "calendar_guessed": "{year} 年的放假安排还没录入,在岗天数按平常的工作日估,录入后可能会变",
        "month_zero": "月中以后才开始试用,算第 0 个月:业绩并入首月,底薪不看基础业绩",
        "below_basis": "低于基础业绩:{performance} / {basis},底薪按比例",
        "training": "培训期:制度未载明,不计算",
        "training_sales": "培训期签单 {amount} 未计提成:制度未载明",
        "own_deals_undecided": "自己签单 {amount} 已计入团队;是否另计提成,制度未载明,待经理决定",
        "own_deals_team": "自己签单 {amount} 已计入团队,不另计提成",
        "own_deals_silent": "{role}自己签单 {amount}:制度未载明,不另计提成",
        "beyond_table": "制度未载明 > {ends},按最高一档 {rate}",
        "capped": "超过 {ends} 的部分不计提成",
        "commission_from": "提成 0.00:{threshold} 以上的部分才开始算",
        "no_team": "名下没有小组,没有团队提成",
        "target_missing": "待设定指标:{teams};设定前团队提成未定",
        "attainment_below": "提成 0.00:达成率 {attainment},到 {first} 才开始算",
        "beyond_attainment": "制度未载明 > {ends},按最高一档 {rate},待确认",
        "attainment_capped": "超过指标 {ends} 的部分不计提成",
        "visitor_missing": "代理拜访 {deal} 没写谁去的,不分 1%",
        "company_pays_share": "代理拜访 {deal} 的分享由公司承担",
        "share_borne": "代访分享超过本人提成,超出的 {amount} 由公司承担",
        "min_wage": "不足当地最低工资 {minimum},差额已列补足",
        "everything": "全部确认 {everything},计入任务 {performance}",
        "guard_double": "同一件事只扣一次:{amount} 不扣",
        "guard_cap": "扣减不超过当月工资的 {share}:{amount} 不扣,也不顺延",
        "guard_floor": "扣减后不低于当地最低工资 {minimum}:{amount} 不扣,也不顺延",
        "guard_cap_off": "扣减合计 {amount},超过当月工资的 {share}(工资支付暂行规定第 16 条);公司没有设上限",
        "guard_floor_off": "扣减 {amount};没有填当地最低工资,无法核对下限",
        "left_unknown": "离职日期没有填:底薪按 0.00",
        "deal_before_joining": "{deal} 的日期早于入职,照样算了:请核对",
        "deal_after_leaving": "{deal} 的日期晚于离职,照样算了:请核对",
    },
    "en": {
        "base_unset": "the policy names no base for the {role}: 0.00",
        "min_wage_unchecked": "the minimum wage of {minimum} was not checked: no base is named, or a part is open",
        "part_month": "here for {presence} of the month: base and basis shrink alike",
        "calendar_guessed": "the holidays of {year} are not entered yet: the days are an estimate and may change",
        "month_zero": "probation began in mid-month, this is month 0: sales are added to month 1, the basis does not bind",
        "below_basis": "below the basis: {performance} of {basis}, the base shrinks in proportion",
        "training": "in training: the policy is silent, none computed",
        "training_sales": "deals of {amount} in training earn no commission: the policy is silent",
        "own_deals_undecided": "own deals of {amount} count for the team; whether they also pay commission is for the "
        "manager to decide: the policy is silent",
        "own_deals_team": "own deals of {amount} count for the team and pay no commission of their own",
        "own_deals_silent": "own deals of {amount} of a {role}: the policy is silent, no commission of their own",
        "beyond_table": "the policy is silent above {ends}: the last rate, {rate}, goes on",
        "capped": "nothing is paid above {ends}",
        "commission_from": "commission 0.00: it starts above {threshold}",
        "no_team": "leads no team: no team commission",
        "target_missing": "target not set: {teams}; team commission is undetermined until then",
        "attainment_below": "commission 0.00: attainment {attainment}, it starts at {first}",
        "beyond_attainment": "the policy is silent above {ends}: the last rate, {rate}, goes on, to be confirmed",
        "attainment_capped": "nothing is paid above {ends} of the target",
        "visitor_missing": "delegated visit {deal} does not say who went: no 1 % moves",
        "company_pays_share": "the company pays the share of delegated visit {deal}",
        "share_borne": "the share exceeds the seller's own commission: the company bears {amount}",
        "min_wage": "below the local minimum wage of {minimum}: the difference is a line of its own",
        "everything": "confirmed in all {everything}, counted for the task {performance}",
        "guard_double": "one penalty for one fact: {amount} not taken",
        "guard_cap": "deductions stop at {share} of the month's wage: {amount} not taken, nor carried over",
        "guard_floor": "deductions stop at the local minimum wage of {minimum}: {amount} not taken, nor carried over",
        "guard_cap_off": "deductions of {amount} exceed {share} of the month's wage (工资支付暂行规定 art. 16); "
        "the company has set no cap",
        "guard_floor_off": "deductions of {amount}; without the local minimum wage the floor cannot be checked",
        "left_unknown": "no leaving date: base 0.00",
        "deal_before_joining": "{deal} is dated before the hiring and was counted: please check",
        "deal_after_leaving": "{deal} is dated after the leaving and was counted: please check",
    },
}

REASONS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "probation_passed": "试用期第 {months} 个月,累计 {total},达到 {needed}:提请转正",
        "probation_failed": "试用期满,累计 {total},未到 {needed}:提请经理决定",
        "probation_zero": "试用期当月没有业绩:提请警告,第二个月再定",
        "grade": "当月业绩 {performance},次月底薪 {before} → {base}",
        "zero_month": "当月没有任何已确认的业绩",
        "months_below": "连续 {count} 个月低于基础业绩 {basis}:{months}",
        "below_minimum": "低于公司最低指标:{performance} / {minimum}",
        "last_ranked": "当月业绩排在后 {last} 名:{performance}",
    },
    "en": {
        "probation_passed": "month {months} of probation, {total} in all, {needed} needed: regularise",
        "probation_failed": "probation is over, {total} in all, {needed} needed: for the manager to decide",
        "probation_zero": "nothing sold in a month of probation: warn, decide in month two",
        "grade": "sales of {performance}: next month's base {before} → {base}",
        "zero_month": "nothing confirmed this month",
        "months_below": "{count} months in a row below the basis of {basis}: {months}",
        "below_minimum": "below the company minimum: {performance} of {minimum}",
        "last_ranked": "among the last {last} of the month: {performance}",
    },
}

ACTS: Mapping[str, Mapping[Act, str]] = {
    "zh": {
        Act.REGULARISE: "提请转正",
        Act.PROMOTE: "提请晋级",
        Act.ELIMINATE: "提请淘汰",
        Act.WARN: "提请警告",
    },
    "en": {act: act.value for act in Act},
}

PAID_NOTES = frozenset(
    {
        "share_borne",
        "min_wage",
        "min_wage_unchecked",
        "guard_double",
        "guard_cap",
        "guard_floor",
        "guard_cap_off",
        "guard_floor_off",
    }
)
PAY = ("base", "before")  # amounts people are paid, with fen; other amounts are performance


def note(said: Note, lang: str = "zh") -> str:
    """A statement's note as a sentence without its full stop."""
    params = dict(said.params)
    if said.key == "attainment_below":
        params["attainment"] = Fraction(_fen(params["total"]), _fen(params["target"]))
    if said.key in PAID_NOTES:
        words = {key: percent(v) if isinstance(v, Fraction) else yuan(_fen(v)) for key, v in params.items()}
        return NOTES[lang][said.key].format(**words)
    return NOTES[lang][said.key].format(**{key: _word(key, value, lang) for key, value in params.items()})


def reason(proposed: Proposal, lang: str = "zh") -> str:
    """Why something is proposed, with its figures."""
    params = dict(proposed.evidence)
    run = params.get("months")
    if isinstance(run, tuple):
        said = (f"{_month(month, lang)} {yuan_short(fen)}" for month, fen in run)
        params |= {"months": ("、" if lang == "zh" else ", ").join(said), "count": str(len(run))}
    words = {key: _word(key, value, lang) for key, value in params.items()}
    return REASONS[lang][proposed.reason].format(**words)


def _month(key: str, lang: str) -> str:
    """`10 月` of `2026-10`: a run of months is never a year long."""
    return f"{Month.parse(key).start.month} 月" if lang == "zh" else key


def _fen(value: object) -> int:
    assert isinstance(value, int)
    return value


def _word(key: str, value: object, lang: str) -> str:
    if isinstance(value, Role):
        return role_name(value, lang)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}" if key == "presence" else percent(value)
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(map(str, value))
    if isinstance(value, int) and key not in ("months", "last"):
        return yuan(value) if key in PAY else yuan_short(value)
    return str(value)


ROLES: Mapping[str, Mapping[Role, str]] = {
    "zh": {
        Role.CLERK: "商务文员",
        Role.REP: "商务代表",
        Role.SUPERVISOR: "商务主管",
        Role.ASSISTANT: "商务助理",
        Role.MANAGER: "商务经理",
        Role.DIRECTOR: "总经理",
    },
    "en": {role: role.value for role in Role},
}


def role_name(role: Role, lang: str = "zh", policy: Policy | None = None) -> str:
    """The post's name; the company's own word for it where a policy is at hand."""
    if policy is not None and lang == "zh":
        return policy.glossary[role.value]
    return ROLES[lang][role]
