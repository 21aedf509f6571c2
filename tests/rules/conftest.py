"""What the tests of the rules share."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from core import holidays
from core.rules.calendar import Calendar

# Searches take as long as the machine needs: a busy one is no reason to fail.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def china() -> Calendar:
    """The built-in holiday plan, 2004 to 2026."""
    return holidays.load()


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/Los_Angeles"])
def host_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The host stands in another time zone: no rule may notice."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()
