"""Which backups are kept: the newest of each of the last N hours, days, weeks, months or years that have one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

NAME = re.compile(r"waihu-(\d{8}-\d{6})\.db")  # the moment in UTC

_SPAN: dict[str, Callable[[datetime], object]] = {
    "h": lambda at: (at.date(), at.hour),
    "d": lambda at: at.date(),
    "w": lambda at: tuple(at.isocalendar())[:2],
    "m": lambda at: (at.year, at.month),
    "y": lambda at: at.year,
}


@dataclass(frozen=True, slots=True)
class Keep:
    """How many spans of one length keep a backup; `unit` is h, d, w, m or y."""

    count: int
    unit: str


def parse(text: str) -> tuple[Keep, ...]:
    """`30d,12m` -> thirty days and twelve months. Raises ValueError with the piece that is wrong."""
    found: list[Keep] = []
    for piece in text.split(","):
        match = re.fullmatch(r"\s*([1-9]\d{0,4})([hdwmy])\s*", piece)
        if match is None:
            raise ValueError(piece.strip() or text)
        found.append(Keep(int(match[1]), match[2]))
    return tuple(found)


def made_at(file: Path) -> datetime | None:
    """When a backup was made, by its name; None for a file that is no backup."""
    match = NAME.fullmatch(file.name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def backups_in(folder: Path) -> list[tuple[datetime, Path]]:
    """The finished backups of a folder, oldest first. One has its name only after it was verified."""
    try:
        found = [(at, file) for file in folder.iterdir() if (at := made_at(file)) is not None]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found)


def superfluous(backups: Iterable[tuple[datetime, Path]], keep: Iterable[Keep], zone: tzinfo) -> list[Path]:
    """What no span needs, oldest first. The newest backup is never among them; spans are those of `zone`."""
    newest_first = sorted(backups, reverse=True)
    kept = {path for _, path in newest_first[:1]}
    for one in keep:
        seen: set[object] = set()
        for at, path in newest_first:
            span = _SPAN[one.unit](at.astimezone(zone))
            if span not in seen:
                if len(seen) == one.count:
                    break
                seen.add(span)
                kept.add(path)
    return [path for _, path in reversed(newest_first) if path not in kept]
