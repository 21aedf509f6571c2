"""Every notice in one place: importing this fills the renderers."""

from __future__ import annotations

from bot.render import (  # noqa: F401  imported for their registrations
    alarms,
    balances,
    boards,
    calls,
    closing,
    deals,
    disputes,
    fines,
    fund,
    pay,
    payments,
    people,
    policy,
    reports,
    targets,
    webhooks,
    workweeks,
)
