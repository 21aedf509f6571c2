"""Faults on order: what goes wrong between a bot and the Bot API server.

| kind | what the bot sees | is it done? |
| --- | --- | --- |
| 429 | "retry after"; going on in that chat is noted | no |
| 500, 502 | an error of the server, as JSON or as a gateway's page | no |
| drop_request | the line is cut before anything was read | no |
| drop_answer | the line is cut instead of an answer | yes |
| stall | no answer, until the bot hangs up | yes |
| malformed | half of an answer | yes |
| delay | the answer, late | yes |
| 400, too_long, 413 | refused as it is | no |
| 403 | blocked | no |
| 401, 409 | the token is refused, or somebody else polls | no |
| page | a 404 page that is not the Bot API's (a proxy's) | no |
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sandbox.errors import ApiError, bad

Kind = Literal[
    "429", "500", "502", "drop_answer", "drop_request", "delay", "stall", "malformed", "400", "too_long", "413", "403",
    "401", "409", "page",
]  # fmt: skip
KINDS = frozenset(get_args(Kind))
REFUSALS = {
    "500": ApiError(500, "Internal Server Error"),
    "400": bad("can't parse entities: unexpected end tag at byte offset 12"),
    "too_long": bad("message is too long"),
    "413": ApiError(413, "Request Entity Too Large"),
    "403": ApiError(403, "Forbidden: bot was blocked by the user"),
    "401": ApiError(401, "Unauthorized"),
    "409": ApiError(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    ),
}
"""Answers in the Bot API's own words."""
PAGES = {"502": (502, "<html><h1>502 Bad Gateway</h1></html>"), "page": (404, "<html><h1>404 Not Found</h1></html>")}
"""Answers of something between, which the Bot API never wrote."""


@dataclass
class Fault:
    """The next `count` calls of `method` ("*": any), into `chat` and with `text` if given, go wrong in the manner of `kind`."""

    method: str
    kind: Kind
    count: int = 1
    retry_after: int = 1
    delay: float = 1.0
    chat: int | None = None
    text: str | None = None


class Faults:
    """The faults still to happen, in the order they were ordered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._aimed: dict[str, list[Fault]] = {}  # those for one text: thousands may wait

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
            text=None if data.get("text") is None else str(data["text"]),
        )
        if fault.count < 1:
            raise ValueError("count must be at least 1")
        if fault.text is None:
            self._faults.append(fault)
        else:
            self._aimed.setdefault(fault.text, []).append(fault)
        return fault

    def take(self, method: str, chat: str, text: str = "") -> Fault | None:
        """The fault that strikes this call, if any; it is used up by one. One that is aimed at its text comes first."""
        for faults in (self._aimed.get(text, []), self._faults):
            for fault in faults:
                if fault.method not in ("*", method) or (fault.chat is not None and str(fault.chat) != chat):
                    continue
                fault.count -= 1
                if fault.count == 0:
                    faults.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()
        self._aimed.clear()

    def view(self) -> list[dict[str, Any]]:
        every = [*self._faults, *(fault for faults in self._aimed.values() for fault in faults)]
        return [asdict(fault) for fault in every]
