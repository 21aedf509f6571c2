"""Deals: what a line says, who may confirm, what may change when. Typed on Saturday 2026-11-21 at 09:30."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.deals import (
    Deal,
    DealDraft,
    DealKind,
    DealState,
    check_change,
    check_decision,
    confirm,
    confirmed_by,
    duplicate_of,
    may_decide,
    parse_deal,
    reject,
    resubmit,
    withdraw,
)
from core.rules.errors import Refusal
from core.rules.money import plain
from core.rules.people import Person, Role, Status

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()
MAX = 10_000_000  # fen: 100,000 yuan
P = "+8613800138000"
OWN, DELEGATED, SMS = DealKind.OWN, DealKind.DELEGATED, DealKind.SMS


def said(
    fen: int | None,
    kind: DealKind | None = None,
    *,
    visitor: str | None = None,
    customer: str | None = None,
    phone: str | None = None,
    on: str | None = "11-21",
    note: str | None = None,
) -> DealDraft:
    """A draft without problems; `on` is a day of 2026."""
    return DealDraft(fen, kind, visitor, customer, phone, date.fromisoformat(f"2026-{on}") if on else None, note)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("报单 5000 自拓 李总 13800138000", said(500_000, OWN, customer="李总", phone=P)),
        ("报单5000自拓李总13800138000", said(500_000, OWN, customer="李总", phone=P)),
        ("/deal 5000 own 李总 13800138000", said(500_000, OWN, customer="李总", phone=P)),
        ("报单 ５０００ 自拓 李总 １３８００１３８０００", said(500_000, OWN, customer="李总", phone=P)),
        ("报单 7000 代理 王代表 李总 13800138000", said(700_000, DELEGATED, visitor="王代表", customer="李总", phone=P)),
        ("报单 7000 代理 王代表 13800138000", said(700_000, DELEGATED, visitor="王代表", phone=P)),
        ("报单 7000 代理 吴海涛 李总 13800138000", said(700_000, DELEGATED, visitor="吴海涛", customer="李总", phone=P)),
        ("报单 7000 代理 吴海涛 13800138000", said(700_000, DELEGATED, visitor="吴海涛", phone=P)),
        ("报单 7000 代理 李总 13800138000", said(700_000, DELEGATED, customer="李总", phone=P)),
        ("报单 5000 代理拜访 赵磊", said(500_000, DELEGATED, visitor="赵磊")),
        ("报单 吴海涛代访 7000 李总", said(700_000, DELEGATED, visitor="吴海涛", customer="李总")),
        ("报单 1200 短信 李总", said(120_000, SMS, customer="李总")),
        ("报单 3k 短信群发 陈老板 13800138000 11月18日", said(300_000, SMS, customer="陈老板", phone=P, on="11-18")),
        ("报单 1,280 短信 3万条", said(128_000, SMS, note="3万条")),
        ("报单 1.2万 自拓 李总 13800138000 昨天签的", said(1_200_000, OWN, customer="李总", phone=P, on="11-20")),
        ("报单 5000 11-18 自拓 李总", said(500_000, OWN, customer="李总", on="11-18")),
        ("报单 5000 自拓 11.18", said(500_000, OWN, on="11-18")),
        ("报单 2026-11-18 5800 自拓", said(580_000, OWN, on="11-18")),
        ("报单 5800 自拓 上周五签的 王女士", said(580_000, OWN, customer="王女士", on="11-13")),
        ("报单 一万二 自拓 李总 18号", said(1_200_000, OWN, customer="李总", on="11-18")),
        ("报单 五千 自拓 张三", said(500_000, OWN, customer="张三")),
        ("报单 5,000.50 自拓", said(500_050, OWN)),
        ("报单 12.5 自拓", said(1_250, OWN)),
        ("报单 5000", said(500_000)),
        ("报单 李总 5000元 官网", said(500_000, customer="李总", note="官网")),
        ("报单 5000 自拓 李总 13800138000 两年官网", said(500_000, OWN, customer="李总", phone=P, note="两年官网")),
        ("报单 李总 官网 3800 自拓", said(380_000, OWN, customer="李总", note="官网")),
        ("报单 金额:5000 类型:自拓 客户:李总 电话:13800138000", said(500_000, OWN, customer="李总", phone=P)),
        ("报单 5000 自拓 欧阳总 010-62651234", said(500_000, OWN, customer="欧阳总", phone="+861062651234")),
        ("报单 两万五 代理 赵磊 王女士 138 0013 8000 周三签的", said(2_500_000, DELEGATED, visitor="赵磊", customer="王女士", phone=P, on="11-18")),
    ],
)  # fmt: skip
def test_a_deal_in_one_line_is_understood(line: str, meant: DealDraft) -> None:
    assert parse_deal(line, NOW, MAX) == meant


@pytest.mark.parametrize(
    ("line", "key", "seen"),
    [
        ("报单 -5000 自拓 李总", "amounts.negative", "-5000"),
        ("报单 0 自拓", "amounts.zero", "0"),
        ("报单 500000 自拓", "amounts.too_big", "500000"),
        ("报单 5000.123 自拓", "amounts.too_precise", "5000.123"),
        ("报单 自拓 李总", "deals.no_amount", ""),
        ("报单 5000 自拓 李总 1380013800", "phones.length", "1380013800"),
        ("报单 5000 自拓 明天", "deals.future", "明天"),
        ("报单 5000 自拓 2月30日", "when.impossible", "2月30日"),
    ],
)
def test_a_mistake_is_named_and_the_rest_is_understood(line: str, key: str, seen: str) -> None:
    draft = parse_deal(line, NOW, MAX)

    assert [(problem.key, problem.seen) for problem in draft.problems] == [(key, seen)]
    assert draft.kind is OWN
    assert draft.amount_fen == (500_000 if key in {"phones.length", "deals.future", "when.impossible"} else None)
    assert draft.signed_on == (None if key in {"deals.future", "when.impossible"} else TODAY)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_no_text_is_refused(text: str) -> None:
    draft = parse_deal("报单 " + text, NOW, MAX)

    assert draft.amount_fen is None or 0 < draft.amount_fen <= MAX
    assert draft.signed_on is None or draft.signed_on <= TODAY
    assert draft.note is None or not set(draft.note) & {"\x00", "\x01"}


@settings(max_examples=200, deadline=None)
@given(
    st.integers(100, MAX), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["自拓", "短信", "代理"])
)
def test_amount_and_number_are_never_mixed_up(fen: int, digits: str, kind: str) -> None:
    for line in (f"报单 {plain(fen)} {kind} 李总 {digits}", f"报单 {digits} 李总 {kind} {plain(fen)}元"):
        draft = parse_deal(line, NOW, MAX)
        assert (draft.amount_fen, draft.phone, draft.customer_name) == (fen, "+86" + digits, "李总")


# --- Who may do what --------------------------------------------------------------------------------------------------


def person(
    number: int, role: Role, team: int | None = 1, *, owner: bool = False, status: Status = Status.REGULAR
) -> Person:
    return Person(
        number,
        f"{number:03}",
        f"人{number}",
        role,
        status,
        team,
        "领航" if team else None,
        date(2024, 1, 1),
        is_owner=owner,
    )


CLERK = person(5, Role.CLERK)
REP = person(9, Role.REP)
SUPERVISOR = person(4, Role.SUPERVISOR)
OTHER_SUPERVISOR = person(11, Role.SUPERVISOR, team=2)
ASSISTANT = person(3, Role.ASSISTANT, team=None)
MANAGER = person(2, Role.MANAGER, team=None)
DIRECTOR = person(1, Role.DIRECTOR, team=None)
DEAL = Deal(1, CLERK.id, 500_000, OWN, TODAY, NOW, customer_name="李总", phone=P)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.key


@pytest.mark.parametrize(
    ("seller", "actor", "hours", "answer"),
    [
        (CLERK, SUPERVISOR, 0, None),
        (REP, SUPERVISOR, 0, None),
        (CLERK, MANAGER, 0, None),
        (CLERK, DIRECTOR, 0, None),
        (CLERK, CLERK, 0, "deals.own"),
        (CLERK, REP, 0, "deals.not_yours"),
        (CLERK, OTHER_SUPERVISOR, 0, "deals.not_yours"),
        (CLERK, ASSISTANT, 0, "deals.assistant_waits"),
        (CLERK, ASSISTANT, 3.99, "deals.assistant_waits"),
        (CLERK, ASSISTANT, 4, None),
        (SUPERVISOR, SUPERVISOR, 0, "deals.own"),
        (SUPERVISOR, OTHER_SUPERVISOR, 0, "deals.not_yours"),
        (SUPERVISOR, MANAGER, 0, None),
        (SUPERVISOR, DIRECTOR, 0, None),
        (SUPERVISOR, ASSISTANT, 100, "deals.not_yours"),
        (MANAGER, MANAGER, 0, "deals.own"),
        (MANAGER, DIRECTOR, 0, None),
        (MANAGER, ASSISTANT, 100, "deals.not_yours"),
        (CLERK, person(30, Role.CLERK, owner=True), 0, None),
        (person(30, Role.CLERK, owner=True), person(30, Role.CLERK, owner=True), 0, "deals.own"),
        (CLERK, person(31, Role.SUPERVISOR, status=Status.LEFT), 0, "deals.not_yours"),
    ],
)
def test_a_deal_is_confirmed_by_the_post_above_and_never_by_the_seller(
    seller: Person, actor: Person, hours: float, answer: str | None
) -> None:
    deal = replace(DEAL, seller_id=seller.id)
    now = NOW + timedelta(hours=hours)

    if answer is None:
        done = confirm(deal, actor, seller, now)
        assert (done.state, done.decided_by, done.decided_at) == (DealState.CONFIRMED, actor.id, now)
        assert may_decide(actor, deal, seller, now)
    else:
        assert refused(lambda: confirm(deal, actor, seller, now)) == answer
        assert refused(lambda: reject(deal, actor, seller, now, "合同没盖章")) == answer
        assert not may_decide(actor, deal, seller, now)


def test_the_assistant_is_told_from_when() -> None:
    with pytest.raises(Refusal) as refusal:
        check_decision(ASSISTANT, DEAL, CLERK, NOW)

    assert refusal.value.params == {"at": NOW + timedelta(hours=4)}


def test_the_waiting_time_of_the_assistant_is_the_companys() -> None:
    assert may_decide(ASSISTANT, DEAL, CLERK, NOW + timedelta(minutes=30), timedelta(minutes=30))


@pytest.mark.parametrize(
    ("role", "by"),
    [
        (Role.CLERK, Role.SUPERVISOR),
        (Role.REP, Role.SUPERVISOR),
        (Role.SUPERVISOR, Role.MANAGER),
        (Role.ASSISTANT, Role.MANAGER),
        (Role.MANAGER, Role.DIRECTOR),
    ],
)
def test_the_post_that_confirms(role: Role, by: Role) -> None:
    assert confirmed_by(person(7, role)) is by


@pytest.mark.parametrize("state", [DealState.CONFIRMED, DealState.REJECTED, DealState.CANCELLED])
def test_what_is_decided_is_not_decided_again(state: DealState) -> None:
    assert refused(lambda: confirm(replace(DEAL, state=state), SUPERVISOR, CLERK, NOW)) == "deals.already"


def test_a_rejection_needs_its_reason() -> None:
    assert refused(lambda: reject(DEAL, SUPERVISOR, CLERK, NOW, " \u200b ")) == "deals.reason"
    sent_back = reject(DEAL, SUPERVISOR, CLERK, NOW, " 合同没盖章 ")
    assert (sent_back.state, sent_back.reason) == (DealState.REJECTED, "合同没盖章")


def test_a_rejected_deal_may_be_sent_again_and_waits_anew() -> None:
    later = NOW + timedelta(hours=6)
    sent_back = reject(DEAL, SUPERVISOR, CLERK, NOW, "金额和合同不一致")

    again = resubmit(sent_back, CLERK.id, later, amount_fen=480_000)

    assert (again.state, again.amount_fen, again.submitted_at, again.reason) == (
        DealState.PENDING,
        480_000,
        later,
        None,
    )
    assert again.decided_by is None
    assert refused(lambda: check_decision(ASSISTANT, again, CLERK, later)) == "deals.assistant_waits"


@pytest.mark.parametrize("state", [DealState.CONFIRMED, DealState.CANCELLED])
def test_a_deal_that_counts_or_is_gone_is_not_changed_by_its_seller(state: DealState) -> None:
    deal = replace(DEAL, state=state)

    assert refused(lambda: check_change(CLERK.id, deal)) == "deals.already"
    assert refused(lambda: withdraw(deal, CLERK.id, NOW)) == "deals.already"
    assert refused(lambda: resubmit(deal, CLERK.id, NOW)) == "deals.already"


def test_only_the_seller_changes_or_withdraws() -> None:
    assert withdraw(DEAL, CLERK.id, NOW).state is DealState.CANCELLED
    assert refused(lambda: withdraw(DEAL, SUPERVISOR.id, NOW)) == "deals.not_yours"
    assert refused(lambda: resubmit(DEAL, REP.id, NOW, amount_fen=1)) == "deals.not_yours"


def test_a_change_may_not_date_a_deal_into_the_future_or_touch_its_state() -> None:
    assert refused(lambda: resubmit(DEAL, CLERK.id, NOW, signed_on=TODAY + timedelta(days=1))) == "deals.future"
    with pytest.raises(TypeError):
        resubmit(DEAL, CLERK.id, NOW, state=DealState.CONFIRMED)


# --- Sent twice? ------------------------------------------------------------------------------------------------------

EARLIER = replace(DEAL, id=0, submitted_at=NOW - timedelta(minutes=10))


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (EARLIER, True),
        (replace(EARLIER, state=DealState.CONFIRMED), True),
        (replace(EARLIER, submitted_at=NOW - timedelta(days=1)), True),
        (replace(EARLIER, customer_name="李老板"), True),
        (replace(EARLIER, phone=None), True),
        (replace(EARLIER, submitted_at=NOW - timedelta(days=1, seconds=1)), False),
        (replace(EARLIER, amount_fen=500_001), False),
        (replace(EARLIER, seller_id=6), False),
        (replace(EARLIER, phone="+8613900139000"), False),
        (replace(EARLIER, phone=None, customer_name="王总"), False),
        (replace(EARLIER, state=DealState.CANCELLED), False),
        (replace(EARLIER, state=DealState.REJECTED), False),
        (DEAL, False),
    ],
)
def test_the_same_seller_customer_and_amount_within_a_day_is_asked_about(other: Deal, alike: bool) -> None:
    assert (duplicate_of(DEAL, [other]) is not None) == alike


def test_the_latest_of_several_is_the_one_shown() -> None:
    older = replace(EARLIER, id=7, submitted_at=NOW - timedelta(hours=5))

    assert duplicate_of(DEAL, [EARLIER, older]) == EARLIER


def test_ten_thousand_characters_are_read_like_any_line() -> None:
    draft = parse_deal("报单 5000 自拓 李总 13800138000 " + "报单" * 5000, NOW, MAX)

    assert (draft.amount_fen, draft.phone) == (500_000, P)
