"""What the tests say about a broken rule: each mutant in a child of a warm process, with everything foreign imported.

The mutant lives in the child's memory alone; a time limit counts the child's own work, so a busy machine kills nobody.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import os
import resource
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from hypothesis import Phase, is_hypothesis_test, settings

COPIED = ("core", "bot", "policies", "docs", "tests", "pyproject.toml")
OURS = ("core", "bot", "tests")
MEMORY = 3 << 30  # bytes a child may map: a mutant that hoards is noticed, the machine stays
WALL = 40  # times its limit of work a child may take by the clock: one that sleeps is noticed too
COMMAND = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "--hypothesis-seed=0",
           "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip  # warm: it is imported already


class Fate(StrEnum):
    """What became of a mutant. One that never ends is killed too: somebody would notice."""

    KILLED = "killed"
    ENDLESS = "endless"
    SURVIVED = "SURVIVED"


@dataclass(frozen=True, slots=True)
class Trial:
    """Tests to run, `files` under tests/rules, with `code` in place of a module of the rules. `seconds` of work at most.

    `number`: the caller's own name for it.
    """

    number: int
    files: Sequence[str]
    module: str = ""
    code: CodeType | None = None
    seconds: int = 600


@dataclass(frozen=True, slots=True)
class Met:
    """What came of a trial: seconds of work, and the test that noticed."""

    fate: Fate
    seconds: float
    by: str = ""


class Served(MetaPathFinder, Loader):
    """Gives the broken module to whoever imports it."""

    def __init__(self, name: str, file: Path, code: CodeType) -> None:
        self.name, self.file, self.code = name, file, code

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        """Only this one."""
        return (
            importlib.util.spec_from_file_location(fullname, self.file, loader=self) if fullname == self.name else None
        )

    def exec_module(self, module: ModuleType) -> None:
        """Run the broken code."""
        exec(self.code, module.__dict__)


@dataclass(slots=True)
class Ears:
    """A pytest plugin: who noticed before is asked first, searches come last; remembers who notices now."""

    noticed: Counter[str]
    by: str = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """In the order in which something is likely to be heard soonest."""
        items.sort(key=lambda item: (-self.noticed[item.nodeid], is_hypothesis_test(getattr(item, "obj", None))))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The first that fails."""
        if report.failed and not self.by:
            self.by = report.nodeid


@dataclass(slots=True)
class Bench:
    """A copy of the tree, and this process made ready to be forked: `open` it once, then try."""

    folder: Path
    noticed: Counter[str] = field(default_factory=Counter)

    def open(self, root: Path, files: Sequence[str]) -> None:
        """Copy what the rules' tests need (no fixture of the whole suite: its conftest stays away) and warm up."""
        for name in COPIED:
            here, there = root / name, self.folder / name
            if here.is_dir():
                shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
            else:
                shutil.copy(here, there)
        (self.folder / "tests" / "conftest.py").unlink()
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        # A failure is not made smaller, and nothing is remembered from one mutant to the next.
        settings.register_profile("mutants", database=None, deadline=None, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutants")
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([*map(_path, files), *COMMAND, "--collect-only"])
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        gc.collect()
        gc.freeze()

    def run(self, trials: Iterator[Trial], jobs: int, met: Callable[[Trial, Met], None]) -> None:
        """Every trial, `jobs` at a time; `met` hears of each as it ends."""
        running: dict[int, tuple[Trial, int]] = {}
        while True:
            while len(running) < jobs and (trial := next(trials, None)) is not None:
                pid, pipe = self._begin(trial)
                running[pid] = (trial, pipe)
            if not running:
                return
            pid, status, used = os.wait3(0)
            trial, pipe = running.pop(pid)
            with os.fdopen(pipe) as said:
                by = said.read()
            if by:
                self.noticed[by] += 1
            fate = Fate.ENDLESS if os.WIFSIGNALED(status) else Fate.KILLED if status else Fate.SURVIVED
            met(trial, Met(fate, used.ru_utime + used.ru_stime, by))

    def _begin(self, trial: Trial) -> tuple[int, int]:
        read, write = os.pipe()
        if pid := os.fork():
            os.close(write)
            return pid, read
        code = 70  # whatever breaks the run itself is no survivor
        try:
            os.close(read)
            code = self._try(trial, write)
        finally:
            os._exit(code)

    def _try(self, trial: Trial, write: int) -> int:
        """In the child."""
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (trial.seconds, trial.seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(trial.seconds * WALL)
        if trial.code is not None:
            file = self.folder / "core" / "rules" / f"{trial.module}.py"
            sys.meta_path.insert(0, Served(f"core.rules.{trial.module}", file, trial.code))
        ears = Ears(self.noticed)
        code = int(pytest.main([*map(_path, trial.files), *COMMAND], plugins=[ears]))
        os.write(write, ears.by.encode())
        return code


def _path(name: str) -> str:
    return f"tests/rules/{name}.py"
