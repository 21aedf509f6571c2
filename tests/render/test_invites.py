"""Invites: the code that a camera reads is the link, on a screen and on paper; one card a person, a page a team."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.render.pictures import invites, qr
from bot.render.pictures.drawing import press
from bot.render.pictures.invites import ON_A_PAGE, Invite
from tests.office import ZONE
from tests.render.pictures import pages, pixels, squeezed, words

LINK = "https://t.me/waihu_demo_bot?start=ABCDEFGH23456789"
ANA = Invite("林晓燕", "005", "clerk", "领航组", "ABCDEFGH23456789", LINK, datetime(2026, 11, 23, 17, 20, tzinfo=ZONE))


def test_the_picture_of_a_code_has_the_codes_own_modules() -> None:
    wanted = qr.matrix(LINK)
    shown = pixels(qr.png(LINK))
    side = len(wanted) + 2 * qr.QUIET

    assert shown.width == shown.height == side * qr.MODULE
    middle = qr.MODULE // 2
    for y in range(side):
        for x in range(side):
            inside = qr.QUIET <= x < side - qr.QUIET and qr.QUIET <= y < side - qr.QUIET
            dark = bool(inside and wanted[y - qr.QUIET][x - qr.QUIET])
            assert shown.dark(x * qr.MODULE + middle, y * qr.MODULE + middle) == dark


def test_the_card_on_a_screen_shows_the_very_same_modules() -> None:
    wanted = qr.matrix(LINK)
    shown = pixels(press().typeset(invites.card(ANA, "zh"), "png", ppi=36)[0])
    module = 144 / (len(wanted) + 2 * qr.QUIET)  # pixels: the template draws it 288 points wide
    left = (shown.width - 144) / 2
    dark_rows = [y for y in range(shown.height) if shown.dark(int(left + (qr.QUIET + 0.5) * module), y)]
    top = next(
        y for y in dark_rows if all(shown.dark(int(left + (qr.QUIET + n + 0.5) * module), y + 1) for n in range(7))
    )
    for y, row in enumerate(wanted):
        for x, bit in enumerate(row):
            at = (int(left + (qr.QUIET + x + 0.5) * module), int(top + (y + 0.5) * module))
            assert shown.dark(*at) == bool(bit), (x, y)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_card_says_whose_code_it_is_what_to_do_and_until_when(lang: str) -> None:
    shown = words(invites.card(ANA, lang))

    for piece in ("林晓燕", "005", "领航组", "ABCD-EFGH-2345-6789", "@waihu_demo_bot", "11-23", "17:20"):
        assert piece in shown, piece


def test_a_sheet_has_a_card_for_everybody_and_a_page_for_each_team() -> None:
    some = [
        replace(ANA, name=f"名{n:02d}号", number=f"{n:03d}", team="领航组" if n <= 9 else "飞虎组")
        for n in range(1, 13)
    ]
    some.append(replace(ANA, name="梁文静", number="002", role="manager", team=None))
    printed = [squeezed(page) for page in pages(press().typeset(invites.sheet(some, "zh"), "pdf")[0])]

    assert ON_A_PAGE == 8
    assert [sum(one.name in page for one in some) for page in printed] == [8, 1, 3, 1]
    assert "飞虎组" in printed[2]
    assert all("ABCD-EFGH-2345-6789" in page for page in printed)


def test_without_a_bot_to_lead_to_there_is_a_code_and_no_picture_of_one() -> None:
    alone = invites.card(replace(ANA, link=None), "zh")

    assert alone["data"]["qr"] == ""
    assert "绑定ABCD-EFGH-2345-6789" in words(alone)


def test_a_sheet_goes_on_for_as_many_as_there_are() -> None:
    some = [replace(ANA, name="👑" if n % 9 == 0 else f"名{n:03d}号", number=f"{n:03d}") for n in range(50)]
    printed = pages(press().typeset(invites.sheet(some, "en"), "pdf")[0])

    assert len(printed) == 7
    assert "No.009" in squeezed(printed[1])
