"""What happened at 星禾企服 from September to the 20th of November 2026: deals, calls and day totals, drawn from a
fixed seed and then bent until each person's months and the current week come out to the yuan."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.demo.cast import CLOCK, PEOPLE, SHANGHAI, Member
from core.rules.people import Role

SEED = 20261120
LAST_DAY = CLOCK.date()
PRICES = (800, 1_280, 1_280, 1_800, 2_400, 2_980, 3_600, 3_800, 4_800, 5_800, 6_000, 7_000, 9_800, 12_800, 15_000)
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈姜"
TITLES = ("总", "女士", "老板", "经理", "姐", "工", "校长", "先生", "店长", "主任")
OUTCOMES = (  # of connected and unconnected single entries, weights from the floor's habits
    ("no_answer", 46), ("hung_up", 10), ("busy", 7), ("invalid", 5), ("gatekeeper", 9), ("refused", 14),
    ("callback", 8), ("interested", 9), ("visit", 3),
)  # fmt: skip
CONNECTED = frozenset({"gatekeeper", "refused", "callback", "interested", "visit", "signed", "dnc"})
NOTES = (
    "要方案",
    "问价格",
    "想要对比表",
    "老板下午三点后在",
    "月底再说",
    "让发资料",
    "已有供应商",
    "先加微信",
    "要开专票",
    "",
)

# The current reporting week (Sunday 11-15 to the 20th) and the one before, in yuan, where the boards name people.
THIS_WEEK = {
    "005": 12_800,
    "007": 9_400,
    "016": 13_600,
    "014": 8_100,
    "022": 6_100,
    "015": 0,
    "020": 3_200,
    "019": 1_280,
}
LAST_WEEK = {
    "005": 8_300,
    "007": 12_600,
    "016": 11_400,
    "014": 2_700,
    "022": 3_000,
    "006": 5_400,
    "012": 9_600,
    "023": 3_800,
}
WEEK = date(2026, 11, 15)
LAST = date(2026, 11, 8)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of somebody. Phones are of one invented block, except the one everybody tries first."""

    name: str
    phone: str
    owner: str


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as the seller reported it. Yuan."""

    seller: str
    day: date
    yuan: int
    kind: str
    customer: Customer
    visitor: str | None = None
    state: str = "confirmed"
    contacts: int = 3
    joint: str | None = None  # parts of one shared deal carry the same word


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    person: str
    at: datetime
    customer: Customer
    outcome: str
    intention: int | None
    stage: int
    next_contact: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day's totals as the person stated them."""

    person: str
    day: date
    dials: int
    connected: int


@dataclass(slots=True)
class History:
    """Everything that happened."""

    deals: list[Deal] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    counts: list[DayCount] = field(default_factory=list)


def sellers() -> list[Member]:
    """Who calls and sells."""
    return [p for p in PEOPLE if p.role in {Role.CLERK, Role.REP}]


