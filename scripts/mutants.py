"""Are the rules' tests awake? Breaks the rules of money one place at a time and counts how often a test notices.

    make mutants                                   # a seeded sample of 100 over every module
    .venv/bin/python scripts/mutants.py --count 0  # every mutant there is; takes hours
    .venv/bin/python scripts/mutants.py --only pay --count 40 --seed 7

Works on copies, never on this tree. A mutant is killed when a test fails or does not end in time. Exit 1 below 90 %.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = 90  # percent
LEAST_PATIENCE = 60.0  # seconds for the tests of one mutant
TIMES = 6  # as long as they take unbroken, at least LEAST_PATIENCE: a busy machine kills no mutant
COPIED = ("core", "bot", "policies", "tests", "pyproject.toml")

# Each module of the rules and the tests that answer for it, the quickest first.
TESTS = {
    "money": ("test_money", "test_pay"),
    "pay": ("test_pay", "test_pay_reference", "test_pay_properties", "test_pay_guards"),
    "payments": ("test_payments",),
    "pay_guards": ("test_pay_guards", "test_pay"),
    "ledger": ("test_ledger", "test_ledger_machine"),
    "prospects": ("test_prospects", "test_pay_properties"),
    "policy_change": ("test_policy_change",),
}
COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COMPUTE: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken place: the how-manieth node of a module's tree, and what becomes of it (`way`: +1 or −1, else 0)."""

    module: str
    node: int
    way: int
    line: int
    said: str


def places(module: str) -> Iterator[Mutant]:
    """Every place of a module that can be broken."""
    tree = ast.parse(source(module))
    silent = _silent(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in silent:
            continue
        for way in _ways(node):
            broken = _broken(copy.deepcopy(node), way)
            yield Mutant(module, number, way, getattr(node, "lineno", 0), f"{_short(node)}  →  {_short(broken)}")


@cache
def source(module: str) -> str:
    """A module of the rules, as it was when it was read first."""
    return (ROOT / "core" / "rules" / f"{module}.py").read_text("utf-8")


def _silent(tree: ast.AST) -> set[int]:
    """Nodes that mean nothing when the program runs: annotations, decorators, imports for the type checker."""
    found: set[int] = set()
    for node in ast.walk(tree):
        quiet: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                quiet += [*node.decorator_list, node.returns]
                quiet += [one.annotation for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            case ast.ClassDef():
                quiet += node.decorator_list
            case ast.AnnAssign():
                quiet.append(node.annotation)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                quiet.append(node)
            case ast.Assign(targets=[ast.Name()], value=value) if _is_type(value):
                quiet.append(value)  # Exact = int | Fraction | Decimal
        for one in quiet:
            if one is not None:
                found |= {id(inner) for inner in ast.walk(one)}
    return found


def _is_type(value: ast.AST) -> bool:
    """An alias of types joined by `|`."""
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.BitOr)
        and all(one.id[0].isupper() or one.id in {"int", "str"} for one in names)
    )


def _ways(node: ast.AST) -> Sequence[int]:
    match node:
        case ast.Compare() if type(node.ops[0]) in COMPARE:
            return (0,)
        case ast.BinOp() if type(node.op) in COMPUTE and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            return (0,)
        case ast.AugAssign() if type(node.op) in COMPUTE:
            return (0,)
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return (0,)
        case ast.Constant(value=bool()):
            return (0,)
        case ast.Constant(value=int()):
            return (1, -1)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            return (0,)
    return ()


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _broken(node: ast.AST, way: int) -> ast.AST:
    """The node, changed in place; another one where it cannot be."""
    match node:
        case ast.Compare():
            node.ops[0] = COMPARE[type(node.ops[0])]()
        case ast.BinOp() | ast.AugAssign():
            node.op = COMPUTE[type(node.op)]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp():
            return node.operand
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int(number)):
            node.value = number + way
        case ast.Return():
            node.value = ast.Constant(None)
    return node


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).replace("\n", " ")
    return text if len(text) <= 90 else text[:90] + "…"


