"""The company around the phones: the clock, who has news, people, groups, the bot's process, trouble."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Route, expect

from sandbox import Sandbox
from tests.browser.company import (
    AGENT,
    COMPANY_GROUP,
    LONG_NAME,
    MANAGER,
    START,
    SUPERVISOR,
    TEAM_GROUP,
    ScriptedBot,
    people,
)
from tests.browser.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEWCOMER = 1021


async def test_the_clock_shows_the_companys_time_and_each_jump_names_its_day_and_goes_there(desk: Desk) -> None:
    await desk.open()
    day, time = desk.page.locator(".clock-day"), desk.page.locator(".clock-face strong")
    await expect(day).to_have_text("11-20 周五")
    await expect(time).to_have_text(re.compile(r"17:2\d"))
    await expect(desk.page.locator(".jump")).to_have_text(
        ["+1 小时", "今天 17:30", "周六 21:2511-21", "下周一 08:4511-23", "月初 09:0512-01", "自选"]
    )
    for jump, date, hour in (
        ("evening", "11-20 周五", "17:30"),
        ("hour", "11-20 周五", r"18:3\d"),
        ("saturday", "11-21 周六", "21:25"),
        ("monday", "11-23 周一", "08:45"),
        ("month", "12-01 周二", "09:05"),
    ):
        await desk.let_a_second_pass()
        await desk.page.locator(f"[data-jump={jump}][aria-disabled=false]").click()
        await expect(day).to_have_text(date)
        await expect(time).to_have_text(re.compile(hour))


async def test_a_double_click_on_a_jump_is_one_jump(desk: Desk) -> None:
    await desk.open()
    await desk.stop_the_watch()
    await desk.page.locator("[data-jump=saturday]").click()
    await expect(desk.page.locator("[data-jump=saturday]")).to_have_text("周六 21:2511-28")
    await desk.page.locator("[data-jump=saturday]").click()
    await desk.say(1, "今日")
    await expect(desk.row(1, "今日").locator("time")).to_have_text("21:25")
    await expect(desk.phone(1).locator(".day")).to_have_text("11-21 周六")


async def test_jumps_after_a_jump_lie_ahead_again(desk: Desk) -> None:
    await desk.open()
    await desk.page.locator("[data-jump=saturday]").click()
    await expect(desk.page.locator("[data-jump=saturday]")).to_have_text("周六 21:2511-28")
    await expect(desk.page.locator("[data-jump=evening]")).to_have_text("明天 17:3011-22")


async def test_any_moment_ahead_can_be_chosen_and_none_behind(desk: Desk) -> None:
    await desk.open()
    await desk.page.get_by_role("button", name="自选").click()
    field = desk.page.get_by_label("日期和时间")
    await field.fill("2026-11-19T09:00")
    await desk.page.get_by_role("button", name="快进", exact=True).click()
    await expect(desk.page.locator(".custom-time")).to_contain_text("时间只能往前走")
    await field.fill("2026-12-31T23:59")
    await desk.page.get_by_role("button", name="快进", exact=True).click()
    await expect(desk.page.locator(".clock-day")).to_have_text("12-31 周四")
    await expect(desk.page.locator(".clock-face strong")).to_have_text("23:59")


async def test_one_watches_while_the_bot_works_on_the_way(desk: Desk) -> None:
    await desk.open()
    async with aiohttp.ClientSession() as session:

        async def ask(planned: str) -> None:
            async with session.get(f"{desk.sandbox.url}/clock", params={"next": planned}) as response:
                assert response.status == 200

        await ask("2026-11-20T17:30:00+08:00")
        await desk.page.locator("[data-jump=saturday]").click()
        moving = desk.page.locator(".clock-moving")
        await expect(moving).to_contain_text("正在快进 → 11-21 周六 21:25")
        await expect(desk.page.locator("[data-jump=hour]")).to_have_attribute("aria-disabled", "true")
        await ask("2026-11-20T17:30:00+08:00")
        await expect(desk.page.locator(".clock-face strong")).to_have_text("17:30")
        await desk.bot.say(AGENT, "晓燕,周报只差两句话。")
        await expect(desk.row(1, "周报只差两句话").locator("time")).to_have_text("17:30")
        await ask("2026-11-28T20:00:00+08:00")
    await expect(moving).to_be_hidden()
    await expect(desk.page.locator(".clock-face strong")).to_have_text("21:25")
    await expect(desk.page.locator("#announcer")).to_contain_text("到了 11-21 周六 21:25")


async def test_the_first_working_day_skips_weekends_and_fixed_holidays(desk: Desk) -> None:
    await desk.open()
    found = await desk.page.evaluate(
        """async () => {
        const time = await import("/static/time.js");
        const day = (year, month) => time.toIso(time.firstWorkingDay(year, month, 9, 5, 480), 480);
        return [day(2026, 10), day(2027, 1), day(2027, 5), day(2026, 8), day(2026, 13)];
        }"""
    )
    assert found == [
        "2026-10-08T09:05:00+08:00",
        "2027-01-04T09:05:00+08:00",
        "2027-05-04T09:05:00+08:00",
        "2026-08-03T09:05:00+08:00",
        "2027-01-04T09:05:00+08:00",
    ]


async def test_the_strip_says_who_has_news_and_opens_it(desk: Desk) -> None:
    await desk.open()
    await expect(desk.page.locator(".news")).to_have_text("都看过了")
    await desk.bot.say(MANAGER, "11 月还没结账。")
    await desk.bot.say(MANAGER, "还有 2 单待确认。")
    chip = desk.page.locator(".news-chip")
    await expect(chip).to_have_text(re.compile("梁文静2"))
    await expect(desk.page).to_have_title(re.compile(r"^\(2\)"))
    await chip.click()
    await expect(desk.phone(2).locator(".who-name strong")).to_have_text("梁文静")
    await expect(desk.row(2, "11 月还没结账")).to_be_visible()
    await expect(chip).to_have_count(0)


async def test_a_first_visit_starts_with_everything_read(desk: Desk) -> None:
    await desk.bot.say(MANAGER, "早就说过的")
    await desk.open()
    await desk.bot.say(LONG_NAME, "刚说的")
    await expect(desk.page.locator(".news-chip")).to_have_text([re.compile("古丽米热·艾合买提1")])


async def test_what_a_phone_shows_is_read_at_once(desk: Desk) -> None:
    await desk.open()
    await desk.bot.say(AGENT, "今天 86 通")
    await expect(desk.row(1, "今天 86 通")).to_be_visible()
    await expect(desk.page.locator(".news")).to_have_text("都看过了")


async def test_news_of_a_group_are_marked_on_its_tab(desk: Desk) -> None:
    await desk.open()
    await desk.bot.say(COMPANY_GROUP, "📊 本周红榜")
    tab = desk.phone(3).locator(".chat-tab", has_text="星禾企服全员群")
    await expect(tab.locator(".badge")).to_contain_text("1")
    await tab.click()
    await expect(desk.row(3, "本周红榜")).to_be_visible()
    await expect(desk.page.locator(".badge:visible")).to_have_count(0)


async def test_news_are_still_news_after_the_page_was_closed(desk: Desk) -> None:
    await desk.open()
    await desk.page.goto("about:blank")
    await desk.bot.say(MANAGER, "11 月还没结账。")
    await desk.bot.say(AGENT, "看过的")
    await desk.open()
    await expect(desk.page.locator(".news-chip")).to_have_text([re.compile("梁文静1")])


async def test_messages_below_the_fold_stay_unread_until_one_scrolls_down(desk: Desk) -> None:
    for number in range(60):
        await desk.bot.say(AGENT, f"第 {number} 条")
    await desk.open()
    await desk.phone(1).locator(".log").hover()
    await desk.page.mouse.wheel(0, -900)
    jump = desk.phone(1).locator(".jump-end")
    await expect(jump).to_be_visible()
    await desk.bot.say(AGENT, "新来的")
    await expect(jump).to_have_text("1 条新消息")
    await expect(desk.page.locator(".news-chip")).to_have_text(re.compile("林晓燕1"))
    await jump.click()
    await expect(desk.row(1, "新来的")).to_be_in_viewport()
    await expect(desk.page.locator(".news-chip")).to_have_count(0)


async def test_people_are_found_by_number_name_role_team_and_initials(desk: Desk) -> None:
    await desk.open()
    for typed, found in (
        ("022", "古丽米热·艾合买提"),
        ("lxy", "林晓燕"),
        ("飞虎 主管", "徐丽娟"),
        ("艾合", "古丽米热·艾合买提"),
    ):
        await desk.phone(2).locator(".who").click()
        await desk.page.keyboard.type(typed)
        await expect(desk.page.locator(".person")).to_have_count(1)
        await desk.page.locator(".person").click()
        await expect(desk.phone(2).locator(".who-name strong")).to_have_text(found)


async def test_the_list_of_people_shows_who_has_news(desk: Desk) -> None:
    await desk.open()
    await desk.bot.say(LONG_NAME, "周报还有 2 小时。")
    await expect(desk.page.locator(".news-chip")).to_have_count(1)
    await desk.phone(1).locator(".who").click()
    await expect(desk.page.locator(".person")).to_have_count(24)
    await expect(desk.page.locator(".person", has_text="古丽米热").locator(".badge")).to_contain_text("1")


async def test_the_group_stays_open_when_another_member_takes_the_phone(desk: Desk) -> None:
    await desk.open()
    await desk.hold(3, "王芳")
    await expect(desk.phone(3).locator(".chat-tab[aria-pressed=true]")).to_have_text(re.compile("商务一组 领航"))
    await desk.hold(3, "徐丽娟")
    await expect(desk.phone(3).locator(".chat-tab[aria-pressed=true]")).to_have_text(re.compile("外呼管家"))


async def test_the_address_keeps_who_holds_which_phone(desk: Desk) -> None:
    await desk.open()
    await desk.hold(1, "王芳")
    await desk.phone(2).locator(".chat-tab", has_text="星禾企服全员群").click()
    await expect(desk.page).to_have_url(
        re.compile(rf"#phones=1006,{SUPERVISOR}\*{COMPANY_GROUP},{SUPERVISOR}\*{TEAM_GROUP}")
    )
    await desk.page.reload()
    await expect(desk.page.locator(".who-name strong")).to_have_text(["王芳", "周启明", "周启明"])
    await expect(desk.phone(2).locator(".chat-tab[aria-pressed=true]")).to_have_text(re.compile("星禾企服全员群"))


async def test_an_address_that_names_nobody_falls_back_to_the_usual_people(desk: Desk) -> None:
    await desk.open("/#phones=77,abc,1004*-9999&tab=9")
    await expect(desk.page.locator(".who-name strong")).to_have_text(["林晓燕", "周启明", "周启明"])


async def test_whoever_has_not_started_the_bot_presses_start_first(desk: Desk) -> None:
    await desk.open(f"/#phones={NEWCOMER},{SUPERVISOR},{SUPERVISOR}")
    await expect(desk.entry(1)).to_be_hidden()
    await desk.phone(1).get_by_role("button", name="开始").click()
    assert (await desk.bot.next_update("message"))["text"] == "/start"
    await expect(desk.entry(1)).to_be_visible()


async def test_an_invite_code_or_the_whole_link_opens_the_bot_with_it(desk: Desk) -> None:
    await desk.open(f"/#phones={NEWCOMER},{SUPERVISOR},{SUPERVISOR}")
    await desk.phone(1).get_by_role("button", name="用邀请码打开").click()
    await desk.page.keyboard.type("https://t.me/waihu_demo_bot?start=K7PX-2QRM")
    await desk.page.keyboard.press("Enter")
    assert (await desk.bot.next_update("message"))["text"] == "/start K7PX-2QRM"


async def test_a_deep_link_in_a_message_is_opened_here_and_not_on_the_web(desk: Desk) -> None:
    await desk.bot.say(SUPERVISOR, "邀请:https://t.me/waihu_demo_bot?start=JOIN42")
    await desk.open()
    await desk.row(2, "邀请").locator("a").click()
    assert (await desk.bot.next_update("message"))["text"] == "/start JOIN42"
    assert len(desk.context.pages) == 1


async def test_a_group_link_brings_the_bot_into_the_chosen_group(desk: Desk) -> None:
    await desk.bot.say(SUPERVISOR, "绑定:https://t.me/waihu_demo_bot?startgroup=BIND7")
    await desk.open()
    await desk.row(2, "绑定").locator("a").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="商务一组 领航").click()
    message = await desk.bot.next_update("message")
    assert (message["chat"]["id"], message["text"]) == (TEAM_GROUP, "/start@waihu_demo_bot BIND7")


async def test_a_blocked_bot_cannot_write_until_it_is_unblocked(desk: Desk) -> None:
    await desk.open()
    await desk.phone(1).get_by_role("button", name="更多").click()
    await desk.page.get_by_role("menuitem", name="拉黑机器人").click()
    assert (await desk.bot.next_update("my_chat_member"))["new_chat_member"]["status"] == "kicked"
    await expect(desk.phone(1).locator(".gate")).to_contain_text("拉黑了机器人")
    await desk.phone(1).get_by_role("button", name="解除拉黑").click()
    assert (await desk.bot.next_update("my_chat_member"))["new_chat_member"]["status"] == "member"
    await expect(desk.entry(1)).to_be_visible()


async def test_a_group_that_becomes_a_supergroup_stays_on_the_screen(desk: Desk) -> None:
    await desk.open()
    await desk.phone(3).get_by_role("button", name="更多").click()
    await desk.page.get_by_role("menuitem", name="升级为超级群").click()
    await expect(desk.phone(3).locator(".row.service")).to_have_text(re.compile("由普通群组升级而来"))
    await expect(desk.phone(3).locator(".chat-tab")).to_have_count(3)


async def test_the_switch_kills_the_bot_and_starts_it_again(desk: Desk) -> None:
    await desk.open()
    light = desk.page.locator(".light")
    await expect(light).to_have_text("运行中")
    first = desk.sandbox.bot_view()["pid"]
    await desk.page.get_by_role("button", name="杀掉").click()
    await expect(light).to_have_text("已停")
    assert desk.sandbox.bot_view()["running"] is False
    await expect(desk.phone(1).locator(".notice")).to_contain_text("机器人停着")
    await desk.say(1, "写到一半")
    await expect(desk.row(1, "写到一半")).to_be_visible()
    await desk.page.get_by_role("button", name="启动").click()
    await expect(light).to_have_text("运行中")
    assert desk.sandbox.bot_view()["pid"] != first
    await expect(desk.phone(1).locator(".notice")).to_be_hidden()


async def test_trouble_is_switched_on_and_off_backstage_in_plain_words(desk: Desk) -> None:
    await desk.open()
    backstage = desk.page.get_by_role("button", name="幕后")
    await backstage.click()
    drawer = desk.page.get_by_role("complementary", name="幕后")
    await drawer.get_by_role("tab", name="捣乱").click()
    flood, lost = (drawer.get_by_role("switch", name=name) for name in ("被限流", "应答丢了"))
    await expect(flood).to_contain_text("你会看到")
    await flood.click()
    await expect(flood).to_be_checked()
    await lost.click()
    await expect(lost).to_be_checked()
    assert [fault["kind"] for fault in desk.sandbox.api.faults.view()] == ["429", "drop_answer"]
    await flood.press("Enter")
    await expect(flood).not_to_be_checked()
    await expect(lost).to_be_checked()
    assert [fault["kind"] for fault in desk.sandbox.api.faults.view()] == ["drop_answer"]
    await drawer.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(backstage).to_be_focused()


async def test_what_the_network_noted_is_counted_on_the_button_and_listed(desk: Desk) -> None:
    await desk.open()
    await desk.bot.say(AGENT, "好", quiet=True)
    await desk.say(1, "今日")
    button = desk.page.get_by_role("button", name="幕后")
    await expect(button.locator(".badge")).to_have_text("1")
    await button.click()
    await desk.page.get_by_role("tab", name="里面").press("ArrowLeft")
    await expect(desk.page.get_by_role("tab", name="记录")).to_be_focused()
    panel = desk.page.get_by_role("tabpanel", name="记录")
    await expect(panel).to_contain_text("quiet")
    await expect(panel.locator(".facts").last).to_contain_text("今日")


async def test_a_stranger_comes_in_and_takes_the_first_phone(desk: Desk) -> None:
    await desk.open()
    await desk.page.get_by_role("button", name="幕后").click()
    await desk.page.get_by_role("tab", name="捣乱").click()
    await desk.page.locator("#backstage").get_by_role("button", name="来个陌生人").click()
    await desk.page.keyboard.press("Enter")
    await expect(desk.phone(1).locator(".who-name strong")).to_have_text("路人甲")
    await expect(desk.phone(1).locator(".who-number")).to_have_count(0)


async def test_thousands_of_messages_are_fetched_a_hundred_at_a_time(desk: Desk) -> None:
    for number in range(1200):
        desk.sandbox.net.say(AGENT, TEAM_GROUP, f"第 {number} 条")
    await desk.open()
    rows = desk.phone(3).locator(".row")
    await expect(desk.row(3, "第 1199 条")).to_be_in_viewport()
    await expect(rows).to_have_count(100)
    log = desk.phone(3).locator(".log")
    await log.evaluate("node => { node.scrollTop = 0; }")
    await expect(rows).to_have_count(200)
    await expect(desk.row(3, "第 1000 条")).to_have_count(1)
    top = desk.row(3, "第 1100 条")
    await expect(top).to_be_in_viewport()


async def test_a_phone_that_follows_a_flood_of_messages_keeps_few_of_them(desk: Desk) -> None:
    await desk.open()
    for number in range(700):
        desk.sandbox.net.say(AGENT, TEAM_GROUP, f"第 {number} 条")
    await expect(desk.row(3, "第 699 条")).to_be_in_viewport()
    assert await desk.phone(3).locator(".row").count() <= 300


async def test_a_quote_finds_its_message_hundreds_of_messages_back(desk: Desk) -> None:
    first = desk.sandbox.net.say(AGENT, TEAM_GROUP, "最早的一句")
    for number in range(350):
        desk.sandbox.net.say(AGENT, TEAM_GROUP, f"第 {number} 条")
    desk.sandbox.net.say(SUPERVISOR, TEAM_GROUP, "说的是这句", reply_to=first.id)
    await desk.open()
    await desk.row(3, "说的是这句").locator(".quoted").click()
    await expect(desk.phone(3).locator(f".row[data-id='{first.id}']")).to_be_in_viewport()


async def test_the_page_catches_up_after_the_sandbox_was_away(desk: Desk, tmp_path: Path) -> None:
    desk.trouble_expected = True
    state = tmp_path / "sandbox.json"
    first = Sandbox(people(), clock=START, port=0, state=state)
    await first.start()
    port = int(first.url.rpartition(":")[2])
    await desk.page.goto(first.url)
    await expect(desk.page.locator(".phone")).to_have_count(3)
    first.net.say(AGENT, TEAM_GROUP, "走之前")
    await expect(desk.row(3, "走之前")).to_be_visible()
    await first.stop()
    await expect(desk.page.locator(".banner")).to_contain_text("正在重连")
    second = Sandbox(people(), clock=START, port=port, state=state)
    second.net.say(AGENT, TEAM_GROUP, "没看见的时候")
    await second.start()
    try:
        await expect(desk.row(3, "没看见的时候")).to_be_visible()
        await expect(desk.row(3, "走之前")).to_have_count(1)
        await expect(desk.page.locator(".banner")).not_to_contain_text("正在重连")
        desk.requests.clear()
    finally:
        await desk.page.goto("about:blank")
        await second.stop()


async def test_after_a_reset_of_the_company_its_first_messages_are_news(desk: Desk) -> None:
    desk.trouble_expected = True
    async with Sandbox(people(), clock=START, port=0) as before:
        port = int(before.url.rpartition(":")[2])
        await desk.page.goto(before.url)
        await expect(desk.page.locator(".phone")).to_have_count(3)
        for number in range(5):
            before.net.say(MANAGER, None, f"旧的 {number}")
        await desk.hold(2, "梁文静")
        await expect(desk.row(2, "旧的 4")).to_be_visible()
        await desk.page.goto("about:blank")
    async with Sandbox(people(), clock=START, port=port) as after, aiohttp.ClientSession() as session:
        await ScriptedBot(after, session).say(MANAGER, "新公司的第一句")
        await desk.page.goto(after.url)
        await expect(desk.page.locator(".news-chip")).to_have_text([re.compile("梁文静1")])
        await desk.page.goto("about:blank")
        desk.requests.clear()


async def test_what_was_seen_of_one_company_says_nothing_of_another_at_the_same_address(
    desk: Desk, tmp_path: Path
) -> None:
    """The demo on Telegram, the mixed one, the one on Telegram again: one address, chats with the same numbers."""
    desk.trouble_expected = True
    port = 0
    for which, lines in (("first", 5), ("second", 2), ("first", 1)):
        async with Sandbox(people(), clock=START, port=port, state=tmp_path / f"{which}.json") as company:
            port = int(company.url.rpartition(":")[2])
            async with aiohttp.ClientSession() as session:
                for number in range(lines):
                    await ScriptedBot(company, session).say(MANAGER, f"{which} {number}")
            await desk.page.goto(company.url)
            await expect(desk.page.locator(".phone")).to_have_count(3)
            news = desk.page.locator(".news-chip")
            await expect(news).to_have_text(
                [re.compile("梁文静2")] if which == "second" else [] if lines > 1 else [re.compile("梁文静1")]
            )
            await desk.hold(2, "梁文静")
            await expect(desk.row(2, f"{which} {lines - 1}").last).to_be_visible()
            await expect(news).to_have_count(0)
            await desk.page.goto("about:blank")
    desk.requests.clear()


async def test_a_bot_that_runs_elsewhere_has_no_switch(desk: Desk) -> None:
    async with Sandbox(people(), clock=START, port=0) as alone:
        await desk.page.goto(alone.url)
        await expect(desk.page.locator(".light")).to_have_text("机器人在别处运行")
        await expect(desk.page.get_by_role("button", name="杀掉")).to_be_hidden()
        await desk.page.goto("about:blank")
        desk.requests.clear()


async def test_a_sandbox_that_answers_late_is_waited_for(desk: Desk) -> None:
    release = asyncio.Event()

    async def late(route: Route) -> None:
        await release.wait()
        await route.continue_()

    await desk.page.route("**/api/state", late)
    await desk.page.goto(desk.sandbox.url)
    await expect(desk.page.locator(".banner")).to_contain_text("正在连接")
    release.set()
    await expect(desk.page.locator(".phone")).to_have_count(3)
    await expect(desk.page.locator(".banner")).to_be_hidden()
