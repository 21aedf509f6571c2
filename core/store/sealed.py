"""What people type is sealed at rest: AES-256-GCM with a key id, and keyed blind indexes for search (D10)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NONCE = 12
ANY = "surrogatepass"  # half an emoji in a raw update must not keep it from being kept


class KeyProblem(Exception):
    """The key file is missing, unreadable or does not fit the database; the message says what to do."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """One data key (id 1) and one index key; 32 random bytes each."""

    data_key: bytes
    index_key: bytes
    key_id: int = 1

    @classmethod
    def fresh(cls) -> KeyRing:
        """New random keys."""
        return cls(os.urandom(32), os.urandom(32))

    @classmethod
    def load_or_create(cls, path: Path, *, sealed_rows_exist: bool = False) -> tuple[KeyRing, bool]:
        """The key ring of `path` and whether it was made just now (mode 0600).

        Raises KeyProblem when the file is damaged, or missing although sealed rows exist.
        """
        if path.exists():
            try:
                raw = json.loads(path.read_text("utf-8"))
                ring = cls(base64.b64decode(raw["data"]), base64.b64decode(raw["index"]), int(raw["id"]))
            except (ValueError, KeyError, TypeError, OSError) as problem:
                raise KeyProblem(
                    f"the key file {path} cannot be read as a waihu key file: put back the right one"
                ) from problem
            if len(ring.data_key) != 32 or len(ring.index_key) != 32:
                raise KeyProblem(
                    f"the key file {path} is damaged: the keys have the wrong length: put back the right one"
                )
            return ring, False
        if sealed_rows_exist:
            raise KeyProblem(
                f"the database holds sealed rows but the key file {path} is missing: restore it from your backup"
            )
        ring = cls.fresh()
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(
                    {
                        "id": ring.key_id,
                        "data": base64.b64encode(ring.data_key).decode(),
                        "index": base64.b64encode(ring.index_key).decode(),
                    },
                    file,
                )
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)  # whole or not at all, and never over another process's key
        except FileExistsError:
            return cls.load_or_create(path)
        finally:
            fresh.unlink()
        return ring, True

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt; `place` (table.column) is bound in, so a value cannot be moved elsewhere."""
        nonce = os.urandom(NONCE)
        return (
            bytes([self.key_id]) + nonce + AESGCM(self.data_key).encrypt(nonce, text.encode(errors=ANY), place.encode())
        )

    def open(self, blob: bytes, place: str) -> str:
        """Decrypt; raises KeyProblem when the key does not fit."""
        try:
            plain = AESGCM(self.data_key).decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], place.encode())
        except InvalidTag as problem:
            raise KeyProblem("the key file does not fit this database") from problem
        return plain.decode(errors=ANY)

    def index(self, value: str, purpose: str) -> str:
        """A keyed blind index: equal values of one purpose give equal marks, and nothing can be read back."""
        return hmac.new(self.index_key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()[:32]


class _Holder:
    """The ring of this process; set once when the database is opened (a type has no other way to reach it)."""

    ring: KeyRing | None = None


def install(ring: KeyRing) -> None:
    """Use `ring` for every Sealed column of this process."""
    _Holder.ring = ring


def ring() -> KeyRing:
    """The installed ring; raises KeyProblem when none is."""
    if _Holder.ring is None:
        raise KeyProblem("no key is loaded")
    return _Holder.ring


class Sealed(TypeDecorator[str]):
    """Text that is encrypted in the database. `place` is "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Text -> sealed bytes."""
        return None if value is None else ring().seal(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Sealed bytes -> text."""
        return None if value is None else ring().open(bytes(value), self.place)


class SealedJSON(TypeDecorator[Any]):
    """JSON that is encrypted in the database."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """JSON value -> sealed bytes."""
        if value is None:
            return None
        return ring().seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any | None:  # noqa: ARG002
        """Sealed bytes -> JSON value."""
        return None if value is None else json.loads(ring().open(bytes(value), self.place))
