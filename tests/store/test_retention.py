"""Which backups are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.retention import Keep, backups_in, made_at, parse, superfluous

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)


def named(at: datetime) -> tuple[datetime, Path]:
    return at, Path(f"waihu-{at:%Y%m%d-%H%M%S}.db")


def kept(backups: list[tuple[datetime, Path]], keep: str) -> list[datetime]:
    gone = set(superfluous(backups, parse(keep), ZONE))
    return [at for at, path in backups if path not in gone]


def test_the_newest_of_each_of_the_last_days_and_months_is_kept() -> None:
    hourly = [named(NOW - timedelta(hours=hour)) for hour in range(24 * 400)]
    left = kept(hourly, "30d,12m")

    assert left[0] == NOW
    days = [at.astimezone(ZONE).date() for at in left]
    assert days[:30] == [NOW.astimezone(ZONE).date() - timedelta(days=n) for n in range(30)]
    assert [(day.year, day.month) for day in days[30:]] == [(2025, 12), *((2026, m) for m in range(1, 10))][::-1]
    assert all(at.astimezone(ZONE).hour == 23 for at in left[1:])  # the last of each day, in the company's zone


def test_spans_without_a_backup_do_not_count() -> None:
    rare = [named(NOW - timedelta(days=100 * n)) for n in range(5)]

    assert len(kept(rare, "3d")) == 3


@given(
    st.lists(st.integers(0, 10**6), min_size=1, unique=True), st.sampled_from(["1h", "2d", "1w,1m", "30d,12m", "9y"])
)
def test_the_newest_backup_always_stays_and_pruning_twice_removes_nothing_more(minutes: list[int], keep: str) -> None:
    backups = [named(NOW - timedelta(minutes=minute)) for minute in minutes]
    left = kept(backups, keep)

    assert max(at for at, _ in backups) in left
    assert kept([named(at) for at in left], keep) == left


def test_what_to_keep_is_read_piece_by_piece() -> None:
    assert parse("30d,12m") == (Keep(30, "d"), Keep(12, "m"))
    assert parse(" 24h , 1y") == (Keep(24, "h"), Keep(1, "y"))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ""),
        ("30", "30"),
        ("d", "d"),
        ("0d", "0d"),
        ("-1d", "-1d"),
        ("30d,", "30d,"),
        ("30d;12m", "30d;12m"),
        ("1d,2 days", "2 days"),
    ],
)
def test_anything_else_is_named(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^{wrong}$"):
        parse(text)


def test_only_finished_backups_are_looked_at(tmp_path: Path) -> None:
    for name in ("waihu-20261122-031500.db", "waihu-20261121-031500.db", ".waihu-x.partial", "waihu.db", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "waihu-20269999-031500.db").touch()

    assert [at for at, _ in backups_in(tmp_path)] == [NOW - timedelta(days=1), NOW]
    assert backups_in(tmp_path / "nowhere") == []
    assert made_at(Path("waihu-20261122-031500.db")) == NOW
