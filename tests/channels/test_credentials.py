"""The holder of the token is alarmed when somebody must act, once, and only then (reliability D6)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.alarms import report, watch
from bot.channels.credentials import Credentials, Trouble
from bot.clock import HandClock
from core.rules.people import Role
from core.store import models as m
from tests.office import START, Office


class Account:
    """A channel of which only the credentials matter."""

    name = "telegram"

    def __init__(self) -> None:
        self.host = HandClock(START)
        self.credentials = Credentials(self.name, self.host.now)

    def passes(self, seconds: float) -> None:
        self.host.at += timedelta(seconds=seconds)

    def clashes(self, *, every: float, times: int) -> None:
        for _ in range(times):
            self.credentials.clashed()
            self.passes(every)


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_refusal_is_an_alarm_at_once_and_is_said_once(account: Account) -> None:
    with capture_logs() as lines:
        for _ in range(100):
            account.credentials.refused()

    assert account.credentials.trouble is Trouble.REFUSED
    assert [line["log_level"] for line in lines] == ["critical"]


def test_a_refusal_is_over_with_the_first_call_that_is_taken(account: Account) -> None:
    account.credentials.refused()
    account.credentials.taken()

    assert account.credentials.trouble is None


@pytest.mark.parametrize(("seconds", "trouble"), [(14.9, None), (15, Trouble.SHARED), (40, Trouble.SHARED)])
def test_only_a_conflict_that_lasts_is_an_alarm(account: Account, seconds: float, trouble: Trouble | None) -> None:
    account.credentials.clashed()
    account.passes(seconds)
    account.credentials.clashed()

    assert account.credentials.trouble is trouble


def test_hand_overs_with_hours_between_are_no_alarm(account: Account) -> None:
    for _ in range(10):
        account.clashes(every=5, times=3)
        account.credentials.taken()
        account.passes(3600)

    assert account.credentials.trouble is None


def test_rivals_who_cut_each_other_off_by_turns_are_an_alarm_although_calls_go_through_between(
    account: Account,
) -> None:
    with capture_logs() as lines:
        for _ in range(20):
            account.clashes(every=5, times=1)
            account.credentials.taken()

    assert account.credentials.trouble is Trouble.SHARED
    assert [line["log_level"] for line in lines] == ["critical"]
    account.passes(56)  # and five since the last one
    account.credentials.taken()
    assert account.credentials.trouble is None


def test_a_refusal_outweighs_a_conflict(account: Account) -> None:
    account.clashes(every=5, times=5)
    account.credentials.refused()
    assert account.credentials.trouble is Trouble.REFUSED
    account.credentials.taken()

    assert account.credentials.trouble is None


# --- the owner --------------------------------------------------------------------------------------------------


async def test_the_owner_hears_from_when_to_when_the_token_was_refused_also_over_a_restart(office: Office) -> None:
    owner = await office.hires("沈国栋", Role.DIRECTOR, None, is_owner=True)
    other = await office.manager()
    before = Account()
    before.credentials.refused()
    await report(office.db, before)
    office.clock.at += timedelta(minutes=70)
    await office.restart()
    after = Account()
    after.credentials.refused()
    await report(office.db, after)
    office.clock.at += timedelta(minutes=5)
    after.credentials.taken()
    for _ in range(2):
        await report(office.db, after)
        await office.settle()

    assert [said.text.splitlines()[0] for said in owner.messages] == [
        "Telegram 不认我的令牌:17:20 到 18:35,我收不到也发不出。"
    ]
    assert not other.messages


async def test_a_refusal_that_ended_before_the_database_could_take_it_is_told_all_the_same(office: Office) -> None:
    owner = await office.hires("沈国栋", Role.DIRECTOR, None, is_owner=True)
    account = Account()
    account.credentials.refused()
    account.credentials.taken()
    await report(office.db, account)
    await office.settle()

    assert [said.text.splitlines()[0] for said in owner.messages] == [
        "Telegram 不认我的令牌:17:20 到 17:20,我收不到也发不出。"
    ]


async def test_a_token_changed_between_two_starts_is_told_at_the_second(office: Office) -> None:
    owner = await office.hires("沈国栋", Role.DIRECTOR, None, is_owner=True, lang="en")
    before, after = Account(), Account()
    before.credentials.refused()
    await report(office.db, before)
    office.clock.at += timedelta(days=2)
    after.credentials.taken()
    await report(office.db, after)
    await office.settle()

    assert owner.text.startswith("Telegram refused my token from Fri 11-20 17:20 to 17:20:")


async def test_of_two_processes_one_tells_the_owner(office: Office) -> None:
    owner = await office.hires("沈国栋", Role.DIRECTOR, None, is_owner=True)
    one, two = Account(), Account()
    one.credentials.refused()
    await report(office.db, one)
    for account in (one, two):
        account.credentials.taken()
    await asyncio.gather(report(office.db, one), report(office.db, two))
    await office.settle()

    assert len(owner.messages) == 1


async def test_a_rival_is_told_at_once_and_not_again_within_the_hour(office: Office) -> None:
    owner = await office.hires("沈国栋", Role.DIRECTOR, None, is_owner=True)
    account = Account()
    for _ in range(3):
        account.clashes(every=5, times=4)
        await report(office.db, account)
        account.passes(61)
        account.credentials.taken()
        await report(office.db, account)
        office.clock.at += timedelta(minutes=5)
        await office.settle()
    assert len(owner.messages) == 1
    assert "还有一个程序在用我的令牌收消息" in owner.text
    office.clock.at += timedelta(hours=1)
    account.clashes(every=5, times=4)
    await report(office.db, account)
    await office.settle()

    assert len(owner.messages) == 2


async def test_without_trouble_nobody_hears_a_word(office: Office) -> None:
    await office.hires("沈国栋", Role.DIRECTOR, None, is_owner=True)
    account = Account()
    account.credentials.taken()
    account.clashes(every=5, times=3)
    account.credentials.taken()
    await report(office.db, account)

    assert not await office.rows(m.outbox)


async def test_what_the_database_could_not_take_is_told_when_it_can(office: Office) -> None:
    account = Account()
    account.credentials.refused()
    transaction = office.db.transaction

    def gone(*_: object) -> object:
        raise OSError

    office.db.transaction = gone  # type: ignore[assignment]
    with pytest.raises(OSError):  # noqa: PT011  whatever the database says
        await watch(office.db, account)
    office.db.transaction = transaction  # type: ignore[method-assign]
    watching = asyncio.create_task(watch(office.db, account))
    async with asyncio.timeout(30):
        while not await office.rows(m.facts, name="telegram.refused"):
            await asyncio.sleep(0)
    watching.cancel()
