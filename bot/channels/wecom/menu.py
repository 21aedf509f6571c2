"""The app's menu (D:90231): three buttons with up to five below each; a press says the word it stands for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Buttons = Sequence[Mapping[str, Any]]

TOP, BELOW = 3, 5
TOP_BYTES, BELOW_BYTES, KEY_BYTES = 16, 40, 128


def built(groups: Sequence[tuple[str, Sequence[str]]]) -> Buttons:
    """Groups of words as WeCom's menu: (name, the words below it). Raises ValueError when WeCom would refuse it."""
    if not 1 <= len(groups) <= TOP:
        raise ValueError(f"a menu has 1 to {TOP} buttons")
    made = []
    for name, words in groups:
        if not 1 <= len(words) <= BELOW or _long(name, TOP_BYTES):
            raise ValueError(f"{name}: 1 to {BELOW} words below a name of at most {TOP_BYTES} bytes")
        if any(_long(word, BELOW_BYTES) for word in words):
            raise ValueError(f"{name}: a word has at most {BELOW_BYTES} bytes")
        below = [{"type": "click", "name": word, "key": word} for word in words]
        made.append({"name": name, "sub_button": below})
    return tuple(made)


def same(there: Any, wanted: Buttons) -> bool:
    """Is what WeCom has the menu that is wanted? It adds empty fields of its own."""
    return isinstance(there, list) and list(map(_bare, there)) == list(map(_bare, wanted))


def _bare(button: Any) -> Any:
    if not isinstance(button, Mapping):
        return None
    kept = {name: button[name] for name in ("name", "type", "key") if button.get(name)}
    below = button.get("sub_button")
    # Some answers wrap the list once more.
    inner = below.get("list") if isinstance(below, Mapping) else below
    return kept | ({"sub_button": [_bare(one) for one in inner]} if inner else {})


def _long(text: str, limit: int) -> bool:
    return len(text.encode()) > limit
