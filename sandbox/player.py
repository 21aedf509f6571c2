"""Plays steps through the real network: what people say is sent as theirs, what must come is waited for.

Nothing here knows the bot: it types, presses, moves the clock and looks at the chats, as one person at the page would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from sandbox.client import Json, SandboxClient, WaitedInVainError
from sandbox.hands import Hand, hand, holds
from sandbox.scenes import DAYTIME, Step, Words, daytime, pick

PATIENCE = 100.0
"""Host seconds a step waits for what it is to see: a machine under load starts a process, walks a clock; WeCom takes
so much a minute in one conversation, and the rest waits."""

LOOKING = frozenset({"see", "never", "look"})
"""Steps that change nothing; what they look for may have come since the act before them."""

Told = Callable[[int, Step], Awaitable[None]]


class StuckError(Exception):
    """A step did not lead to what it should; the sentence says what was waited for."""

    def __init__(self, step: Step, why: str) -> None:
        super().__init__(why)
        self.step = step


class Player:
    """One performance.

    Args:
        client: the open connection to the network.
        lang: the language in which people type.
        told: awaited before each step with its number, from 0; a page paces the play there.
        patience: host seconds a step waits for what it is to see.
    """

    def __init__(
        self, client: SandboxClient, *, lang: str = "zh", told: Told | None = None, patience: float = PATIENCE
    ) -> None:
        self.client = client
        self.lang = lang
        self._told = told
        self._patience = patience
        self.began = self._act = client.now

    async def play(self, steps: Iterable[Step]) -> None:
        """All steps in their order.

        Raises:
            StuckError: what a step waits for did not come.
        """
        for number, step in enumerate(steps):
            if self._told is not None:
                await self._told(number, step)
            try:
                await self.perform(step)
            except (WaitedInVainError, LookupError, ValueError) as error:
                raise StuckError(step, str(error)) from error

    async def perform(self, step: Step) -> None:
        """One step."""
        if step.do not in LOOKING:
            self._act = self.client.now
        await getattr(self, f"_{step.do}")(step)

    # -- people ---------------------------------------------------------------------------------------------

    def _hand(self, step: Step) -> Hand:
        return hand(self.client, step.who or 0, step.chat, self.lang, self._patience)

    async def _say(self, step: Step) -> None:
        mark = self.client.now
        await self._type(step, step.text)
        if not step.then:
            return
        if step.rescue:
            first = await self._spoken(step, mark, ())
            if not holds(first, step.then):
                mark = self.client.now
                await self._type(step, step.rescue)
                await self._spoken(step, mark, ())
                mark = self.client.now
                await self._type(step, step.text)
        await self._spoken(step, mark, step.then)

    async def _type(self, step: Step, words: Words) -> None:
        await self._hand(step).type(pick(words, self.lang), step.on)

    async def _press(self, step: Step) -> None:
        mark = self.client.now
        await self._hand(step).press(step.text, step.on)
        if step.then:
            await self._spoken(step, mark, step.then)

    async def _spoken(self, step: Step, mark: int, words: Words) -> str:
        """The bot's first message or edit in the step's chat since a mark, with any of these words."""
        there = self._hand(step)

        def wanted(event: Json) -> bool:
            said = there.said(event)
            return said is not None and holds(said, words)

        what = f"{' / '.join(words)!r} in {step.place}"
        return there.said(await self.client.event(wanted, since=mark, patience=self._patience, what=what)) or ""

    async def settle(self) -> None:
        """Until the bot has nothing left to handle or to send now, where it lets us look; else until it took everything.

        Raises:
            WaitedInVainError: it did not come to rest.
        """
        await self.client.quiet(self._patience)
        try:
            async with asyncio.timeout(self._patience):
                while (await self.client.get("/api/inside")).get("busy"):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise WaitedInVainError(f"waited {self._patience} s for the bot to have nothing left to send") from None

    # -- looking --------------------------------------------------------------------------------------------

    async def _see(self, step: Step) -> None:
        await self._spoken(step, self._act, step.text)

    async def _never(self, step: Step) -> None:
        there = self._hand(step)
        for event in self.client.events(self.began):
            said = there.said(event)
            if said is not None and there.fresh(event) and holds(said, step.text):
                raise LookupError(f"{said!r} in {step.place}: this should not have been said")

    async def _look(self, step: Step) -> None:
        await self._hand(step).find(step.text)

    # -- clock, process, network ----------------------------------------------------------------------------

    async def _clock(self, step: Step) -> None:
        now = await self.client.clock()
        if step.to == DAYTIME:
            to = daytime(now)
            if to == now:
                return
            await self.client.move_clock(to)
        else:
            await self.client.move_clock(step.to)
        await self.client.quiet(self._patience)

    async def _kill(self, _step: Step) -> None:
        # Between two messages, as a power cut mostly comes: one struck while it is being sent may go out once more.
        await self.settle()
        await self.client.kill_bot()

    async def _start(self, _step: Step) -> None:
        await self.client.start_bot()
        await self.client.hearing(self._patience)

    async def _fault(self, step: Step) -> None:
        """`where` names a call of WeCom, `method` one of Telegram."""
        line = self.client.line if "where" in step.fault else self.client
        await line.fault(**dict(step.fault))


async def breathe(seconds: float) -> None:
    """Let people read."""
    await asyncio.sleep(seconds)
