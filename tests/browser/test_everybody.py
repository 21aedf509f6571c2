"""The page for everybody: keyboard, screen reader, phone-sized screens, both languages, dark rooms, first visits."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.company import AGENT, COMPANY_GROUP, SUPERVISOR, keyboard
from tests.browser.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE_WIDTH = 390
PHONE = {"viewport": {"width": PHONE_WIDTH, "height": 844}, "has_touch": True, "is_mobile": True}
ENGLISH = {"locale": "en-US"}
DARK = {"color_scheme": "dark"}


@pytest.mark.parametrize("desk", [PHONE, DARK], indirect=True)
async def test_the_page_fits_its_window_in_both_languages_and_loads_nothing_from_elsewhere(desk: Desk) -> None:
    """A phone's screen as such; a laptop, a narrow window and a large screen by resizing."""
    await desk.bot.say(AGENT, "晓燕,周报数字我填好了。", reply_markup=keyboard(["现在写", "明天再说", "我请假了"]))
    await desk.open()
    narrow = (await desk.page.evaluate("innerWidth")) == PHONE_WIDTH
    for language in ("zh", "en"):
        await desk.open(f"/?lang={language}")
        await expect(desk.row(1, "周报数字我填好了")).to_be_visible()
        for size in [(PHONE_WIDTH, 844)] if narrow else [(1280, 720), (1920, 1080), (PHONE_WIDTH, 844)]:
            await desk.page.set_viewport_size({"width": size[0], "height": size[1]})
            for backstage in (False, True):
                assert await sticks_out(desk) == [], (language, size, backstage)
                await desk.page.locator(".backstage-button").press("Enter")
            await desk.page.wait_for_function("() => document.querySelector('.drawer').hidden")
    assert desk.foreign_requests() == []
    assert len(desk.requests) > 10


async def sticks_out(desk: Desk) -> list[str]:
    """What does not fit the window: the page as a whole, or a control that nothing lets one scroll to."""
    found: list[str] = await desk.page.evaluate(
        """() => {
        const root = document.documentElement;
        const outside = [...document.querySelectorAll(".top button, .scenes button, .tour button, .drawer button, .phone, .send-button")]
            .filter(node => node.offsetParent).filter(node => !node.closest(".jumps-scroll, .news, .scenes-list"))
            .filter(node => !(document.body.classList.contains("backstage-open") && node.closest(".stage")))
            .filter(node => { const box = node.getBoundingClientRect(); return box.left < -0.5 || box.right > innerWidth + 0.5; });
        const words = outside.map(node => node.className);
        if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) words.push("the page");
        return words;
        }"""
    )
    return found


@pytest.mark.parametrize("desk", [PHONE], indirect=True)
async def test_a_narrow_screen_shows_one_phone_and_marks_the_others(desk: Desk) -> None:
    await desk.open()
    await expect(desk.page.locator(".phone:visible")).to_have_count(1)
    await desk.bot.say(SUPERVISOR, "林晓燕报单 5,000.00", reply_markup=keyboard(["确认", "退回"]))
    tab = desk.page.locator(".phone-tab").nth(1)
    await expect(tab.locator(".badge")).to_contain_text("1")
    await tab.tap()
    await desk.phone(2).get_by_role("button", name="确认").tap()
    assert (await desk.bot.next_update("callback_query"))["from"]["id"] == SUPERVISOR
    await expect(desk.page.locator(".phone-tab .badge")).to_have_count(0)
    await expect(desk.phone(1)).to_be_hidden()


@pytest.mark.parametrize("desk", [PHONE], indirect=True)
async def test_a_finger_reaches_the_tools_of_a_message(desk: Desk) -> None:
    await desk.bot.say(AGENT, "聊得怎么样?")
    await desk.open()
    await desk.row(1, "聊得怎么样").locator(".words").tap()
    await desk.row(1, "聊得怎么样").get_by_role("button", name="引用回复").tap()
    await expect(desk.phone(1).locator(".reply-bar")).to_be_visible()


