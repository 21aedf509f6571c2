"""The demo's folder: made once, begun anew in no time, in either language."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.demo import play
from bot.demo.cast import SEED_VERSION


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a company that was hired before: a few people in a database."""
    fresh = tmp_path / "demo" / "fresh"
    fresh.mkdir(parents=True)
    with closing(sqlite3.connect(fresh / "waihu.db")) as db, db:
        db.execute("CREATE TABLE people (name TEXT, lang TEXT NOT NULL DEFAULT 'zh')")
        db.execute("INSERT INTO people (name) VALUES ('林晓燕'), ('周启明')")
    (fresh / "waihu.key").write_text("key", "utf-8")
    (fresh / "done").touch()
    (tmp_path / "demo" / "version").write_text(SEED_VERSION, "utf-8")
    play.prepare(tmp_path / "demo", reset=True)
    return tmp_path / "demo"


def languages(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "waihu.db")) as db:
        return {row[0] for row in db.execute("SELECT lang FROM people")}


def played(folder: Path) -> None:
    """Somebody played: the database and the network's state changed."""
    with closing(sqlite3.connect(folder / "waihu.db")) as db, db:
        db.execute("INSERT INTO people (name) VALUES ('新来的')")
    (folder / "sandbox.json").write_text("{}", "utf-8")


def people(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "waihu.db")) as db:
        return int(db.execute("SELECT count(*) FROM people").fetchone()[0])


def test_what_was_played_is_kept_until_it_is_to_be_forgotten(folder: Path) -> None:
    played(folder)
    play.prepare(folder)
    assert people(folder) == 3
    assert (folder / "sandbox.json").exists()
    play.prepare(folder, reset=True)
    assert people(folder) == 2
    assert not (folder / "sandbox.json").exists()


def test_another_language_begins_anew_and_the_same_one_does_not(folder: Path) -> None:
    played(folder)
    play.prepare(folder, lang="zh")
    assert people(folder) == 3
    play.prepare(folder, lang="en")
    assert (people(folder), languages(folder), play.language(folder)) == (2, {"en"}, "en")
    env = json.loads((folder / "env.json").read_text("utf-8"))
    network = json.loads((folder / "people.json").read_text("utf-8"))
    assert env["WAIHU_LANG"] == "en"
    assert {user["language_code"] for user in network["users"]} == {"en"}
    assert network["language"] == "en"  # on WeCom nobody's phone says it
    play.prepare(folder)
    assert languages(folder) == {"en"}


def test_the_network_is_told_of_scenes_window_and_beginning_anew(folder: Path) -> None:
    words = play.command(folder, 0)
    assert words[words.index("--scenes") + 1] == str(folder / "scenes.json")
    assert words[words.index("--inside") + 1] == str(folder / "inside.json")
    assert "--resettable" in words
    assert "--resettable" not in play.command(folder, 0, resettable=False)
    ids = [scene["id"] for scene in json.loads((folder / "scenes.json").read_text("utf-8"))]
    assert ids == ["saturday", "deal", "answer", "crash", "month"]


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_it_takes_its_network_and_bot_along(by: signal.Signals) -> None:
    said = "import signal; from bot.demo import play; play.end_like_ctrl_c(); print('up', flush=True); signal.pause()"
    deaf = ["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh"]  # as a script's background job starts: deaf to Ctrl-C
    with subprocess.Popen(
        [*deaf, sys.executable, "-c", said], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        assert one.stderr is not None
        assert one.stdout.readline() == "up\n"
        os.kill(one.pid, by)
        assert "KeyboardInterrupt" in one.stderr.read()
