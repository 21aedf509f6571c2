"""What people type cannot be read in the files (D10); names of customers are clear by design, for search."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store import models as m
from core.store.sealed import KeyProblem, KeyRing, Sealed, SealedJSON, install
from tests.at_rest import at_rest
from tests.office import Office

CANARIES = {
    "phone": "13988776655",
    "note": "喜欢喝龙井的老板",
    "said": "这周最难的是税票问题",
    "plan": "下周去拜访开发区",
    "feedback": "税票的事找财务小钱",
    "reason": "发烧三十九度",
    "refused": "合同没有盖章",
    "unknown": "随便打的一句秘密话",
    "rest": "138****0000",  # a number as it is shown
}


async def a_week(office: Office) -> None:
    """One of everything that takes typed text, over some days."""
    zhou, ana = await office.supervisor(), await office.agent(number="005", phone=CANARIES["phone"][:-1] + "0")
    await ana.says(f"记 龚总 {CANARIES['phone']} 有意向70% 明天上午10点 {CANARIES['note']}", CANARIES["unknown"])
    await ana.says(f"报单 5000 自拓 龚总 {CANARIES['phone']}")
    await ana.presses("提交")
    await zhou.presses("退回")
    await zhou.says(CANARIES["refused"])
    await ana.says("请假", "11-26", CANARIES["reason"])
    await ana.presses("发送")
    await ana.says("周报", CANARIES["said"], CANARIES["plan"])
    await ana.presses("看全文")
    await ana.presses("返回")
    await ana.presses("发送")
    await zhou.says(CANARIES["feedback"], reply_to=zhou.finds("W-2026-47-005"))
    await ana.says("周报")  # and something half done
    await ana.says("报单 3000 自拓 龚总")
    await office.moves_to(office.now + timedelta(days=2))


def found(url: str, text: str) -> list[str]:
    """The files in which a text stands, as UTF-8, as UTF-16 or escaped in JSON."""
    forms = {text.encode(), text.encode("utf-16-le"), json.dumps(text).strip('"').encode()}
    return [name for name, content in at_rest(url).items() if any(form in content for form in forms)]


@pytest.fixture
async def used(office: Office) -> Office:
    """An office after a week."""
    await a_week(office)
    return office


async def test_nothing_that_was_typed_stands_in_the_files(used: Office) -> None:
    held = {what: found(used.url, text) for what, text in CANARIES.items()}
    assert not any(held.values()), held
    assert not used.db.sqlite or "office.db-wal" in at_rest(used.url)  # that was looked at too
    assert found(used.url, "龚总")  # the search can find something
    await used.close()
    held = {what: found(used.url, text) for what, text in CANARIES.items()}

    assert not any(held.values()), held


async def test_the_week_left_something_to_find(used: Office) -> None:
    """The test above would be worth nothing if the texts had not been kept."""
    tables = (m.calls, m.customers, m.reports, m.report_entries, m.leaves, m.deals)
    kept = repr([await used.rows(table) for table in tables])

    for what in ("phone", "note", "said", "plan", "feedback", "reason", "refused"):
        assert CANARIES[what] in kept, what


def test_a_value_cannot_be_moved_to_another_place() -> None:
    ring = KeyRing.fresh()
    blob = ring.seal("李总", "calls.note")

    assert ring.open(blob, "calls.note") == "李总"
    with pytest.raises(KeyProblem):
        ring.open(blob, "deals.note")


def test_a_changed_byte_or_another_key_is_noticed() -> None:
    ring = KeyRing.fresh()
    blob = ring.seal("李总", "calls.note")
    for position in range(1, len(blob)):
        broken = bytearray(blob)
        broken[position] ^= 1
        with pytest.raises(KeyProblem):
            ring.open(bytes(broken), "calls.note")
    with pytest.raises(KeyProblem, match="does not fit"):
        KeyRing.fresh().open(blob, "calls.note")


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    ring = KeyRing.fresh()
    install(ring)
    plain, data = Sealed("a.b"), SealedJSON("a.c")
    dialect = None

    assert plain.process_result_value(plain.process_bind_param(text, dialect), dialect) == text  # type: ignore[arg-type]
    bound = data.process_bind_param({"text": [text]}, dialect)  # type: ignore[arg-type]
    assert data.process_result_value(bound, dialect) == {"text": [text]}  # type: ignore[arg-type]


def test_the_same_text_is_sealed_differently_each_time_and_indexed_the_same() -> None:
    ring = KeyRing.fresh()

    assert ring.seal("13800138000", "a.b") != ring.seal("13800138000", "a.b")
    assert ring.index("13800138000", "phone") == ring.index("13800138000", "phone")
    assert ring.index("13800138000", "phone") != ring.index("13800138000", "last4")
    assert ring.index("13800138000", "phone") != KeyRing.fresh().index("13800138000", "phone")


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "waihu.key"
    first, made = KeyRing.load_or_create(file)
    second, again = KeyRing.load_or_create(file)

    assert made
    assert not again
    assert first == second
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", ["", "{}", "not json", '{"id":1,"data":"AAAA","index":"AAAA"}', '{"id":1,"data":3}']
)
def test_a_damaged_key_file_is_named_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    file = tmp_path / "waihu.key"
    file.write_text(content)

    with pytest.raises(KeyProblem, match=r"waihu\.key"):
        KeyRing.load_or_create(file)
    assert file.read_text() == content


def test_without_its_key_a_used_database_is_not_opened_with_a_new_one(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="restore it"):
        KeyRing.load_or_create(tmp_path / "waihu.key", sealed_rows_exist=True)
    assert not (tmp_path / "waihu.key").exists()
