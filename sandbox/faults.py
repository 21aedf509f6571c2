"""Faults on order: what goes wrong between a bot and the Bot API server."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal["429", "500", "drop_answer", "drop_request", "delay", "403", "401", "409", "malformed"]
KINDS = frozenset(get_args(Kind))


@dataclass
class Fault:
    """The next `count` calls of `method` ("*": any), into `chat` if given, go wrong in the manner of `kind`."""

    method: str
    kind: Kind
    count: int = 1
    retry_after: int = 1
    delay: float = 1.0
    chat: int | None = None


class Faults:
    """The faults still to happen, in the order they were ordered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, data: dict[str, Any]) -> Fault:
        """Order a fault from the control API.

        Raises:
            ValueError: an unknown kind or a count below one.
        """
        kind = str(data.get("kind"))
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault {kind!r}: {', '.join(sorted(KINDS))}")
        fault = Fault(
            method=str(data.get("method", "*")),
            kind=kind,  # type: ignore[arg-type]
            count=int(data.get("count", 1)),
            retry_after=int(data.get("retry_after", 1)),
            delay=float(data.get("delay", 1.0)),
            chat=None if data.get("chat") is None else int(data["chat"]),
        )
        if fault.count < 1:
            raise ValueError("count must be at least 1")
        self._faults.append(fault)
        return fault

    def take(self, method: str, chat: str) -> Fault | None:
        """The fault that strikes this call, if any; it is used up by one."""
        for fault in self._faults:
            if fault.method not in ("*", method) or (fault.chat is not None and str(fault.chat) != chat):
                continue
            fault.count -= 1
            if fault.count == 0:
                self._faults.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        self._faults.clear()

    def view(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]
