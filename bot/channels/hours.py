"""The host's own time: back-off, waits and when a network was heard last (D5)."""

from __future__ import annotations

from datetime import UTC, datetime


def host_now() -> datetime:
    """Now, by the host."""
    return datetime.now(UTC)
