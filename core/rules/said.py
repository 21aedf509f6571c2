"""What somebody typed, as a word to compare: the same word whatever the keyboard or dictation made of it."""

from __future__ import annotations

from core.rules.numerals import fold

_AROUND = " \t。.!,、;;:~…\"'“”‘’"  # what dictation and habit put around a word; a question mark is a word of its own


def as_word(text: str) -> str:
    """Full-width signs folded, case set aside, what stands around it gone: `提交。`, ` Send ` and `2` read as 提交,
    send and 2. What is nothing else stays as it is."""
    folded = fold(text).casefold().strip()
    return folded.strip(_AROUND) or folded
