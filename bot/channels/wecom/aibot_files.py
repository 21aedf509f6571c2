"""Files that people send to the AI bot: an address that holds for five minutes, and the key the content is locked with."""

from __future__ import annotations

import asyncio
import base64
import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.port import SMALL_FILE, NotSent, Rejected

BLOCK = 32  # of the padding
KEPT = "_file"  # in a raw frame: the content in base64 (core.store.inbox)
PATIENCE = 15.0  # host seconds


def described(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Address and key of the one file that a private message is; None when it is none."""
    part = body.get("file")
    if body.get("msgtype") != "file" or body.get("chattype") == "group" or not isinstance(part, Mapping):
        return None
    url, key = part.get("url"), part.get("aeskey")
    return (url, key) if isinstance(url, str) and isinstance(key, str) else None


def unlocked(content: bytes, aeskey: str) -> bytes:
    """AES-256-CBC, the vector is the key's beginning, PKCS#7 in blocks of 32. Raises Rejected for anything else."""
    try:
        key = base64.b64decode(aeskey + "=" * (-len(aeskey) % 4))
    except ValueError as problem:
        raise Rejected("no key") from problem
    if len(key) != 32 or not content or len(content) % BLOCK:
        raise Rejected("not locked as agreed")
    plain = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor().update(content)
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise Rejected("not locked as agreed")
    return plain[:-fill]


async def fetched(url: str, aeskey: str) -> bytes:
    """A small file. Raises NotSent (later again) or Rejected (too big, gone, not what was agreed)."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Rejected("no address")
    try:
        async with (
            asyncio.timeout(PATIENCE),
            aiohttp.ClientSession() as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status >= 500:
                raise NotSent(f"status {answer.status}")
            if answer.status != 200 or (answer.content_length or 0) > SMALL_FILE + BLOCK:
                raise Rejected(f"status {answer.status}, {answer.content_length} bytes")
            found = b""
            async for piece in answer.content.iter_any():
                found += piece
                if len(found) > SMALL_FILE + BLOCK:
                    raise Rejected("too big")
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        raise NotSent(type(problem).__name__) from problem
    return unlocked(found, aeskey)


def name_of(content: bytes | None) -> str:
    """WeCom tells no name: a file is called after what it turns out to be."""
    try:
        tomllib.loads((content or b"").decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return "file"
    return "policy.toml" if content else "file"
