"""Reports: numbers, who owes one and by when, lateness and outages, nudges, answers (docs/rules.md 39-50a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import holidays
from core.rules.calendar import Calendar, Month, UnknownYear, Week
from core.rules.errors import Refusal
from core.rules.people import AGENTS, Person, Role, Status
from core.rules.reports import (
    MONTHLY,
    MONTHLY_NUDGES,
    WEEKLY,
    Change,
    ExcuseState,
    Exempt,
    Nudge,
    Outage,
    ReportAct,
    Reporter,
    ReportKind,
    ReportNumber,
    ReportState,
    Shift,
    after,
    change_of,
    effective_deadline,
    excuse_state,
    feedback_due,
    find_number,
    late_from,
    may_excuse,
    monthly_deadline,
    monthly_due,
    monthly_means,
    nudge_times,
    on_time,
    owes_monthly,
    owes_weekly,
    parse_number,
    split_number,
    weekly_deadline,
    weekly_due,
    weekly_means,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = holidays.load()
W47 = Week.of(date(2026, 11, 20))
OCTOBER = Month(2026, 10)
NONE: frozenset[date] = frozenset()
XIAOYAN = Reporter(role=Role.CLERK, status=Status.REGULAR, on_duty_from=date(2024, 3, 1), workweek="5")


def at(day: int, hour: int, minute: int = 0, second: int = 0, *, month: int = 11) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=SHANGHAI)


def leave(*span: date) -> frozenset[date]:
    """Leave from the first day to the last, every day of it."""
    first, last = span
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


# --- numbers


@pytest.mark.parametrize(
    ("number", "text", "kind"),
    [
        (ReportNumber(W47, "005"), "W-2026-47-005", ReportKind.WEEKLY),
        (ReportNumber(OCTOBER, "005"), "M-2026-10-005", ReportKind.MONTHLY),
        (ReportNumber(Week.of(date(2027, 1, 2)), "XH-7"), "W-2026-53-XH-7", ReportKind.WEEKLY),
        (ReportNumber(Month(2026, 1), "工12"), "M-2026-01-工12", ReportKind.MONTHLY),
    ],
)
def test_a_number_is_written_and_read_back(number: ReportNumber, text: str, kind: ReportKind) -> None:
    assert str(number) == text
    assert number.kind is kind
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "typed",
    [
        "W-2026-47-005",
        "w-2026-47-005 抬头找小满",
        "批复W-2026-47-005:三点这招不错",
        "Ｗ－２０２６－４７－００５",
        "W—2026—47—005",
        "w–2026–47–005。",
        "W−2026−47−005",
        "W‑2026‑47‑005",
        "W 2026 47 005",
        "w2026-47-005",
        "W - 2026 - 47 - 005",
        "Wー2026ー47ー005",
        "W一2026一47一005",
        "(W_2026_47_005)",
        "W-2026-99-005 不对,是 W-2026-47-005",
    ],
)
def test_a_typed_number_is_found_whatever_the_keyboard_made_of_it(typed: str) -> None:
    assert find_number(typed) == ReportNumber(W47, "005")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "W-2026-54-005",  # no such week
        "W-2025-53-005",  # 2025 has 52
        "M-2026-13-005",
        "M-2026-00-005",
        "W-1926-47-005",
        "W-2026-47",
        "2026-47-005",
        "AW-2026-47-005",
        "报单 5000 自拓 李总 13800138000",
    ],
)
def test_what_is_no_report_number_is_not_taken_for_one(typed: str) -> None:
    assert find_number(typed) is None


@pytest.mark.parametrize("text", ["w-2026-47-005", "W-2026-47-005 好", "W-2026-54-005", "W-2026-7-005", "W-2026-47-"])
def test_the_strict_form_takes_only_what_we_write_ourselves(text: str) -> None:
    assert parse_number(text) is None


def test_a_monthly_number_is_found_too() -> None:
    assert find_number("看下M－2026－10－005") == ReportNumber(OCTOBER, "005")


@pytest.mark.parametrize(
    ("typed", "own"), [("005", True), ("5", True), ("００５", True), ("006", False), ("50", False)]
)
def test_a_number_belongs_to_its_employee_with_or_without_leading_zeros(typed: str, own: bool) -> None:
    assert ReportNumber(W47, typed).belongs_to("005") is own


@given(st.dates(date(2000, 1, 8), date(2099, 1, 1)), st.from_regex(r"[0-9A-Z]{1,6}", fullmatch=True))
def test_every_number_survives_being_typed_full_width(day: date, employee_no: str) -> None:
    for period in (Week.of(day), Month.of(day)):
        number = ReportNumber(period, employee_no)
        full_width = "".join(chr(ord(c) + 0xFEE0) for c in str(number))
        assert parse_number(str(number)) == number
        assert find_number(f"回{full_width},收到") == number


# --- deadlines, docs/rules.md 39, 42-44


def test_the_weekly_deadline_is_saturday_at_ten_in_the_evening(host_zone: str) -> None:
    assert weekly_deadline(W47, SHANGHAI) == datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert weekly_deadline(W47, SHANGHAI).isoformat() == "2026-11-21T22:00:00+08:00"


@pytest.mark.parametrize(
    ("sent", "good"),
    [
        ((21, 59, 58), True),
        ((22, 0, 0), True),
        ((22, 0, 59), True),
        ((22, 1, 0), False),
        ((22, 7, 0), False),
    ],
)
def test_a_weekly_report_is_late_from_one_minute_past_ten(sent: tuple[int, int, int], good: bool) -> None:
    assert on_time(at(21, *sent), weekly_deadline(W47, SHANGHAI), WEEKLY.grace) is good
    assert on_time(at(21, *sent).astimezone(UTC), weekly_deadline(W47, SHANGHAI), WEEKLY.grace) is good


def test_the_last_fraction_of_the_last_second_is_still_in_time() -> None:
    deadline = weekly_deadline(W47, SHANGHAI)

    assert on_time(at(21, 22, 0, 59).replace(microsecond=999_999), deadline, WEEKLY.grace)
    assert late_from(deadline, WEEKLY.grace) == at(21, 22, 1)
    assert late_from(deadline) == at(21, 22, 0, 1)
    assert on_time(at(21, 22, 0, 0), deadline)
    assert not on_time(at(21, 22, 0, 1), deadline)
    assert late_from(deadline).utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("month", "workweek", "due"),
    [
        (Month(2026, 10), "5", date(2026, 11, 2)),  # the 1st is a Sunday
        (Month(2026, 9), "5", date(2026, 10, 8)),  # National Day
        (Month(2026, 7), "5", date(2026, 8, 3)),  # 1 August 2026 is a Saturday
        (Month(2026, 7), "6", date(2026, 8, 1)),
        (Month(2026, 7), "alternate", date(2026, 8, 1)),
        (Month(2025, 12), "5", date(2026, 1, 4)),  # a made-up Sunday
        (Month(2026, 4), "5", date(2026, 5, 6)),
    ],
)
def test_a_monthly_report_is_due_at_the_end_of_the_first_working_day_after_it(
    host_zone: str, month: Month, workweek: str, due: date
) -> None:
    deadline = monthly_deadline(month, CHINA, workweek, SHANGHAI)

    assert deadline == datetime.combine(due, time(23, 59, 59), SHANGHAI)
    assert on_time(deadline.replace(microsecond=999_999), deadline, MONTHLY.grace)
    assert not on_time(deadline + timedelta(seconds=1), deadline, MONTHLY.grace)


def test_a_deadline_in_an_unknown_year_is_refused() -> None:
    with pytest.raises(UnknownYear):
        monthly_deadline(Month(2026, 12), CHINA, "5", SHANGHAI)


# --- outages


@pytest.mark.parametrize(
    ("outages", "deadline"),
    [
        ([], (22, 0)),
        ([((21, 10), (21, 40))], (22, 30)),  # the example of docs/manners.md 2.6
        ([((21, 10), (21, 12))], (22, 30)),  # at least half an hour
        ([((21, 40), (22, 35))], (22, 55)),  # over the deadline: the whole of it
        ([((18, 0), (20, 0))], (22, 0)),  # over before the last two hours
        ([((18, 0), (20, 1))], (23, 59, 59)),  # touches them: 2 h 1 min, see below
        ([((20, 10), (20, 30)), ((20, 20), (20, 50))], (22, 40)),  # overlapping: once
        ([((20, 10), (20, 25)), ((21, 0), (21, 20))], (22, 35)),  # two: together
        ([((19, 0), (20, 0)), ((20, 0), (20, 10))], (23, 10)),  # one after the other: one outage of 70 minutes
        ([((21, 10), (21, 40)), ((22, 20), (22, 40))], (22, 50)),  # the second within the extension
        ([((22, 31), (22, 40))], (22, 0)),  # after everything
        ([((22, 0, 30), (22, 40))], (22, 39, 30)),  # within the grace
        ([((22, 1), (22, 40))], (22, 0)),  # late already
        ([((21, 30), (21, 30))], (22, 0)),  # no length, no outage
    ],
)
def test_an_outage_of_ours_in_the_last_two_hours_moves_the_deadline(
    outages: list[tuple[tuple[int, ...], tuple[int, ...]]], deadline: tuple[int, ...]
) -> None:
    spans = [Outage(at(21, *start), at(21, *end)) for start, end in outages]
    expected = at(21, *deadline)
    if deadline == (23, 59, 59):
        expected = at(22, 0, 1)

    assert effective_deadline(weekly_deadline(W47, SHANGHAI), spans) == expected
    assert effective_deadline(weekly_deadline(W47, SHANGHAI), reversed(spans)) == expected


def test_nobody_is_late_who_sent_during_the_outage_of_the_reliability_page() -> None:
    extended = effective_deadline(weekly_deadline(W47, SHANGHAI), [Outage(at(21, 21, 40), at(21, 22, 35))])

    assert all(on_time(at(21, 21, 40) + timedelta(minutes=n), extended, WEEKLY.grace) for n in range(56))
    assert not on_time(at(21, 22, 56), extended, WEEKLY.grace)


def test_an_outage_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Outage(at(21, 22), at(21, 21))


SPANS = st.lists(
    st.tuples(st.integers(0, 9 * 60), st.integers(0, 3 * 60)).map(
        lambda span: Outage(at(21, 16) + timedelta(minutes=span[0]), at(21, 16) + timedelta(minutes=span[0] + span[1]))
    ),
    max_size=6,
)


@given(SPANS, SPANS)
@settings(deadline=None, max_examples=300)
def test_more_outages_never_bring_a_deadline_forward(some: list[Outage], more: list[Outage]) -> None:
    nominal = weekly_deadline(W47, SHANGHAI)
    with_some, with_more = effective_deadline(nominal, some), effective_deadline(nominal, [*some, *more])

    assert nominal <= with_some <= with_more
    assert with_some == nominal or with_some - nominal >= timedelta(minutes=30)
    assert with_some == effective_deadline(nominal, [*reversed(some), *some])


@given(SPANS, st.integers(0, 14 * 3600))
@settings(deadline=None)
def test_what_was_on_time_stays_on_time_with_outages(outages: list[Outage], seconds: int) -> None:
    nominal, sent = weekly_deadline(W47, SHANGHAI), at(21, 12) + timedelta(seconds=seconds)
    extended = effective_deadline(nominal, outages)

    assert on_time(sent, extended, WEEKLY.grace) or not on_time(sent, nominal, WEEKLY.grace)


# --- who owes, docs/rules.md 40, 45, 46, 46a


@pytest.mark.parametrize(
    ("role", "status", "owes"),
    [
        (Role.CLERK, Status.REGULAR, True),
        (Role.REP, Status.REGULAR, True),
        (Role.CLERK, Status.PROBATION, True),
        (Role.REP, Status.PROBATION, True),
        (Role.CLERK, Status.TRAINING, False),
        (Role.CLERK, Status.LEFT, False),
        (Role.SUPERVISOR, Status.REGULAR, False),
        (Role.ASSISTANT, Status.REGULAR, False),
        (Role.MANAGER, Status.REGULAR, False),
        (Role.DIRECTOR, Status.REGULAR, False),
    ],
)
def test_clerks_and_reps_owe_reports_also_in_probation(role: Role, status: Status, owes: bool) -> None:
    somebody = replace(XIAOYAN, role=role, status=status)

    assert owes_weekly(somebody, W47, CHINA, SHANGHAI, leave=NONE) is owes
    assert owes_monthly(somebody, OCTOBER, CHINA, SHANGHAI, leave=NONE) is owes


def test_a_company_may_ask_its_supervisors_too() -> None:
    head = replace(XIAOYAN, role=Role.SUPERVISOR)
    terms = replace(WEEKLY, roles=AGENTS | {Role.SUPERVISOR})

    assert weekly_due(head, W47, CHINA, SHANGHAI, leave=NONE) is Exempt.ROLE
    assert weekly_due(head, W47, CHINA, SHANGHAI, leave=NONE, terms=terms) == at(21, 22)


@pytest.mark.parametrize("workweek", ["5", "6", "alternate"])
def test_a_free_saturday_does_not_move_the_deadline(workweek: str) -> None:
    assert weekly_due(replace(XIAOYAN, workweek=workweek), W47, CHINA, SHANGHAI, leave=NONE) == at(21, 22)


def test_a_company_may_move_the_deadline_to_the_last_working_day() -> None:
    terms = replace(WEEKLY, shift=Shift.PREVIOUS_WORKDAY)
    holiday_week = Week.of(date(2026, 10, 1))  # Sunday 27 September off, worked Monday to Wednesday

    assert weekly_due(XIAOYAN, W47, CHINA, SHANGHAI, leave=NONE, terms=terms) == at(20, 22)
    assert weekly_due(XIAOYAN, holiday_week, CHINA, SHANGHAI, leave=NONE, terms=terms) == at(30, 22, month=9)


def test_a_deadline_on_another_weekday_is_the_one_of_that_week() -> None:
    terms = replace(WEEKLY, weekday=4, at=time(18))

    assert weekly_due(XIAOYAN, W47, CHINA, SHANGHAI, leave=NONE, terms=terms) == at(20, 18)
    assert weekly_deadline(W47, SHANGHAI, replace(WEEKLY, weekday=6)) == at(15, 22)


@pytest.mark.parametrize(
    ("away", "due"),
    [
        ((date(2026, 11, 21), date(2026, 11, 21)), at(23, 22)),  # Saturday: Monday
        ((date(2026, 11, 19), date(2026, 11, 24)), at(25, 22)),  # over Monday and Tuesday
        ((date(2026, 11, 19), date(2026, 11, 20)), at(21, 22)),  # back on Saturday
        ((date(2026, 11, 15), date(2026, 11, 21)), Exempt.LEAVE),  # the whole week
        ((date(2026, 11, 16), date(2026, 11, 20)), Exempt.LEAVE),  # every working day of it
        ((date(2026, 11, 16), date(2026, 11, 19)), at(21, 22)),  # one day worked is enough
    ],
)
def test_leave_moves_a_report_or_lifts_it(away: tuple[date, date], due: datetime | Exempt) -> None:
    assert weekly_due(XIAOYAN, W47, CHINA, SHANGHAI, leave=leave(*away)) == due


def test_who_works_six_days_and_is_away_on_saturday_sends_on_monday() -> None:
    six = replace(XIAOYAN, workweek="6")

    assert weekly_due(six, W47, CHINA, SHANGHAI, leave=leave(date(2026, 11, 21), date(2026, 11, 21))) == at(23, 22)


def test_nobody_owes_a_week_without_a_working_day() -> None:
    spring_festival = Week.of(date(2026, 2, 17))

    assert weekly_due(XIAOYAN, spring_festival, CHINA, SHANGHAI, leave=NONE) is Exempt.HOLIDAY
    assert owes_weekly(XIAOYAN, spring_festival.previous, CHINA, SHANGHAI, leave=NONE)
    assert owes_weekly(XIAOYAN, spring_festival.next, CHINA, SHANGHAI, leave=NONE)


@pytest.mark.parametrize(
    ("joined", "workweek", "due"),
    [
        (date(2026, 11, 16), "5", at(21, 22)),
        (date(2026, 11, 18), "5", at(21, 22)),  # Wednesday: three days
        (date(2026, 11, 19), "5", Exempt.JOINED),  # Thursday: two
        (date(2026, 11, 19), "6", at(21, 22)),  # with Saturday three
        (date(2026, 11, 19), "alternate", at(21, 22)),  # week 47 is a long one
        (date(2026, 11, 21), "6", Exempt.JOINED),
        (date(2026, 11, 21), "5", Exempt.HOLIDAY),
        (date(2026, 11, 22), "5", Exempt.NOT_YET),
    ],
)
def test_who_joined_this_week_owes_from_three_working_days(joined: date, workweek: str, due: datetime | Exempt) -> None:
    newcomer = replace(XIAOYAN, status=Status.PROBATION, on_duty_from=joined, workweek=workweek)

    assert weekly_due(newcomer, W47, CHINA, SHANGHAI, leave=NONE) == due


def test_days_of_leave_are_no_working_days_of_a_newcomer() -> None:
    newcomer = replace(XIAOYAN, on_duty_from=date(2026, 11, 18))

    assert (
        weekly_due(newcomer, W47, CHINA, SHANGHAI, leave=leave(date(2026, 11, 18), date(2026, 11, 18))) is Exempt.JOINED
    )


@pytest.mark.parametrize(
    ("joined", "due"),
    [
        (date(2026, 10, 1), at(2, 23, 59, 59)),  # 8-10 and 12-16, 19-23, 26-30 October: 18 days
        (date(2026, 10, 19), at(2, 23, 59, 59)),  # ten
        (date(2026, 10, 20), Exempt.JOINED),  # nine
        (date(2026, 11, 1), Exempt.NOT_YET),
    ],
)
def test_who_joined_this_month_owes_from_ten_working_days(joined: date, due: datetime | Exempt) -> None:
    newcomer = replace(XIAOYAN, status=Status.PROBATION, on_duty_from=joined)

    assert monthly_due(newcomer, OCTOBER, CHINA, SHANGHAI, leave=NONE) == due


def test_a_short_month_of_an_old_hand_is_owed_from_one_day() -> None:
    almost_all = leave(date(2026, 10, 1), date(2026, 10, 29))

    assert monthly_due(XIAOYAN, OCTOBER, CHINA, SHANGHAI, leave=almost_all) == at(2, 23, 59, 59)
    assert (
        monthly_due(XIAOYAN, OCTOBER, CHINA, SHANGHAI, leave=leave(date(2026, 10, 1), date(2026, 10, 31)))
        is Exempt.LEAVE
    )


def test_on_leave_on_the_first_working_day_the_month_is_due_on_the_first_day_back() -> None:
    assert monthly_due(XIAOYAN, OCTOBER, CHINA, SHANGHAI, leave=leave(date(2026, 10, 30), date(2026, 11, 3))) == at(
        4, 23, 59, 59
    )


@pytest.mark.parametrize(
    ("left", "owes"),
    [(date(2026, 11, 10), False), (date(2026, 11, 18), False), (date(2026, 11, 21), False), (date(2026, 11, 22), True)],
)
def test_who_left_before_the_deadline_owes_nothing(left: date, owes: bool) -> None:
    leaver = replace(XIAOYAN, status=Status.LEFT, left_on=left)

    assert owes_weekly(leaver, W47, CHINA, SHANGHAI, leave=NONE) is owes


def test_who_is_gone_before_the_week_is_over_owes_nothing_even_with_a_deadline_on_friday() -> None:
    terms = replace(WEEKLY, shift=Shift.PREVIOUS_WORKDAY)
    leaver = replace(XIAOYAN, left_on=date(2026, 11, 21))

    assert weekly_due(leaver, W47, CHINA, SHANGHAI, leave=NONE, terms=terms) is Exempt.LEFT
    assert weekly_due(replace(leaver, left_on=date(2026, 11, 22)), W47, CHINA, SHANGHAI, leave=NONE, terms=terms) == at(
        20, 22
    )


def test_who_leaves_before_the_moved_deadline_owes_nothing() -> None:
    leaver = replace(XIAOYAN, left_on=date(2026, 11, 23))

    assert weekly_due(leaver, W47, CHINA, SHANGHAI, leave=leave(date(2026, 11, 21), date(2026, 11, 21))) is Exempt.LEFT
    assert monthly_due(replace(XIAOYAN, left_on=date(2026, 11, 2)), OCTOBER, CHINA, SHANGHAI, leave=NONE) is Exempt.LEFT


def test_an_unknown_year_is_asked_for_only_when_the_answer_hangs_on_it() -> None:
    last = Week.of(date(2026, 12, 28))  # 27 December to 2 January
    newcomer = replace(XIAOYAN, on_duty_from=date(2026, 12, 30))

    assert weekly_due(XIAOYAN, last, CHINA, SHANGHAI, leave=NONE) == datetime(2027, 1, 2, 22, tzinfo=SHANGHAI)
    with pytest.raises(UnknownYear):  # its third working day would be in January
        owes_weekly(newcomer, last, CHINA, SHANGHAI, leave=NONE)
    with pytest.raises(UnknownYear):
        owes_weekly(XIAOYAN, last.next, CHINA, SHANGHAI, leave=NONE)
    with pytest.raises(UnknownYear):
        monthly_due(XIAOYAN, Month(2026, 12), CHINA, SHANGHAI, leave=NONE)
    with pytest.raises(UnknownYear):  # away on Saturday, back on a day nobody knows
        weekly_due(XIAOYAN, last, CHINA, SHANGHAI, leave=frozenset({date(2027, 1, 2)}))


@given(
    st.dates(date(2006, 1, 1), date(2026, 11, 1)),
    st.sampled_from(["5", "6", "alternate"]),
    st.frozensets(st.integers(-10, 20), max_size=25),
)
@settings(deadline=None)
def test_a_report_is_due_on_a_day_at_work_or_on_its_usual_day(day: date, workweek: str, away: frozenset[int]) -> None:
    week, days_off = Week.of(day), frozenset(day + timedelta(days=n) for n in away)
    due = weekly_due(
        replace(XIAOYAN, on_duty_from=date(2004, 2, 1), workweek=workweek), week, CHINA, SHANGHAI, leave=days_off
    )
    worked = CHINA.working_days(week.start, week.end, workweek, days_off)

    assert isinstance(due, datetime) == bool(worked)
    if isinstance(due, datetime):
        assert due >= weekly_deadline(week, SHANGHAI)
        assert due.date() not in days_off
        assert due.date() == week.saturday or CHINA.is_workday(due.date(), workweek)


def test_a_reporter_is_read_off_the_roster() -> None:
    person = Person(
        id=1,
        employee_no="008",
        name="黄思琪",
        role=Role.CLERK,
        status=Status.PROBATION,
        team_id=1,
        team="领航",
        hired_on=date(2026, 9, 21),
        probation_from=date(2026, 10, 1),
    )

    assert Reporter.of(person, "5") == Reporter(Role.CLERK, Status.PROBATION, date(2026, 10, 1), "5")
    assert Reporter.of(replace(person, probation_from=None, workweek="6"), "5") == Reporter(
        Role.CLERK, Status.PROBATION, date(2026, 9, 21), "6"
    )
    assert Reporter.of(replace(person, left_on=date(2026, 11, 1)), "5").left_on == date(2026, 11, 1)


# --- which period a command means


@pytest.mark.parametrize(
    ("day", "missing", "filed", "means"),
    [
        (20, [W47], [], W47),
        (21, [W47], [], W47),
        (21, [W47.previous, W47], [], W47),  # hours before the deadline the running one matters
        (20, [W47.previous, W47], [], W47),
        (19, [W47.previous, W47], [], W47.previous),
        (15, [W47.previous, W47], [], W47.previous),  # Sunday: the one missed last night
        (15, [W47], [W47.previous], W47),
        (15, [W47], [], W47),  # the last one was not owed
        (21, [W47.previous], [W47], W47.previous),  # the running one is sent: now the missing one
        (21, [], [W47], W47),  # its receipt
        (19, [W47.previous.previous, W47], [W47.previous], W47),  # older ones by number or button only
    ],
)
def test_weekly_opens_the_report_that_matters_now(
    day: int, missing: list[Week], filed: list[Week], means: Week
) -> None:
    assert weekly_means(date(2026, 11, day), missing, filed) == means


@pytest.mark.parametrize(
    ("day", "means"),
    [(date(2026, 11, 2), OCTOBER), (date(2026, 11, 30), OCTOBER), (date(2027, 1, 4), Month(2026, 12))],
)
def test_monthly_opens_the_month_just_ended(day: date, means: Month) -> None:
    assert monthly_means(day) == means


# --- nudges


def test_the_three_nudges_of_a_plain_week_are_those_of_the_voice(host_zone: str) -> None:
    due = weekly_deadline(W47, SHANGHAI)

    assert nudge_times(W47, due, CHINA, "5", SHANGHAI) == (at(20, 17, 30), at(21, 20), at(21, 21, 30))
    assert nudge_times(W47, due, CHINA, "6", SHANGHAI) == (at(21, 17, 30), at(21, 20), at(21, 21, 30))


def test_the_first_nudge_of_a_holiday_week_comes_on_its_last_working_day() -> None:
    week = Week.of(date(2026, 10, 1))

    assert nudge_times(week, weekly_deadline(week, SHANGHAI), CHINA, "5", SHANGHAI)[0] == at(30, 17, 30, month=9)


def test_nudges_follow_a_deadline_that_leave_has_moved_and_stay_away_from_leave() -> None:
    away = leave(date(2026, 11, 20), date(2026, 11, 21))
    due = weekly_due(XIAOYAN, W47, CHINA, SHANGHAI, leave=away)
    assert isinstance(due, datetime)

    assert nudge_times(W47, due, CHINA, "5", SHANGHAI, leave=away) == (at(19, 17, 30), at(23, 20), at(23, 21, 30))


def test_an_outage_that_puts_the_deadline_off_past_midnight_takes_no_nudge_away() -> None:
    nominal = weekly_deadline(W47, SHANGHAI)

    def times(due: datetime) -> tuple[datetime, ...]:
        return nudge_times(W47, due, CHINA, "5", SHANGHAI, nominal=nominal)

    assert times(at(22, 1, 20)) == (at(20, 17, 30), at(21, 20), at(21, 21, 30))
    assert times(at(22, 21)) == (at(20, 17, 30), at(21, 21, 30), at(22, 20))
    assert times(at(28, 22)) == (at(20, 17, 30), at(28, 20), at(28, 21, 30))


def test_the_month_is_nudged_on_its_due_day_in_working_time() -> None:
    due = monthly_deadline(OCTOBER, CHINA, "5", SHANGHAI)

    assert nudge_times(OCTOBER, due, CHINA, "5", SHANGHAI) == (at(2, 9, 30), at(2, 15), at(2, 18))
    assert nudge_times(
        OCTOBER, due, CHINA, "5", SHANGHAI, nudges=[Nudge("last_workday", time(16)), Nudge("friday", time(9))]
    ) == (at(30, 9, month=10), at(30, 16, month=10))
    assert len(MONTHLY_NUDGES) == 3


def test_a_company_may_nudge_on_other_days_but_never_after_the_deadline() -> None:
    nudges = [Nudge("saturday", time(22)), Nudge("thursday", time(9)), Nudge("first_workday", time(9))]

    assert nudge_times(W47, at(21, 22), CHINA, "5", SHANGHAI, nudges=nudges) == (at(16, 9), at(19, 9))


def test_a_nudge_of_a_fixed_day_stays_away_from_leave() -> None:
    nudges = [Nudge("thursday", time(9)), Nudge("friday", time(9))]
    away = leave(date(2026, 11, 19), date(2026, 11, 19))

    assert nudge_times(W47, at(21, 22), CHINA, "5", SHANGHAI, nudges=nudges, leave=away) == (at(20, 9),)


def test_a_nudge_guesses_where_a_deadline_would_refuse() -> None:
    week = Week.of(date(2026, 12, 28))
    due = weekly_deadline(week, SHANGHAI)

    assert nudge_times(week, due, CHINA, "5", SHANGHAI)[0] == datetime(2026, 12, 31, 17, 30, tzinfo=SHANGHAI)


@given(
    st.dates(date(2006, 1, 1), date(2026, 11, 1)),
    st.sampled_from(["5", "6", "alternate"]),
    st.frozensets(st.integers(-10, 20), max_size=20),
)
@settings(deadline=None)
def test_nobody_is_nudged_more_than_three_times_on_leave_or_too_late(
    day: date, workweek: str, away: frozenset[int]
) -> None:
    week, days_off = Week.of(day), frozenset(day + timedelta(days=n) for n in away)
    due = weekly_due(
        replace(XIAOYAN, on_duty_from=date(2004, 2, 1), workweek=workweek), week, CHINA, SHANGHAI, leave=days_off
    )
    if isinstance(due, datetime):
        times = nudge_times(week, due, CHINA, workweek, SHANGHAI, leave=days_off)
        assert 2 <= len(times) <= 3
        assert list(times) == sorted(times)
        assert all(nudge < due and nudge.date() not in days_off for nudge in times)
        assert all(nudge.date() in week or nudge.date() == due.date() for nudge in times)


# --- answers and excuses, docs/rules.md 47, 50


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        (at(21, 20, 14), at(24, 23, 59, 59)),  # Saturday: Tuesday
        (at(20, 17, 52), at(24, 23, 59, 59)),  # Friday: Tuesday
        (at(18, 9), at(20, 23, 59, 59)),
        (at(30, 12, month=9), at(9, 23, 59, 59, month=10)),  # over National Day
    ],
)
def test_a_report_is_answered_within_two_working_days(sent: datetime, due: datetime) -> None:
    assert feedback_due(sent, CHINA, "5", SHANGHAI) == due


def test_a_superior_on_leave_answers_later() -> None:
    away = leave(date(2026, 11, 23), date(2026, 11, 24))

    assert feedback_due(at(21, 20), CHINA, "5", SHANGHAI, leave=away) == at(26, 23, 59, 59)


def test_a_reason_nobody_looks_at_for_48_hours_counts_as_good() -> None:
    given_at = at(23, 10)

    assert excuse_state(given_at, at(25, 9, 59), accepted=None) is ExcuseState.OPEN
    assert excuse_state(given_at, at(25, 10), accepted=None) is ExcuseState.ACCEPTED
    assert excuse_state(given_at, at(23, 11), accepted=True) is ExcuseState.ACCEPTED
    assert excuse_state(given_at, at(30, 11), accepted=False) is ExcuseState.DECLINED


def test_a_reason_can_be_given_for_48_hours() -> None:
    assert may_excuse(at(25, 9, 30), told_at=at(23, 9, 30))
    assert not may_excuse(at(25, 9, 30, 1), told_at=at(23, 9, 30))


# --- the life of a report

DRAFT, SENT, READ, PROMISED, ANSWERED = ReportState
ACT = ReportAct


@pytest.mark.parametrize(
    ("state", "act", "question", "then"),
    [
        (DRAFT, ACT.SEND, False, SENT),
        (SENT, ACT.SEND, False, SENT),  # a second tap
        (ANSWERED, ACT.SEND, True, ANSWERED),
        (SENT, ACT.READ, False, READ),
        (READ, ACT.READ, False, READ),
        (PROMISED, ACT.READ, True, PROMISED),
        (ANSWERED, ACT.READ, True, ANSWERED),
        (SENT, ACT.PROMISE, True, PROMISED),
        (READ, ACT.PROMISE, True, PROMISED),
        (PROMISED, ACT.PROMISE, True, PROMISED),  # another date
        (SENT, ACT.REPLY, True, ANSWERED),
        (READ, ACT.REPLY, False, ANSWERED),
        (PROMISED, ACT.REPLY, True, ANSWERED),
        (SENT, ACT.QUICK_REPLY, False, ANSWERED),
        (SENT, ACT.QUICK_REPLY, True, READ),  # 收到 answers no question
        (READ, ACT.QUICK_REPLY, True, READ),
        (PROMISED, ACT.QUICK_REPLY, True, PROMISED),
        (ANSWERED, ACT.QUICK_REPLY, True, ANSWERED),
        (ANSWERED, ACT.ASK_AGAIN, True, READ),  # 没答到
        (PROMISED, ACT.ASK_AGAIN, True, PROMISED),
        (SENT, ACT.ASK_AGAIN, True, SENT),
    ],
)
def test_a_report_moves_from_sent_over_read_to_answered(
    state: ReportState, act: ReportAct, question: bool, then: ReportState
) -> None:
    assert after(state, act, question=question) is then


def test_a_report_asks_nothing_unless_said_so() -> None:
    assert after(SENT, ACT.QUICK_REPLY) is ANSWERED


@pytest.mark.parametrize("act", [act for act in ReportAct if act is not ReportAct.SEND])
def test_a_draft_can_only_be_sent(act: ReportAct) -> None:
    with pytest.raises(Refusal) as refused:
        after(DRAFT, act)

    assert refused.value.key == "reports.not_sent"


@given(st.lists(st.tuples(st.sampled_from(ReportAct), st.booleans()), max_size=12))
def test_what_was_read_never_becomes_unread_and_what_was_sent_never_a_draft(acts: list[tuple[ReportAct, bool]]) -> None:
    state, opened = SENT, False
    for act, question in acts:
        state = after(state, act, question=question)
        opened = opened or act not in {ReportAct.SEND, ReportAct.ASK_AGAIN}
        assert state is not DRAFT
        assert (state is SENT) is not opened
        assert change_of(state) is (Change.ADDENDUM if opened else Change.EDIT)


def test_a_report_is_changed_until_it_is_read_and_added_to_afterwards() -> None:
    assert [change_of(state).value for state in ReportState] == ["edit", "edit", "addendum", "addendum", "addendum"]


def test_the_calendar_of_these_tests_is_the_shipped_one(china: Calendar) -> None:
    assert china == CHINA


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("W-2026-47-005", ""),
        ("请看W-2026-47-005抬头找小满", "请看 抬头找小满"),
        ("W-2026-47-005：抬头找小满", "抬头找小满"),
        ("好 Ｗ-2026-47-005", "好"),
    ],
)
def test_a_number_is_cut_out_of_the_words_around_it(text: str, words: str) -> None:
    found = split_number(text)

    assert found is not None
    assert (str(found[0]), found[1]) == ("W-2026-47-005", words)
