"""The bot as a process of its own: started, killed on request, started again when it fell; never orphaned."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

RESTART_AFTER = 1.0
LONGEST_PAUSE = 30.0
STEADY = 10.0
"""Host seconds a process must live for its fall to count as the first one again."""
GRACE = 8.0
LOG_LIMIT = 5_000_000
LEASH = Path(__file__).with_name("leash.py")


class Supervisor:
    """One supervised command. `on_change` is called whenever the process comes or goes."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None,
        log: Path | None,
        on_change: Callable[[], None],
    ) -> None:
        self._argv = list(argv)
        self._env = dict(env)
        self._cwd = cwd
        self.log = log
        self._on_change = on_change
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._wanted = False
        self._lock = asyncio.Lock()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    async def start(self) -> None:
        """Start the command unless it runs."""
        async with self._lock:
            self._wanted = True
            if self.running:
                return
            await self._end_watcher()
            await self._spawn()
            self._watcher = asyncio.create_task(self._watch())

    async def kill(self) -> None:
        """SIGKILL to the whole process group; it stays down until `start`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL to what is still there after the grace period."""
        await self._end(signal.SIGTERM)

    async def _spawn(self) -> None:
        output: Any = asyncio.subprocess.DEVNULL
        if self.log is not None:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
                self.log.replace(self.log.with_suffix(".1.log"))
            output = self.log.open("ab")
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(LEASH),
                str(os.getpid()),
                *self._argv,
                env=os.environ | self._env,
                cwd=self._cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            if self.log is not None:
                output.close()
        self._on_change()

    async def _watch(self) -> None:
        """Start the command again whenever it ends unasked; who falls at once waits longer each time."""
        loop = asyncio.get_running_loop()
        pause = RESTART_AFTER
        while True:
            assert self._process is not None
            born = loop.time()
            await self._process.wait()
            self._sweep()
            self._on_change()
            if not self._wanted:
                return
            if loop.time() - born >= STEADY:
                pause = RESTART_AFTER
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
            if not self._wanted:
                return
            self.restarts += 1
            await self._spawn()

    def _sweep(self) -> None:
        """Nothing of the process group may outlive its leader."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        async with self._lock:
            self._wanted = False
            process = self._process
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, how)
                try:
                    async with asyncio.timeout(GRACE):
                        await process.wait()
                except TimeoutError:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    await process.wait()
            await self._end_watcher()
            self._on_change()

    async def _end_watcher(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        self._sweep()
