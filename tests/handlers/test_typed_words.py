"""What is typed instead of pressed: the same word whatever keyboard or dictation made it, in both languages (D3)."""

from __future__ import annotations

import pytest

from bot.channels.port import Outgoing, Rejected
from core.rules.said import as_word
from core.store import models as m
from tests.office import Office, Phone


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("提交。", "提交"),
        (" 提交!", "提交"),
        ("Hand In.", "hand in"),
        ("2", "2"),
        ("“发送”", "发送"),
        ("?", "?"),
        ("。", "。"),
    ],
)
def test_a_word_is_the_same_word_with_what_stands_around_it(typed: str, word: str) -> None:
    assert as_word(typed) == word


async def _fills_in(ana: Phone) -> None:
    await ana.says("报单", "5000", "自拓", "王总 13812340000")


@pytest.mark.parametrize("typed", ["提交", "提交。", "提交!", " 发送 ", "1"])
async def test_a_filled_form_is_sent_by_its_word_as_people_type_it(office: Office, typed: str) -> None:
    ana = await office.agent()
    await office.supervisor()
    await _fills_in(ana)
    await ana.says(typed)

    assert "已交" in ana.text
    assert len(await office.rows(m.deals)) == 1


@pytest.mark.parametrize("typed", ["hand in", "Hand in", "submit", "SEND.", "1"])
async def test_an_english_form_is_sent_whatever_the_case(office: Office, typed: str) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("语言 en", "deal", "5000", "OWN", "Mr Wang 13812340000", typed)

    assert "Sent to" in ana.text
    assert len(await office.rows(m.deals)) == 1


async def test_a_button_is_found_in_lower_case_too(office: Office) -> None:
    ana = await office.agent()
    await ana.says("语言 en", "weekly", "skip")
    assert "plan for next week" in ana.text
    (draft,) = await office.rows(m.drafts)
    assert draft.answers["sentence"] == ""
    await ana.says("visit four shops", "full text")
    assert "Plan for next week:" in ana.text


@pytest.mark.parametrize("typed", ["待办。", "待办!", "To do", "to do.", "todo", "my leave", "My deals"])
async def test_a_reserved_word_may_be_two_words_or_end_like_a_sentence(office: Office, typed: str) -> None:
    ana = await office.agent()
    await ana.says(typed)

    assert "没看懂" not in ana.text


async def test_a_typed_word_takes_the_buttons_of_the_review_with_it(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await _fills_in(ana)
    review = ana.last
    assert "提交" in ana.labels
    await ana.says("提交")

    assert "已交" in ana.text
    assert review.buttons == []
    assert "王总" in review.text  # its words stay


async def test_a_review_that_is_gone_from_the_chat_is_no_trouble(office: Office) -> None:
    def deleted(out: Outgoing) -> None:
        if out.verb == "strip":
            raise Rejected("message to edit not found")

    ana = await office.agent()
    await office.supervisor()
    await _fills_in(ana)
    office.wire.fail = deleted
    await ana.says("提交")

    assert "已交" in ana.text
    assert {row.state for row in await office.rows(m.outbox, verb="strip")} == {"dropped"}


async def test_a_form_given_up_by_typing_leaves_no_buttons_either(office: Office) -> None:
    ana = await office.agent()
    await _fills_in(ana)
    review = ana.last
    await ana.says("取消")

    assert review.buttons == []


async def test_a_pressed_review_becomes_the_receipt_and_keeps_its_buttons(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await _fills_in(ana)
    review = ana.last
    await ana.presses("提交")

    assert "已交" in review.text
    assert [label for label, _ in review.buttons] == ["撤回"]


async def test_a_call_put_aside_is_offered_back_by_its_customers_name(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000")  # the outcome is asked
    await ana.says("请假", "明天", "跳过", "发送")

    assert ana.text == "记电话(“李总”)还放在一边,接着写吗?"


@pytest.mark.parametrize(
    "line",
    [
        "calls 120 connected 38",
        "today 120 calls, 38 connected",
        "dialled 120 and connected 38",
        "120 calls 38 connected",
        "today dialled 120 connected 38",
    ],
)
async def test_a_days_figures_are_understood_in_english(office: Office, line: str) -> None:
    ana = await office.agent()
    await ana.says(line)

    assert "120 通 · 接通 38" in ana.text


async def test_a_post_and_a_team_are_known_by_a_piece_of_their_name(office: Office) -> None:
    await office.supervisor()
    boss = await office.manager()
    await boss.says("邀请 张小满")
    await boss.presses("新同事入职")
    await boss.says("文员", "领航", "试用", "今天")
    assert "张小满 · 商务文员 · 领航组" in boss.text


async def test_a_piece_that_two_choices_share_is_asked_back(office: Office) -> None:
    await office.supervisor()
    boss = await office.manager()
    await boss.says("邀请 张小满")
    await boss.presses("新同事入职")
    await boss.says("商务")
    assert "可以选:商务文员 / 商务代表" in boss.text


async def test_figures_of_a_report_that_cannot_be_are_not_taken_for_todays_calls(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报")
    await ana.presses("改数字")
    for typed in ("接通500 拨打20", "拨打 99999"):
        await ana.says(typed)
        assert "写要改的数" in ana.text, typed
        assert "取消" in ana.labels

    assert await office.rows(m.day_counts) == []
    assert not [name for said in ana.messages for name, _ in said.buttons if name.startswith("拨打500")]


@pytest.mark.parametrize("said", ["李总 13800138000", "客户是李总,电话13800138000"])
async def test_a_customer_named_early_is_the_deals_and_no_call(office: Office, said: str) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("报单", "5000", said)
    assert "怎么签下来的" in ana.text
    await ana.says("自拓")
    assert "李总 138****8000" in ana.text
    assert "提交" in ana.labels
    assert [row.form for row in await office.rows(m.drafts)] == ["deal"]


async def test_a_customer_named_at_the_review_corrects_it_and_the_form_can_be_sent(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("报单", "5000", "自拓", "老李", "李总 13800138000")
    assert "李总 138****8000" in ana.text
    await ana.says("提交")

    assert "已交" in ana.text
    assert await office.rows(m.calls) == []


async def test_a_call_in_between_is_still_a_call(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("报单", "5000", "自拓", "老李", "王总 13800138001 没接")
    assert ana.sees("✅ 王总 138****8001")
    assert "老李" in ana.text  # the review again

    (call,) = await office.rows(m.calls)
    assert call.outcome == "no_answer"
