"""Fixtures: the office on each kind of database; nothing is patched but the clock."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from core.store import migrate
from tests import postgres as servers
from tests.office import Office, furnish, template
from tests.warm import Warm, warm

if place := servers.memory_disk():  # companies on SQLite sync at every step: none of that is about a disk
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", place)
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
# Several workers, one more than processors: what shares a browser, a network or an installation stays on one of them,
# the long ones begin first, and the many tests that only need an office fill what room is left. One worker begins with
# what mostly waits (for a lease, a network's pace, a killed process), so that the others have the processors meanwhile.
LONG = (
    "tests/browser/",
    "tests/e2e/",
    "tests/chaos/",
    "tests/demo/",
    "tests/channels/",
    "tests/cli/",
    "tests/sandbox/",
)
WAITING = (
    "tests/e2e/",
    "tests/contract/",
    "tests/demo/test_mixed_week.py",
    "tests/demo/test_week.py",
    "tests/channels/test_wecom_callback.py",
    "tests/jobs/test_pace.py",
)
SPREAD = ("tests/handlers/", "tests/jobs/", "tests/test_dispatch.py", "tests/usecases/")


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types here
    """Which tests stay on one worker: a file's, the browser's; those of `SPREAD` go one by one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SPREAD):
            return nodeid
        file = nodeid.partition("::")[0]
        return "browser" if file.startswith("tests/browser/") else file

    def _assign_work_unit(self, node: Any) -> None:
        """The first worker begins with what waits, the others with what computes; what is left is anybody's."""
        waits = node is self.nodes[0]
        mine = next((unit for unit in self.workqueue if unit.startswith(WAITING) == waits), None)
        if mine is not None:
            self.workqueue.move_to_end(mine, last=False)
        super()._assign_work_unit(node)

    def _pending_of(self, workload: dict[str, dict[str, bool]]) -> int:
        """Units that are through are forgotten: they are thousands, and xdist would count them at every test."""
        for unit in [unit for unit, tests in workload.items() if all(tests.values())]:
            del workload[unit]
        return int(super()._pending_of(workload))


def pytest_xdist_auto_num_workers() -> int | None:
    """A worker for each processor, and one for what mostly waits."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None  # as xdist has it
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """How xdist asks for another order (its own groups do not reach the controller under pytest 9.2)."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first."""
    items.sort(key=lambda item: next((n for n, start in enumerate(LONG) if item.nodeid.startswith(start)), len(LONG)))


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: looking for garbage among them took a tenth of the
    time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, made once."""
    return asyncio.run(template(tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="session")
def commands() -> Iterator[Warm]:
    """Runs commands of the program in processes of their own that need not import it first."""
    with warm() as ready:
        yield ready


@pytest.fixture(scope="session")
def postgres(testrun_uid: str) -> Iterator[servers.Server]:
    """The PostgreSQL server of this run, shared by its workers."""
    try:
        with servers.server(testrun_uid) as server:
            yield server
    except servers.NoServer as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def migrated_database(postgres: servers.Server) -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database, made once: copied for each test."""
    with postgres.database() as name:
        asyncio.run(migrate.upgrade(postgres.named(name)))
        yield name


@pytest.fixture
def blank(postgres: servers.Server) -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it."""
    with postgres.database() as name:
        yield postgres.named(name)


@pytest.fixture
def database(postgres: servers.Server, migrated_database: str) -> Iterator[str]:
    """The address of a fresh migrated PostgreSQL database."""
    with postgres.database(like=migrated_database) as name:
        yield postgres.named(name)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn: sqlite, postgresql."""
    return str(request.param)


@pytest.fixture
def address(request: pytest.FixtureRequest, kind: str) -> str | None:
    """The address of a fresh migrated PostgreSQL database; None when it is SQLite's turn."""
    return str(request.getfixturevalue("database")) if kind == "postgresql" else None


@pytest.fixture
async def office(address: str | None, migrated: Path) -> AsyncIterator[Office]:
    """An empty company on a Friday afternoon."""
    with tempfile.TemporaryDirectory(prefix="office-", dir=servers.memory_disk()) as folder:
        place = await furnish(Path(folder), migrated, url=address)
        yield place
        await place.close()


@pytest.fixture
def anywhere(office: Office) -> Office:
    """The office, where a test is about the database it stands on."""
    return office
