"""A week of the demo company as a script: Friday afternoon to Tuesday morning, in acts that are told and checked."""

from __future__ import annotations

from dataclasses import dataclass

from bot.demo import networks
from bot.demo.acts import clock, fault, kill, look, never, press, say, see, start
from bot.demo.cast import COMPANY_CHAT, LINGHANG, TEAM_CHATS
from bot.demo.networks import BOTH, MIXED, TELEGRAM, Network, userid
from sandbox.scenes import Place, Step, Words

ZHOU, ANA, FANG, XU, TANG, HU, XIE = 1004, 1005, 1006, 1011, 1018, 1020, 1021
TEAM = TEAM_CHATS[LINGHANG]
SEND, CONFIRM, HAND_IN = ("发送", "Send"), ("确认", "Confirm"), ("提交", "Hand in")
PLAN = ("下周打算做什么", "What is the plan for next week")
ALL_THERE = ("都齐了", "All there")


@dataclass(frozen=True, slots=True)
class Act:
    """A part of the week with its heading."""

    title: Words
    steps: tuple[Step, ...]


def _day(day: int, at: str) -> Step:
    return clock(f"2026-11-{day}T{at}:00+08:00")


def before(on: Network = TELEGRAM) -> tuple[Step, ...]:
    """What waited for the supervisor when the bot came up has reached him."""
    return networks.played((look(ZHOU, "黄思琪报单 2,600.00", "黄思琪 reports 2,600.00"),), on)


def week(on: Network = TELEGRAM) -> tuple[Act, ...]:
    """The acts, everybody on the phone they hold. In the mixed company 林晓燕 begins her report on Telegram and sends it
    from WeCom, where she stays; groups are looked at on both networks."""
    later: Place = userid(BOTH) if on == MIXED else ANA
    return tuple(Act(act.title, networks.played(act.steps, on)) for act in _acts(on, later))


def _both(*text: str, chat: Place, on: Network) -> tuple[Step, ...]:
    """Seen in a group by the supervisor, and in the mixed company in its twin on the other network as well."""
    return (see(ZHOU, *text, chat=chat), *([see(ANA, *text, chat=chat)] if on == MIXED else []))


