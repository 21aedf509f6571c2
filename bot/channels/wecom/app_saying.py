"""What the bot says as the self-built app's messages: pure (the facts: docs/wecom.md).

Words go out as `text`: WeChat's plug-in shows no markdown and no cards, and a reminder must be read there too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.length import numbered, octets
from bot.channels.port import File, Outgoing, WireButton
from bot.channels.wecom import cards
from bot.channels.wecom.markdown import clean

TEXT = 2048  # bytes; what is longer is cut by WeCom without a word
IMAGE, FILE = 10 << 20, 20 << 20  # bytes
PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_TAG = re.compile(r"<(?=[A-Za-z/!@])")  # <a href=…> is a link in a text


@dataclass(frozen=True, slots=True)
class Step:
    """One message of the app. `file`: what has to be uploaded first."""

    kind: str  # text, template_card, image, file
    content: dict[str, Any] = field(default_factory=dict)
    file: File | None = None


def inert(text: str) -> str:
    """The same words, without links that somebody typed."""
    return _TAG.sub("\uff1c", clean(text))


def steps(out: Outgoing, *, interactive: bool) -> list[Step]:
    """A message in the order in which it is sent: file, words, cards. `interactive`: presses can reach us."""
    found: list[Step] = []
    if out.file is not None and out.file.content:
        found.append(Step(_kind(out.file), file=out.file))
    return [*found, *_words(out, interactive=interactive)]


def too_large(file: File) -> bool:
    """More than WeCom takes, or too little to be anything."""
    return not 5 < len(file.content) <= (IMAGE if _kind(file) == "image" else FILE)


def _kind(file: File) -> str:
    return "image" if file.picture and file.content.startswith(PICTURES) else "file"


def _words(out: Outgoing, *, interactive: bool) -> Iterator[Step]:
    text = out.text.strip("\n")
    buttons = [button for row in out.buttons for button in row]
    pages = _pages(buttons) if interactive else []
    if buttons and not (pages and all(cards.shown([button.label for button in page]) for page in pages)):
        text = "\n".join([text, *(f"{n} {button.label}" for n, button in enumerate(buttons, 1))]).strip("\n")
    # A card cannot be kept from being forwarded: what must not be is said before it.
    on_card = len(pages) == 1 and not out.protect and cards.fits(text)
    if text and not on_card:
        for piece in numbered(inert(text), TEXT, octets):
            yield Step("text", {"content": piece})
    for number, page in enumerate(pages, 1):
        task = _task(buttons, number)
        yield Step("template_card", cards.build(text if on_card else "", page, lang=out.lang, task=task))


def _pages(buttons: Sequence[WireButton]) -> list[Sequence[WireButton]]:
    """One card, or as few as hold them."""
    if len(buttons) <= cards.BUTTONS or cards.shown([button.label for button in buttons]):
        return [buttons] if buttons else []
    size = cards.OPTIONS if any(len(button.label) > cards.LABEL for button in buttons) else cards.BUTTONS
    return [buttons[at : at + size] for at in range(0, len(buttons), size)]


def _task(buttons: Sequence[WireButton], number: int) -> str:
    """New for each message and the same when it goes out once more: the tokens are."""
    return f"w_{hashlib.sha256(''.join(button.token for button in buttons).encode()).hexdigest()[:32]}-{number}"
