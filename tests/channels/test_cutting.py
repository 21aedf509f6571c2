"""Where a text may be cut: pure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.cutting import LONGEST, place, short
from bot.channels.length import octets, parts, units

FAMILY, FLAG, SKIN, KEYCAP = "👨‍👩‍👧", "🇨🇳", "👍🏽", "1️⃣"


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("林晓燕报单 5,000.00", 13, "林晓燕报单…"),
        ("周报 W-2026-47-005 到了", 10, "周报…"),
        ("满意度 98.5% 很好", 8, "满意度…"),
        ("底薪3.5万元一个月", 6, "底薪…"),
        ("号码 138****8000 没接", 9, "号码…"),
        (f"好{FAMILY}好好", 4, "好…"),
        (f"{FLAG}{FLAG}{FLAG}", 4, f"{FLAG}…"),
        (f"好{SKIN}好好", 3, "好…"),
        (f"好{KEYCAP}好好", 3, "好…"),
        ("好 cafe\u0301s 好好好", 7, "好…"),
        ("一二三四五六", 4, "一二三…"),
        ("一二三", 3, "一二三"),
        ("the answer is here", 12, "the answer…"),
    ],
)
def test_a_text_is_cut_before_what_belongs_together(text: str, most: int, shown: str) -> None:
    assert short(text, most) == shown


@given(
    st.text(alphabet=st.sampled_from([*"好0123456789,.W- 一👍🏽🇨🇳👨\u200d👩\ufe0f\u0301a%万"]), max_size=80),
    st.integers(1, 60),
)
@example("5,000.00", 4)
def test_every_cut_goes_forward_and_never_beyond(text: str, end: int) -> None:
    found = place(text, end)

    assert 0 < found <= end or found == len(text) <= end
    for start in range(0, min(end, len(text)), 7):
        assert place(text, end, start) > start


def test_a_figure_without_end_is_cut_like_any_text() -> None:
    endless = "7" * 4 * LONGEST

    assert "".join(parts(endless, 100)) == endless
    assert max(units(part) for part in parts(endless, 100)) == 100


@pytest.mark.parametrize("measure", [units, octets])
def test_a_long_line_is_parted_beside_its_amounts_and_its_emojis(measure: Callable[[str], int]) -> None:
    line = "".join(f"第{n}单5,{n:03}.00元{FAMILY}" for n in range(60))
    found = parts(line, 90, measure)

    assert "".join(found) == line
    assert all(measure(part) <= 90 for part in found)
    for part in found[1:]:
        assert not part.startswith((",", ".", "0", "\u200d", "👩", "👧"))
