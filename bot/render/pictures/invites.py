"""Invites to look at: on a manager's phone with a QR code, and on A4 sheets to cut out, a team on pages of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.render.pictures import qr
from bot.render.pictures.blocks import named
from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules.calendar import weekday_zh

ON_A_PAGE = 8


@dataclass(frozen=True, slots=True)
class Invite:
    """One person's invite. `link`: the address the QR code leads to; None while the bot's name is unknown."""

    name: str
    number: str
    role: str  # clerk, rep, ...
    team: str | None
    code: str
    link: str | None
    expires_at: datetime  # in the company's zone


def grouped(code: str) -> str:
    """A code as it is read out and copied: in fours."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def bot_name(link: str) -> str:
    """Whom the link leads to: `https://t.me/waihu_bot?start=X` -> `waihu_bot`."""
    return link.partition("t.me/")[2].partition("?")[0]


def _one(invite: Invite, lang: str) -> dict[str, Any]:
    code = grouped(invite.code)
    team = invite.team or t(lang, "pictures.company")
    about = t(
        lang, "pictures.invite_about", number=invite.number, role=t(lang, f"people.role_{invite.role}"), team=team
    )
    if invite.link is not None:
        first = t(lang, "pictures.invite_step_scan", bot=bot_name(invite.link))
        second = t(lang, "pictures.invite_step_start", code=code)
    else:
        first, second = t(lang, "pictures.invite_step_find"), t(lang, "pictures.invite_step_bind", code=code)
    at = invite.expires_at
    day = f"{at:%m-%d} {weekday_zh(at.date())} {at:%H:%M}" if lang == "zh" else f"{at:%a %m-%d %H:%M}"
    return {
        "about": about,
        "code": code,
        "qr": qr.svg(invite.link) if invite.link is not None else "",
        "steps": [first, second, t(lang, "pictures.invite_step_done")],
        "until": t(lang, "pictures.invite_until", until=day),
    }


def card(invite: Invite, lang: str) -> Drawing:
    """For the screen of whoever invites."""
    person = named(lang, invite.name, invite.number)
    data = {"lang": lang, "title": t(lang, "pictures.invite_title"), "person": person} | _one(invite, lang)
    return {"template": "invite", "data": data}


def sheet(invites: Iterable[Invite], lang: str) -> Drawing:
    """A4 pages: teams in the order they come, eight people on a page."""
    teams: dict[str, list[Invite]] = {}
    for invite in invites:
        teams.setdefault(invite.team or t(lang, "pictures.company"), []).append(invite)
    data = {
        "lang": lang,
        "title": t(lang, "pictures.invite_sheet"),
        "about": t(lang, "pictures.invite_sheet_about"),
        "teams": [{"name": team, "otherwise": "–", "people": _people(some, lang)} for team, some in teams.items()],
    }
    return {"template": "sheet", "data": data}


def _people(invites: Sequence[Invite], lang: str) -> list[dict[str, Any]]:
    return [named(lang, invite.name, invite.number) | _one(invite, lang) for invite in invites]
