"""Stages of a customer, entries put together, times worth a button."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.rules.contacts import Entry, next_stage, offers

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = time(9)


def weekend(day: date) -> bool:
    return day.weekday() >= 5


@given(st.lists(st.integers(0, 20)))
def test_each_contact_raises_the_stage_and_a_typed_stage_is_never_fallen_behind(stages: list[int]) -> None:
    following = next_stage(stages)

    assert following >= len(stages)
    assert all(following > stage for stage in stages)
    assert next_stage([*stages, following]) == following + 1


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001  the zone is put on below
)
def test_every_time_offered_lies_ahead_on_a_day_that_is_worked(naive: datetime) -> None:
    now = naive.replace(tzinfo=ZONE)
    times = [at for _, at in offers(now, MORNING, weekend)]

    assert times
    assert all(at > now and not weekend(at.date()) for at in times)
    assert times == sorted(times)
    assert len({at.date() for at in times}) == len(times) <= 4


def test_nothing_is_offered_for_an_afternoon_that_is_over() -> None:
    now = datetime(2026, 11, 20, 17, 20, tzinfo=ZONE)

    assert [name for name, _ in offers(now, MORNING, weekend)] == ["monday", "tuesday", "week"]


entries = st.builds(
    Entry,
    st.none() | st.integers(1, 99),
    st.none() | st.text(min_size=1, max_size=8),
    st.none() | st.just("+8613800138000"),
    st.none() | st.sampled_from(["no_answer", "interested"]),
    st.none() | st.integers(0, 100),
    st.none() | st.integers(0, 20),
    st.none() | st.integers(0, 10_000).map(lambda n: datetime(2026, 11, 20, tzinfo=ZONE) + timedelta(minutes=n)),
    st.none() | st.text(min_size=1, max_size=8),
    st.none() | st.sampled_from(["next", "intention"]),
)


@given(entries)
def test_an_entry_comes_back_from_a_draft_as_it_was(entry: Entry) -> None:
    assert Entry.unpacked(entry.packed()) == entry


@given(entries, entries)
def test_what_is_said_later_wins_and_nothing_said_is_lost(first: Entry, later: Entry) -> None:
    both = first.completed_by(later)

    for name in Entry.__dataclass_fields__:
        said = getattr(later, name) if getattr(later, name) is not None else getattr(first, name)
        if name == "note":
            assert all(part in (both.note or "") for part in (first.note, later.note) if part)
        else:
            assert getattr(both, name) == said
