"""The policy as people read it, in Chinese and English: what `waihu policy explain` prints and the bot can show."""

from __future__ import annotations

from collections.abc import Iterable

from core.rules import explain_en, explain_zh
from core.rules.policy import Policy, Version

Page = list[tuple[str, list[str]]]  # headed lists of sentences


def policy(rules: Policy, version: Version, lang: str = "zh") -> Page:
    """A version with everything it says, article by article."""
    return explain_zh.page(rules, version) if lang == "zh" else explain_en.page(rules, version)


def as_text(page: Iterable[tuple[str, list[str]]]) -> str:
    """The page as plain text."""
    return "\n\n".join("\n".join([head, *(f"  {line}" for line in lines)]) for head, lines in page)
