"""The address of a group's webhook (群机器人, 消息推送): whoever has it can post there, so it is a secret. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

PATH = "/cgi-bin/webhook/send"
SHOWN = 4  # of its last characters
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_ADDRESS = re.compile(rf"https?://[^\s<>\"']{{1,200}}{re.escape(PATH)}\?[^\s<>\"']{{1,300}}")


@dataclass(frozen=True, slots=True)
class Address:
    """A group's webhook: the server's root and the robot's key."""

    root: str
    key: str = field(repr=False)

    @classmethod
    def unpacked(cls, kept: str) -> Address:
        """What `packed` made."""
        root, _, key = kept.partition("\n")
        return cls(root, key)

    @property
    def packed(self) -> str:
        """As it is kept, sealed."""
        return f"{self.root}\n{self.key}"

    @property
    def ending(self) -> str:
        """All that is ever shown of it."""
        return self.key[-SHOWN:]


def address_of(text: str) -> Address | None:
    """The address that a text is; None when it is none."""
    text = text.strip()
    if not _ADDRESS.fullmatch(text):
        return None
    parts = urlsplit(text)
    keys = [value for name, value in parse_qsl(parts.query) if name == "key"]
    if len(keys) != 1 or not _KEY.fullmatch(keys[0]) or parts.username is not None or not parts.hostname:
        return None
    return Address(f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(PATH)}", keys[0])


def found_in(text: str) -> Address | None:
    """The first address somewhere in what somebody sent: the console copies a whole sentence."""
    match = _ADDRESS.search(text)
    return address_of(match[0]) if match else None
