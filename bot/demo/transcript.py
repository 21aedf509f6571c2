"""A play in words: what is said on the emulated networks, printed as it is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.text import Text

from bot.demo.cast import COMPANY_CHAT, PEOPLE, TEAM_CHATS, TEAMS
from bot.demo.networks import WECOM_CHATS, userid
from bot.demo.week import Act
from sandbox.client import Json, SandboxClient
from sandbox.scenes import Place, Step, pick

WORDS = {
    "zh": {
        "head_telegram": "星禾企服(演示)的一周 · 24 人 · 真的机器人、真的数据库、本机模拟的网络",
        "head_wecom": "星禾企服(演示)的一周 · 24 人都在企业微信 · 真的机器人、真的数据库、本机模拟的网络",
        "head_mixed": "星禾企服(演示)的一周 · 24 人,一半在 Telegram、一半在企业微信 · 真的机器人、真的数据库、本机模拟的网络",
        "legend": "▷ 人说的  · 点的按钮  ◁ 机器人说的  ◁* 机器人改了自己的话",
        "press": "(点 {label})",
        "reply": "(引用)",
        "clock": "钟走到 {at}",
        "kill": "kill -9 机器人",
        "start": "机器人重新启动",
        "fault": "网络出错:{what}",
        "others": "还有 {n} 条发给另外 {people} 人",
        "stuck": "没等到:{why}",
        "violations": "网络记下 {n} 处违规:",
        "good": "一周演完:{acts} 幕,{steps} 步都对,{seen} 条消息,违规 0,用时 {seconds} 秒。",
        "bad": "没演完。",
        "wecom": "企微",
        "company": "全公司群",
    },
    "en": {
        "head_telegram": (
            "A week of Xinghe (demo) · 24 people · the real bot, a real database, an emulated network on this machine"
        ),
        "head_wecom": (
            "A week of Xinghe (demo) · 24 people, all on WeCom · the real bot, a real database, emulated networks"
        ),
        "head_mixed": (
            "A week of Xinghe (demo) · 24 people, half on Telegram, half on WeCom · the real bot, a real database, "
            "emulated networks"
        ),
        "legend": "▷ a person types  · presses a button  ◁ the bot says  ◁* the bot edits what it said",
        "press": "(presses {label})",
        "reply": "(reply) ",
        "clock": "the clock moves to {at}",
        "kill": "kill -9 the bot",
        "start": "the bot is started again",
        "fault": "the network fails: {what}",
        "others": "{n} more to {people} others",
        "stuck": "did not come: {why}",
        "violations": "{n} violations noted by the network:",
        "good": "The week is over: {acts} acts, {steps} steps as they should be, {seen} messages, 0 violations, {seconds} s.",
        "bad": "The week broke off.",
        "wecom": "WeCom",
        "company": "company",
    },
}
WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
INDENT = 22
BOLD = re.compile(r"^\*\*(.+)\*\*$", re.MULTILINE)
"""A webhook's title; a phone number's stars are none."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message as the transcript shows it, whichever network it is on. `by`: None is the bot; `at`: ISO."""

    chat: Place
    by: Place | None
    text: str
    buttons: tuple[str, ...]
    at: str
    edited: bool
    reply: bool


def spoken(event: Json) -> Spoken | None:
    """What somebody says by this event of the stream; None for anything else, for silent pictures, for half streams."""
    if event["type"] not in {"message", "edit", "wecom_message", "wecom_edit"}:
        return None
    message, edited = event["message"], event["type"].endswith("edit")
    when = message["edited"] if edited and message["edited"] else message["date"]
    if event["type"] in {"message", "edit"}:
        text = message["text"] or message["caption"]
        buttons = [button["text"] for row in message["buttons"] or [] for button in row]
        chat, by = int(message["chat_id"]), None if message["from"] == "bot" else message["from"]
        reply = by is not None and bool(message["reply_to"])
    else:
        own = not message["from"].startswith("@")
        options = ((message["card"] or {}).get("button_selection") or {}).get("option_list") or []
        text = BOLD.sub(r"\1", message["text"]) if message["finished"] and not (edited and message["busy"]) else ""
        buttons = [button["text"] for button in (options or message["buttons"] if message["buttons"] else [])]
        chat, by = message["chat"], message["from"] if own else None
        reply = own and bool(message["quote"])
    return Spoken(chat, by, text, tuple(buttons), when, edited, reply) if text else None