class Writer:
    """Draws the history; the same every time."""

    def __init__(self, is_workday: Callable[[date], bool]) -> None:
        self.rng = random.Random(SEED)
        self.is_workday = is_workday
        self.history = History()
        self._phones = iter(range(10_001, 99_999))
        self._stages: dict[str, int] = defaultdict(int)
        self.li = Customer("李总", "+8613800138000", "005")

    def write(self) -> History:
        """The whole history."""
        for person in PEOPLE:
            for month, yuan in sorted(person.sales.items()):
                self._month(person, month, yuan)
        self._extras()
        for deal in list(self.history.deals):
            self._lead_up(deal)
        for person in sellers():
            for day in self._days(person):
                self._day(person, day)
        self.history.calls.sort(key=lambda call: call.at)
        self.history.deals.sort(key=lambda deal: (deal.day, deal.seller))
        return self.history

    # --- deals -------------------------------------------------------------------------------------------

    def _days(self, person: Member) -> Iterator[date]:
        day = max(date(2026, 9, 1), person.probation_from or person.hired_on)
        while day <= LAST_DAY:
            if self.is_workday(day) and not self._on_leave(person, day):
                yield day
            day += timedelta(days=1)

    @staticmethod
    def _on_leave(person: Member, day: date) -> bool:
        return person.number == "015" and date(2026, 11, 16) <= day <= date(2026, 11, 27)

    def _month(self, person: Member, month: str, yuan: int) -> None:
        fixed = [deal for deal in self._fixed() if deal.seller == person.number and deal.day.isoformat()[:7] == month]
        self.history.deals += fixed
        year, number = map(int, month.split("-"))
        first = date(year, number, 1)
        after = date(year + number // 12, number % 12 + 1, 1)
        days = [d for d in self._days(person) if first <= d < after] if person.role in {Role.CLERK, Role.REP} else []
        if not days:
            days = [d for d in (first + timedelta(days=i) for i in range(19)) if self.is_workday(d)]
        rest = yuan - sum(deal.yuan for deal in fixed if deal.kind != "sms")
        spans: list[tuple[int, list[date]]] = []
        if month == "2026-11":
            for start, wanted in ((WEEK, THIS_WEEK), (LAST, LAST_WEEK)):
                end = start + timedelta(days=6)
                inside = [d for d in days if start <= d <= end]
                have = sum(d.yuan for d in fixed if start <= d.day <= end and d.kind != "sms")
                if person.number in wanted and inside:
                    spans.append((wanted[person.number] - have, inside))
                    rest -= wanted[person.number] - have
                    days = [d for d in days if not start <= d <= end]
            quiet = [d for d in days if d < WEEK]
            days = quiet or days
        spans.append((rest, days))
        for amount, among in spans:
            for part in self._split(amount):
                self.history.deals.append(
                    Deal(person.number, self._signing_day(among), part, "own", self._customer(person.number))
                )

    def _fixed(self) -> list[Deal]:
        """The deals that the demo tells stories about."""
        d = date
        return [
            Deal(
                "005", d(2026, 10, 22), 7_000, "delegated", self._named("赵校长", 1, "005"), visitor="009", contacts=4
            ),
            Deal(
                "005", d(2026, 11, 10), 7_000, "delegated", self._named("陈老板", 2, "005"), visitor="010", contacts=3
            ),
            Deal("005", d(2026, 11, 20), 5_000, "own", self._named("王女士", 3, "005"), state="pending"),
            Deal("005", d(2026, 11, 17), 4_000, "own", self._named("钱经理", 4, "005"), contacts=2),
            Deal("005", d(2026, 11, 18), 3_800, "own", self._named("孙姐", 5, "005"), contacts=5),
            Deal("005", d(2026, 11, 12), 1_200, "sms", self._named("何工", 6, "005"), contacts=1),
            Deal("007", d(2026, 11, 20), 4_600, "own", self._named("郑总", 7, "007"), contacts=3),
            Deal("009", d(2026, 11, 20), 1_800, "own", self._named("冯老板", 8, "009"), contacts=2),
            Deal("012", d(2026, 11, 11), 4_900, "own", self._named("许总", 9, "012"), joint="刘婷郭强"),
            Deal("016", d(2026, 11, 11), 4_900, "own", self._named("许总", 9, "012"), joint="刘婷郭强"),
            Deal("016", d(2026, 11, 18), 12_800, "own", self._named("蔡总", 10, "016"), contacts=5),
            Deal("018", d(2026, 11, 13), 3_800, "own", self._named("叶总", 11, "018"), contacts=2),
            Deal("021", d(2026, 11, 12), 1_280, "own", self._named("丁店长", 12, "021"), contacts=2),
            Deal("023", d(2026, 11, 10), 3_800, "sms", self._named("潘经理", 13, "023"), contacts=1),
            Deal("023", d(2026, 10, 15), 1_200, "sms", self._named("潘经理", 13, "023"), contacts=2),
        ]

    def _extras(self) -> None:
        """Two more deals of 领航 wait for their supervisor: 6,200 in all, in nobody's figures yet."""
        self.history.deals += [
            Deal("006", LAST_DAY, 3_600, "own", self._customer("006"), state="pending"),
            Deal("008", LAST_DAY, 2_600, "own", self._customer("008"), state="pending"),
        ]

    def _split(self, amount: int) -> list[int]:
        """Parts from the price list; the last takes what is left over, never a silly remainder."""
        parts: list[int] = []
        while amount > 0:
            fitting = [price for price in PRICES if price <= amount and (amount == price or amount - price >= 800)]
            if not fitting:
                parts.append(amount)
                break
            weights = [2 if price < 1_000 else 6 if price <= 5_000 else 3 if price <= 9_800 else 1 for price in fitting]
            part = self.rng.choices(fitting, weights)[0]
            parts.append(part)
            amount -= part
        return parts

    def _signing_day(self, days: list[date]) -> date:
        weights = [3 if day.day >= 25 else 1 for day in days]
        return self.rng.choices(days, weights)[0]

    def _named(self, name: str, number: int, owner: str) -> Customer:
        return Customer(name, f"+861990000{number:04d}", owner)

    def _customer(self, owner: str) -> Customer:
        name = self.rng.choice(SURNAMES) + self.rng.choice(TITLES)
        return Customer(name, f"+86199{next(self._phones):08d}", owner)

    # --- calls -------------------------------------------------------------------------------------------

    def _lead_up(self, deal: Deal) -> None:
        """The contacts before a deal; the last one is the signing."""
        if deal.kind == "sms" or deal.joint:
            return
        member = next(p for p in PEOPLE if p.number == deal.seller)
        if member.role not in {Role.CLERK, Role.REP}:
            return
        days = [d for d in self._days(member) if d <= deal.day][-14:]
        chosen = sorted(self.rng.sample(days, min(deal.contacts, len(days))))
        chosen[-1:] = [deal.day]
        if deal.day == LAST_DAY and len(chosen) > 1:
            chosen = [d for d in chosen if d < LAST_DAY] + [LAST_DAY]
        for stage, day in enumerate(chosen):
            signed = stage == len(chosen) - 1
            outcome = "signed" if signed else "interested" if stage else "callback"
            at = self._moment(day)
            self.history.calls.append(
                Call(deal.seller, at, deal.customer, outcome, None if signed else 50 + 10 * stage, stage, None, "")
            )

    def _moment(self, day: date) -> datetime:
        hour = self.rng.choices((9, 10, 11, 14, 15, 16), (3, 5, 3, 2, 5, 4))[0]
        return datetime.combine(day, time(hour, self.rng.randrange(60), self.rng.randrange(60)), SHANGHAI)

    def _day(self, person: Member, day: date) -> None:
        if person.number == "005" and day == LAST_DAY:
            self._her_friday()
            return
        rep = person.role is Role.REP
        dials = self.rng.randint(35, 60) if rep else self.rng.randint(95, 125)
        dials = {("006", LAST_DAY): 142, ("007", LAST_DAY): 131, ("008", LAST_DAY): 126}.get(
            (person.number, day), dials
        )
        if person.number == "005" and day >= WEEK:
            dials = {16: 108, 17: 104, 18: 101, 19: 113}[day.day]  # with Friday's 86: 512 in the week
        connected = round(dials * self.rng.uniform(0.27, 0.36))
        interested = self.rng.randint(1, 4)
        if person.number == "005" and day >= WEEK:
            connected = {16: 33, 17: 32, 18: 31, 19: 35}[day.day]  # with Friday's 27: 158
            interested = self._still_to_interest(day)
        interested = 5 if person.number == "008" and day == LAST_DAY else interested
        self.history.counts.append(DayCount(person.number, day, dials, connected))
        for _ in range(interested):
            self._single(person.number, day, "interested")
        if day.weekday() in {1, 3}:
            self._single(person.number, day, "visit")
        if self.rng.random() < 0.25:
            self._single(person.number, day, "callback")

    def _still_to_interest(self, day: date) -> int:
        """Her week holds 14 new intentions: 11 before Friday, those of the lead-ups and 李总 included."""
        have = [c for c in self.history.calls if c.person == "005" and c.at.date() == day and c.outcome == "interested"]
        return max(0, {16: 2, 17: 3, 18: 2, 19: 3}[day.day] - len(have))

    def _single(self, person: str, day: date, outcome: str) -> None:
        at = self._moment(day)
        nxt = None
        if outcome in {"callback", "visit"} and day >= LAST_DAY - timedelta(days=4):
            nxt = datetime.combine(self._workday_after(day, 2), time(10, 0), SHANGHAI)
            nxt = nxt if nxt > CLOCK else None
        intention = self.rng.choice((40, 50, 60, 70)) if outcome in {"interested", "visit"} else None
        self.history.calls.append(
            Call(person, at, self._customer(person), outcome, intention, 0, nxt, self.rng.choice(NOTES))
        )

    def _workday_after(self, day: date, count: int) -> date:
        while count:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day

    def _her_friday(self) -> None:
        """林晓燕 logs each call: 85 by 17:20, 26 connected, 2 interested; the visitor's first line is the 86th."""
        have = [c for c in self.history.calls if c.person == "005" and c.at.date() == LAST_DAY]
        connected = sum(c.outcome in CONNECTED for c in have)
        plan = ["interested"] * (2 - sum(c.outcome == "interested" for c in have))
        plan += ["refused"] * 9 + ["gatekeeper"] * (26 - connected - 9 - len(plan))
        plan += ["no_answer"] * (85 - len(have) - len(plan))
        self.rng.shuffle(plan)
        for outcome in plan:
            self._single("005", LAST_DAY, outcome)
        for stage, day in enumerate((date(2026, 11, 9), date(2026, 11, 16))):
            at = datetime.combine(day, time(10, 12), SHANGHAI)
            self.history.calls.append(Call("005", at, self.li, "interested", 50, stage, None, "火锅店,两家分店"))


def write(is_workday: Callable[[date], bool]) -> History:
    """The history of the demo company."""
    return Writer(is_workday).write()
