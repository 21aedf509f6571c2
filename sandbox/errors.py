"""Refusals of the Bot API server, with the real server's wording."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal: `code` is both the HTTP status and the body's error_code."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(reason: str, **parameters: Any) -> ApiError:
    """400 Bad Request. As on the real server the reason starts in lower case unless it is a CODE."""
    if len(reason) > 1 and not (reason[1] == "_" or reason[1].isupper()):
        reason = reason[0].lower() + reason[1:]
    return ApiError(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> ApiError:
    """403 Forbidden."""
    return ApiError(403, f"Forbidden: {reason}")


def too_many(seconds: int) -> ApiError:
    """429 with the wait in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
