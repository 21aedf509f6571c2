"""The scenes of the demo's page: a minute each, played by people of the company through the real network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.demo.acts import clock, kill, look, press, say, see, start
from bot.demo.cast import COMPANY_CHAT, LINGHANG, TEAM_CHATS
from bot.demo.networks import TELEGRAM, WECOM, Network
from bot.demo.networks import scene as staged
from sandbox.scenes import CAST, DAYTIME, Cast, Said, Scene, dump

ANA, ZHOU, XU = 1005, 1004, 1011
TEAM = TEAM_CHATS[LINGHANG]
SATURDAY = "2026-11-21T21:25:00+08:00"
MONTH = "2026-12-01T09:15:00+08:00"

saturday = Scene(
    id="saturday",
    title=("周六 21:25,三人没交周报", "Saturday 21:25, three reports missing"),
    about=("把钟拨到截止前半小时,看谁被提醒、谁没被打扰。", "Half an hour before the deadline: who is reminded, and who is left alone."),
    look=(
        "提醒只到没交的三个人。点 [接着写] 或 [现在写] 替她交;或再拨 1 小时,看主管 22:05 收到的名单。",
        "Only the three who owe are reminded. Press [Write now] for her; or move the clock by an hour and see the supervisor's list at 22:05.",
    ),
    before=SATURDAY,
    casts=(Cast(unless=tuple(Said(1000 + n, (f"✅ W-2026-47-{n:03}",)) for n in (5, 20, 21))),),
    steps=(
        clock(SATURDAY),
        see(1020, "还有 2 小时", "2 hours left"),
        see(1021, "还有 2 小时", "2 hours left"),
        see(ANA, "还有 2 小时", "2 hours left"),
        look(ANA, "还有 2 小时", "2 hours left"),
    ),
)  # fmt: skip


def _deal(number: str, seller: str, amount: str, customer: str) -> Cast:
    shown = f"{int(amount):,}"
    return Cast(
        {"who": f"1{number}", "name": seller, "amount": amount, "shown": shown, "customer": customer},
        unless=(Said(1000 + int(number), (f"确认了:{shown}", f"confirmed {shown}")),),
    )


deal = Scene(
    id="deal",
    title=("签了一单:确认、喜报", "A deal: confirmed, celebrated"),
    about=("一行字报单,主管点一下确认,群里马上有喜报。", "One line reports it, one tap confirms it, the group hears within seconds."),
    look=(
        "群里的喜报没有客户名字。回到业务员那里,点 [看收入]:这一单多挣的钱已经在里面。",
        "The group never sees the customer. Back on the seller's phone press [My pay]: the deal is in it.",
    ),
    casts=(
        _deal("005", "林晓燕", "3800", "孙姐 13800138006"),
        _deal("006", "王芳", "2980", "何工 13800138007"),
        _deal("007", "陈俊杰", "4600", "钱经理 13800138005"),
        _deal("009", "赵磊", "3600", "陈老板 13800138003"),
        _deal("010", "吴海涛", "2400", "赵校长 13800138004"),
        _deal("005", "林晓燕", "5800", "王女士 13800138002"),
        _deal("006", "王芳", "1800", "孙姐 13800138006"),
        _deal("007", "陈俊杰", "3600", "何工 13800138007"),
    ),
    steps=(
        clock(DAYTIME),
        say(CAST, "报单 {amount} 自拓 {customer}", "/deal {amount} own {customer}", then=("{shown}",), rescue=("取消", "/cancel")),
        press(CAST, ("提交", "Hand in"), on=("{shown}",), then=("已交周启明", "Sent to 周启明")),
        press(ZHOU, ("确认", "Confirm"), on=("{name}报单 {shown}", "{name} reports {shown}")),
        see(CAST, "周启明确认了:{shown}", "周启明 confirmed {shown}"),
        see(ZHOU, "🎉 {name}", chat=TEAM),
        look(ZHOU, "🎉 {name}", chat=TEAM),
    ),
)  # fmt: skip


def _report(number: str, name: str, zh: str, en: str) -> Cast:
    return Cast(
        {"who": f"1{number}", "number": f"W-2026-47-{number}", "name": name, "answer": zh, "answer_en": en},
        after=(Said(ZHOU, (f"W-2026-47-{number}",)),),
        unless=(Said(1000 + int(number), ("周启明回复", "周启明 answers")),),
    )


answer = Scene(
    id="answer",
    title=("主管在原话下面批复", "The supervisor answers in the thread"),
    about=("直接引用周报回一句,业务员马上收到,周报自己变成“已批复”。", "Reply to the report itself; the agent has it at once, and the report says it is answered."),
    look=(
        "批复挂在她自己的周报下面。点 [再问一句] 接着聊,都算在同一份周报里。",
        "The answer hangs under her own report. Press [Ask more] to go on; it all stays with that report.",
    ),
    casts=(
        _report("006", "王芳", "对比表我这边有,周一早上发你。", "I have that comparison; you get it on Monday morning."),
        _report("007", "陈俊杰", "报价别先松口,王总那单周二我陪你打。", "Hold the price; I join your call with Mr Wang on Tuesday."),
        _report("008", "黄思琪", "还差一点就转正,周一我们一起排客户。", "You are close to passing; on Monday we sort your customers together."),
        _report("009", "赵磊", "五金城这条路线不错,下周再跑一趟。", "That hardware market round is good; do it again next week."),
        _report("010", "吴海涛", "约访少一家没关系,下周换个区。", "One visit fewer is fine; take another district next week."),
    ),
    steps=(
        say(ZHOU, "{answer}", "{answer_en}", on=("{number}",), then=("{name}",)),
        see(CAST, "周启明回复", "周启明 answers"),
        press(CAST, ("谢谢", "Thanks"), on=("周启明回复", "周启明 answers")),
        look(CAST, "周启明回复", "周启明 answers"),
    ),
)  # fmt: skip

crash = Scene(
    id="crash",
    title=("写到一半,机器人被杀掉", "The bot is killed in mid-form"),
    about=("报单填到一半 kill -9,人接着打字;启动以后,从断的地方往下走。", "kill -9 halfway through a form, typing goes on; started again, it carries on where it was."),
    look=(
        "停着时打的那句没有丢,也没有重问。接着填客户,或者点 [取消]。",
        "What was typed meanwhile is not lost and not asked again. Go on with the customer, or press [Cancel].",
    ),
    steps=(
        say(ANA, "报单", "/deal", then=("这单多少钱", "How much is it"), rescue=("取消", "/cancel")),
        say(ANA, "5800", then=("怎么签下来的", "How was it closed")),
        kill(),
        say(ANA, "自拓", "own"),
        start(),
        see(ANA, "客户是谁", "Who is the customer"),
        look(ANA, "客户是谁", "Who is the customer"),
    ),
)  # fmt: skip

month = Scene(
    id="month",
    title=("月末:英雄榜、月报、收入", "Month end: board, report, pay"),
    about=("钟走过十天,每件到点的事都按顺序发生;停在 12 月第一个工作日。", "Ten days pass, everything due happens in its order; it stops on the first working day of December."),
    look=(
        "公司群里是 11 月英雄榜(暂计)。业务员的月报数字也填好了:点 [现在写]。",
        "The company's group has November's board. The monthly report is filled in as well: press [Write now].",
    ),
    before=MONTH,
    steps=(
        clock(MONTH),
        see(ZHOU, "11 月英雄榜", "November", chat=COMPANY_CHAT),
        say(ANA, "收入", "/pay", then=("12 月", "December", "month 12")),
        look(ZHOU, "11 月英雄榜", "November", chat=COMPANY_CHAT),
    ),
)  # fmt: skip


ALL = (saturday, deal, answer, crash, month)
RESUMED = replace(
    crash,
    about=("报单填到一半 kill -9;启动以后,从断的地方往下走。", "kill -9 halfway through a form; started again, it carries on where it was."),
    look=(
        "填了一半的没有丢,也没有重问。接着填客户,或者点 [取消]。",
        "What was filled in is not lost and not asked again. Go on with the customer, or press [Cancel].",
    ),
)  # fmt: skip
"""Where nothing is kept while the bot is away (WeCom), nobody types meanwhile."""


def scenes(on: Network = TELEGRAM) -> list[dict[str, Any]]:
    """All of them as the emulated networks read them."""
    return dump(staged(RESUMED if one is crash and on == WECOM else one, on) for one in ALL)