async def test_a_conversation_needs_no_mouse(desk: Desk) -> None:
    message = await desk.bot.say(AGENT, "5,000.00 · 自拓", reply_markup=keyboard(["提交", "取消"]))
    await desk.open()
    keys = desk.page.keyboard
    await keys.press("Alt+1")
    await expect(desk.entry(1)).to_be_focused()
    for _ in range(4):
        await keys.press("Shift+Tab")
        if await desk.phone(1).get_by_role("button", name="提交").evaluate("node => node === document.activeElement"):
            break
    await expect(
        desk.phone(1).get_by_role("button", name=re.compile("提交|取消")).and_(desk.page.locator(":focus"))
    ).to_have_count(1)
    await desk.phone(1).get_by_role("button", name="提交").focus()
    await keys.press("Enter")
    query = await desk.bot.next_update("callback_query")
    assert query["data"] == "提交"
    await desk.bot.call("answerCallbackQuery", callback_query_id=query["id"])
    await desk.bot.call(
        "editMessageText", chat_id=AGENT, message_id=message, text="已交周启明", reply_markup=keyboard(["撤回"])
    )
    await expect(desk.phone(1).get_by_role("button", name="撤回")).to_be_focused()
    await keys.press("Alt+2")
    await expect(desk.entry(2)).to_be_focused()
    await keys.type("看到了")
    await keys.press("Enter")
    assert (await desk.bot.next_update("message"))["from"]["id"] == SUPERVISOR
    await keys.press("Alt+3")
    await expect(desk.entry(3)).to_be_focused()


async def test_arrow_keys_walk_the_messages_and_letters_act_on_them(desk: Desk) -> None:
    await desk.bot.say(AGENT, "第一条")
    await desk.bot.say(AGENT, "第二条")
    await desk.open()
    await expect(desk.row(1, "第二条")).to_be_visible()
    await desk.phone(1).locator(".log").focus()
    await desk.page.keyboard.press("ArrowUp")
    await expect(desk.row(1, "第二条")).to_be_focused()
    await desk.page.keyboard.press("ArrowUp")
    await expect(desk.row(1, "第一条")).to_be_focused()
    await desk.page.keyboard.press("r")
    await expect(desk.phone(1).locator(".reply-bar")).to_contain_text("第一条")
    await expect(desk.entry(1)).to_be_focused()


async def test_the_list_of_people_is_walked_with_arrow_keys(desk: Desk) -> None:
    await desk.open()
    await desk.phone(1).locator(".who").focus()
    await desk.page.keyboard.press("ArrowDown")
    await expect(desk.page.get_by_role("combobox")).to_be_focused()
    await desk.page.keyboard.press("ArrowDown")
    await expect(desk.page.locator(".person[aria-selected=true]")).to_have_text(re.compile("王芳"))
    await desk.page.keyboard.press("Escape")
    await expect(desk.phone(1).locator(".who")).to_be_focused()
    await expect(desk.phone(1).locator(".who-name strong")).to_have_text("林晓燕")
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await expect(desk.phone(1).locator(".who-name strong")).to_have_text("王芳")


async def test_tab_goes_through_the_page_in_reading_order_and_shows_where_it_is(desk: Desk) -> None:
    await desk.open()
    await desk.page.get_by_role("button", name="跳过导览").click()
    seen: list[str] = []
    for _ in range(60):
        await desk.page.keyboard.press("Tab")
        place = await desk.page.evaluate(
            """() => { const node = document.activeElement; const style = getComputedStyle(node);
            const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
            return [node.closest("[data-phone]")?.dataset.phone ?? node.closest("header")?.className ?? "", shown]; }"""
        )
        assert place[1] or place[0] == "", place
        if not seen or seen[-1] != place[0]:
            seen.append(place[0])
    assert [place for place in seen if place][:4] == ["top", "0", "1", "2"]


