"""Are the rules' tests awake? Breaks the rules of money and dates one place at a time and counts how often a test notices.

    make mutants                                   # a seeded sample of 120 over every module
    .venv/bin/python scripts/mutants.py --count 0  # every mutant there is; takes hours
    .venv/bin/python scripts/mutants.py --only pay --count 40 --seed 7

Works on a copy, never on this tree. A mutant is killed when a test fails or does not end in time. One that changes
nothing anybody could see is listed with its reason (scripts/mutation/equivalents.toml) and counted apart. Exit 1 below 90 %.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutation import equivalents
from mutation.breaking import Mutant, broken, places
from mutation.trying import Bench, Fate, Met, Trial

ROOT = Path(__file__).resolve().parent.parent
WANTED = 90  # percent
LEAST_PATIENCE = 20  # seconds of work for the tests of one mutant
TIMES = 5  # as long as they take unbroken, at least LEAST_PATIENCE

# Each module of the rules that decides about money or dates, and the tests that answer for it.
TESTS: dict[str, tuple[str, ...]] = {
    "money": ("test_money", "test_pay"),
    "amounts": ("test_amounts",),
    "pay": ("test_pay", "test_pay_reference", "test_pay_properties", "test_pay_guards"),
    "pay_sums": ("test_pay_sums",),
    "guarded_pay": ("test_guarded_pay",),
    "pay_guards": ("test_pay_guards", "test_guarded_pay"),
    "payments": ("test_payments",),
    "policy_pay": ("test_policy", "test_pay", "test_rules_page"),
    "policy_change": ("test_policy_change",),
    "prospects": ("test_prospects", "test_pay_properties"),
    "pace": ("test_pace",),
    "proposals": ("test_proposals",),
    "closing": ("test_closing",),
    "ledger": ("test_ledger", "test_ledger_machine"),
    "ranking": ("test_ranking", "test_board_pages"),
    "handing_in": ("test_handing_in",),
    "deciding": ("test_deciding",),
    "calendar": ("test_calendar",),
    "schedule": ("test_schedule",),
    "reports": ("test_reports",),
    "leave": ("test_leave",),
}


def main() -> int:
    """Sample, break, run, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=120, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(TESTS), action="append", help="this module (may be repeated)")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    chosen = parser.parse_args()
    modules = chosen.only or list(TESTS)
    sources = {module: (ROOT / "core" / "rules" / f"{module}.py").read_text("utf-8") for module in modules}
    mutants = [mutant for module in modules for mutant in places(module, sources[module])]
    total = len(mutants)
    if chosen.count and chosen.count < total:
        mutants = random.Random(chosen.seed).sample(mutants, chosen.count)
    print(f"{len(mutants)} of {total} mutants, seed {chosen.seed}, {chosen.jobs} at a time", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        bench = Bench(Path(place))
        files = sorted({file for mutant in mutants for file in TESTS[mutant.module]})
        bench.open(ROOT, files)
        for module in modules:  # the copy may be newer than what was read: nobody else's change is judged
            (Path(place) / "core" / "rules" / f"{module}.py").write_text(sources[module], "utf-8")
        spent = _unbroken(bench, files, chosen.jobs)
        if spent is None:
            return 2
        patience = {name: max(LEAST_PATIENCE, int(TIMES * sum(spent[file] for file in TESTS[name]))) for name in modules
                    if all(file in spent for file in TESTS[name])}  # fmt: skip
        fates = _fates(bench, mutants, sources, patience, chosen.jobs)
        os.chdir(ROOT)
    return _report(mutants, fates, modules)


def _unbroken(bench: Bench, files: Sequence[str], jobs: int) -> dict[str, float] | None:
    """Seconds of work each file of tests takes on the rules as they are; None where one fails."""
    spent: dict[str, float] = {}
    failed: list[str] = []

    def met(trial: Trial, came: Met) -> None:
        spent[trial.files[0]] = came.seconds
        if came.fate is not Fate.SURVIVED:
            failed.append(f"{trial.files[0]} fails without any mutation: {came.by or came.fate}")

    bench.run((Trial(number, [file]) for number, file in enumerate(files)), jobs, met)
    bench.noticed.clear()
    print(f"{sum(spent.values()):.0f} s of work unbroken", *failed, sep="\n", flush=True)
    return None if failed else spent


def _fates(
    bench: Bench, mutants: Sequence[Mutant], sources: dict[str, str], patience: dict[str, int], jobs: int
) -> list[Fate]:
    fates: dict[int, Fate] = {}

    def trials() -> Iterator[Trial]:
        for number, mutant in enumerate(mutants):
            code = compile(broken(mutant, sources[mutant.module]), f"{mutant.module}.py", "exec", dont_inherit=True)
            yield Trial(number, TESTS[mutant.module], mutant.module, code, patience[mutant.module])

    def met(trial: Trial, came: Met) -> None:
        mutant, fates[trial.number] = mutants[trial.number], came.fate
        where = f"{mutant.module}.{mutant.where}:{mutant.line}"
        by = came.by.rpartition("::")[2]
        print(f"{came.fate:8} {came.seconds:5.1f} s  {where}  {mutant.change}  {by}", flush=True)

    bench.run(trials(), jobs, met)
    return [fates[number] for number in range(len(mutants))]


def _report(mutants: Sequence[Mutant], fates: Sequence[Fate], modules: Sequence[str]) -> int:
    listed = equivalents.load()
    same = {
        n for n, mutant in enumerate(mutants) if equivalents.name_of(mutant) in listed and fates[n] is Fate.SURVIVED
    }
    counted = [n for n in range(len(mutants)) if n not in same]
    print()
    for module in modules:
        own = [fates[n] for n in counted if mutants[n].module == module]
        if own:
            print(f"{module:14} {len(own) - own.count(Fate.SURVIVED):4} of {len(own):4} killed")
    every = [fates[n] for n in counted]
    endless, killed = every.count(Fate.ENDLESS), len(every) - every.count(Fate.SURVIVED)
    share = killed * 100 // len(every) if every else 100
    print(
        f"{'all':14} {killed:4} of {len(every):4} killed: {share} %, {endless} of them endless; {len(same)} more mean nothing"
    )
    for n in counted:
        if fates[n] is Fate.SURVIVED:
            print(f"  {mutants[n].module}.{mutants[n].where}:{mutants[n].line}  {mutants[n].change}")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    raise SystemExit(main())
