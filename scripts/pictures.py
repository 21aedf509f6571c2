"""README pictures, taken from the running product: `make pictures` (needs Chromium)."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot.demo.cast import COMPANY_CHAT
from bot.demo.play import prepare, running
from sandbox.client import SandboxClient

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
ANA, ZHOU, TEAM = 1005, 1004, -9001


def chromium() -> str:
    """Where Chromium is."""
    found = os.environ.get("WAIHU_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        sys.exit("No Chromium here: apt install chromium, or name one in WAIHU_CHROMIUM.")
    return found


async def shoot(
    page: Page, url: str, name: str, phones: str, *, width: int = 1440, inside: bool = False, alone: bool = False
) -> None:
    """One picture of the page with these phones; `inside`: the look into the bot beside them; `alone`: the first phone."""
    await page.set_viewport_size({"width": width, "height": 960})
    await page.goto("about:blank")
    await page.goto(f"{url}/?lang=zh#phones={phones}")
    await page.wait_for_selector("html[data-ready=yes]")
    if inside:
        await page.click(".backstage-button")
    await page.wait_for_timeout(1500)  # pictures, not a test: let the last bubble settle
    await (page.locator(".phone").first if alone else page).screenshot(path=OUT / f"{name}.png")


async def arrive(net: SandboxClient, when: str) -> None:
    """Move the company's clock and wait until it stands there."""
    await net.move_clock(when)
    while (await net.get("/clock?look=1"))["moving"]:
        await asyncio.sleep(0.2)
    await net.quiet()


async def play(url: str) -> None:
    """A Friday afternoon and a Saturday evening, with pictures on the way."""
    async with SandboxClient(url) as net, async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = await browser.new_page()
        await page.add_init_script("localStorage['waihu.tour'] = 'away'")
        ana, zhou = net.person(ANA), net.person(ZHOU)
        await net.receiving()
        told = await ana.say("记 李总 13800138000 有意向70% 下周二10点 要方案")
        await ana.answer(told)
        asked = await ana.say("报单 5000 自拓 李总 13800138000")
        form = await ana.answer(asked, containing="自拓")
        await ana.press(form, "提交")
        deal = await zhou.sees("李总 138****8000")
        await zhou.press(deal, "确认")
        await zhou.sees("林晓燕签单 5,000", chat=TEAM)
        await arrive(net, "2026-11-20T18:11:00+08:00")
        await zhou.sees("今日战报", chat=TEAM)
        await shoot(page, url, "page", f"{ANA},{ZHOU},{ZHOU}*{TEAM}", width=1720, inside=True)
        await arrive(net, "2026-11-21T20:10:00+08:00")
        asked = await ana.say("周报")
        await ana.answer(asked, containing="W-2026-47-005")
        asked = await ana.say("餐饮老板下午三点后最好打。李总要专票,合同抬头找谁改?")
        await ana.answer(asked)
        asked = await ana.say("回访 20 个意向客户\n约访 4 家,火锅店优先\n签 2 单,进 5% 档")
        review = await ana.answer(asked)
        await ana.press(review, "发送")
        report = await zhou.sees("W-2026-47-005")
        asked = await zhou.say("抬头找小满,周一上午改好。三点这招周一晨会你讲 3 分钟。", reply_to=report)
        await zhou.answer(asked)
        await ana.sees("抬头找小满")
        await shoot(page, url, "report", f"{ANA},{ZHOU},{ZHOU}*{TEAM}")
        asked = await ana.say("收入")
        card = await ana.answer(asked, containing="暂计")
        await ana.press(card, "图片")
        await net.wait_for(lambda message: bool(message.data["photo"]), chat=ANA)
        await shoot(page, url, "pay", str(ANA), alone=True)
        await arrive(net, "2026-11-23T08:52:00+08:00")
        await zhou.sees("本周红榜", chat=COMPANY_CHAT)
        await shoot(page, url, "board", f"{ZHOU}*{COMPANY_CHAT}", alone=True)
        await browser.close()


def main() -> None:
    """A demo of its own, in a folder of its own."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "demo"
        prepare(folder)
        with running(folder, 0, resettable=False) as (_, url):
            asyncio.run(play(url))
    print(f"Pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
