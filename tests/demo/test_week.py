"""The week and the scenes: every word the bot is waited for exists in both languages; the week comes out as told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo.cast import COMPANY_CHAT, PEOPLE, TEAM_CHATS
from bot.demo.scenes import ALL
from bot.demo.week import WEEK
from bot.render.texts import catalogue
from sandbox.scenes import CAST, Step

ROOT = Path(__file__).resolve().parent.parent.parent
STEPS = [step for act in WEEK for step in act.steps] + [step for scene in ALL for step in scene.steps]
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_button_that_is_pressed_is_a_text_of_the_bot_in_both_languages() -> None:
    texts = {lang: "\n".join(catalogue(lang).values()) for lang in ("zh", "en")}
    presses = [step for step in STEPS if step.do == "press"]

    assert len(presses) > 10
    for step in presses:
        assert step.text[0] in texts["zh"], step
        assert step.text[1] in texts["en"], step


@pytest.mark.parametrize("step", [s for s in STEPS if s.do == "say"], ids=lambda step: step.text[0][:20])
def test_what_people_type_is_typed_in_both_languages_unless_it_is_a_figure(step: Step) -> None:
    if HAN.search(step.text[0]):
        assert len(step.text) == 2 or "记 " in step.text[0] or "{answer}" in step.text[0]


def test_people_and_groups_of_the_play_are_of_the_company() -> None:
    people = {p.user for p in PEOPLE} | {CAST, None}
    groups = {COMPANY_CHAT, *TEAM_CHATS.values(), None}

    assert {step.who for step in STEPS} <= people
    assert {step.chat for step in STEPS} <= groups
    for scene in ALL:
        assert {int(cast.values.get("who", 1001)) for cast in scene.casts} <= people
        assert len(scene.title) == len(scene.about) == len(scene.look) == 2


def test_a_script_that_does_not_exist_is_wrong_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--script", "year"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "year" in done.stderr) == (2, True)


def test_the_week_plays_without_a_browser_and_comes_out_as_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--script", "week"],
        cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "违规 0" in done.stdout
    for words in ("林晓燕 ▷", "周启明 ◁", "🎉 林晓燕签单 5,000", "kill -9", "W-2026-47-005 · 周启明回复", "本周红榜"):
        assert words in done.stdout


def clean_environment() -> dict[str, str]:
    """Without the settings of the shell that runs the tests."""
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM", "WECOM"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
