"""Cards, layout and inert words: pure."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.layout import in_parts
from bot.channels.port import WireButton
from bot.channels.telegram import Telegram
from bot.channels.wecom import cards
from bot.channels.wecom.aibot import AiBot, fit
from bot.channels.wecom.aibot_reading import EVENT, MESSAGE, envelope, read, without_mention
from bot.channels.wecom.markdown import clean, inert
from sandbox.wecom import cards as real

TOKEN = "0123456789abcdefghijkl"
LIMITS = AiBot.limits


def buttons(*labels: str) -> list[WireButton]:
    return [WireButton(label, f"{TOKEN}{number}") for number, label in enumerate(labels)]


def payload(text: str, *labels: str) -> dict[str, Any]:
    return {"text": text, "buttons": [[[label, f"{TOKEN}{number}"]] for number, label in enumerate(labels)]}


@given(
    st.text(max_size=400),
    st.lists(st.text(min_size=1, max_size=16).filter(lambda label: clean(label).strip()), min_size=1, max_size=10),
)
def test_every_card_is_one_that_wecom_takes_and_shows_in_full(text: str, labels: list[str]) -> None:
    given_ = buttons(*labels)
    card = cards.build(text, given_)

    assert real.check(card) == []
    offered = [option["id"] for option in card.get("button_selection", {}).get("option_list", [])]
    offered = offered or [button["key"] for button in card["button_list"]]
    assert [one.split("\n")[0] for one in offered] == [button.token for button in given_]


@given(st.text(max_size=400), st.text(min_size=1, max_size=10).filter(lambda label: clean(label).strip()))
def test_a_press_carries_all_that_its_card_needs_to_be_shown_again(text: str, label: str) -> None:
    card = cards.build(text, buttons(label, "别的"))
    pressed = cards.chosen({"event_key": card["button_list"][0]["key"], "task_id": card["task_id"]})
    after = cards.settled(pressed)

    assert pressed.token == f"{TOKEN}0"
    assert real.check(after, update=True) == []
    assert after["task_id"] == card["task_id"]
    assert after["main_title"] == card["main_title"]
    assert after.get("sub_title_text") == card.get("sub_title_text")
    assert not real.pressable(after)


def test_more_buttons_than_a_card_holds_become_a_drop_down_and_its_choice_is_understood() -> None:
    card = cards.build("哪位?", buttons(*(f"王芳 {n:03d}" for n in range(8))))
    option = card["button_selection"]["option_list"][5]
    pressed = cards.chosen(
        {
            "event_key": card["button_list"][0]["key"],
            "task_id": card["task_id"],
            "selected_items": {
                "selected_item": [{"question_key": "pick", "option_ids": {"option_id": [option["id"]]}}]
            },
        }
    )

    assert len(card["button_list"]) == 1
    assert (pressed.token, pressed.label) == (f"{TOKEN}5", "王芳 005")


@pytest.mark.parametrize(
    "event", [{}, {"event_key": None}, {"selected_items": 5}, {"selected_items": {"selected_item": [{}]}}]
)
def test_a_press_of_an_unknown_shape_names_no_button(event: dict[str, Any]) -> None:
    assert cards.chosen(event).token == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "<@all> 大家", "<@ZhouQiMing>", "[点我](http://evil.example)", "![图](http://evil.example/x.png)", "**重要** `rm`",
        "# 标题", "  ## 标题", "> 引用", "| a | b |\n|---|---|", "~~删~~", "---", "<font color=\"warning\">红</font>",
        "    代码", "\t代码", "王\u202e芳", "王\u200b芳", "_斜_", "标题\n===", "```\n块\n```", "&lt;@all&gt;",
    ],
)  # fmt: skip
def test_words_are_never_markup(hostile: str) -> None:
    shown = inert(f"姓名 {hostile}\n{hostile}")

    assert not set(shown) & set("<[]`*_|\u202e\u200b\t")
    assert "~~" not in shown
    for line in shown.split("\n"):
        assert not line.startswith(("#", ">", "    ", "---", "==="))
    plain = unicodedata.normalize("NFKC", shown).replace("\u2014", "-")
    for letter in hostile:
        if letter.isalnum():
            assert letter in plain


@given(st.text())
def test_inert_words_stay_inert_and_read_the_same(text: str) -> None:
    assert inert(inert(text)) == inert(text)
    assert len(fit(inert(text)).encode()) <= 20_480


def test_a_short_question_is_one_card_and_a_long_one_is_words_and_a_card() -> None:
    (alone,) = in_parts(payload("王芳今天离职?\n历史都保留。", "确认", "先不"), LIMITS)
    words, card = in_parts(payload("一行\n" * 60, "确认", "先不"), LIMITS)

    assert len(alone["buttons"][0]) == 2
    assert "buttons" not in words
    assert (card["text"], len(card["buttons"][0])) == ("一行", 2)


def test_what_may_be_quoted_stays_words() -> None:
    parts = in_parts(payload("W-2026-47-005 · 林晓燕", "批复"), LIMITS, "report:7")

    assert [bool(part.get("buttons")) for part in parts] == [False, True]
    assert parts[0]["text"].startswith("W-2026-47-005")


def test_a_deal_to_confirm_is_one_card() -> None:
    (card,) = in_parts(payload("林晓燕报单 5,000.00 · 自拓\n李总 138****8000", "确认", "退回"), LIMITS, "deal:12")

    assert (card["text"], len(card["buttons"][0])) == ("林晓燕报单 5,000.00 · 自拓\n李总 138****8000", 2)


def test_a_first_line_too_long_for_a_title_goes_on_below_it() -> None:
    text = "林晓燕报单 5,000.00 · 自拓 · 还差一点点就满两万了,代理拜访的那位同事叫王芳\n李总"
    (part,) = in_parts(payload(text, "确认"), LIMITS, "deal:12")
    card = cards.build(part["text"], buttons("确认"))

    assert card["main_title"]["title"] == "林晓燕报单 5,000.00 · 自拓 · 还差一点点就满两万了,"
    assert card["sub_title_text"] == "代理拜访的那位同事叫王芳\n李总"
    english = cards.build("林晓燕 reports 5,000.00 · own business, after 12 contacts\n李总", buttons("OK"))
    assert english["main_title"]["title"] == "林晓燕 reports 5,000.00 · own business,"[:40]


def test_a_title_is_never_cut_inside_an_amount_and_says_that_it_is_cut() -> None:
    first = "这位客户的合同从明年一月起每年一付分三次到账的总金额为人民币 128,500.00 元整请核对"
    words, card = in_parts(payload(first + "\n行" * 90, "好"), LIMITS)

    assert words["text"].startswith(first)
    assert card["text"] == "这位客户的合同从明年一月起每年一付分三次到账的总金额为人民币…"
    assert len(card["text"]) <= cards.TITLE


def test_a_label_that_shows_nothing_is_numbered() -> None:
    words, card = in_parts(payload("选?", "是", "\u200b"), LIMITS)

    assert "2. " in words["text"]
    assert [label for label, _ in card["buttons"][0]] == ["1", "2"]


def test_a_few_long_labels_are_numbers_on_one_card() -> None:
    names = [f"一个名字非常非常非常长的客户公司 {n}" for n in range(6)]
    words, card = in_parts(payload("选哪个?", *names), LIMITS)

    assert all(f"{n}. {name}" in words["text"] for n, name in enumerate(names, 1))
    assert [label for label, _ in card["buttons"][0]] == list("123456")


@pytest.mark.parametrize(("count", "pages"), [(7, [7]), (10, [10]), (11, [10, 1]), (23, [10, 10, 3])])
def test_many_long_labels_are_numbered_in_the_words_and_begun_in_a_drop_down(count: int, pages: list[int]) -> None:
    names = [f"一个名字非常非常非常长的客户公司 {n}" for n in range(count)]
    words, *hung = in_parts(payload("选哪个?", *names), LIMITS)
    shown = [button for card in hung for button in card["buttons"][0]]

    assert all(f"{n}. {name}" in words["text"] for n, name in enumerate(names, 1))
    assert [len(card["buttons"][0]) for card in hung] == pages
    assert shown[6] == ["7. 一个名字非常非常非常长的…", f"{TOKEN}6"]
    assert [token for _, token in shown] == [f"{TOKEN}{n}" for n in range(count)]
    assert cards.shown([label for label, _ in hung[0]["buttons"][0]])


def test_a_picture_comes_before_its_words_and_only_the_first_part_answers() -> None:
    parts = in_parts(
        payload("本周红榜\n" + "行\n" * 90, "详情") | {"file": ["a.png", "", True], "answers": "m1"}, LIMITS
    )

    assert [sorted(part) for part in parts] == [["answers", "file", "text"], ["text"], ["buttons", "text"]]
    assert parts[0]["text"] == ""


def test_a_network_without_cards_keeps_one_message() -> None:
    assert in_parts(payload("问?", "是", "否"), Telegram.limits) == [payload("问?", "是", "否")]


@pytest.mark.parametrize(
    ("said", "name", "meant"),
    [
        ("@外呼管家 绑定 领航组", "", "绑定 领航组"),
        ("@外呼 管家\u2005绑定 领航组", "", "绑定 领航组"),
        ("@外呼 管家 绑定 领航组", "外呼 管家", "绑定 领航组"),
        ("@外呼管家\u3000绑定 领航组", "别的名字", "绑定 领航组"),
        ("@外呼管家", "", ""),
        ("绑定 领航组", "", "绑定 领航组"),
        ("邮箱 a@b.c", "", "邮箱 a@b.c"),
    ],
)
def test_the_mention_is_no_part_of_what_is_said(said: str, name: str, meant: str) -> None:
    assert without_mention(said, name) == meant


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "cmd",
                        "body",
                        "headers",
                        "msgid",
                        "from",
                        "userid",
                        "chattype",
                        "chatid",
                        "msgtype",
                        "text",
                        "content",
                        "event",
                        "eventtype",
                        "template_card_event",
                        "event_key",
                        "quote",
                        "mixed",
                        "msg_item",
                        "create_time",
                    ]
                ),
                inner,
            )
        ),
    )
)
@example({"msgid": "\ud83d", "from": {"userid": "\udc80Wx\0"}, "msgtype": "text", "text": {"content": "\ud83d"}})
def test_no_frame_however_strange_breaks_the_reading(raw: Any) -> None:
    body = raw if isinstance(raw, dict) else {"msgtype": raw, "from": {"userid": raw}, "quote": raw, "event": raw}
    for cmd in (MESSAGE, EVENT):
        frame = {"cmd": cmd, "headers": {"req_id": "r"}, "body": body}
        known = envelope(frame)
        assert len(known.key) <= 80
        assert all(word.encode() and "\0" not in word for word in (known.key, known.sender))  # a database keeps both
        read(frame, channel="wecom")