def _acts(on: Network, later: Place) -> tuple[Act, ...]:
    lost_answer = fault(method="sendMessage", kind="500", count=1)
    if on != TELEGRAM:
        lost_answer = fault(where="aibot_respond_msg", kind="drop_request", count=1)
    killed: Words = ("周六 20:00 · 写到一半,机器人被杀掉", "Saturday 20:00 · the bot is killed in mid-form")
    if on == MIXED:
        killed = (f"{killed[0]};Telegram 上开头,企业微信上写完", f"{killed[1]}; begun on Telegram, finished on WeCom")
    return (
        Act(
            ("周五 17:20 · 一个电话,一单,一句“如果”", "Friday 17:20 · a call, a deal, a what-if"),
            (
                say(
                    ANA,
                    "记 李总 13800138000 有意向70% 下周二10点 要方案",
                    "/call 李总 13800138000 interested 70% Tuesday 10:00 wants a proposal",
                    then=("今天 86 通", "dialled 86"),
                ),
                press(ZHOU, CONFIRM, on=("林晓燕报单 5,000.00", "林晓燕 reports 5,000.00")),
                see(ANA, "周启明确认了:5,000.00", "周启明 confirmed 5,000.00"),
                *_both("🎉 林晓燕", chat=TEAM, on=on),
                say(ANA, "收入", "/pay", then="1,376.00"),
                say(ANA, "如果 8000 自拓", "if 8000 own", then="345.00"),
            ),
        ),
        Act(
            ("周五 · 一单退回,改好再交", "Friday · a deal is sent back and put right"),
            (
                say(FANG, "报单 3800 自拓 何工 13800138007", "/deal 3800 own 何工 13800138007", then="3,800.00"),
                press(FANG, HAND_IN, on="3,800.00", then=("已交周启明", "Sent to 周启明")),
                see(ZHOU, "王芳报单 3,800.00", "王芳 reports 3,800.00"),
                press(ZHOU, ("退回", "Send back"), on=("王芳报单 3,800.00", "王芳 reports 3,800.00"), then=("为什么", "Why?")),
                press(ZHOU, ("合同没盖章", "Contract not stamped"), on=("为什么", "Why?")),
                see(FANG, "合同没盖章", "Contract not stamped"),
                press(FANG, ("改好再交", "Put it right"), on=("合同没盖章", "Contract not stamped"), then="3,800.00"),
                press(FANG, HAND_IN, on="3,800.00", then=("已交周启明", "Sent to 周启明")),
                see(ZHOU, "王芳报单 3,800.00", "王芳 reports 3,800.00"),
                press(ZHOU, CONFIRM, on=("王芳报单 3,800.00", "王芳 reports 3,800.00")),
                see(FANG, "周启明确认了:3,800.00", "周启明 confirmed 3,800.00"),
                *_both("🎉 王芳", chat=TEAM, on=on),
            ),
        ),
        Act(
            ("周五傍晚 · 今日战报,第一次提醒", "Friday evening · the day's board, the first reminder"),
            (
                _day(20, "18:16"),
                see(ANA, "周报数字我填好了", "weekly report are filled in"),
                *_both("今日战报", "Today", chat=TEAM, on=on),
                never(FANG, "周报数字我填好了", "weekly report are filled in"),
            ),
        ),
        Act(
            killed,
            (
                _day(21, "20:02"),
                see(ANA, "还有 2 小时", "2 hours left"),
                say(ANA, "周报", "/weekly", then=("最值得说的一件事", "worth telling")),
                kill(),
                say(
                    ANA,
                    "餐饮老板下午三点后最好打。李总要专票,合同抬头找谁改?",
                    "Restaurant owners pick up after three. Mr Li wants a VAT invoice: who changes the contract's name?",
                ),
                start(),
                see(ANA, *PLAN),
                say(
                    later,
                    "回访 20 个意向客户\n约访 4 家,火锅店优先\n签 2 单,进 5% 档",
                    "Call back 20 interested customers\n4 visits, hotpot places first\nSign 2 deals, reach 5%",
                    then=ALL_THERE,
                ),
                press(later, SEND, on=ALL_THERE, then="✅ W-2026-47-005"),
            ),
        ),
        Act(
            ("周六晚 · 主管在原话下面批复", "Saturday night · the supervisor answers in the thread"),
            (
                see(ZHOU, "W-2026-47-005"),
                say(
                    ZHOU,
                    "抬头找小满,周一上午改好。三点这招周一晨会你讲 3 分钟。",
                    "小满 changes the name on Monday morning. Tell us about three o'clock in Monday's meeting.",
                    on="W-2026-47-005",
                    then=("已送到林晓燕", "林晓燕 has it"),
                ),
                see(later, "周启明回复", "周启明 answers"),
                press(later, ("谢谢", "Thanks"), on=("周启明回复", "周启明 answers")),
                see(ZHOU, "谢谢", "Thanks"),
            ),
        ),
        Act(
            ("周六 21:30 · 最后一次提醒,只到还没交的人", "Saturday 21:30 · the last reminder, only to those who owe"),
            (
                _day(21, "21:31"),
                see(HU, "还有 30 分钟", "30 minutes left"),
                see(XIE, "还有 30 分钟", "30 minutes left"),
                *(never(one, "还有 30 分钟", "30 minutes left") for one in dict.fromkeys((ANA, later))),
                press(XIE, ("先交数字", "Send the figures"), on=("还有 30 分钟", "30 minutes left"), then="✅ W-2026-47-021"),
            ),
        ),
        Act(
            ("周六 22:05 · 名单;迟交的人有话说", "Saturday 22:05 · the list; who is late has a reason"),
            (
                _day(21, "22:06"),
                see(TANG, "没交:胡伟", "Not sent: 胡伟"),
                say(HU, "周报", "/weekly", then=("最值得说的一件事", "worth telling")),
                say(HU, "在客户那签合同,刚出来。", "Signing at a customer's, just out.", then=PLAN),
                say(HU, "每天 120 通", "120 calls a day", then=ALL_THERE),
                press(HU, SEND, on=ALL_THERE, then="W-2026-47-020"),
                press(HU, ("说明原因", "Give a reason"), on="W-2026-47-020", then=("什么原因", "what was the reason", "原因")),
                press(HU, ("在客户那签合同", "Signing at a customer"), on=("原因", "reason")),
                see(TANG, "在客户那签合同", "Signing at a customer"),
                press(TANG, ("同意", "Accept"), on=("在客户那签合同", "Signing at a customer")),
                see(HU, "不算迟交", "not late this time"),
            ),
        ),
        Act(
            ("周一早上 · 红榜,主管的欠账", "Monday morning · the week's board, and what supervisors owe"),
            (
                _day(23, "08:52"),
                *_both("本周红榜", "Week", chat=COMPANY_CHAT, on=on),
                _day(23, "10:02"),
                see(XU, "还有 5 份", "5 report"),
                never(HU, "50.00"),
            ),
        ),
        Act(
            ("周二 10:00 · 说好回电的客户", "Tuesday 10:00 · the promised call"),
            (
                _day(24, "10:01"),
                see(later, "该给李总回电了", "call 李总"),
                press(later, ("接通了", "Got through"), on=("该给李总回电了", "call 李总"), then=("聊得怎么样", "how did it go")),
                lost_answer,
                say(later, "约访 周四下午两点 他公司", "visit Thursday 2pm at his office", then="11-26"),
            ),
        ),
    )  # fmt: skip


WEEK = week()
"""Everybody on Telegram."""
