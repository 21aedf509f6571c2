"""Who gains and who loses under a proposed policy, as bars to both sides. For those who decide alone."""

from __future__ import annotations

from typing import Any

from bot.render.months import months_said
from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules import ranking, wording
from core.rules.money import MINUS, yuan
from core.rules.policy import Version
from core.rules.policy_change import Effect, Outlook

MOST = 10  # people of each side; the table has everybody


def gains(look: Outlook, version: Version, lang: str) -> Drawing:
    """The most touched of both sides, the sums, and what it costs."""
    losers = [one for one in look.effects if one.gain < 0]
    gainers = [one for one in look.effects if one.gain > 0]
    best = max((abs(one.gain) for one in look.effects), default=0)
    rows = [_row(one, best, lang) for one in (*gainers[:MOST], *losers[:MOST][::-1])]
    hidden = len(gainers[MOST:]) + len(losers[MOST:])
    data: dict[str, Any] = {
        "lang": lang,
        "title": t(lang, "pictures.policy_title"),
        "subtitle": t(lang, "pictures.policy_from", day=version.effective_from.isoformat()),
        "tag": version.name if len(version.name) <= 20 else "",
        "sums": [
            {"label": t(lang, "pictures.policy_gain"), "value": str(len(gainers))},
            {"label": t(lang, "pictures.policy_lose"), "value": str(len(losers))},
            {"label": t(lang, "pictures.policy_same"), "value": str(len(look.effects) - len(gainers) - len(losers))},
            {"label": t(lang, "pictures.policy_cost"), "value": _signed(look.cost)},
        ],
        "heading": t(lang, "pictures.policy_people"),
        "note": months_said(look.months[0], look.months[-1], lang) if look.months else "",
        "rows": rows,
        "foot": t(lang, "pictures.policy_more", count=hidden) if hidden else "",
    }
    return {"template": "gains", "data": data}


def _row(one: Effect, best: int, lang: str) -> dict[str, Any]:
    return {
        "name": one.person.name,
        "about": wording.role_name(one.person.role, lang),
        "bar": ranking.per_mille(abs(one.gain), best),
        "up": one.gain > 0,
        "value": _signed(one.gain),
    }


def _signed(fen: int) -> str:
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen) if fen == 0 else f"{MINUS}{yuan(-fen)}"
