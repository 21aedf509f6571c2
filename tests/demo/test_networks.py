"""The company on Telegram, on WeCom, or half on each: who is where, what is kept apart, how acts are moved over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo import networks, play
from bot.demo.acts import kill, say, see, start
from bot.demo.cast import CLOCK, COMPANY_CHAT, LINGHANG, PEOPLE, SEED_VERSION, TEAM_CHATS
from bot.demo.networks import BOTH, MIXED, NETWORKS, TELEGRAM, WECOM, Network
from bot.demo.scenes import ALL
from bot.demo.seed import fill
from bot.demo.week import week
from bot.settings import Settings
from core.store import models as m
from core.store.db import Tx
from sandbox.wecom.corp import Corp
from sandbox.world import World
from tests.office import furnish

ROOT = Path(__file__).resolve().parent.parent.parent


def test_half_of_the_mixed_company_is_on_each_network_and_one_person_on_both() -> None:
    on = {p.number: networks.channels(p.number, MIXED) for p in PEOPLE}

    assert [sum(used[0] == channel for used in on.values()) for channel in (TELEGRAM, WECOM)] == [12, 12]
    assert [number for number, used in on.items() if len(used) == 2] == [BOTH]


@pytest.mark.parametrize("on", NETWORKS)
def test_everybody_has_a_phone_and_reads_each_board_once(on: Network) -> None:
    told = networks.people("zh", on)
    corp, users = Corp(told), {user["id"] for user in told["users"]}

    assert users | {member.telegram for member in corp.members.values()} == {p.user for p in PEOPLE}
    every = networks.groups(on)
    for team in (*TEAM_CHATS, None):
        there = [p.number for group in every if group.team == team for p in group.members]
        assert len(there) == len(set(there))
        assert {p.number for p in PEOPLE if team in {None, p.team}} <= set(there)
    for group in told["groups"]:
        assert set(group["members"]) <= users


@pytest.mark.parametrize("on", NETWORKS)
def test_the_settings_name_only_the_networks_in_use_and_none_of_the_shells(on: Network) -> None:
    named = networks.settings(on)
    there = {
        name: value.replace("{sandbox}", "http://h").replace("{gateway}", "ws://h") for name, value in named.items()
    }
    read = Settings(_env_file=None, **{name.lower(): value for name, value in there.items()})  # type: ignore[arg-type]

    assert read.problems() == []
    assert bool(read.telegram_bot_token) == (on != WECOM)
    assert bool(read.wecom_bot_id) == bool(read.wecom_group_webhook) == (on != TELEGRAM)
    assert {name.upper() for name in Settings.model_fields if name.startswith("wecom")} - {"WECOM_API_BASE_URL"} <= set(
        named
    )


async def test_the_bot_knows_the_same_accounts_and_groups_as_the_networks(tmp_path: Path, migrated: Path) -> None:
    office = await furnish(tmp_path, migrated)
    office.clock.at = CLOCK

    async def hire(tx: Tx) -> None:
        await fill(tx, on=MIXED)

    await office.tx(hire)
    known = {(row.channel, row.external_id) for row in await office.rows(m.accounts)}
    groups = {(row.channel, row.external_id, row.whole_company) for row in await office.rows(m.group_chats)}
    told = networks.people("zh", MIXED)
    await office.close()

    assert known == {("telegram", str(user["id"])) for user in told["users"]} | {
        ("wecom", user["userid"]) for user in told["wecom"]["users"]
    }
    assert groups == {("telegram", str(group["id"]), group["id"] == COMPANY_CHAT) for group in told["groups"]} | {
        ("wecom", f"-{group['id']}", False) for group in told["wecom"]["groups"] if group.get("bot")
    }


def test_acts_go_to_the_phone_somebody_holds_and_to_the_group_on_its_network() -> None:
    team = TEAM_CHATS[LINGHANG]
    mine, heads, group = networks.played((say(1005, "在"), say(1004, "在"), see(1004, "🎉", chat=team)), MIXED)

    assert (mine.who, mine.place) == (1005, 1005)
    assert (heads.who, heads.place) == ("XH004", "bot:XH004")
    assert group.place == "wrLinghang"
    assert networks.played((see(1004, "🎉", chat=team),), TELEGRAM)[0].place == team


def test_what_wecom_would_lose_is_typed_when_the_bot_is_back() -> None:
    acts = (say(1005, "一"), kill(), say(1005, "二"), start(), see(1005, "三"))

    assert [step.text or step.do for step in networks.played(acts, WECOM)] == [
        ("一",),
        "kill",
        "start",
        ("二",),
        ("三",),
    ]
    assert [step.text or step.do for step in networks.played(acts, MIXED)] == [
        ("一",),
        "kill",
        ("二",),
        "start",
        ("三",),
    ]


@pytest.mark.parametrize("on", NETWORKS)
def test_every_act_of_the_week_and_of_the_scenes_finds_its_people_and_groups(on: Network) -> None:
    told = networks.people("zh", on)
    world, corp = World(told), Corp(told)
    staged = [networks.scene(one, on) for one in ALL]
    steps = [step for act in week(on) for step in act.steps]
    steps += [step.filled(cast.values) for one in staged for cast in one.casts for step in one.steps]

    for step in steps:
        if isinstance(step.who, str):
            member = corp.members[step.who]
            assert step.chat is None or member.userid in corp.groups[str(step.chat)].members, step
        elif step.who is not None:
            assert step.who in world.users, step
            assert step.chat is None or step.who in world.chats[int(step.chat)].members, step


def test_each_network_has_a_company_of_its_own_and_another_version_forgets_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for on in NETWORKS:
        fresh = play.place(on) / "fresh"
        fresh.mkdir(parents=True)
        (fresh / "waihu.db").write_text(on, "ascii")
        (fresh / "waihu.key").write_text(on, "ascii")
        (fresh / "done").touch()
        (play.place(on) / "version").write_text(SEED_VERSION, "utf-8")
        play.prepare(play.place(on), reset=True, on=on)
        (play.place(on) / "sandbox.json").write_text("played", "utf-8")
    play.prepare(play.place(TELEGRAM), reset=True)
    play._empty(play.place(TELEGRAM))

    assert {one.name for one in play.place(TELEGRAM).iterdir()} == {WECOM, MIXED}
    for on in (WECOM, MIXED):
        assert (play.place(on) / "sandbox.json").read_text("utf-8") == "played"
        assert (play.place(on) / "waihu.db").read_text("ascii") == on
        told = json.loads((play.place(on) / "people.json").read_text("utf-8"))
        assert told == networks.people("zh", on)


def test_a_network_that_does_not_exist_is_wrong_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--network", "pager"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "pager" in done.stderr) == (2, True)
