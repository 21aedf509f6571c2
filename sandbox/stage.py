"""Scenes for the page: which can be played now, and the one that is being played, told to everybody who watches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.client import SandboxClient, WaitedInVainError
from sandbox.model import Json
from sandbox.network import ImpossibleError
from sandbox.player import PATIENCE, Player, StuckError, breathe
from sandbox.scenes import Said, Scene, Step

if TYPE_CHECKING:
    from sandbox.server import Sandbox

PAUSE = {"say": 1.4, "press": 1.4, "clock": 1.0, "kill": 1.4, "start": 1.8}
"""Host seconds before an act, so that one can follow it; looking takes none."""


@dataclass
class Playing:
    """The scene on stage."""

    scene: Scene
    task: asyncio.Task[None]
    view: Json


class Stage:
    """At most one scene at a time. `pause`: seconds before an act of a kind (tests take none)."""

    def __init__(
        self, sandbox: Sandbox, scenes: Sequence[Scene], pause: Callable[[str], float] = lambda do: PAUSE.get(do, 0.0)
    ) -> None:
        self._sandbox = sandbox
        self._scenes = {scene.id: scene for scene in scenes}
        self.pause = pause
        self._playing: Playing | None = None

    def routes(self) -> list[web.RouteDef]:
        """What the page asks."""
        return [
            web.get("/api/scenes", self._list),
            web.post("/api/scenes/{id}", self._play),
            web.delete("/api/scenes", self._stop),
        ]

    # -- asking ---------------------------------------------------------------------------------------------

    def view(self) -> Json:
        """Every scene with its words, whether it can be played now (or why not), and the one on stage."""
        now = self._sandbox.net.clock.now()
        scenes = [
            {
                "id": scene.id,
                "title": scene.title,
                "about": scene.about,
                "obstacle": scene.obstacle(now, self._was_said),
            }
            for scene in self._scenes.values()
        ]
        return {"scenes": scenes, "playing": self._playing.view if self._playing else None}

    def _was_said(self, said: Said) -> bool:
        if isinstance(said.chat, str):
            spoken = self._sandbox.wecom.corp.chats.get(said.chat, {}).values()
            return any(one.sender.startswith("@") and any(word in one.text for word in said.text) for one in spoken)
        chat = self._sandbox.net.world.chats.get(said.chat)
        if chat is None:
            return False
        own = self._sandbox.net.world.bot.id
        return any(
            message.sender == own and any(word in (message.text or message.caption or "") for word in said.text)
            for message in chat.messages.values()
        )

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response(self.view())

    async def _play(self, request: web.Request) -> web.Response:
        lang = request.query.get("lang", "zh")
        return web.json_response(self.begin(request.match_info["id"], lang))

    async def _stop(self, _request: web.Request) -> web.Response:
        await self.stop()
        return web.json_response(self.view())

    # -- playing --------------------------------------------------------------------------------------------

    def begin(self, scene_id: str, lang: str = "zh") -> Json:
        """Put a scene on stage.

        Raises:
            ImpossibleError: there is no such scene, another one is on, or the company is past it.
        """
        scene = self._scenes.get(scene_id)
        if scene is None:
            raise ImpossibleError(f"there is no scene {scene_id}")
        if self._playing is not None:
            raise ImpossibleError(f"{self._playing.scene.id} is being played")
        obstacle = scene.obstacle(self._sandbox.net.clock.now(), self._was_said)
        cast = scene.cast(self._was_said)
        if obstacle or cast is None:
            raise ImpossibleError(f"the company is past this scene ({obstacle})")
        steps = [step.filled(cast.values) for step in scene.steps]
        view: Json = {"id": scene.id, "title": scene.title, "state": "playing", "n": 0, "of": len(steps), "step": None}
        self._playing = Playing(scene, asyncio.create_task(self._perform(scene, steps, lang)), view)
        self._tell()
        return view

    async def stop(self) -> None:
        """Take the scene off the stage where it stands."""
        playing = self._playing
        if playing is None:
            return
        playing.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing.task

    def _tell(self, **changes: object) -> None:
        if self._playing is not None:
            self._playing.view |= changes
            self._sandbox.net.publish({"type": "scene", **self._playing.view})

    async def _perform(self, scene: Scene, steps: Sequence[Step], lang: str) -> None:
        async def told(number: int, step: Step) -> None:
            self._tell(n=number + 1, step=self._shown(step))
            await breathe(self.pause(step.do))

        state, why = "stopped", ""
        try:
            async with SandboxClient(self._sandbox.url) as client:
                supervisor = self._sandbox.supervisor
                if supervisor is not None:
                    await supervisor.start()
                    await client.hearing(PATIENCE)
                await Player(client, lang=lang, told=told).play(steps)
            state = "done"
        except (StuckError, WaitedInVainError) as error:
            state, why = "stuck", str(error)
        finally:
            self._tell(state=state, why=why, look=scene.look, step=self._shown(steps[-1]) if state == "done" else None)
            self._playing = None

    def _shown(self, step: Step) -> Json:
        """What the page tells of a step, and where to look; somebody of WeCom under the id the page knows them by."""
        who = step.who
        if isinstance(who, str):
            number = self._sandbox.wecom.member(who).telegram
            who = f"wecom:{who}" if number is None else number
        return {
            "do": step.do, "who": who, "chat": step.chat, "place": step.place, "text": step.text, "on": step.on,
            "then": step.then, "to": step.to,
        }  # fmt: skip
