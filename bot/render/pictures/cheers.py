"""喜报 as a card: for what is rare (a big deal, a first one, a personal best, a team's target); the rest stays in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.render.pictures.blocks import named
from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules.celebrate import Cheer
from core.rules.money import yuan_short

CARDS = frozenset({Cheer.BIG, Cheer.RECORD, Cheer.FIRST, Cheer.TEAM_TARGET})


def card(data: Mapping[str, Any], lang: str) -> Drawing | None:
    """The card of a celebration, as core.usecases.cheers wrote it; None for one that needs none. Never a customer.

    Who signed together stays in words too, unless the deal is a big one: two names need their sentence.
    """
    kind, values = Cheer(data["kind"]), dict(data["params"])
    also = {Cheer(name) for name in data.get("also", ())}
    if kind in {Cheer.SHARED, Cheer.DELEGATED} and Cheer.BIG in also:
        return _two(kind, values, lang, shows=bool(data["shows"]))
    if kind not in CARDS:
        return None
    if kind is Cheer.TEAM_TARGET:
        early = int(values["days_early"])
        line = t(lang, "pictures.cheer_early", days=early) if early else ""
        return _card(lang, "team", {"name": values["team"], "otherwise": "–"}, "100%", line)
    shows = bool(data["shows"])
    amount = yuan_short(int(values["amount"])) if shows else ""
    line = ""
    if kind is Cheer.RECORD:
        amount = yuan_short(int(values["month_total"])) if shows else ""
        line = t(lang, "pictures.cheer_before", amount=yuan_short(int(values["best_month"]))) if shows else ""
    elif kind is Cheer.FIRST:
        line = t(lang, "pictures.cheer_day", day=values["day"])
    else:
        line = _story(values, lang)
    return _card(lang, kind.value, named(lang, str(values["seller"])), amount, line)


def _two(kind: Cheer, values: Mapping[str, Any], lang: str, *, shows: bool) -> Drawing:
    others = values["sharers"] if kind is Cheer.SHARED else [values["visitor"]]
    names = " + ".join([str(values["seller"]), *(str(name) for name in others)])
    amount = yuan_short(int(values["amount"])) if shows else ""
    line = t(lang, "pictures.cheer_together" if kind is Cheer.SHARED else "pictures.cheer_visited")
    return _card(lang, "big", named(lang, names), amount, line)


def _story(values: Mapping[str, Any], lang: str) -> str:
    parts = []
    if values.get("contacts"):
        parts.append(t(lang, "deals.cheer_contacts", n=values["contacts"]))
    if values.get("nth"):
        parts.append(t(lang, "deals.cheer_nth", n=values["nth"]))
    return " · ".join(parts)


def _card(lang: str, kind: str, hero: Mapping[str, Any], amount: str, line: str) -> Drawing:
    title = f"{t(lang, 'pictures.joyful')} · {t(lang, f'pictures.cheer_{kind}')}"
    data = {"lang": lang, "title": title, "hero": dict(hero), "amount": amount, "line": line, "foot": ""}
    return {"template": "cheer", "data": data}
