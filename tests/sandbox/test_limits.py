"""Sending limits: noted always, answered with 429 in strict mode."""

from __future__ import annotations

from sandbox.limits import ALL_PER_SECOND, GROUP_PER_MINUTE, PRIVATE_BURST, Limits
from tests.sandbox.conftest import Host


def test_a_burst_into_a_private_chat_passes_and_then_one_a_second(host: Host) -> None:
    limits = Limits(host, strict=True)
    assert [limits.send(7).wait for _ in range(int(PRIVATE_BURST))] == [0] * int(PRIVATE_BURST)
    assert limits.send(7).wait == 1
    host.now += 1
    assert limits.send(7).wait == 0


def test_answers_to_somebody_who_writes_are_free(host: Host) -> None:
    limits = Limits(host, strict=True)
    for _ in range(29):
        limits.credit(7)
        assert limits.send(7).wait == 0


def test_a_group_takes_twenty_a_minute(host: Host) -> None:
    limits = Limits(host, strict=True)
    for _ in range(GROUP_PER_MINUTE):
        host.now += 0.1
        assert limits.send(-5).wait == 0
    assert limits.send(-5).wait == 59
    assert limits.send(-6).wait == 0, "another group has its own budget"
    host.now += 59
    assert limits.send(-5).wait == 0


def test_thirty_a_second_over_all_chats(host: Host) -> None:
    limits = Limits(host, strict=True)
    for chat in range(1, ALL_PER_SECOND + 1):
        assert limits.send(chat).wait == 0
    assert limits.send(99).wait == 1
    host.now += 1
    assert limits.send(99).wait == 0


def test_going_on_during_a_wait_is_noted_and_refused_again(host: Host) -> None:
    limits = Limits(host, strict=True)
    limits.impose(7, 3)
    verdict = limits.send(7)
    assert verdict.wait == 3
    assert "3.0 s of a 429 wait" in verdict.broken[0]
    host.now += 3
    assert limits.send(7).wait == 0


def test_without_strict_mode_too_much_is_noted_but_sent(host: Host) -> None:
    limits = Limits(host, strict=False)
    verdicts = [limits.send(-5) for _ in range(GROUP_PER_MINUTE + 1)]
    assert [verdict.wait for verdict in verdicts] == [0] * (GROUP_PER_MINUTE + 1)
    assert verdicts[-1].broken == ["more than 20 messages a minute into group -5"]
