"""Faults on order: what goes wrong between a bot and WeCom, in either direction.

`where` is a gateway command (aibot_send_msg, ping, aibot_msg_callback …), a path of the API (message/send, gettoken,
webhook/send …), `callback` for an encrypted callback, or `*` for any of them.

| kind | gateway | API | what is done? |
| --- | --- | --- | --- |
| drop_request | the frame is lost on the way | the line is cut | nothing |
| drop_answer | no acknowledgement | the line is cut | done |
| cut | the connection ends before anything is done | as drop_request | nothing |
| cut_after | the connection ends instead of an acknowledgement | as drop_answer | done |
| stall | no acknowledgement | no answer until the caller hangs up | done |
| delay | the acknowledgement comes `delay` host seconds late | the same | done |
| malformed | half of a frame | half of an answer | done |
| errcode | refused with `code` | the same | nothing |
| http | the connection ends | a gateway's page with status `code` | nothing |
| twice | a callback comes twice (same msgid) | - | done |
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal[
    "drop_request", "drop_answer", "cut", "cut_after", "stall", "delay", "malformed", "errcode", "http", "twice"
]
KINDS = frozenset(get_args(Kind))


@dataclass
class Fault:
    """The next `count` times, where it fits `where` and (if given) the receiver `to`."""

    where: str
    kind: Kind
    count: int = 1
    code: int = -1
    delay: float = 1.0
    to: str | None = None


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
            where=str(data.get("where", "*")),
            kind=kind,  # type: ignore[arg-type]
            count=int(data.get("count", 1)),
            code=int(data.get("code", 503 if kind == "http" else -1)),
            delay=float(data.get("delay", 1.0)),
            to=None if data.get("to") is None else str(data["to"]),
        )
        if fault.count < 1:
            raise ValueError("count must be at least 1")
        self._faults.append(fault)
        return fault

    def take(self, where: str, to: str = "") -> Fault | None:
        """The fault that strikes here, if any; it is used up by one."""
        for fault in self._faults:
            if fault.where not in ("*", where) or (fault.to is not None and fault.to != to):
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
