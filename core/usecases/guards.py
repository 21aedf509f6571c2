"""Guards: what must still be true at the moment a message is sent ("still owes W-2026-47")."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from core.store.db import Tx

Check = Callable[[Tx, str], Awaitable[bool]]
_checks: dict[str, Check] = {}


def guard(kind: str) -> Callable[[Check], Check]:
    """Register a check for guards written `kind:what`."""

    def register(check: Check) -> Check:
        _checks[kind] = check
        return check

    return register


async def holds(tx: Tx, text: str) -> bool:
    """Does the guard still hold? An unknown kind does: better one message too many than a swallowed one."""
    kind, _, what = text.partition(":")
    check = _checks.get(kind)
    return True if check is None else await check(tx, what)
