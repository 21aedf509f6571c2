"""Which way a message takes: pure, so every case is a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from core.rules.ways import Known, instead, network_of, plain, posting, sibling, ways

MON, TUE, WED = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (16, 17, 18))
SEALED = "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"


def known(channel: str, seen: datetime | None = MON, name: str = "Ana", *, reachable: bool = True) -> Known:
    return Known(channel, name, reachable, seen)


@pytest.mark.parametrize(
    ("accounts", "prefers", "expected"),
    [
        pytest.param([], None, [], id="nobody"),
        pytest.param([known("telegram")], None, [("telegram", "Ana")], id="one account"),
        pytest.param([known("wecom")], None, [("wecom", "Ana"), ("wecom_app", "Ana")], id="bot, then app"),
        pytest.param([known("wecom", name=SEALED)], None, [("wecom", SEALED)], id="a sealed userid means nothing to the app"),
        pytest.param(
            [known("telegram", TUE), known("wecom", WED)], None,
            [("wecom", "Ana"), ("wecom_app", "Ana"), ("telegram", "Ana")], id="the network used last",
        ),
        pytest.param(
            [known("telegram", TUE), known("wecom", WED)], "telegram",
            [("telegram", "Ana"), ("wecom", "Ana"), ("wecom_app", "Ana")], id="the network they chose",
        ),
        pytest.param(
            [known("wecom", MON), known("wecom_app", WED)], None,
            [("wecom", "Ana"), ("wecom_app", "Ana")], id="within WeCom the bot first, whichever was used last",
        ),
        pytest.param(
            [known("wecom", reachable=False)], None, [("wecom_app", "Ana")], id="whom the bot does not reach, the app may",
        ),
        pytest.param(
            [known("wecom", reachable=False), known("wecom_app", None, reachable=False)], None, [],
            id="what failed is remembered",
        ),
        pytest.param(
            [known("telegram", WED, reachable=False), known("wecom", MON)], "telegram",
            [("wecom", "Ana"), ("wecom_app", "Ana")], id="a choice that does not work gives way",
        ),
        pytest.param(
            [known("telegram", MON, "1"), known("telegram", TUE, "2")], None,
            [("telegram", "2"), ("telegram", "1")], id="two phones on one network",
        ),
        pytest.param([known("wecom_app")], None, [("wecom_app", "Ana")], id="the bot never speaks first"),
    ],
)  # fmt: skip
def test_the_ways_to_a_person(accounts: list[Known], prefers: str | None, expected: list[tuple[str, str]]) -> None:
    assert ways(accounts, prefers) == expected


def test_no_way_is_named_twice_and_none_that_is_shut() -> None:
    channels = ("telegram", "wecom", "wecom_app")
    for first in channels:
        for second in channels:
            for shut in (True, False):
                accounts = [known(first, MON), known(second, TUE, reachable=not shut)]
                found = ways([one for one in accounts if (one.channel, one.reachable) != (first, False)])
                assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("userid", "is_plain"), [("LinXiaoYan", True), ("wo", True), ("woman.li", True), (SEALED, False), ("", False)]
)
def test_a_sealed_userid_is_told_from_a_plain_one(userid: str, is_plain: bool) -> None:
    assert plain(userid) is is_plain
    assert (sibling("wecom", userid) is not None) is is_plain
    assert sibling("telegram", userid) is None


def test_networks_are_named_as_people_think_of_them() -> None:
    assert {network_of(name) for name in ("wecom", "wecom_app", "wecom_group")} == {"wecom"}
    assert network_of("telegram") == "telegram"


@dataclass(frozen=True)
class Chat:
    channel: str
    team_ids: tuple[int, ...] = ()
    whole_company: bool = False


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        pytest.param([Chat("wecom", (1,)), Chat("wecom_group", (1,))], [1], id="the webhook stands for the bot"),
        pytest.param([Chat("wecom", (1, 2)), Chat("wecom_group", (1,))], [0, 1], id="not for teams it does not have"),
        pytest.param([Chat("telegram", (1,)), Chat("wecom_group", (1,))], [0, 1], id="each network gets its own"),
        pytest.param([Chat("wecom", (1,)), Chat("wecom_group", (), True)], [0, 1], id="a team's board is its own"),
        pytest.param([Chat("wecom", (), True), Chat("wecom_group", (), True)], [1], id="the whole company"),
        pytest.param([Chat("wecom", (1,))], [0], id="no webhook"),
    ],
)
def test_boards_reach_each_group_by_one_way(groups: list[Chat], kept: list[int]) -> None:
    assert posting(groups) == [groups[place] for place in kept]


def test_what_a_webhook_certainly_did_not_take_goes_by_the_bot() -> None:
    hook, same, other, foreign = (
        Chat("wecom_group", (1,)),
        Chat("wecom", (1,)),
        Chat("wecom", (2,)),
        Chat("telegram", (1,)),
    )

    assert instead(hook, [foreign, other, same]) == same
    assert instead(hook, [foreign, other]) is None
    assert instead(same, [hook]) is None
