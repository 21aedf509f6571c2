"""One contract for every network: what the company lives by works the same wherever its people are.

The companies, one on each network and database, play side by side: most of what they do is wait for a network's pace.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
import pytest_asyncio

from core.store import models as m
from core.store import sealed
from tests.abreast import Which, asked_for, databases, own, side_by_side
from tests.chaos.processes import Nursery
from tests.contract.company import PHONES, Everybody, everybody
from tests.e2e.company import STAFF

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA, FANG, ZHOU, HE, LIANG = "林晓燕", "王芳", "周启明", "何小满", "梁文静"
FRIDAY, SATURDAY, MONDAY = "2026-11-20", "2026-11-21", "2026-11-23"
CALL = "记 李总 13800138000 有意向70% 周六下午3点 要方案"
MIXED = "mixed"
AT_ONCE = 3  # companies
TEST = "test_joining_call_deal_report_answer_pay_nudge_and_board"


def network_of(phones: str) -> dict[str, str]:
    """Everybody on one network, or half of them on each."""
    if phones == MIXED:
        return {one.name: "wecom" if one.name in {FANG, ZHOU} else "telegram" for one in STAFF}
    return {one.name: phones for one in STAFF}


@pytest.fixture(scope="module")
def wanted(request: pytest.FixtureRequest) -> list[Which]:
    """The companies that this run asks for, those that wait longest first."""
    found = asked_for(request, TEST, "phones", "kind")
    return sorted(found, key=lambda which: ([*PHONES, MIXED].index(which[0]), which[1]))


@pytest.fixture(scope="module")
def addresses(request: pytest.FixtureRequest, wanted: list[Which]) -> Iterator[Mapping[Which, str]]:
    """Each company's database."""
    with databases(request, wanted) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plays(
    addresses: Mapping[Which, str], wanted: list[Which], young: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[Which, asyncio.Task[None]]]:
    """Every company's play, under way or over."""
    room = asyncio.Semaphore(AT_ONCE)
    key = tmp_path_factory.mktemp("key") / "waihu.key"
    sealed.KeyRing.load_or_create(key)

    async def play(which: Which) -> None:
        folder = tmp_path_factory.mktemp("-".join(which))
        shutil.copy(key, folder)  # a process knows one key, and ours looks into all of them
        on, url = network_of(which[0]), addresses[which]
        async with room, everybody(folder, on, young, url=url, newcomers=(FANG,)) as team:
            await the_company_lives(team)

    async with side_by_side({which: play(which) for which in wanted if which in addresses}) as tasks:
        yield tasks


@pytest.mark.parametrize("phones", [*PHONES, MIXED])
async def test_joining_call_deal_report_answer_pay_nudge_and_board(
    phones: str, kind: str, request: pytest.FixtureRequest, plays: Mapping[Which, asyncio.Task[None]]
) -> None:
    await own(request, plays, phones, kind)


async def the_company_lives(team: Everybody) -> None:
    """From joining to the board; 王芳 has not joined yet."""
    net = team.client
    ana, fang, zhou, he = (team.hand(name) for name in (ANA, FANG, ZHOU, HE))
    for hand in (ana, zhou, he):  # a bot speaks to whom has spoken to it
        await hand.says("帮助")

    # Joining.
    invites = await team.waihu("roster", "invite", "--all", "--json")
    code = next(invite["code"] for invite in invites if invite["employee_no"] == "006")
    assert "邀请码" in await fang.says("你好")
    assert "商务文员" in await fang.says(f"绑定 {code}", "王芳")
    await zhou.binds("领航组")

    # A call in one line.
    receipt = await ana.says(CALL)
    assert receipt.startswith("✅ 李总 138")
    assert "今天 1 通" in receipt

    # A deal: handed in, confirmed, celebrated in the group without the customer.
    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交", times=3)
    await zhou.sees("林晓燕报单 5,000")
    await zhou.presses("确认", times=3)
    await ana.sees("周启明确认了", "5,000")
    assert "李总" not in await zhou.group_sees("🎉", "林晓燕")

    # The nudge: one tap opens the report, the numbers are there.
    await net.move_clock(f"{FRIDAY}T18:15:00+08:00")
    await ana.sees("周报数字我填好了")
    await ana.presses("现在写")
    await ana.sees("拨打 1 · 接通 1")
    await ana.says("签了一单,价格最难谈。")
    await ana.says("回访 20 个\n约访 4 家")
    await ana.presses("发送", times=3)
    await ana.sees("✅ W-2026-47-005", "按时")
    await zhou.sees("W-2026-47-005 · 林晓燕", "签了一单")
    await he.sees("W-2026-47-005")

    # The answer in the thread; the author gets it and answers back.
    await zhou.replies("W-2026-47-005 · 林晓燕", "价格我来谈。")
    told = await ana.sees("“价格我来谈。”")
    assert "W-2026-47-005" in told.split("\n")[0]
    await ana.replies("“价格我来谈。”", "那周一一起去。")
    await zhou.sees("“那周一一起去。”")

    # Pay, in private alone.
    assert "11 月暂计 468.75" in await ana.says("收入", "11 月暂计")
    await ana.asks_for_pay_in_group()

    # Who owes is reminded once; who has sent is not.
    await net.move_clock(f"{SATURDAY}T21:40:00+08:00")
    await fang.sees("还有 30 分钟")
    await net.move_clock(f"{SATURDAY}T22:10:00+08:00")
    assert "林晓燕" not in await zhou.sees("没交:", "王芳")

    # The board, with its picture.
    await net.move_clock(f"{MONDAY}T09:00:00+08:00")
    assert await zhou.group_picture()
    board = await zhou.group_sees("红榜")
    assert "李总" not in board
    await ana.says("帮助")

    (deal,) = await team.waihu("export", "deals", "--json")
    assert (deal["amount"], deal["state"], deal["employee_no"]) == ("5000.00", "confirmed", "005")
    assert [row.state for row in await team.company.rows(m.calls)].count("logged") == 1
    assert len(await team.company.rows(m.report_entries)) == 2
    assert {row.state for row in await team.company.rows(m.inbox)} == {"done"}
    assert {row.state for row in await team.company.rows(m.outbox)} <= {"sent", "new", "dropped"}
    said = [text for text in zhou.in_group() if text]
    assert len(said) == len(set(said))
    assert await net.violations() == []
