"""Boards as pictures: everybody who should be on them is, whatever they are called and however much they sold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.render.pictures import boards
from bot.render.pictures.drawing import MOST, Drawing, press
from core.rules.calendar import Month, Week
from core.usecases.boards import Daily, Monthly, Place, Score, Side, TeamLine, Weekly
from tests.render.pictures import size, squeezed, words

LANGS = ["zh", "en"]
DAY = date(2026, 11, 20)
HUGE = 1_234_567_890  # fen: 12,345,678.90
WIDE = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二"
HOSTILE = [
    "古丽米热·艾合买提", WIDE, "W" * 32, "👑王芳👑", "محمد علي", "שלום", "\u202e林晓燕", "#set page(width: 1pt)", "Ana 👨\u200d👩\u200d👧",
    "A\u0300\u0301\u0302\u0303\u0304", "", " ", "·", "𠮷野家", "O'Neill & Söhne", "\\", "名\n字", "ᠮᠣᠩᠭᠣᠯ", "<script>", "𝕬𝖓𝖓𝖆",
]  # fmt: skip
TEAM = TeamLine("领航组", 10_010_000, 13_000_000)
DAILY = Daily(
    team=TEAM, day=DAY, deals=(Score("林晓燕", 500_000, number="005"), Score("赵磊", 180_000, number="009")), deal_count=2,
    deal_total=680_000, dials=(Score("王芳", 142),), intentions=(Score("黄思琪", 5),), total_dials=702,
    total_intentions=13, total_visits=4, days_left=6, pending=2, pending_total=620_000, supervisor="周启明", last_days=True,
)  # fmt: skip
WEEKLY = Weekly(
    week=Week.of(DAY), teams=(TEAM, TeamLine("破浪组", 9_000_000, 8_000_000), TeamLine("新组", 0, None)),
    top=(Score("郭强", 1_360_000, 1, "016"), Score("林晓燕", 1_280_000, -2, "005"), Score("陈俊杰", 940_000, 0, "007")),
    progress=(Score("马晓东", 540_000, number="014"),), returned=Score("王芳", 61, number="006"), due=17, on_time=16,
    on_leave=1, filed=17, answered=17, reports_over=True,
)  # fmt: skip
MONTHLY = Monthly(
    month=Month(2026, 10), top=tuple(Score(name, fen) for name, fen in (("陈俊杰", 5_230_000), ("林晓燕", 3_340_000), ("郭强", 2_790_000), ("刘婷", 90_000))),
    teams=(TEAM,), newcomer=Score("邓超群", 1_060_000), pair=("林晓燕", "赵磊", 700_000), records=("陈俊杰", "林晓燕"),
)  # fmt: skip


def place(rank: int, name: str, value: int, **more: object) -> Place:
    made = Place(rank, name, f"{rank:03d}", "领航组", value, 1 if value else 0, 1, new=False)
    return replace(made, **more)  # type: ignore[arg-type]


def light(drawing: Drawing) -> tuple[int, int]:
    """Draw it, see that it is light enough, and say how large it is."""
    made = press().png(drawing)
    assert len(made) <= MOST
    width, height = size(made)
    assert width + height < 10_000  # what the network takes as a photo
    assert max(width, height) <= 20 * min(width, height)
    return width, height


@pytest.mark.parametrize("lang", LANGS)
def test_a_week_that_still_runs_shows_reports_only_when_there_are_some(lang: str) -> None:
    running = replace(WEEKLY, reports_over=False, on_time=0, answered=0)

    assert "0/17" not in words(boards.week(replace(running, filed=0), lang))
    shown = words(boards.week(replace(running, filed=3), lang))
    assert "3/17" in shown
    assert "0/17" not in shown


@pytest.mark.parametrize("lang", LANGS)
def test_a_teams_day_shows_deals_calls_the_month_and_what_waits(lang: str) -> None:
    shown = words(boards.day([DAILY], lang))

    for piece in (
        "林晓燕",
        "5,000",
        "赵磊",
        "1,800",
        "702",
        "13",
        "王芳",
        "142",
        "黄思琪",
        "领航组",
        "77.0%",
        "100,100/130,000",
    ):
        assert piece in shown, piece
    assert ("每天4,984" if lang == "zh" else "4,984aday") in shown
    assert "6,200" in shown
    assert "周启明" in shown


@pytest.mark.parametrize("lang", LANGS)
def test_the_day_of_several_teams_is_team_against_team(lang: str) -> None:
    other = replace(
        DAILY, team=TeamLine("飞虎组", 9_040_000, 10_500_000), deals=(Score("郭强", 990_000),), deal_total=990_000
    )
    shown = words(boards.day([DAILY, other], lang))

    assert shown.index("飞虎组") < shown.index("领航组")  # 86.0 % before 77.0 %
    assert "16,700" in shown  # both days together
    assert "郭强" in shown


@pytest.mark.parametrize("lang", LANGS)
def test_a_week_shows_the_best_the_teams_and_the_reports(lang: str) -> None:
    shown = words(boards.week(WEEKLY, lang))

    for piece in ("郭强", "13,600", "112.5%", "马晓东+5,400", "王芳", "61", "16/17", "17/17"):
        assert piece in shown, piece
    assert ("待设定指标" if lang == "zh" else "notargetyet") in shown


@pytest.mark.parametrize("lang", LANGS)
def test_a_month_has_its_steps_and_says_that_it_is_provisional(lang: str) -> None:
    shown = words(boards.month(MONTHLY, lang))
    locked = words(boards.month(MONTHLY, lang, final=True))

    for piece in ("陈俊杰", "52,300", "林晓燕", "郭强", "刘婷", "邓超群", "7,000"):
        assert piece in shown, piece
    said = "暂计" if lang == "zh" else "Provisional"
    assert said in shown
    assert said not in locked


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (30, [30]), (31, [16, 15]), (200, [29, 29, 29, 29, 28, 28, 28])]
)
def test_thirty_rows_stand_on_one_picture_and_more_are_paged_evenly(count: int, sizes: list[int]) -> None:
    places = [place(n, f"名{n:03d}号", (count - n) * 100) for n in range(1, count + 1)]
    seen: list[str] = []
    for page, rows in enumerate(sizes):
        shown = words(boards.everyone(places, page, "本周", "全公司", "zh"))
        here = [p.name for p in places if p.name in shown]
        assert len(here) == rows
        seen += here

    assert seen == [p.name for p in places]


def test_a_page_beyond_the_last_is_the_last() -> None:
    places = [place(n, f"名{n:03d}号", 100) for n in range(1, 41)]

    assert boards.everyone(places, 99, "", "", "zh") == boards.everyone(places, 1, "", "", "zh")
    assert boards.everyone(places, -3, "", "", "zh") == boards.everyone(places, 0, "", "", "zh")


def test_thirty_people_with_long_names_and_large_amounts_fit() -> None:
    places = [place(n, WIDE, HUGE - n, moved=120 if n % 2 else -99) for n in range(1, 31)]
    drawing = boards.everyone(places, 0, "11-15 周日 至 11-21 周六", WIDE, "zh")

    width, height = light(drawing)
    assert width >= 540
    assert height > width
    assert squeezed("12,345,678.89") in words(drawing)
    assert WIDE in words(drawing)  # in two small lines, not cut


def test_everybody_at_zero_has_neither_medal_nor_bar() -> None:
    rows = boards.everyone([place(1, name, 0, moved=None) for name in ("甲某", "乙某")], 0, "", "", "zh")["data"][
        "blocks"
    ][0]["rows"]

    assert [(row["place"], row["bar"], row["value"]) for row in rows] == [(None, 0, "0"), (None, 0, "0")]


def test_a_refund_below_zero_is_shown_without_a_bar() -> None:
    drawing = boards.everyone([place(1, "甲某", 100_000), place(2, "乙某", -120_050)], 0, "", "", "zh")
    rows = drawing["data"]["blocks"][0]["rows"]

    assert (rows[1]["bar"], rows[1]["value"], rows[1]["place"]) == (0, "−1,200.50", None)
    assert "−1,200.50" in words(drawing)


def test_teams_without_room_are_counted() -> None:
    many = replace(WEEKLY, teams=tuple(TeamLine(f"第{n}组", 100, 1000) for n in range(1, 21)))

    assert "另有8个组" in words(boards.week(many, "zh"))
    assert "另有" not in words(boards.week(WEEKLY, "zh"))


def test_nobody_at_all_is_said_in_a_sentence() -> None:
    light(boards.everyone([], 0, "", "", "zh"))
    assert "还没有" in words(boards.everyone([], 0, "", "", "zh"))


@pytest.mark.parametrize("lang", LANGS)
def test_two_hundred_hostile_names_are_no_trouble(lang: str) -> None:
    places = [place(n, HOSTILE[n % len(HOSTILE)], (n * 977) % 90_000 - 500) for n in range(1, 201)]
    for page in (0, 6):
        light(boards.everyone(places, page, "本周", HOSTILE[page], lang))
    odd = replace(
        WEEKLY,
        top=tuple(Score(name, HUGE, 1, f"{n}") for n, name in enumerate(HOSTILE)),
        teams=tuple(TeamLine(name, -5, 1) for name in HOSTILE),
    )
    light(boards.week(odd, lang))
    light(
        boards.month(
            replace(MONTHLY, top=odd.top, teams=odd.teams, records=tuple(HOSTILE), pair=("👑", "\u202e", -1)), lang
        )
    )
    light(boards.day([replace(DAILY, team=TeamLine(name, HUGE, 1), deals=odd.top) for name in HOSTILE], lang))
    light(boards.day([replace(DAILY, team=TeamLine("👑", HUGE, None), deals=odd.top[:6], dials=odd.top[:3])], lang))


def test_whose_name_cannot_be_written_stands_there_by_number() -> None:
    shown = words(boards.everyone([place(7, "محمد", 100)], 0, "", "", "zh"))

    assert "工号007" in shown


@pytest.mark.parametrize("lang", LANGS)
def test_team_against_team_goes_by_attainment(lang: str) -> None:
    sides = [Side("飞虎组", 9_050_000, 10_500_000, 2_170_000, 44, 6), Side("新组", 100, None, 0, 1, 1)]
    shown = words(boards.versus(sides, DAY, lang))

    assert "86.1%" in shown
    assert "21,700" in shown
    light(boards.versus([], DAY, lang))
