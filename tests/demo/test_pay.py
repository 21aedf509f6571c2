"""/pay played in the demo company, as docs/manners.md 2.5 writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.cast import CLOCK
from bot.demo.seed import fill
from core.store import deals, people
from core.store.db import Tx
from tests.office import Office, Phone, furnish


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The company's database, filled once."""
    folder = tmp_path_factory.mktemp("demo")

    async def write() -> None:
        place = await furnish(folder, migrated)
        place.clock.at = CLOCK
        await place.tx(fill)
        await place.close()

    asyncio.run(write())
    return folder / "office.db"


@pytest.fixture
async def demo(tmp_path: Path, filled: Path) -> AsyncIterator[Office]:
    """The demo company on a Friday at 17:20."""
    place = await furnish(tmp_path, filled)
    place.clock.at = CLOCK
    yield place
    await place.close()


async def phone(demo: Office, number: str) -> Phone:
    """Somebody of the cast on a phone of their own."""

    async def bound(tx: Tx) -> Phone:
        person = await people.by_number(tx, number)
        assert person is not None
        user = str(70_000 + person.id)
        await people.bind(tx, "telegram", user, person.id)
        for account in await people.accounts_of(tx, person.id):
            if account.external_id != user:
                await people.unreachable(tx, "telegram", account.external_id)
        return Phone(demo, person.id, user, person.name)

    made: Phone = await demo.tx(bound)
    return made


async def test_the_heroine_from_her_card_to_a_single_deal(demo: Office) -> None:
    ana = await phone(demo, "005")

    async def confirmed(tx: Tx) -> None:
        waiting = await deals.waiting(tx, seller_ids=[ana.id])
        assert [deal.amount_fen for deal in waiting] == [500_000]
        zhou = await people.by_number(tx, "004")
        assert zhou is not None
        assert await deals.decide(tx, [waiting[0].id], deals.State.CONFIRMED, by=zhou.id)

    await demo.tx(confirmed)
    await ana.says("收入")
    assert ana.text.splitlines()[:4] == [
        "11 月暂计 1,376.00(截至 11-20)",
        "底薪 750.00 · 提成 660.00",
        "代访分享 −70.00 · 短信 36.00",
        "本月 26,500,再 5,500 进 5% 档",
    ]
    assert ana.text.splitlines()[4:] == ["上月同期 1,406.00 · 照这个速度月底 1,837.40 · 组内第 2"]
    await ana.presses("为什么")
    assert ana.text.splitlines() == [
        "提成 660.00 = 8,000×3% 240.00 + 10,500×4% 420.00(前 8,000 不计)",
        "分享 −70.00:7,000 一单吴海涛代访 ×1%",
        "短信 36.00:1,200×3%,不进档",
        "依据 3.1 商务文员提成表 · 2026-01-01 版",
    ]
    await ana.presses("逐项看")
    await ana.presses("代访分享 −70.00")
    assert ana.text.splitlines()[0] == "分享 −70.00:7,000 一单吴海涛代访 ×1%"
    assert "7,000 · 代理" in ana.text.splitlines()[1]
    assert ana.text.splitlines()[-1] == "依据 3.1 代理拜访 · 2026-01-01 版"
    await ana.says("如果 8000 自拓")
    assert ana.text.splitlines() == [
        "再签 8,000,多挣 345.00",
        "5,500×4% 220.00 + 2,500×5% 125.00",
        "本月到 34,500,合计 1,721.00",
        "若请代表代访:多挣 265.00",
    ]


@pytest.mark.parametrize(
    ("number", "month", "pieces"),
    [
        ("019", "11月", ("11 月暂计 562.50", "底薪 750×6,000/8,000;提成 0.00,因为要满 8,000 才开始算",
                        "再签 2,000,底薪回到 750.00(+187.50)。")),
        ("007", "10月", ("10 月暂计 2,645.00", "提成 1,895.00", "制度未载明 > 50,000,按最高一档 5%。")),
        ("018", "11月", ("有一项待定", "自己签单 3,800 已计入团队;是否另计提成,制度未载明,待经理决定。")),
        ("018", "10月", ("提成 0.00:达成率 69.3", "制度未载明商务主管底薪,按 0.00。")),
        ("015", "11月", ("底薪 750.00 · 提成 0.00", "提成 0.00:8,000 以上的部分才开始算。")),
        ("003", "11月", ("11 月暂计 0.00", "制度未载明商务助理底薪,按 0.00。")),
    ],
)  # fmt: skip
async def test_a_zero_and_a_silence_of_the_rules_are_said(
    demo: Office, number: str, month: str, pieces: tuple[str, ...]
) -> None:
    who = await phone(demo, number)
    await who.says(f"收入 {month}")

    assert who.sees(*pieces)
    assert len(who.text.splitlines()) <= 7
