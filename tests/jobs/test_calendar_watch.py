"""Next year's holidays are asked for while there is time."""

from __future__ import annotations

from datetime import datetime

from tests.office import ZONE, Office


async def test_the_manager_is_told_from_december_on_and_not_before(office: Office) -> None:
    liang, ana = await office.manager(), await office.agent()
    await office.moves_to(datetime(2026, 11, 30, 10, tzinfo=ZONE))
    assert not liang.sees("放假安排")
    await office.moves_to(datetime(2026, 12, 7, 10, tzinfo=ZONE))

    assert liang.sees("2027 年的放假安排还没录入")
    assert not ana.sees("放假安排")
