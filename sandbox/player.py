"""Plays steps through the real network: what people say is sent as theirs, what must come is waited for.

Nothing here knows the bot: it types, presses, moves the clock and looks at the chats, as one person at the page would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from sandbox.client import Json, Message, SandboxClient, WaitedInVainError
from sandbox.scenes import DAYTIME, Step, Words, daytime, pick

PATIENCE = 40.0
"""Host seconds a step waits for what it is to see: a machine under load starts a process, walks a clock."""

LOOKING = frozenset({"see", "never", "look"})
"""Steps that change nothing; what they look for may have come since the act before them."""

Told = Callable[[int, Step], Awaitable[None]]


class StuckError(Exception):
    """A step did not lead to what it should; the sentence says what was waited for."""

    def __init__(self, step: Step, why: str) -> None:
        super().__init__(why)
        self.step = step


def _holds(text: str, words: Words) -> bool:
    return any(word in text for word in words)


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

    async def _say(self, step: Step) -> None:
        mark = self.client.now
        await self._type(step)
        if not step.then:
            return
        if step.rescue:
            first = await self._spoken(step, mark, ("",))
            if not _holds(_text(first), step.then):
                mark = self.client.now
                await self._type(step, pick(step.rescue, self.lang))
                await self._spoken(step, mark, ("",))
                mark = self.client.now
                await self._type(step)
        await self._spoken(step, mark, step.then)

    async def _type(self, step: Step, text: str | None = None) -> None:
        original = await self._message(step, step.on) if step.on else None
        person = self.client.person(step.who or 0)
        await person.say(text or pick(step.text, self.lang), chat=step.chat, reply_to=original)

    async def _press(self, step: Step) -> None:
        message = await self._message(step, step.on, labels=step.text)
        label = next(label for label in step.text if any(label in one for one in message.labels))
        mark = self.client.now
        await self.client.person(step.who or 0).press(message, label)
        if step.then:
            await self._spoken(step, mark, step.then)

    async def _message(self, step: Step, words: Words, labels: Words = ()) -> Message:
        """The newest message of the bot with these words and, if named, one of these buttons."""

        def fits(message: Message) -> bool:
            if not message.by_bot or not _holds(message.text, words or ("",)):
                return False
            return not labels or any(label in one for one in message.labels for label in labels)

        try:
            return await self.client.wait_for(fits, chat=step.place, patience=self._patience)
        except WaitedInVainError as error:
            wanted = " / ".join(labels or words)
            raise WaitedInVainError(f"a message with {wanted!r} in {step.place}: {error}") from None

    async def _spoken(self, step: Step, mark: int, words: Words) -> Json:
        """The bot's first message or edit in the step's chat since a mark, with any of these words."""

        def wanted(event: Json) -> bool:
            if event["type"] not in {"message", "edit"} or event["chat_id"] != step.place:
                return False
            return event["message"]["from"] == "bot" and _holds(_text(event), words)

        what = f"{' / '.join(words)!r} in {step.place}"
        return await self.client.event(wanted, since=mark, patience=self._patience, what=what)

    async def settle(self) -> None:
        """Until the bot has nothing left to handle or to send now, where it lets us look; else until it took everything."""
        await self.client.quiet(self._patience)
        async with asyncio.timeout(self._patience):
            while (await self.client.get("/api/inside")).get("busy"):
                await asyncio.sleep(0.2)

    # -- looking --------------------------------------------------------------------------------------------

    async def _see(self, step: Step) -> None:
        await self._spoken(step, self._act, step.text)

    async def _never(self, step: Step) -> None:
        for event in self.client.events(self.began):
            if event["type"] == "message" and event["chat_id"] == step.place and _holds(_text(event), step.text):
                raise LookupError(f"{_text(event)!r} in {step.place}: this should not have been said")

    async def _look(self, step: Step) -> None:
        await self._message(step, step.text)

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
        await self.client.receiving(self._patience)

    async def _fault(self, step: Step) -> None:
        await self.client.fault(**dict(step.fault))


def _text(event: Json) -> str:
    message = event["message"]
    return message["text"] or message["caption"] or ""


async def breathe(seconds: float) -> None:
    """Let people read."""
    await asyncio.sleep(seconds)
