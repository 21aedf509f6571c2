"""Reading the JSON bodies of the control API: every mistake becomes one sentence for whoever asked."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.model import Json


class BadRequestError(Exception):
    """A request to the control API that makes no sense; the sentence goes back as 400."""


async def read_body(request: web.Request) -> Json:
    """The JSON object of a request; nothing is the empty one."""
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise BadRequestError("the body must be JSON") from None
    if not isinstance(body, dict):
        raise BadRequestError("the body must be a JSON object")
    return body


def needed(body: Json, name: str, kind: type) -> Any:
    """A field that must be there, of a type."""
    value = body.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadRequestError(f"{name} is needed, as {kind.__name__}")
    return value


def optional(body: Json, name: str, kind: type) -> Any:
    """A field of a type, or None."""
    return None if body.get(name) is None else needed(body, name, kind)
