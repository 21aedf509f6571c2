"""One request to the Bot API: its parameters however they were sent, and lenient readers as on the real server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.errors import ApiError, bad
from sandbox.model import Json
from sandbox.parts import whole


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart request."""

    name: str
    mime: str | None
    data: bytes


@dataclass
class Call:
    """A method call; values are text (forms) or JSON values (JSON bodies)."""

    method: str
    params: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    request: web.Request | None = None

    def text(self, name: str) -> str:
        """A text parameter; missing is the empty text."""
        value = self.params.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0, *, low: int | None = None, high: int | None = None) -> int:
        """An integer parameter, read as leniently as the real server does and forced into its bounds."""
        try:
            value = int(self.text(name).strip() or default)
        except ValueError:
            value = 0
        if low is not None:
            value = max(low, value)
        return value if high is None else min(high, value)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """A structured parameter, or None when it is missing.

        Raises:
            ApiError: 400 "can't parse `what` JSON object".
        """
        value = self.params.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {what} JSON object") from None

    def logged(self) -> Json:
        """The parameters for the log of calls; files by name and size only."""
        shown = {name: value for name, value in self.params.items() if len(str(value)) < 20_000}
        return shown | {name: f"<{item.name}, {len(item.data)} bytes>" for name, item in self.uploads.items()}

    @property
    def gone(self) -> bool:
        """Whether the caller has hung up (a killed bot leaves its long poll behind)."""
        return self.request is None or self.request.transport is None or self.request.transport.is_closing()


async def read_call(request: web.Request, method: str) -> Call:
    """Collect the parameters of query string, urlencoded, multipart or JSON body."""
    call = Call(method, dict(request.query), request=request)
    kind = request.content_type
    if request.method != "POST" or not request.can_read_body:
        return call
    if kind == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise bad("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad("can't parse JSON object")
        call.params.update({name: value for name, value in body.items() if value is not None})
    elif kind == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                continue
            data = await whole(part)
            if part.filename is not None:
                call.uploads[part.name] = Upload(part.filename, part.headers.get("Content-Type"), data)
            else:
                call.params[part.name] = data.decode("utf-8", "replace")
    elif kind == "application/x-www-form-urlencoded":
        call.params.update({name: str(value) for name, value in (await request.post()).items()})
    else:
        raise ApiError(400, f"Bad Request: unsupported content type {kind}")
    return call
