"""`make bench`: figures as ratios against a named yardstick in the same run, with the machine named.

`python -m benchmarks --quick` does less of everything; `python -m benchmarks throughput memory` only those parts.
"""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from benchmarks import latency, memory, nudges, pay, pictures, throughput

console = Console(width=140, highlight=False)


def _machine() -> str:
    cpu = next(
        (text.partition(":")[2].strip() for text in _lines("/proc/cpuinfo") if text.startswith("model name")),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return f"machine    {cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _throughput(*, quick: bool) -> None:
    rounds, updates = (1, 300) if quick else (throughput.ROUNDS, throughput.UPDATES)
    console.print("calls logged a second through the whole bot, every write durable; the yardstick is PTB's")
    console.print(
        "process_update with an echo and one SQLAlchemy Core commit (one INSERT, one UPDATE) on the same database"
    )
    for series in throughput.sqlite_series(rounds, updates):
        console.print(f"  {series}")
    others = throughput.postgresql_series(rounds, updates)
    for series in others:
        console.print(f"  {series}")
    if not others:
        console.print("  PostgreSQL: no server can be started here; TEST_DATABASE_URL names one")


def _latency(*, quick: bool) -> None:
    del quick
    console.print("from an update to the first outgoing request (SQLite)")
    for measured in latency.measure():
        console.print(f"  {measured}")


def _nudges(*, quick: bool) -> None:
    del quick
    console.print(str(nudges.measure()))


def _pictures(*, quick: bool) -> None:
    del quick
    console.print(str(pictures.measure()))


def _pay(*, quick: bool) -> None:
    with console.status("pay: a month of a very large company"):
        found = pay.measure(quick=quick)
    console.print(str(found))


def _start(*, quick: bool) -> None:
    del quick
    console.print(f"start      {memory.start_to_ready():.1f} s from the command to the first getUpdates")


def _memory(*, quick: bool) -> None:
    updates = 5_000 if quick else memory.UPDATES
    with console.status(f"memory: {updates:,} updates") as status:
        found = memory.measure(updates, lambda done: status.update(f"memory: {updates:,} updates, {done:.0%}"))
    console.print(str(found))


PARTS: dict[str, Callable[..., None]] = {
    "throughput": _throughput,
    "latency": _latency,
    "nudges": _nudges,
    "pictures": _pictures,
    "pay": _pay,
    "start": _start,
    "memory": _memory,
}


def main() -> None:
    """The parts that were asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, fewer updates")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR")  # of no concern to a server that lives for a minute
    console.print(_machine())
    for name in asked.parts or PARTS:
        PARTS[name](quick=asked.quick)


if __name__ == "__main__":
    main()
