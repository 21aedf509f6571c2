"""What a board is made of, as the template `board.typ` takes it: JSON, every text written out, every bar in per mille."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.render.pictures.drawing import Drawing
from bot.render.texts import t

Block = dict[str, Any]


def board(
    lang: str,
    title: str,
    subtitle: str,
    blocks: Sequence[Block],
    *,
    tag: str = "",
    tiles: Sequence[Block] = (),
    foot: str = "",
    page: str = "",
) -> Drawing:
    """A drawing of the board template."""
    data = {
        "lang": lang, "title": title, "subtitle": subtitle, "tag": tag, "tiles": list(tiles), "blocks": list(blocks),
        "foot": foot, "page": page,
    }  # fmt: skip
    return {"template": "board", "data": data}


def named(lang: str, name: str, number: str = "", **more: Any) -> Block:
    """Somebody; called by employee number where the fonts cannot write the name."""
    otherwise = t(lang, "pictures.number", number=number) if number else t(lang, "pictures.colleague")
    return {"name": name, "otherwise": otherwise, **more}


def tile(label: str, value: str, *, accent: bool = False) -> Block:
    """A figure with its label."""
    return {"label": label, "value": value, "tone": "accent" if accent else ""}


def ranks(rows: Sequence[Block], title: str = "", note: str = "") -> Block:
    """People one below the other: place, name, bar, value, moved or mark, detail."""
    return {"kind": "ranks", "title": title, "note": note, "rows": list(rows)}


def teams(rows: Sequence[Block], title: str = "", note: str = "") -> Block:
    """Teams against each other: place, name, detail, value, bar, reached, line."""
    return {"kind": "teams", "title": title, "note": note, "rows": list(rows)}


def lists(*columns: Block) -> Block:
    """Short lists side by side; a column is {title, rows of name and value}."""
    return {"kind": "lists", "columns": list(columns)}


def progress(title: str, value: str, *, bar: int | None, detail: str = "", line: str = "") -> Block:
    """How far something has come."""
    return {"kind": "progress", "title": title, "value": value, "bar": bar, "detail": detail, "line": line}


def podium(rows: Sequence[Block]) -> Block:
    """The best three on their steps: place, name, value, title of the step."""
    return {"kind": "podium", "title": "", "rows": list(rows)}


def notes(rows: Sequence[Block]) -> Block:
    """Lines of a label and what belongs to it (`note`)."""
    return {"kind": "notes", "rows": list(rows)}


def note(label: str, *items: Block, join: str = "dot") -> Block:
    """One line: people with a word each, or words alone. `join`: what stands between them, dot, plus or gap."""
    return {"label": label, "items": list(items), "join": join}


def word(text: str) -> Block:
    """Words without a name."""
    return {"text": text}
