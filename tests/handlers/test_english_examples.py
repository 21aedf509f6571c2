"""What the English texts tell people to type is understood as they say, in Latin letters alone."""

from __future__ import annotations

import re

import pytest

from bot.render.texts import catalogue
from core.store import models as m
from tests.office import Office, Phone

EN = catalogue("en")
BY_NAME = {"help.menu_language", "people.which_language"}  # both languages, for whoever reads one
OF_WECOM = ("wecom.", "webhooks.")  # its consoles are in Chinese: names of what stands there


def example(key: str, pattern: str) -> str:
    """The line that a text gives as an example."""
    found = re.search(pattern, EN[key])
    assert found is not None, f"{key} has no example any more: {EN[key]}"
    return found[1].strip()


async def english(office: Office) -> Phone:
    """An agent who reads English, with somebody to confirm."""
    await office.supervisor()
    ana = await office.agent()
    await ana.says("语言 en")
    return ana


def test_english_texts_have_no_chinese_examples() -> None:
    found = {key for key, text in EN.items() if re.search("[\u4e00-\u9fff]", text) and not key.startswith(OF_WECOM)}

    assert found == BY_NAME


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("help.agent", r"A call: (.+)"),
        ("common.not_understood", r"A call: ([^;]+)"),
        ("calls.day_empty", r"One line will do: (.+)"),
    ],
)
async def test_the_example_of_a_call_is_logged(office: Office, key: str, pattern: str) -> None:
    ana = await english(office)
    await ana.says(example(key, pattern))

    (call,) = await office.rows(m.calls)
    assert call.outcome == "interested"
    assert ana.sees("✅ Mr Li 138****8000")


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("help.agent", r"A deal: (.+)"),
        ("common.not_understood", r"a deal: ([^.]+)"),
        ("deals.mine_empty", r"Type: (.+)"),
        ("todo.empty_agent", r"like this: (.+)"),
    ],
)
async def test_the_example_of_a_deal_is_a_whole_deal(office: Office, key: str, pattern: str) -> None:
    ana = await english(office)
    await ana.says(example(key, pattern))

    assert "5,000.00 · own · Mr Li" in ana.text
    assert "Hand in" in ana.labels


@pytest.mark.parametrize(
    ("key", "pattern", "figures"),
    [
        ("help.agent", r"day's total: ([^·]+)", "dialled 120 in all · connected 38"),
        ("calls.retype_now", r"such as: (.+)", "dialled 120 in all · connected 45"),
        ("calls.day_future", r"For example: (.+)", "dialled 120 in all · connected 45"),
    ],
)
async def test_the_example_of_a_days_figures_is_taken(office: Office, key: str, pattern: str, figures: str) -> None:
    ana = await english(office)
    await ana.says(example(key, pattern))

    assert figures in ana.text


@pytest.mark.parametrize("number", [0, 1])
async def test_the_examples_of_the_next_contact_are_times(office: Office, number: int) -> None:
    ana = await english(office)
    times = [example("calls.ask_next", r"For example: (.+)"), example("calls.ask_next_again", r"For example: ([^,]+)")]
    await ana.says("Mr Li 13800138000 interested 70%", "change", "Next", times[number])

    assert ana.sees("Reminder to call back: Tue 11-24 10:00" if number == 0 else "15:00")


async def test_the_examples_of_a_change_change_the_call(office: Office) -> None:
    ana = await english(office)
    await ana.says("Mr Li 13800138000 interested 70%", "change", example("calls.ask_what", r"such as: (.+)\."))

    assert "Interested 40%" in ana.text


@pytest.mark.parametrize("line", EN["calls.proxy_how"].splitlines())
async def test_the_examples_of_an_entry_for_somebody_else_are_taken(office: Office, line: str) -> None:
    await office.agent("Ana")
    zhou = await office.supervisor()
    await zhou.says("语言 en", line.partition(": ")[2])

    assert "for Ana" in zhou.text


async def test_the_examples_of_leave_are_days(office: Office) -> None:
    ana = await english(office)
    for days in example("leave.ask_days", r"Such as: (.+)\.").split(", "):
        await ana.says("leave", days)
        assert "What is the reason?" in ana.text, days
        await ana.says("cancel")


async def test_the_example_of_a_customers_history_is_found(office: Office) -> None:
    ana = await english(office)
    await ana.says("Mr Li 13800138000 interested 70%", example("calls.history_ask", r"such as: (.+)"))

    assert "Mr Li 138****8000 · 1 in all" in ana.text
