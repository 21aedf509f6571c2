"""Deals: what a line says. Typed on Saturday 2026-11-21 at 09:30."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.deals import DealDraft, DealKind, parse_deal
from core.rules.money import plain

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
        (
            "报单 5000 自拓 李总 13800138000 找王会计 13900139000 开票",
            said(500_000, OWN, customer="李总", phone=P, note="找王会计 13900139000 开票"),
        ),
        ("报单 5000 自拓 找王会计 13800138000 开票", said(500_000, OWN, customer="王会计", phone=P, note="找 开票")),
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


def test_ten_thousand_characters_are_read_like_any_line() -> None:
    draft = parse_deal("报单 5000 自拓 李总 13800138000 " + "报单" * 5000, NOW, MAX)

    assert (draft.amount_fen, draft.phone) == (500_000, P)
