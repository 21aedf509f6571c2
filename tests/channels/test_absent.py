"""What is not installed costs nothing with each call."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from typing import Any

import pytest

from bot.channels.absent import not_looked_for
from bot.channels.port import Outgoing
from bot.channels.telegram import Telegram
from sandbox.server import Sandbox
from tests.channels.conftest import ANA
from tests.e2e.company import TOKEN, network
from tests.office import START


class Watch(MetaPathFinder):
    """Hears of every module that has to be looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, fullname: str, *_: Any) -> None:
        """Writes the name down, and knows no module."""
        self.names.append(fullname)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """While a test runs."""
    one = Watch()
    sys.meta_path.insert(0, one)
    yield one
    sys.meta_path.remove(one)


async def test_a_call_looks_for_no_package(watch: Watch) -> None:
    async with Sandbox(network(), clock=START) as sandbox:
        telegram = Telegram(TOKEN, sandbox.url)
        await telegram.start()
        await telegram.send(Outgoing("send", str(ANA), "一"))  # what is imported at first use is there now
        watch.names.clear()
        await telegram.send(Outgoing("send", str(ANA), "二"))
        await telegram.bot.shutdown()

    assert watch.names == []


def test_what_is_not_installed_is_not_looked_for_again(watch: Watch) -> None:
    for _ in range(2):
        with pytest.raises(ImportError):
            __import__("no_such_package_of_ours")
    assert watch.names == ["no_such_package_of_ours"] * 2
    not_looked_for("no_such_package_of_ours")
    watch.names.clear()
    with pytest.raises(ImportError):
        __import__("no_such_package_of_ours")

    assert watch.names == []
    del sys.modules["no_such_package_of_ours"]


def test_what_is_installed_stays_as_it_is() -> None:
    not_looked_for("json")

    assert sys.modules["json"] is not None
