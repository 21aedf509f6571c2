"""The company's clock: runs, moves forward, stops where the bot has something to do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sandbox.clock import NEWCOMER, SILENCE, STALL, CannotGoBackError, Clock
from tests.sandbox.conftest import START, Host

FRIDAY = datetime.fromisoformat(START)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(host: Host) -> Clock:
    return Clock(FRIDAY, host)


def test_it_runs_at_normal_speed_from_its_start(clock: Clock, host: Host) -> None:
    host.now += 90
    assert clock.now() == FRIDAY + timedelta(seconds=90)
    assert clock.stamp == int(FRIDAY.timestamp()) + 90


def test_without_a_bot_it_jumps(clock: Clock) -> None:
    clock.move(FRIDAY + HOUR)
    assert clock.now() == FRIDAY + HOUR
    assert not clock.moving


def test_going_back_is_refused_and_changes_nothing(clock: Clock) -> None:
    with pytest.raises(CannotGoBackError):
        clock.move(FRIDAY - timedelta(seconds=1))
    assert clock.now() == FRIDAY


def test_a_start_without_a_zone_is_refused(host: Host) -> None:
    with pytest.raises(ValueError, match="zone"):
        Clock(datetime(2026, 11, 20), host)  # noqa: DTZ001 the point of the test


def test_a_present_bot_is_heard_before_anything_moves(clock: Clock) -> None:
    clock.ask(FRIDAY + 3 * HOUR)
    clock.move(FRIDAY + 2 * HOUR)
    assert clock.moving
    assert clock.now() == FRIDAY
    assert clock.ask(FRIDAY + HOUR) == FRIDAY + HOUR


def test_it_stops_at_every_announced_moment_until_a_later_one_is_announced(clock: Clock, host: Host) -> None:
    clock.ask(FRIDAY + HOUR)
    clock.move(FRIDAY + 4 * HOUR)
    assert clock.ask(FRIDAY + HOUR) == FRIDAY + HOUR
    host.now += 3
    assert clock.ask(FRIDAY + HOUR) == FRIDAY + HOUR, "still working: the clock stands"
    assert clock.ask(FRIDAY + 2 * HOUR) == FRIDAY + 2 * HOUR
    assert clock.moving
    assert clock.ask(FRIDAY + 9 * HOUR) == FRIDAY + 4 * HOUR
    assert not clock.moving


def test_a_bot_with_nothing_planned_lets_it_go_all_the_way(clock: Clock) -> None:
    clock.ask(None)
    clock.move(FRIDAY + HOUR)
    assert clock.ask(None) == FRIDAY + HOUR
    assert not clock.moving


def test_a_silent_bot_does_not_hold_it_for_more_than_five_seconds(clock: Clock, host: Host) -> None:
    clock.ask(FRIDAY + HOUR)
    clock.move(FRIDAY + 2 * HOUR)
    clock.ask(FRIDAY + HOUR)
    host.now += SILENCE - 0.1
    assert not clock.tick()
    assert clock.now() == FRIDAY + HOUR
    host.now += 0.2
    assert clock.tick()
    assert clock.now() == FRIDAY + 2 * HOUR


def test_a_bot_that_asks_but_is_stuck_is_left_behind_after_a_while(clock: Clock, host: Host) -> None:
    clock.ask(FRIDAY + HOUR)
    clock.move(FRIDAY + 2 * HOUR)
    for _ in range(int(STALL) + 1):
        clock.ask(FRIDAY + HOUR)
        clock.tick()
        host.now += 1
    assert clock.now() >= FRIDAY + 2 * HOUR
    assert clock.stalls == 1


def test_time_stands_while_a_move_waits_and_runs_again_afterwards(clock: Clock, host: Host) -> None:
    clock.ask(FRIDAY + HOUR)
    clock.move(FRIDAY + 2 * HOUR)
    clock.ask(FRIDAY + HOUR)
    host.now += 2
    assert clock.now() == FRIDAY + HOUR
    clock.ask(None)
    host.now += 2
    assert clock.now() == FRIDAY + 2 * HOUR + timedelta(seconds=2)


def test_a_second_move_on_the_way_extends_the_first(clock: Clock) -> None:
    clock.ask(FRIDAY + HOUR)
    clock.move(FRIDAY + 2 * HOUR)
    clock.move(FRIDAY + 3 * HOUR)
    assert clock.target == FRIDAY + 3 * HOUR
    clock.ask(FRIDAY + HOUR)
    assert clock.ask(None) == FRIDAY + 3 * HOUR


def test_a_moment_without_a_zone_is_read_in_the_company_zone(clock: Clock) -> None:
    clock.move(datetime(2026, 11, 21, 21, 25))  # noqa: DTZ001 as typed by a person
    assert clock.now() == datetime.fromisoformat("2026-11-21T21:25:00+08:00")


def test_a_bot_that_has_just_started_is_waited_for_until_it_has_plans(clock: Clock, host: Host) -> None:
    clock.expect(bot=True)
    clock.move(FRIDAY + 2 * HOUR)
    clock.ask(None)  # its first question, before it knows its jobs
    host.now += NEWCOMER / 2
    assert not clock.tick()
    assert clock.now() == FRIDAY
    clock.ask(FRIDAY + HOUR)
    assert clock.now() == FRIDAY + HOUR


def test_a_bot_that_started_and_never_plans_is_not_waited_for_long(clock: Clock, host: Host) -> None:
    clock.expect(bot=True)
    clock.move(FRIDAY + HOUR)
    host.now += NEWCOMER + 1
    assert clock.tick()
    assert clock.now() == FRIDAY + HOUR


def test_a_bot_that_is_gone_is_not_waited_for(clock: Clock) -> None:
    clock.expect(bot=True)
    clock.expect(bot=False)
    clock.move(FRIDAY + HOUR)
    assert clock.now() == FRIDAY + HOUR
