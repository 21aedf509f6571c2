"""The words people have for a workweek (docs/rules.md 40): 五天, 双休, 六天, 单休, 大小周."""

from __future__ import annotations

from core.rules.calendar import Workweek

WORDS: dict[str, Workweek] = {
    "5": Workweek.FIVE, "五天": Workweek.FIVE, "5天": Workweek.FIVE, "双休": Workweek.FIVE, "five": Workweek.FIVE,
    "6": Workweek.SIX, "六天": Workweek.SIX, "6天": Workweek.SIX, "单休": Workweek.SIX, "six": Workweek.SIX,
    "alternate": Workweek.ALTERNATE, "大小周": Workweek.ALTERNATE, "大小休": Workweek.ALTERNATE,
}  # fmt: skip
AS_ABOVE = frozenset({"默认", "制度", "按制度", "default"})


def read_workweek(text: str) -> Workweek | None:
    """The workweek somebody names, with 制 or without; None for anything else."""
    return WORDS.get(text.strip().casefold().removesuffix("制").removesuffix("工作"))
