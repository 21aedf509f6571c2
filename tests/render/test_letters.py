"""What of a name can be drawn: never a box, never a turned line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.pictures import fonts
from bot.render.pictures.cmap import covered
from bot.render.pictures.letters import cleaned, drawable

POINTS = fonts.load().points


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("👑林晓燕🎉", "林晓燕"),
        ("古丽米热·艾合买提", "古丽米热·艾合买提"),
        ("喆堃犇垚昇㛃䶮𬍛𬭎𫖯淼玥璟頔〇", "喆堃犇垚昇㛃䶮𬍛𬭎𫖯淼玥璟頔〇"),
        ("𝓐na", "Ana"),
        ("\u202e林晓燕\u202c", "林晓燕"),
        ("Z\u0338\u0321\u0328\u031ba\u0334\u0322lgo", "Zalgo"),
        ("王\x00方\u200b", "王方"),
        ("  李\n\t总 ", "李 总"),
        ("👨\u200d👩\u200d👧", ""),
        ("محمد علي", ""),
        ("e\u0301lise", "élise"),
        ("A\u0300\u0301\u0302", "À"),
    ],
)
def test_only_what_the_font_can_write_is_written(typed: str, drawn: str) -> None:
    assert drawable(typed, POINTS) == drawn


def test_whose_name_cannot_be_written_is_called_by_number() -> None:
    data = {"rows": [{"name": "👑", "otherwise": "工号 007", "value": "1"}, {"name": "·", "otherwise": "工号 008"}]}

    assert [row["name"] for row in cleaned(data, POINTS)["rows"]] == ["工号 007", "工号 008"]


@given(st.text(max_size=60))
def test_no_text_whatever_keeps_a_character_without_a_glyph(text: str) -> None:
    kept = drawable(text, POINTS)

    assert all(ord(char) in POINTS or char == " " for char in kept)
    assert drawable(kept, POINTS) == kept


def test_a_file_that_is_no_font_covers_nothing(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"OTTO", b"OTTO\xff\xff" + bytes(40), b"ttcf" + b"\xff" * 8, b"MZ" * 9)):
        file = tmp_path / f"{number}.otf"
        file.write_bytes(content)
        assert covered(file) == frozenset()


def test_a_folder_without_chinese_letters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(fonts.NoFonts):
        fonts.load(tmp_path)
