"""A webhook that others change, or that Telegram cannot reach, is noticed although nothing else tells of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from telegram import WebhookInfo

from bot.channels.telegram_webhook import Deliveries
from bot.clock import HandClock
from bot.health import look
from core.rules.people import Role
from core.store import models as m
from tests.channels.conftest import ANA, Post, eventually
from tests.e2e.company import STAFF
from tests.office import START

OWNER = next(c for c in STAFF if c.role is Role.MANAGER).user
CALL = "记 李总 13800138000 有意向70%"
LONG_AGO = START - timedelta(days=400)  # by Telegram's clock, which is another


class Desk:
    """Looks at what Telegram says, half a minute apart."""

    def __init__(self) -> None:
        self.host = HandClock(START)
        self.deliveries = Deliveries(self.host.now)

    def looks(self, *, waiting: int, failed: datetime | None, called: bool = False, after: float = 30) -> bool:
        self.host.at += timedelta(seconds=after)
        info = WebhookInfo("https://bot.example.com", False, waiting, last_error_date=failed)
        return self.deliveries.stuck(info, called=called)


def failures(count: int) -> list[datetime]:
    return [LONG_AGO + timedelta(seconds=30 * number) for number in range(count)]


def test_failures_that_go_on_for_a_minute_while_updates_wait_are_an_alarm() -> None:
    desk = Desk()

    assert [desk.looks(waiting=3, failed=at) for at in failures(5)] == [False, False, False, True, True]


def test_a_failure_from_before_we_started_is_none() -> None:
    desk = Desk()

    assert not any(desk.looks(waiting=3, failed=LONG_AGO) for _ in range(20))


def test_a_failure_that_is_not_repeated_is_over_after_five_minutes() -> None:
    desk = Desk()
    for at in failures(4):
        stuck = desk.looks(waiting=1, failed=at)
    assert stuck
    assert desk.looks(waiting=1, failed=failures(4)[-1], after=300)

    assert not desk.looks(waiting=1, failed=failures(4)[-1], after=1)


def test_without_updates_that_wait_a_failure_is_over() -> None:
    desk = Desk()

    assert not any(desk.looks(waiting=0, failed=at) for at in failures(6))


def test_who_is_called_is_reached() -> None:
    desk = Desk()

    assert not any(desk.looks(waiting=2, failed=at, called=True) for at in failures(6))
    assert not any(desk.looks(waiting=2, failed=at + timedelta(hours=1)) for at in failures(2))


def test_no_failure_at_all_is_none() -> None:
    desk = Desk()

    assert not any(desk.looks(waiting=2, failed=None) for _ in range(6))


@pytest.mark.parametrize("elsewhere", ["", "http://127.0.0.1:9/elsewhere"], ids=["deleted", "replaced"])
async def test_a_webhook_that_somebody_else_changed_is_set_again_and_the_owner_hears(
    hooked: Post, elsewhere: str
) -> None:
    ours = hooked.sandbox.webhook.settings.url
    await hooked.telegram.bot.set_webhook(elsewhere)
    hooked.host.look()
    await eventually(lambda: hooked.sandbox.webhook.settings.url == ours)
    ana = hooked.person(ANA)
    await ana.answer(await ana.say(CALL), "李总 138****8000")
    await hooked.person(OWNER).sees("还有一个程序在用我的令牌")

    assert (await look(hooked.app))["alarm"] == "another process polls with this token"
    hooked.host.passes(61)
    hooked.host.look()
    await eventually(lambda: hooked.telegram.alarm is None)


async def test_a_webhook_that_telegram_cannot_reach_is_an_alarm_until_it_gets_through(hooked: Post) -> None:
    """As when the certificate ends: here another secret lets nothing through until ours is set again."""
    hook = hooked.sandbox.webhook
    hook.settings.secret = "changed-by-somebody-else"
    ana = hooked.person(ANA)
    said = await ana.say(CALL)
    await eventually(lambda: hook.settings.last_error_date is not None)
    assert hooked.telegram.alarm is None
    async with hooked.app.db.transaction():  # nothing comes through meanwhile, whatever is set
        for _ in range(4):
            seen = hooked.telegram.last_heard
            hooked.host.look()
            await eventually(lambda seen=seen: hooked.telegram.last_heard != seen)  # type: ignore[misc]
            hook.settings.last_error_date = (hook.settings.last_error_date or 0) + 1
            hooked.host.passes(31)
        await eventually(lambda: hooked.telegram.alarm == "telegram cannot reach the webhook")
    await hooked.person(OWNER).sees("连不上我的 webhook")
    await ana.answer(said, "李总 138****8000")
    await hooked.client.quiet()
    hooked.host.look()
    await eventually(lambda: hooked.telegram.alarm is None)

    assert len(await hooked.rows(m.calls)) == 1


async def test_a_webhook_that_is_well_is_left_alone(hooked: Post) -> None:
    before = hooked.sandbox.webhook.settings
    for _ in range(4):
        seen = hooked.telegram.last_heard
        hooked.host.look()
        await eventually(lambda seen=seen: hooked.telegram.last_heard != seen)  # type: ignore[misc]
        hooked.host.passes(31)

    assert hooked.sandbox.webhook.settings is before
    assert hooked.telegram.alarm is None
    assert not await hooked.rows(m.outbox, person_id=1)
