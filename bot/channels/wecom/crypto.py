"""The envelope of WeCom's callbacks: SHA-1 signature, AES-256-CBC, receiver's id. Pure.

Layout: base64(AES(16 random bytes | 4-byte big-endian length | message | receiveid | PKCS#7 to 32 bytes)), the vector
being the first half of the key. What is wrong is never said: there is one error for everything (reliability S1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import algorithms, modes

BLOCK = 32  # bytes to which the plaintext is filled up; AES's own block is 16
RANDOM = 16  # bytes in front of the length
HEAD = RANDOM + 4
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class Refused(Exception):
    """Not from WeCom, or not for us. It has no text on purpose."""


def key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey. Raises ValueError when it is not one.

    The last of its 43 characters carries two bits that belong to nothing; the console's keys set them now and then.
    """
    if not AES_KEY.fullmatch(encoding_aes_key):
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    return base64.b64decode(encoding_aes_key + "=")


@dataclass(frozen=True, slots=True)
class Cipher:
    """One callback's secrets. `receive_id`: the corp id for a self-built app, empty for an AI bot."""

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    receive_id: str

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Lowercase hex SHA-1 over the four strings, sorted."""
        parts = sorted(part.encode("utf-8", "surrogatepass") for part in (self.token, timestamp, nonce, encrypted))
        return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()

    def opened(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> str:
        """The message. Raises Refused, whatever is wrong; nothing is decrypted before the signature is right."""
        right = self.signature(timestamp, nonce, encrypted)
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogatepass")):
            raise Refused
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except ValueError:  # not base64, or not ASCII
            raise Refused from None
        if not sealed or len(sealed) % BLOCK:
            raise Refused
        return self._message(self._unfilled(self._aes().decryptor().update(sealed)))

    def sealed(self, message: str, random: bytes | None = None) -> str:
        """The message as WeCom would send it, in base64. `random`: 16 bytes, fresh ones by default."""
        text = message.encode("utf-8")
        head = (os.urandom(RANDOM) if random is None else random) + len(text).to_bytes(4, "big")
        plain = head + text + self.receive_id.encode("utf-8")
        fill = BLOCK - len(plain) % BLOCK
        return base64.b64encode(self._aes().encryptor().update(plain + bytes([fill]) * fill)).decode("ascii")

    def _aes(self) -> Aes[modes.CBC]:
        return Aes(algorithms.AES(self.key), modes.CBC(self.key[:16]))

    @staticmethod
    def _unfilled(plain: bytes) -> bytes:
        fill = plain[-1]
        if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
            raise Refused
        return plain[:-fill]

    def _message(self, plain: bytes) -> str:
        end = HEAD + int.from_bytes(plain[RANDOM:HEAD], "big")
        if len(plain) < HEAD or end > len(plain):
            raise Refused
        if not hmac.compare_digest(plain[end:], self.receive_id.encode("utf-8")):
            raise Refused
        try:
            return plain[HEAD:end].decode("utf-8")
        except UnicodeDecodeError:
            raise Refused from None
