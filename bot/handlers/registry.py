"""Every handler in one place: importing this fills `routes`."""

from __future__ import annotations

from bot.handlers import (  # noqa: F401  imported for their registrations
    form_flow,
    groups,
    help,  # noqa: A004
    joining,
    people,
)
from bot.handlers.routes import routes

__all__ = ["routes"]
