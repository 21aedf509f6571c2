"""A toy Telegram and a toy WeCom on this machine: their protocols over real sockets, people to play, a clock to move.

It imports nothing of `bot` or `core`: an error made there cannot cancel itself out here.
"""

from __future__ import annotations

from sandbox.server import Sandbox

__all__ = ["Sandbox"]
