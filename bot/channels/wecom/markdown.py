"""Plain words for a network that reads everything as markdown: nothing in them is markup any more (S7).

WeCom's markdown has no escape. What would begin a construct is replaced by its full-width twin, which reads the same.
"""

from __future__ import annotations

import re
import unicodedata

# Anywhere in a line: mentions (<@all>), colours (<font …>), links and pictures, code, emphasis, tables.
_TWINS = str.maketrans(
    {"<": "\uff1c", "[": "\uff3b", "]": "\uff3d", "`": "\uff40", "*": "\uff0a", "_": "\uff3f", "|": "\uff5c"}
)
_LINE_START = str.maketrans({"#": "\uff03", ">": "\uff1e", "=": "\uff1d", "-": "\u2014"})
_HEADING = re.compile(r"^[ \t]*(#+|>+|={2,}$|-{3,}[ \t]*$)", re.MULTILINE)
_STRUCK = re.compile(r"~{2,}")
_INDENT = re.compile(r"^(?: {4,}|[ ]*\t[ \t]*)", re.MULTILINE)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = "\n\u200d\ufe0f"  # lines; what holds an emoji together


def clean(text: str) -> str:
    """What databases, files and screens can keep: no controls, no half surrogates, nothing that turns or hides text."""
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in text if c in _JOINERS or unicodedata.category(c) not in _HIDDEN)


def inert(text: str) -> str:
    """The same words, showing as they stand."""
    text = _INDENT.sub("\u3000", clean(text)).translate(_TWINS)
    text = _STRUCK.sub(lambda found: "\uff5e" * len(found[0]), text)
    return _HEADING.sub(lambda found: found[0].translate(_LINE_START), text)
