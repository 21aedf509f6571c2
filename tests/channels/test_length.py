"""Long texts go out in parts; nothing that somebody typed is cut off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.length import parts, units
from tests.office import Office

TEXTS = st.text(alphabet=st.sampled_from("好a\n🙂 "), max_size=300)


@given(TEXTS, st.integers(2, 40))
def test_every_part_fits_and_together_they_are_the_text(text: str, limit: int) -> None:
    found = parts(text, limit)

    assert all(units(part) <= limit for part in found)
    assert "".join(found).replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_a_text_is_parted_at_its_line_ends() -> None:
    assert parts("一二三\n四五\n六", 6) == ["一二三\n四五", "六"]
    assert parts("一二三四五六七", 3) == ["一二三", "四五六", "七"]
    assert parts("short", 10) == ["short"]


async def test_an_answer_longer_than_a_message_comes_in_parts_in_order_with_its_buttons_on_the_last(
    office: Office,
) -> None:
    ana, head = await office.agent(), await office.supervisor()
    await ana.says("周报")
    words = "".join(f"第{number}句话。" for number in range(600))
    await ana.says(words)
    await ana.says("回访 20 个")
    await ana.says("看全文")

    seen = "".join(said.text for said in ana.messages)
    assert "第599句话。" in seen
    assert all(units(said.text) <= 4096 for said in (*ana.messages, *head.messages))
