"""Every job in one place: importing this fills `jobs`."""

from __future__ import annotations

from bot.jobs import (  # noqa: F401  imported for their registrations
    balances,
    boards,
    calendar_watch,
    closing,
    disputes,
    policy,
    reminders,
    targets,
)
from bot.jobs.runner import jobs

__all__ = ["jobs"]
