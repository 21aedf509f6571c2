"""One sandbox to a state file: two would overwrite each other's world."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class StateLock:
    """A lock beside the state file, held by the process; it goes with the process, however that ends."""

    def __init__(self, state: Path | None) -> None:
        self._place = state.with_name(f"{state.name}.lock") if state else None
        self._handle: int | None = None

    def take(self) -> None:
        """Raises OSError when another sandbox holds it."""
        if self._place is None or sys.platform == "win32":
            return
        self._place.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._place, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise OSError(f"another sandbox is using {self._place.with_suffix('')}") from None
        self._handle = handle

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
