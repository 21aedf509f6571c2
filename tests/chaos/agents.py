"""People who type while the bot is killed, and what each of them may rely on: what they typed, what they saw confirmed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time

from core.rules.people import Role
from sandbox.client import Person
from tests.chaos.occurrences import CHINA
from tests.e2e.company import Colleague

FRIDAY, SATURDAY = 4, 5
NAMES = (
    "林晓燕", "王芳", "吴海涛", "陈俊杰", "李娜", "张伟", "刘洋", "杨柳", "黄蓉", "周杰",
    "徐静", "孙浩", "马超", "朱琳", "胡军", "郭敏", "何平", "高远", "罗兰", "梁栋",
)  # fmt: skip
CALL = re.compile(r"第\d+通")
DEAL = re.compile(r"已交.* ([\d,]+)\.00")
REPORT = re.compile(r"✅ (W-\d{4}-\d{2}-\d+)")


@dataclass
class Form:
    """A form somebody has begun: the answers typed so far, in their order, and what the bot says to each."""

    kind: str  # deal, weekly
    steps: list[tuple[str, str]]  # what is typed, and what stands in the answer that shows it was taken
    since: int  # id of the message that opened it
    typed: list[int] = field(default_factory=list)  # ids of the messages with the answers

    @property
    def answers(self) -> list[str]:
        """What was typed as an answer: without the word that opens the form and the one that sends it."""
        return [text for text, _ in self.steps[1:-1]][: max(0, len(self.typed) - 1)]

    @property
    def done(self) -> bool:
        """Is it sent?"""
        return len(self.typed) == len(self.steps)


@dataclass
class Agent:
    """Somebody who types calls, deals and reports, each unlike any other of theirs."""

    who: Colleague
    phone: Person
    place: int  # among the agents, from 0
    calls: list[str] = field(default_factory=list)
    deals: list[int] = field(default_factory=list)  # whole yuan, handed in
    forms: list[Form] = field(default_factory=list)
    reports: dict[str, datetime | None] = field(default_factory=dict)  # ISO week -> when what sends it was typed

    @property
    def form(self) -> Form | None:
        """The form that is open, as far as they know."""
        return self.forms[-1] if self.forms and not self.forms[-1].done else None

    @property
    def free(self) -> bool:
        """Have they seen what became of every form so far? Then each question that comes now is about the next one."""
        deals, reports = self.handed_in(), self.filed()
        sent = [int(form.steps[1][0]) for form in self.forms if form.kind == "deal"]
        return self.form is None and all(deals[one] for one in sent) and len(reports) == len(self.reports)

    # --- typing --------------------------------------------------------------------------------------------------

    def _number(self, network: int, count: int) -> str:
        return f"1{network}{self.place % 10}{self.place // 10}{count:07d}"

    async def call(self) -> None:
        """One call in one line."""
        mark = f"第{len(self.calls) + 1}通"
        await self.phone.say(f"李总 {self._number(3, len(self.calls))} 没接 {mark}")
        self.calls.append(mark)

    def _amount(self) -> int:
        return 2000 + len(self.deals) + sum(form.kind == "deal" and not form.done for form in self.forms)

    async def deal(self) -> None:
        """One deal: its line, then the word that sends it."""
        amount = self._amount()
        await self.phone.say(f"报单 {amount} 自拓 王总 {self._number(8, len(self.deals))}")
        await self.phone.say("提交")
        self.deals.append(amount)

    async def opens_deal(self) -> None:
        """The form of a deal, one answer at a time."""
        amount = self._amount()
        await self._opens(
            "deal",
            ("报单", "多少钱"),
            (str(amount), "怎么签下来"),
            ("自拓", "客户是谁"),
            (f"王总 {self._number(8, len(self.deals))}", "提交"),
            ("提交", "已交"),
        )

    async def opens_weekly(self, week: str) -> None:
        """The form of a weekly report, one answer at a time."""
        mark = f"{self.who.name}{week}"
        self.reports[week] = None
        await self._opens(
            "weekly",
            ("周报", "最值得说"),
            (f"老板们下午才有空 {mark}", "下周打算做什么"),
            (f"约访火锅店 {mark}", "都齐了"),
            ("发送", "✅"),
        )

    async def _opens(self, kind: str, *steps: tuple[str, str]) -> None:
        self.forms.append(Form(kind, [*steps], 0))
        await self.goes_on()

    async def goes_on(self) -> None:
        """The next answer of the open form."""
        form = self.form
        assert form is not None
        text, _ = form.steps[len(form.typed)]
        said = await self.phone.say(text)
        form.since = form.since or said.id
        form.typed.append(said.id)
        if form.done and form.kind == "deal":
            self.deals.append(int(form.steps[1][0]))
        elif form.done:
            week = next(reversed(self.reports))
            self.reports[week] = datetime.fromisoformat(said.data["date"])

    # --- seeing --------------------------------------------------------------------------------------------------

    def _lines(self) -> list[str]:
        return [message.text for message in self.phone.messages() if message.by_bot]

    def receipts(self) -> Counter[str]:
        """The calls whose receipt stands in the chat, and how often it does."""
        found: Counter[str] = Counter()
        for text in self._lines():
            if text.startswith("✅"):
                found.update(set(CALL.findall(text)))
        return found

    def handed_in(self) -> Counter[int]:
        """The deals whose receipt stands in the chat."""
        firsts = [DEAL.search(text.partition("\n")[0]) for text in self._lines()]
        return Counter(int(found[1].replace(",", "")) for found in firsts if found)

    def filed(self) -> Counter[str]:
        """The numbers of the reports whose receipt stands in the chat."""
        return Counter(found[1] for text in self._lines() if (found := REPORT.match(text)))

    def taken(self) -> list[str]:
        """The answers of the open form of which the bot has shown that it has them."""
        form = self.form
        if form is None:
            return []
        seen = 0
        later = [message for message in self.phone.messages() if message.by_bot and message.id > form.since]
        for number in range(1, len(form.typed)):
            shows = form.steps[number][1]
            if any(shows in message.text and message.id > form.typed[number] for message in later):
                seen = number
        return form.answers[:seen]


def writes_reports(at: datetime) -> str | None:
    """The ISO week on which a weekly report may be begun at this moment of the company, if so."""
    local = at.astimezone(CHINA)
    begins, ends = {FRIDAY: (time(17), time.max), SATURDAY: (time.min, time(20))}.get(
        local.weekday(), (time.max, time.min)
    )
    if begins < local.time() < ends:
        year, week, _ = local.isocalendar()
        return f"{year}-W{week:02d}"
    return None


def staff(agents: int = len(NAMES)) -> tuple[Colleague, ...]:
    """A manager, an assistant, a supervisor for each of two teams and so many agents in them."""
    teams = ("领航组", "远航组")
    heads = (
        Colleague("002", "梁文静", Role.MANAGER, None),
        Colleague("003", "何小满", Role.ASSISTANT, None),
        Colleague("004", "周启明", Role.SUPERVISOR, teams[0]),
        Colleague("005", "郑海燕", Role.SUPERVISOR, teams[1]),
    )
    roles = (Role.CLERK, Role.CLERK, Role.REP)
    return heads + tuple(
        Colleague(f"{101 + place}", name, roles[place % 3], teams[place % 2])
        for place, name in enumerate(NAMES[:agents])
    )
