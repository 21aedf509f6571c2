"""`waihu roster invite --sheet FILE.pdf --qr DIR`: paper and pictures beside the codes."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.rules.people import Role, Status
from core.store import facts, migrate, people, sealed
from core.store import models as m
from core.store.db import Database
from core.usecases.joining import digest
from tests.cli.test_installation import Place
from tests.office import company
from tests.render.pictures import pages, size, squeezed
from tests.warm import Warm


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, commands: Warm) -> Place:
    """An installation with two people."""
    folder = tmp_path_factory.mktemp("invites")
    url = f"sqlite+aiosqlite:///{folder}/waihu.db"

    async def found() -> None:
        ring, _ = sealed.KeyRing.load_or_create(folder / "waihu.key")
        await migrate.upgrade(url)
        db = Database(url, company(), lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))
        async with db.transaction() as tx:
            team = await people.add_team(tx, "领航组")
            for number, name in (("005", "林晓燕"), ("0/6", "王芳")):
                await people.add(
                    tx, employee_no=number, name=name, pinyin="x", role=Role.CLERK, status=Status.REGULAR,
                    team_id=team.id, hired_on=date(2024, 1, 1),
                )  # fmt: skip
            await facts.put(tx, "key.mark", ring.index("waihu", "mark"))
        await db.close()

    asyncio.run(found())
    return Place(folder, commands)


def opened(place: Place) -> Database:
    """The installation's database."""
    url = f"sqlite+aiosqlite:///{place.folder}/waihu.db"
    return Database(url, company(), lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))


def knows_its_name(place: Place, name: str | None) -> None:
    """The bot has been run once (or not yet)."""

    async def write() -> None:
        db = opened(place)
        async with db.transaction() as tx:
            await facts.put(tx, "telegram.username", name)
        await db.close()

    asyncio.run(write())


def test_a_sheet_and_pictures_carry_the_codes_that_are_told(place: Place) -> None:
    knows_its_name(place, "demo_bot")
    told = json.loads(place.waihu("roster", "invite", "--all", "--json", "--sheet", "out/codes.pdf", "--qr", "out/qr"))
    sheet = place.folder / "out" / "codes.pdf"
    printed = squeezed("".join(pages(sheet.read_bytes())))

    for row in told:
        code = row["code"]
        assert row["name"] in printed
        assert "-".join(code[n : n + 4] for n in range(0, len(code), 4)) in printed
    assert {file.name for file in (place.folder / "out" / "qr").iterdir()} == {"005.png", "0_6.png"}
    assert size((place.folder / "out" / "qr" / "005.png").read_bytes())[0] > 300
    assert sheet.stat().st_mode & 0o077 == 0  # whoever holds the paper may come in


def test_without_the_bots_name_the_sheet_has_codes_and_says_why_no_qr(place: Place) -> None:
    knows_its_name(place, None)
    said = place.waihu("roster", "invite", "005", "--sheet", "plain.pdf", "--qr", "none", "--lang", "en")

    assert "name is not known yet" in said
    assert not list((place.folder / "none").iterdir())
    assert "clerk" in "".join(pages((place.folder / "plain.pdf").read_bytes()))


def test_what_cannot_be_written_is_refused_before_a_code_is_made(place: Place) -> None:
    [good] = json.loads(place.waihu("roster", "invite", "005", "--json"))
    for words, clear in (
        (("--sheet", "codes.txt"), "ends in .pdf"),
        (("--sheet", "waihu.db/x.pdf"), "waihu.db"),
        (("--qr", "waihu.key"), "waihu.key"),
        (("--sheet", "x.pdf", "--lang", "fr"), "zh, en"),
    ):
        assert clear in place.waihu("roster", "invite", "005", *words, expect=2)

    async def codes() -> list[str]:
        db = opened(place)
        async with db.snapshot() as tx:
            rows = await tx.all(m.invites.select().where(m.invites.c.revoked_at.is_(None)))
        await db.close()
        return [row.code_hash for row in rows]

    assert digest(good["code"]) in asyncio.run(codes())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(place: Place, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    assert "not writable" in place.waihu("roster", "invite", "005", "--qr", str(tmp_path), expect=2)