def mutated(mutant: Mutant) -> str:
    """The module's source with that one place broken."""
    tree = ast.parse(source(mutant.module))
    target = next(node for number, node in enumerate(ast.walk(tree)) if number == mutant.node)

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return _broken(node, mutant.way) if node is target else self.generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Swap().visit(tree)))


# --- running ----------------------------------------------------------------------------------------------------------


def workshop(folder: Path) -> Path:
    """A copy of what the rules' tests need. They need no fixture of the whole suite, so its conftest stays away."""
    for name in COPIED:
        here, there = ROOT / name, folder / name
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        else:
            shutil.copy(here, there)
    (folder / "tests" / "conftest.py").unlink()
    for module in TESTS:
        (folder / "core" / "rules" / f"{module}.py").write_text(source(module), "utf-8")
    return folder


class Fate(StrEnum):
    """What became of a mutant. One that never ends is killed too: somebody would notice."""

    KILLED = "killed"
    ENDLESS = "endless"
    SURVIVED = "SURVIVED"


def fate(folder: Path, module: str, patience: float | None = None) -> Fate:
    """What the module's tests say in this copy, each file in a fresh process."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    end = time.monotonic() + patience if patience else None
    for name in TESTS[module]:
        command = [
            sys.executable, "-m", "pytest", f"tests/rules/{name}.py", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            "--hypothesis-seed=0",
        ]  # fmt: skip
        left = max(0.1, end - time.monotonic()) if end else None
        try:
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=left, check=False)
        except subprocess.TimeoutExpired:
            return Fate.ENDLESS
        if done.returncode:
            return Fate.KILLED
    return Fate.SURVIVED


def main() -> int:
    """Sample, break, run, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(TESTS), action="append", help="this module (may be repeated)")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    chosen = parser.parse_args()
    modules = chosen.only or list(TESTS)
    mutants = [mutant for module in modules for mutant in places(module)]
    total = len(mutants)
    if chosen.count and chosen.count < total:
        mutants = random.Random(chosen.seed).sample(mutants, chosen.count)
    print(f"{len(mutants)} of {total} mutants, seed {chosen.seed}, {chosen.jobs} at a time", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        free: queue.Queue[Path] = queue.Queue()
        for number in range(chosen.jobs):
            free.put(workshop(Path(place) / str(number)))
        patience: dict[str, float] = {}
        for module in modules:
            began = time.monotonic()
            if _unbroken(free, module) is not Fate.SURVIVED:
                print(f"the tests of {module} fail without any mutation")
                return 2
            patience[module] = max(LEAST_PATIENCE, TIMES * (time.monotonic() - began))
        with ThreadPoolExecutor(chosen.jobs) as pool:
            fates = list(pool.map(lambda one: _fate_of(free, one, patience[one.module]), mutants))
    return _report(mutants, fates, modules)


def _unbroken(free: queue.Queue[Path], module: str) -> Fate:
    folder = free.get()
    try:
        return fate(folder, module)
    finally:
        free.put(folder)


def _fate_of(free: queue.Queue[Path], mutant: Mutant, patience: float) -> Fate:
    folder = free.get()
    file = folder / "core" / "rules" / f"{mutant.module}.py"
    try:
        file.write_text(mutated(mutant), "utf-8")
        met = fate(folder, mutant.module, patience)
    finally:
        file.write_text(source(mutant.module), "utf-8")
        free.put(folder)
    print(f"{met:8} {mutant.module}:{mutant.line}  {mutant.said}", flush=True)
    return met


def _report(mutants: Sequence[Mutant], fates: Sequence[Fate], modules: Sequence[str]) -> int:
    print()
    for module in modules:
        own = [met for mutant, met in zip(mutants, fates, strict=True) if mutant.module == module]
        if own:
            print(f"{module:14} {len(own) - own.count(Fate.SURVIVED):4} of {len(own):4} killed")
    endless, every = fates.count(Fate.ENDLESS), len(fates)
    killed = every - fates.count(Fate.SURVIVED)
    share = killed * 100 // every if every else 100
    print(f"{'all':14} {killed:4} of {every:4} killed: {share} %" + (f", {endless} of them endless" if endless else ""))
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    raise SystemExit(main())
