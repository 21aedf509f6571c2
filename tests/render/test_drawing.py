"""Drawing: outside the conversation, once for the same picture, and never instead of the words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.channels.port import File, Outgoing
from bot.render.pictures import drawing
from bot.render.pictures.blocks import board, named, note, notes, ranks, word
from bot.render.pictures.cache import Shelf
from bot.render.pictures.drawing import MOST, CannotDraw, Press, whole_lines
from tests.render.pictures import nothing_to_draw_with, size, words

PLAIN = board("zh", "榜", "今天", [ranks([named("zh", "林晓燕", "005", place=1, value="5,000", bar=1000)])])


async def test_a_picture_is_sharp_on_a_phone_and_light_on_its_network() -> None:
    made = await drawing.draw(PLAIN)

    assert size(made)[0] == 1080
    assert len(made) < MOST


@pytest.mark.parametrize(
    "name",
    ["#image(1)", "*粗* _斜_", "$x^2$", "]#panic()[", '"; }', "\\u{1f451}", "// 林", "<a> & b", "@preview/x", "```"],
)
def test_a_name_is_never_markup(name: str) -> None:
    shown = words(board("zh", name, name, [notes([note(name, named("zh", name), word(name))])], tag=name, foot=name))

    assert "".join(name.split()) in shown


async def test_the_same_picture_is_drawn_once() -> None:
    press = Press()
    first = await press.picture(PLAIN)
    press._compilers.clear()  # nothing to draw with: it must come off the shelf

    assert await press.picture(PLAIN) is first


def test_the_shelf_holds_what_was_used_last() -> None:
    shelf = Shelf(10)
    for key in "abc":
        shelf.put(key, b"1234")
    assert shelf.get("a") is None
    assert shelf.get("b") == b"1234"
    shelf.put("d", b"1234")
    shelf.put("e", b"x" * 11)

    assert shelf.held <= 10
    assert len(shelf) <= 2
    assert shelf.get("c") is None


async def test_many_pictures_at_once_leave_the_loop_its_turns() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    press = Press()
    pictures = [board("zh", f"榜 {n}", "", [notes([note("", word("字"))])]) for n in range(4)]
    made = await asyncio.gather(*(press.picture(one) for one in pictures))
    counting.cancel()

    assert len(set(made)) == 4
    assert turns > 4


async def test_what_cannot_be_drawn_is_said_in_words(tmp_path: Path) -> None:
    out = Outgoing("send", "1", "📊 今日战报", file=File("board.png", picture=True, drawing=PLAIN))
    covered = Outgoing(
        "send", "1", "收入在图里", file=File("pay.png", picture=True, drawing=PLAIN, otherwise="11 月暂计")
    )

    with nothing_to_draw_with(tmp_path):
        assert await drawing.drawn(out, 1024) == Outgoing("send", "1", "📊 今日战报")
        assert (await drawing.drawn(covered, 1024)).text == "11 月暂计"


@pytest.mark.parametrize(
    "wrong", [{}, {"template": "board"}, {"template": "../board", "data": {}}, {"template": "theme2", "data": {}},
              {"template": "board", "data": {"title": "x"}}, {"template": "board", "data": []}]
)  # fmt: skip
def test_a_drawing_of_another_version_is_no_crash(wrong: dict[str, object]) -> None:
    with pytest.raises(CannotDraw):
        drawing.press().png(wrong)


def test_a_fault_inside_the_typesetter_is_a_picture_that_cannot_be_drawn() -> None:
    class PanicException(BaseException):
        """As the typesetter's binding raises it."""

    class Broken:
        def compile(self, **_: object) -> bytes:
            raise PanicException

    press = Press()
    press._compilers["board"] = Broken()  # type: ignore[assignment]
    with pytest.raises(CannotDraw):
        press.png(PLAIN)

    assert press.png(PLAIN).startswith(b"\x89PNG")  # the next one is drawn anew


async def test_a_file_without_a_drawing_goes_as_it_is() -> None:
    out = Outgoing("send", "1", "x" * 3000, file=File("a.csv", b"1"))

    assert await drawing.drawn(out, 1024) is out


async def test_a_long_text_keeps_whole_lines_under_its_picture() -> None:
    text = "\n".join(f"🎉 第 {n} 行 {'字' * 40}" for n in range(60))
    out = await drawing.drawn(Outgoing("send", "1", text, file=File("a.png", picture=True, drawing=PLAIN)), 1024)

    assert len(out.text.encode("utf-16-le")) // 2 <= 1024
    assert out.text.splitlines()[:-1] == text.splitlines()[: len(out.text.splitlines()) - 1]
    assert out.text.endswith("\n…")
    assert whole_lines("短", 1024) == "短"


def test_what_waits_in_the_outbox_is_what_it_shows_not_its_pixels() -> None:
    file = File("board.png", picture=True, drawing=PLAIN, hidden=True, otherwise="字")

    assert File.unpacked(file.packed()) == file
    assert len(str(file.packed())) < 600
    assert File.unpacked(["a.csv", "31", False]) == File("a.csv", b"1")  # as the version before kept it
