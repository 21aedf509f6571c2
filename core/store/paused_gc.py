"""Making very many objects at once without being searched for cycles again and again.

Rows, people and statements point at no one who points back, so the collector finds nothing among them; looking all the
same costs a third of a month of 100 000 people.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 5_000  # objects; fewer are not worth the trouble


class _Pauses:
    """How many are under way: tasks take turns, and the last one to end sets the collector going."""

    count = 0


@contextmanager
def paused_gc(count: int) -> Iterator[None]:
    """While `count` objects are made; nothing happens for a few, or where the collector rests already."""
    if count < MANY or not (gc.isenabled() or _Pauses.count):
        yield
        return
    _Pauses.count += 1
    gc.disable()
    try:
        yield
    finally:
        _Pauses.count -= 1
        if not _Pauses.count:
            gc.enable()
