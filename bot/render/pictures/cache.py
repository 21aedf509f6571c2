"""Pictures drawn lately, by the hash of what they show: the same board in ten groups is drawn once."""

from __future__ import annotations

from collections import OrderedDict


class Shelf:
    """At most `most` bytes; the one unused for longest goes first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> bytes | None:
        """What lies under `key`."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: str, picture: bytes) -> None:
        """Keep it; a picture larger than the shelf is not kept."""
        self.held += len(picture) - len(self._kept.pop(key, b""))
        self._kept[key] = picture
        while self.held > self.most:
            _, gone = self._kept.popitem(last=False)
            self.held -= len(gone)

    def clear(self) -> None:
        """Nothing is kept."""
        self._kept.clear()
        self.held = 0
