"""Each failure class on the wire, in random order, with the real adapter, sender and outbox (D6; T5).

`WAIHU_FAULTS=1000 WAIHU_FAULTS_SEED=7 pytest tests/chaos/test_faults.py` meets each class a thousand times.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.channels.port import Message
from bot.render import notices
from core.rules.people import Person
from core.store import models as m
from core.store.db import Tx
from tests.chaos.wires import EDIT, OK, RECEIPT, REMINDER, TABLE, Storm
from tests.office import Office

EACH = int(os.environ.get("WAIHU_FAULTS", "12"))
SEED = int(os.environ.get("WAIHU_FAULTS_SEED", "1"))


@pytest.fixture(autouse=True)
def note() -> Iterator[None]:
    """A notice that says what its data say; and no log lines about faults that are ordered."""

    async def render(tx: Tx, data: Any, lang: str, person: Person | None) -> Message | None:
        return Message(data["text"])

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(60 - 10))
    notices._renderers["test_note"] = render
    yield
    del notices._renderers["test_note"]
    structlog.reset_defaults()


async def test_every_failure_of_the_wire_ends_as_the_table_says(office: Office) -> None:
    async with Storm(office, SEED, EACH).network() as storm:
        await storm.post()
        await storm.settle()
        rows = await storm.rows()

        wrong = [(one.text, one.calls, one.fate.calls) for one in storm.letters if tuple(one.calls) != one.fate.calls]
        assert not wrong, f"seed {SEED}: {len(wrong)} met another end: {wrong[:10]}"
        states = {one.text: rows[one.text].state for one in storm.letters}
        assert states == {one.text: one.fate.state for one in storm.letters}, f"seed {SEED}: states"
        met = Counter(one.trouble for one in storm.letters if one.trouble in TABLE)
        assert met == dict.fromkeys(TABLE, EACH)
        assert storm.sandbox.api.faults.view() == []  # each was met

        expected = storm.expected()
        for chat in [one.user for one in (*storm.persons, *storm.victims)] + [str(one) for one in storm.groups]:
            assert storm.chat(chat) == expected[chat], f"seed {SEED}: chat {chat}"
        for group in storm.moving:
            assert storm.moved_to(group) != group
            assert storm.chat(storm.moved_to(group)) == expected[str(group)]
        for chat, text in storm.last_edits().items():
            message = storm.sandbox.net.world.chats[int(chat)].messages[storm.base[chat]]
            assert message.text == text, f"seed {SEED}: the edited message of {chat}"

        told = storm.chat(storm.head.user)  # once for each who cannot be reached, without a word of what it was
        assert len(told) == len(set(told)) == EACH
        assert all("收不到我的消息" in text and RECEIPT not in text and REMINDER not in text for text in told)
        reachable = {row.external_id for row in await office.rows(m.accounts) if row.unreachable_at is None}
        assert reachable == {one.user for one in (storm.head, *storm.persons)}

        # Waiting as asked and a refused token are no attempts; nothing was sent into a chat that asked for patience.
        for letter in storm.letters:
            if letter.trouble in {"429", "401", "409", "moved", OK}:
                assert rows[letter.text].attempts == 1, letter.text
        assert [one for one in storm.sandbox.violations if "429 wait" in one["what"]] == []
        assert all(rows[one.text].payload is None for one in storm.letters)


async def test_one_chat_that_must_wait_a_minute_delays_nobody_else(office: Office) -> None:
    """By the host's clock, which stands still: whoever gets their message did not wait at all."""
    async with Storm(office, SEED, 0, ()).network() as storm:
        patient, *others = storm.persons
        async with office.db.transaction() as tx:
            for number in range(5):
                for one in storm.persons:
                    await tx.notify(one.id, "test_note", {"text": f"{number}"}, once=f"{one.id}:{number}")
        storm.sandbox.api.faults.add({"kind": "429", "method": "sendMessage", "chat": patient.user, "retry_after": 60})
        await storm.sender.drain(60)

        assert storm.chat(patient.user) == []
        assert all(storm.chat(one.user) == list("01234") for one in others)
        storm.host.at += timedelta(seconds=60)  # and up to a second of jitter
        await storm.sender.drain(60)
        assert storm.chat(patient.user) == []
        storm.host.at += timedelta(seconds=1)
        await storm.sender.drain(60)
        assert storm.chat(patient.user) == list("01234")
        assert [one for one in storm.sandbox.violations if "429 wait" in one["what"]] == []


async def test_a_token_that_is_refused_stops_everybody_and_then_nobody_lost_anything(office: Office) -> None:
    async with Storm(office, SEED, 0, ()).network() as storm:
        async with office.db.transaction() as tx:
            for one in storm.persons:
                await tx.notify(one.id, "test_note", {"text": "一"}, once=f"{one.id}")
        storm.sandbox.api.faults.add({"kind": "401", "method": "*", "count": 40})
        await storm.sender.drain(60)
        calls = storm.sandbox.api.call_count
        assert storm.adapter.alarm == "token refused"
        storm.host.at += timedelta(seconds=29)
        await storm.sender.drain(60)
        assert storm.sandbox.api.call_count == calls  # not one call in the meantime
        await storm.settle()

        assert storm.adapter.alarm is None
        assert all(storm.chat(one.user) == ["一"] for one in storm.persons)


def test_the_table_has_a_fate_for_every_kind_of_fault_the_network_knows() -> None:
    from sandbox.faults import KINDS

    assert KINDS - {"delay"} <= set(TABLE)
    assert any(EDIT in fates for fates in TABLE.values())
