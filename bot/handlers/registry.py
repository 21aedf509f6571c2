"""Every handler in one place: importing this fills `routes`."""

from __future__ import annotations

from bot.handlers import (  # noqa: F401  imported for their registrations
    balances,
    boards,
    call_counts,
    call_day,
    call_forms,
    calls,
    closing,
    deal_views,
    deals,
    disputes,
    feedback,
    fines,
    form_flow,
    fund,
    glance,
    groups,
    help,  # noqa: A004
    joining,
    leave,
    linking,
    pay,
    payments,
    people,
    pictures,
    policy,
    reports,
    targets,
    todo,
    webhooks,
    workweeks,
)
from bot.handlers.routes import routes

__all__ = ["routes"]
