"""README pictures, taken from the running product: `make pictures` (needs Chromium)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot.demo.play import command, prepare
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


async def shoot(page: Page, url: str, name: str, phones: str, width: int = 1440, height: int = 900) -> None:
    """One picture of the page with these phones."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto("about:blank")
    await page.goto(f"{url}/?lang=zh#phones={phones}")
    await page.wait_for_selector("html[data-ready=yes]")
    await page.wait_for_timeout(1500)  # pictures, not a test: let the last bubble settle
    await page.screenshot(path=OUT / f"{name}.png")


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
        await page.add_init_script("localStorage['waihu.hint'] = 'away'")
        ana, zhou = net.person(ANA), net.person(ZHOU)
        await net.receiving()
        told = await ana.say("记 李总 13800138000 有意向70% 下周二10点 要方案")
        await ana.answer(told)
        asked = await ana.say("报单 5000 自拓 李总 13800138000")
        form = await ana.answer(asked, containing="自拓")
        await ana.press(form, "提交")
        deal = await zhou.sees("林晓燕报单 5,000.00")
        newest = [m for m in zhou.messages() if m.by_bot and "林晓燕报单 5,000.00" in m.text][-1]
        await zhou.press(newest or deal, "确认")
        await zhou.sees("林晓燕签单 5,000", chat=TEAM)
        await arrive(net, "2026-11-20T18:11:00+08:00")
        await zhou.sees("今日战报", chat=TEAM)
        await shoot(page, url, "page", f"{ANA},{ZHOU},{ZHOU}*{TEAM}")
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
        await shoot(page, url, "pay", str(ANA), 390, 780)
        await ana.press(card, "为什么")
        await browser.close()


def main() -> None:
    """A demo of its own, in a folder of its own."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "demo"
        prepare(folder)
        process = subprocess.Popen(command(folder, 0), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip().removeprefix("listening on ")
            asyncio.run(play(url))
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
    print(f"Pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
