"""kill -9 at random points while agents type: what was acknowledged exists once, what was not at most once.

A failure prints its seed; WAIHU_KILL_SEED replays it, WAIHU_KILLS sets how many kills there are.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.store import models as m
from tests.e2e.company import STAFF, Company, running

pytestmark = pytest.mark.kill
AGENTS = ("林晓燕", "王芳", "吴海涛")
KILLS = int(os.environ.get("WAIHU_KILLS", "12"))
SEED = int(os.environ.get("WAIHU_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
MARK = re.compile(r"第\d+号\w+")
PATIENCE = 90.0


class Typist:
    """An agent who types calls and deals and remembers what was typed and what was answered."""

    def __init__(self, company: Company, name: str, number: int) -> None:
        self.phone = company.person(name)
        self.number = number
        self.calls: list[str] = []
        self.amounts: list[int] = []

    async def call(self) -> None:
        """One call in one line; its note is unlike any other."""
        mark = f"第{len(self.calls)}号{'甲乙丙'[self.number]}"
        phone = f"13{self.number}{len(self.calls):08d}"
        await self.phone.say(f"李总 {phone} 没接 {mark}")
        self.calls.append(mark)

    async def deal(self) -> None:
        """One deal: its line, then the word on the button that sends it."""
        amount = 1_000 + 1_000 * self.number + len(self.amounts)
        await self.phone.say(f"报单 {amount} 自拓 王总 15{self.number}{len(self.amounts):08d}")
        await self.phone.say("提交")
        self.amounts.append(amount)

    def receipts(self) -> Counter[str]:
        """The calls whose receipt stands in the chat."""
        found: Counter[str] = Counter()
        for message in self.phone.messages():
            if message.by_bot and message.text.startswith("✅"):
                found.update(set(MARK.findall(message.text)))
        return found

    def handed_in(self) -> Counter[str]:
        """The deals whose receipt stands in the chat."""
        return Counter(
            found[1]
            for message in self.phone.messages()
            if message.by_bot and (found := re.search(r"已交.*· ([\d,]+)\.00", message.text.partition("\n")[0]))
        )


async def test_what_was_acknowledged_survives_a_dozen_kills_exactly_once(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    sys.stderr.write(f"\nWAIHU_KILL_SEED={SEED}\n")
    async with running(tmp_path) as company:
        net = company.client
        typists = [Typist(company, name, number) for number, name in enumerate(AGENTS)]
        await net.receiving(PATIENCE)
        for kill in range(KILLS):
            for typist in typists:
                for _ in range(rng.randint(1, 2)):
                    await typist.call()
                if kill % 3 == typist.number:
                    await typist.deal()
            # A random moment in the bot's work: it is polling, handling or sending.
            await asyncio.wait({asyncio.create_task(net.receiving(PATIENCE))}, timeout=rng.uniform(0.0, 3.0))
            seen = {typist.number: typist.receipts() for typist in typists}
            await net.kill_bot()
            await net.start_bot()
            for typist in typists:  # what a person has seen stays true
                assert not seen[typist.number] - typist.receipts()

        def answered() -> bool:
            return all(set(t.calls) <= set(t.receipts()) and len(t.handed_in()) >= len(t.amounts) for t in typists)

        await net.until(answered, "every line to be answered", PATIENCE)
        await net.quiet(PATIENCE)
        violations = await net.violations()

        people = {row.id: row.name for row in await company.rows(m.people)}
        calls = [(people[row.person_id], row.note) for row in await company.rows(m.calls) if row.state == "logged"]
        for typist, name in zip(typists, AGENTS, strict=True):
            assert [note for who, note in calls if who == name] == typist.calls  # once each, in the order typed
        deals = Counter((people[row.seller_id], row.amount_fen // 100) for row in await company.rows(m.deals))
        assert deals == Counter((name, amount) for t, name in zip(typists, AGENTS, strict=True) for amount in t.amounts)
        assert {row.state for row in await company.rows(m.inbox)} == {"done"}
        # A receipt whose sending was cut may come once more; never a third time.
        assert max(max(t.receipts().values()) for t in typists) <= 2
        assert not violations
        assert len(people) == len(STAFF)