async def test_every_control_has_a_name(desk: Desk) -> None:
    await desk.bot.say(AGENT, "报单?", reply_markup=keyboard(["提交"]))
    await desk.open()
    await desk.row(1, "报单").hover()
    await desk.page.get_by_role("button", name="幕后").click()
    nameless = await desk.page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, [role=dialog], nav, section, aside")].filter(node => node.offsetParent)
        .filter(node => !(node.getAttribute("aria-label") || node.textContent).trim())
        .map(node => node.outerHTML.slice(0, 120))"""
    )
    assert nameless == [] or all(name.startswith("<section>") for name in nameless), nameless


@pytest.mark.parametrize("desk", [{}, DARK], indirect=True)
async def test_words_stand_out_from_their_ground_as_wcag_aa_asks(desk: Desk) -> None:
    await desk.open()
    ratios: dict[str, float] = await desk.page.evaluate(
        """() => {
        const root = getComputedStyle(document.documentElement);
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const rgb = name => { canvas.fillStyle = root.getPropertyValue(name).trim(); canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255); };
        const light = name => { const [red, green, blue] = rgb(name).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue; };
        const ratio = (one, other) => { const [low, high] = [light(one), light(other)].sort((a, b) => a - b); return (high + 0.05) / (low + 0.05); };
        const pairs = [];
        for (const ground of ["--paper", "--top", "--surface", "--screen", "--own", "--bot", "--other", "--field", "--accent-wash"])
            for (const ink of ["--ink", "--ink-soft"]) pairs.push([ink, ground]);
        for (const ground of ["--top", "--surface", "--screen", "--bot", "--accent-wash"]) pairs.push(["--accent", ground]);
        for (const ground of ["--surface", "--other"]) for (let hue = 0; hue < 6; hue += 1) pairs.push([`--hue-${hue}`, ground]);
        pairs.push(["--accent-ink", "--accent"], ["--mark-ink", "--mark"], ["--bad", "--surface"], ["--bad", "--bad-wash"], ["--warn", "--warn-wash"]);
        return Object.fromEntries(pairs.map(([ink, ground]) => [`${ink} on ${ground}`, ratio(ink, ground)]));
        }"""
    )
    assert len(ratios) > 30
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}


async def test_the_language_switch_changes_the_page_and_is_remembered(desk: Desk) -> None:
    await desk.open()
    await desk.entry(1).fill("写到一半")
    await desk.page.get_by_role("button", name="Switch the page to English").click()
    await expect(desk.page.locator("html")).to_have_attribute("lang", "en")
    await expect(desk.page.locator(".clock-day")).to_have_text("Fri 11-20")
    await expect(desk.phone(1).locator(".who-role")).to_have_text("Sales clerk · 领航组")
    await expect(desk.entry(1)).to_have_value("写到一半")
    await expect(desk.page.locator(".who-name strong")).to_have_text(["林晓燕", "周启明", "周启明"])
    await desk.page.reload()
    await expect(desk.page.locator(".jump").first).to_have_text("+1 hour")
    await desk.page.get_by_role("button", name="把页面换成中文").click()
    await expect(desk.page.locator(".jump").first).to_have_text("+1 小时")


@pytest.mark.parametrize("desk", [ENGLISH], indirect=True)
async def test_an_english_browser_gets_english_first(desk: Desk) -> None:
    await desk.open()
    await expect(desk.page.locator(".light")).to_have_text("Running")


async def test_both_languages_have_the_same_words(desk: Desk) -> None:
    await desk.open()
    differences: list[str] = await desk.page.evaluate(
        """async () => {
        const source = await (await fetch("/static/i18n.js")).text();
        const keys = name => new Set([...source.split(`  ${name}: {`)[1].split("\\n  },")[0].matchAll(/^    (\\w+):/gm)].map(match => match[1]));
        return [...keys("zh").symmetricDifference(keys("en"))];
        }"""
    )
    assert differences == []


async def test_a_first_visit_is_explained_in_three_steps_that_can_be_skipped_and_called_again(desk: Desk) -> None:
    await desk.open()
    tour, keys = desk.page.get_by_role("complementary", name="导览"), desk.page.keyboard
    await expect(tour).to_contain_text("24 人的外呼公司")
    await expect(tour).to_contain_text("业务员林晓燕、她的主管周启明")
    await tour.get_by_role("button", name="下一步").click()
    await expect(tour.get_by_role("button", name="下一步")).to_be_focused()
    await tour.get_by_role("button", name="帮我打好").click()
    await expect(desk.entry(1)).to_have_value("记 李总 13800138000 有意向70% 下周二10点 要方案")
    await expect(desk.entry(1)).to_be_focused()
    await tour.get_by_role("button", name="下一步").press("Enter")
    await expect(tour).to_contain_text("幕后")
    await keys.press("Enter")
    await expect(tour).to_be_hidden()
    await expect(desk.page.locator(".pointed")).to_have_count(0)
    await desk.page.reload()
    await expect(desk.page.locator(".phone")).to_have_count(3)
    await expect(tour).to_be_hidden()
    await desk.page.get_by_role("button", name="导览").click()
    await expect(tour).to_be_focused()
    await keys.press("Escape")
    await expect(desk.page.get_by_role("button", name="导览")).to_be_focused()


async def test_new_messages_are_read_out_once_and_with_their_reader(desk: Desk) -> None:
    await desk.open(f"/#phones={AGENT}*{COMPANY_GROUP},{SUPERVISOR},{SUPERVISOR}*{COMPANY_GROUP}")
    await desk.bot.say(COMPANY_GROUP, "📊 本周红榜")
    await expect(desk.row(3, "本周红榜")).to_be_visible()
    await expect(desk.page.locator("#announcer p")).to_have_text(["林晓燕 · 外呼管家: 📊 本周红榜"])
