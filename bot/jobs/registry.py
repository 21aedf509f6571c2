"""Every job in one place: importing this fills `jobs`."""

from __future__ import annotations

from bot.jobs.runner import jobs

__all__ = ["jobs"]
