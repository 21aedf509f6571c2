"""Power cuts on SQLite: whatever reached the disk, what is there afterwards is a committed prefix, and nothing that was
acknowledged is missing (reliability T3).

kill -9 does not test this: the system still writes what a dead process had handed over. So the files of a working
company are cut, garbled and half folded together by hand, as a disk that lost power would leave them.
"""

from __future__ import annotations

import itertools
import random
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.office import Office

CUTS = 300
SEED = 20261121
HEADER, FRAME_HEADER = (
    32,
    24,
)  # bytes of the log and of each frame in it: https://www.sqlite.org/fileformat2.html#walformat
# Whatever an update did, it did all of it: its mark, its effect and its answer are one transaction.
TORN = """
SELECT (SELECT count(*) FROM calls c WHERE NOT EXISTS (SELECT 1 FROM inbox i
          WHERE i.state = 'done' AND c.once = 'call:' || i.channel || ':' || i.id))
     + (SELECT count(*) FROM inbox i WHERE i.state = 'done' AND NOT EXISTS (SELECT 1 FROM outbox o
          WHERE o.once = 're:' || i.channel || ':' || i.id || ':0'))
     + (SELECT count(*) FROM sent_messages s WHERE NOT EXISTS (SELECT 1 FROM outbox o
          WHERE o.id = s.outbox_id AND o.state = 'sent'))
"""
CONTENT = """
SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM inbox WHERE state = 'done'), (SELECT count(*) FROM calls),
       (SELECT count(*) FROM outbox), (SELECT count(*) FROM outbox WHERE state = 'sent'),
       (SELECT count(*) FROM sent_messages), (SELECT count(*) FROM drafts), (SELECT count(*) FROM buttons)
"""
numbers = itertools.count(1)


@dataclass(frozen=True)
class Day:
    """The files of a company in the middle of its work, and what is known of them."""

    database: Path
    log: bytes
    page: int  # bytes
    commits: list[int]  # the length of the log at the end of each transaction
    acknowledged: list[int]  # the length of the log when the receipt of each line was seen


@pytest.fixture
async def day(office: Office, tmp_path: Path) -> Day:
    """An agent logs calls and fills in a form; the log is copied while everything is open."""
    ana = await office.agent()
    database, log = office.folder / "office.db", office.folder / "office.db-wal"
    with closing(sqlite3.connect(database)) as conn:
        assert conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    acknowledged: list[int] = []
    for number in range(9):
        await ana.says(f"记 李总 138{number:08d} 有意向 要方案{number}")
        assert ana.text.startswith("✅ 李总")
        acknowledged.append(log.stat().st_size)
    await ana.says("报单", "5000", "自拓")
    shutil.copy(database, tmp_path / "power.db")
    content = log.read_bytes()
    page = struct.unpack(">I", content[8:12])[0]
    return Day(tmp_path / "power.db", content, page, list(commits(content, page)), acknowledged)


def commits(log: bytes, page: int) -> Iterator[int]:
    """Where transactions end: a commit frame names the database's size, the others say 0."""
    step = FRAME_HEADER + page
    salt = log[16:24]
    for start in range(HEADER, len(log) - step + 1, step):
        if log[start + 8 : start + 16] != salt:  # left over from before the log was begun anew
            return
        if struct.unpack(">I", log[start + 4 : start + 8])[0]:
            yield start + step


def after(day: Day, log: bytes, database: Path | None = None) -> tuple[int, ...]:
    """What a company finds that starts with this log; its database is sound and its tables agree."""
    place = day.database.with_name(f"after-{next(numbers)}.db")
    shutil.copy(database or day.database, place)
    Path(f"{place}-wal").write_bytes(log)
    with closing(sqlite3.connect(place)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute(TORN).fetchone() == (0,)
        content: tuple[int, ...] = conn.execute(CONTENT).fetchone()
    place.unlink()
    return content


def prefixes(day: Day) -> dict[int, tuple[int, ...]]:
    """The content at each moment something was committed, by the length of the log."""
    return {0: after(day, b"")} | {end: after(day, day.log[:end]) for end in day.commits}


def expected(states: dict[int, tuple[int, ...]], kept: int) -> tuple[int, ...]:
    """The content when the first `kept` bytes of the log are as they were written."""
    return states[max(end for end in states if end <= kept)]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_log_that_ends_or_turns_to_rubbish_anywhere_leaves_a_committed_prefix(day: Day) -> None:
    rng = random.Random(SEED)
    states = prefixes(day)
    for number in range(CUTS):
        kept = rng.randrange(len(day.log))
        match number % 4:
            case 0:  # the file ends there
                log = day.log[:kept]
            case 1:  # the rest was never written: zeros
                log = day.log[:kept].ljust(len(day.log), b"\0")
            case 2:  # the rest is what the disk held before
                log = day.log[:kept] + rng.randbytes(len(day.log) - kept)
            case _:  # one sector was not written, those behind it were
                log = day.log[:kept] + rng.randbytes(512) + day.log[kept + 512 :]
                log = log[: len(day.log)]

        assert after(day, log) == expected(states, kept), f"cut {number} at {kept}"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_what_was_acknowledged_is_there_after_every_cut_behind_it(day: Day) -> None:
    """A receipt is seen only after its call was written through: from then on no cut takes it away."""
    states = prefixes(day)

    for number, end in enumerate(day.acknowledged, start=1):
        done, calls = expected(states, end)[1:3]
        assert done == calls == number
    assert len(states) > 2 * len(day.acknowledged)  # every line was several transactions: there was something to cut


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_cut_while_the_log_is_folded_into_the_database_loses_nothing(day: Day) -> None:
    """Some pages are in the database already, some are half there, some are not; the log still has them all."""
    rng = random.Random(SEED)
    whole = after(day, day.log)
    frames = range(HEADER, day.commits[-1], FRAME_HEADER + day.page)
    for _ in range(60):
        half = day.database.with_name("half.db")
        content = bytearray(day.database.read_bytes())
        for start in rng.sample(frames, rng.randrange(1, len(frames))):
            number = struct.unpack(">I", day.log[start : start + 4])[0]
            written = day.log[start + FRAME_HEADER : start + FRAME_HEADER + rng.choice((512, day.page))]
            place = (number - 1) * day.page
            content.extend(bytes(max(0, place + day.page - len(content))))
            content[place : place + len(written)] = written
        half.write_bytes(content)

        assert after(day, day.log, half) == whole