class Transcript:
    """Prints what is said on the network, as it is said; what goes to people who are not on stage is only counted."""

    def __init__(self, client: SandboxClient, lang: str, console: Console, acts: Sequence[Act]) -> None:
        self.words = WORDS[lang]
        self.seen = 0
        self._client = client
        self._lang = lang
        self._console = console
        self._stage = {step.place for act in acts for step in act.steps if step.who}
        self._mark = 0
        self._aside: dict[Place, int] = {}
        self._latest = ""
        aliases = dict(TEAMS)
        teams: dict[Place, str] = {COMPANY_CHAT: self.words["company"]}
        teams |= {chat: aliases[team] for team, chat in TEAM_CHATS.items()}
        wecom = {chat: aliases[team] if team else self.words["company"] for team, chat in WECOM_CHATS.items()}
        there = self.words["wecom"]
        self._names: dict[Place, str] = {p.user: p.name for p in PEOPLE}
        for p in PEOPLE:
            self._names |= dict.fromkeys((userid(p.number), f"bot:{userid(p.number)}"), f"{p.name} {there}")
        self._names |= teams
        self._names |= {chat: f"{name} {there}" for chat, name in wecom.items()}

    def skip(self) -> None:
        """What was said before the play is not told."""
        self._mark = self._client.now

    async def told(self, _number: int, step: Step) -> None:
        """Before each step: what has been said since the last one, then what cannot be seen in the chats."""
        self.catch_up()
        if step.do == "press":
            self._line(self._names[step.who or 0], "·", self.words["press"].format(label=pick(step.text, self._lang)))
        elif step.do == "clock":
            self._rule(self.words["clock"].format(at=self._at(step.to, day=True)))
        elif step.do in {"kill", "start"}:
            self._rule(self.words[step.do])
        elif step.do == "fault":
            self._rule(self.words["fault"].format(what=" ".join(str(value) for value in step.fault.values())))

    def catch_up(self) -> None:
        """Print what the stream has told since."""
        events = self._client.events(self._mark)
        self._mark += len(events)
        for event in events:
            said = spoken(event)
            if said is not None:
                self._message(said)

    def others(self) -> None:
        """How much went to people who are not on stage."""
        if self._aside:
            count = sum(self._aside.values())
            self._rule(self.words["others"].format(n=count, people=len(self._aside)))
            self._aside.clear()

    def _message(self, said: Spoken) -> None:
        self.seen += 1
        if said.chat not in self._stage:
            self._aside[said.chat] = self._aside.get(said.chat, 0) + 1
            return
        sign = ("◁*" if said.edited else "◁") if said.by is None else "▷"
        text = (self.words["reply"] if said.reply else "") + said.text
        buttons = " ".join(f"[{label}]" for label in said.buttons)
        who = said.chat if said.by is None else said.by
        self._line(self._names.get(who, str(who)), sign, f"{text}\n{buttons}" if buttons else text, self._at(said.at))

    def _at(self, moment: str, *, day: bool = False) -> str:
        at = datetime.fromisoformat(moment)
        weekday = WEEKDAYS[self._lang][at.weekday()]
        return f"{at:%m-%d} {weekday} {at:%H:%M}" if day else f"{weekday} {at:%H:%M}"

    def _line(self, who: str, sign: str, text: str, at: str = "") -> None:
        first, *rest = text.split("\n")
        at = self._latest = at or self._latest
        head = Text(f"{at:<9} ") + Text(who, style="bold") + Text(f" {sign} ", style="cyan")
        pad = " " * max(1, INDENT - head.cell_len)
        self._console.print(head + Text(pad) + Text(first))
        for line in rest:
            self._console.print(Text(" " * INDENT + line, style="dim" if line.startswith("[") else ""))

    def _rule(self, text: str) -> None:
        self._console.print(Text(f"— {text} —", style="dim"))
