"""`waihu demo --script week`: a week of the company without a browser, printed as it happens and checked."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot.demo.networks import TELEGRAM, Network
from bot.demo.play import NoStartError, prepare, running
from bot.demo.transcript import Transcript
from bot.demo.week import Act, before, week
from sandbox.client import SandboxClient, WaitedInVainError
from sandbox.player import Player, StuckError
from sandbox.scenes import pick


def run_week(lang: str, on: Network = TELEGRAM) -> bool:
    """Play the week in a folder of its own; True when everything came as it should."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="waihu-week-") as place:
        folder = Path(place)
        prepare(folder, lang=lang, on=on)
        try:
            with running(folder, 0, resettable=False, on=on) as (_, url):
                return asyncio.run(perform(url, lang, week(on), began, on))
        except NoStartError as problem:
            Console(stderr=True).print(str(problem), style="red")
            return False


async def perform(url: str, lang: str, acts: Sequence[Act], began: float, on: Network) -> bool:
    """Play the acts on a running demo and print them; True when all went well."""
    console = Console(highlight=False, soft_wrap=True)
    async with SandboxClient(url) as client:
        script = Transcript(client, lang, console, acts)
        console.print(script.words[f"head_{on}"], style="bold")
        console.print(script.words["legend"], style="dim")
        player = Player(client, lang=lang, told=script.told)
        try:
            await Player(client, lang=lang).play(before(on))
            script.skip()
            for number, act in enumerate(acts, 1):
                console.print(f"\n{number} {pick(act.title, lang)}", style="bold")
                await player.play(act.steps)
                await player.settle()
                script.catch_up()
                script.others()
        except (StuckError, WaitedInVainError) as problem:
            script.catch_up()
            console.print(script.words["stuck"].format(why=problem), style="red")
            console.print(script.words["bad"], style="red")
            return False
        violations = await client.violations()
        if violations:
            console.print(script.words["violations"].format(n=len(violations)), style="red")
            for one in violations:
                console.print(f"  {one['method']}: {one['what']}", style="red")
            return False
        steps = sum(len(act.steps) for act in acts)
        seconds = f"{time.monotonic() - began:.0f}"
        console.print(
            "\n" + script.words["good"].format(acts=len(acts), steps=steps, seen=script.seen, seconds=seconds),
            style="green",
        )
        return True
