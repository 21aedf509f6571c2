"""`waihu demo --script week`: a week of the company without a browser, printed as it happens and checked."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.demo.cast import COMPANY_CHAT, PEOPLE, TEAM_CHATS, TEAMS
from bot.demo.play import NoStartError, prepare, running
from bot.demo.week import BEFORE, WEEK, Act
from sandbox.client import Json, SandboxClient
from sandbox.player import Player, StuckError
from sandbox.scenes import Step, pick

WORDS = {
    "zh": {
        "head": "星禾企服(演示)的一周 · 24 人 · 真的机器人、真的数据库、本机模拟的网络",
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
        "company": "全公司群",
    },
    "en": {
        "head": "A week of Xinghe (demo) · 24 people · the real bot, a real database, an emulated network on this machine",
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
        "company": "company",
    },
}
WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
INDENT = 22
NAMES = {p.user: p.name for p in PEOPLE}


def run_week(lang: str) -> bool:
    """Play the week in a folder of its own; True when everything came as it should."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="waihu-week-") as place:
        folder = Path(place)
        prepare(folder, lang=lang)
        try:
            with running(folder, 0, resettable=False) as (_, url):
                return asyncio.run(perform(url, lang, WEEK, began))
        except NoStartError as problem:
            Console(stderr=True).print(str(problem), style="red")
            return False


async def perform(url: str, lang: str, acts: Sequence[Act], began: float) -> bool:
    """Play the acts on a running demo and print them; True when all went well."""
    console = Console(highlight=False, soft_wrap=True)
    async with SandboxClient(url) as client:
        script = Transcript(client, lang, console, acts)
        console.print(script.words["head"], style="bold")
        console.print(script.words["legend"], style="dim")
        player = Player(client, lang=lang, told=script.told)
        try:
            await Player(client, lang=lang).play(BEFORE)
            script.skip()
            for number, act in enumerate(acts, 1):
                console.print(f"\n{number} {pick(act.title, lang)}", style="bold")
                await player.play(act.steps)
                await player.settle()
                script.catch_up()
                script.others()
        except StuckError as problem:
            script.catch_up()
            console.print(script.words["stuck"].format(why=problem), style="red")
            console.print(script.words["bad"], style="red")
            return False
        violations = await client.violations()
        if violations:
            console.print(script.words["violations"].format(n=len(violations)), style="red")
            for one in violations:
                console.print(f"  {one['method']}: {one['what']}", style="red")
            return False
        steps = sum(len(act.steps) for act in acts)
        seconds = f"{time.monotonic() - began:.0f}"
        console.print(
            "\n" + script.words["good"].format(acts=len(acts), steps=steps, seen=script.seen, seconds=seconds),
            style="green",
        )
        return True


class Transcript:
    """Prints what is said on the network, as it is said; what goes to people who are not on stage is only counted."""

    def __init__(self, client: SandboxClient, lang: str, console: Console, acts: Sequence[Act]) -> None:
        self.words = WORDS[lang]
        self.seen = 0
        self._client = client
        self._lang = lang
        self._console = console
        steps = [step for act in acts for step in act.steps]
        self._cast = {step.who for step in steps if step.who}
        self._heard = {step.chat for step in steps if step.chat}
        self._mark = 0
        self._aside: dict[int, int] = {}
        self._latest = ""
        aliases = dict(TEAMS)
        self._groups = {chat: aliases[team] for team, chat in TEAM_CHATS.items()} | {
            COMPANY_CHAT: self.words["company"]
        }

    def skip(self) -> None:
        """What was said before the play is not told."""
        self._mark = self._client.now

    async def told(self, _number: int, step: Step) -> None:
        """Before each step: what has been said since the last one, then what cannot be seen in the chats."""
        self.catch_up()
        if step.do == "press":
            self._line(NAMES[step.who or 0], "·", self.words["press"].format(label=pick(step.text, self._lang)))
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
            if event["type"] in {"message", "edit"}:
                self._message(event["message"], edited=event["type"] == "edit")

    def others(self) -> None:
        """How much went to people who are not on stage."""
        if self._aside:
            count = sum(self._aside.values())
            self._rule(self.words["others"].format(n=count, people=len(self._aside)))
            self._aside.clear()

    def _message(self, message: Json, *, edited: bool) -> None:
        chat, sender = int(message["chat_id"]), message["from"]
        text = message["text"] or message["caption"]
        if not text:
            return
        self.seen += 1
        if chat not in self._heard | self._cast:
            self._aside[chat] = self._aside.get(chat, 0) + 1
            return
        if sender == "bot":
            who, sign = self._groups.get(chat, NAMES.get(chat, str(chat))), "◁*" if edited else "◁"
        else:
            who, sign = NAMES.get(sender, str(sender)), "▷"
            text = (self.words["reply"] if message["reply_to"] else "") + text
        buttons = " ".join(f"[{button['text']}]" for row in message["buttons"] or [] for button in row)
        when = message["edited"] if edited and message["edited"] else message["date"]
        self._line(who, sign, f"{text}\n{buttons}" if buttons else text, self._at(when))

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
