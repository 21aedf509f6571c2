"""WeCom's cipher, written from its description: AES-256-CBC with padding to 32 bytes, and the signature of envelopes.

Nothing here is shared with the bot: a mistake in one of the two must show.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
KEY_LETTERS = 43


class CannotOpenError(ValueError):
    """An envelope that is not ours, or not whole."""


def _pad(data: bytes) -> bytes:
    missing = BLOCK - len(data) % BLOCK
    return data + bytes([missing]) * missing


def _unpad(data: bytes) -> bytes:
    if not data or not 1 <= data[-1] <= BLOCK or data[-data[-1] :] != bytes([data[-1]]) * data[-1]:
        raise CannotOpenError("wrong padding")
    return data[: -data[-1]]


def lock(key: bytes, data: bytes) -> bytes:
    """Encrypt with a key of 32 bytes; the vector is the key's first half, as WeCom has it."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return encryptor.update(_pad(data)) + encryptor.finalize()


def unlock(key: bytes, data: bytes) -> bytes:
    """The reverse of `lock`.

    Raises:
        CannotOpenError: not whole blocks, or wrong padding.
    """
    if not data or len(data) % 16:
        raise CannotOpenError("no whole blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    return _unpad(decryptor.update(data) + decryptor.finalize())


class Envelopes:
    """Seals and opens what goes to and from the callback address.

    Args:
        token: the callback's token.
        aes_key: 43 letters and digits, base64 without its last sign.
        receiver: the corporation's id.
    """

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        if len(aes_key) != KEY_LETTERS:
            raise ValueError(f"the key has {KEY_LETTERS} characters")
        self._token = token
        self._key = base64.b64decode(aes_key + "=")
        self._receiver = receiver.encode()

    def sign(self, timestamp: str, nonce: str, sealed: str) -> str:
        """SHA-1 of the four sorted parts, in hex."""
        joined = "".join(sorted((self._token, timestamp, nonce, sealed)))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def seal(self, text: str) -> str:
        """A text as base64: 16 random bytes, its length, itself, the receiver."""
        data = text.encode()
        plain = secrets.token_bytes(16) + len(data).to_bytes(4, "big") + data + self._receiver
        return base64.b64encode(lock(self._key, plain)).decode()

    def open(self, sealed: str, signature: str, timestamp: str, nonce: str) -> str:
        """The text in an envelope, its signature checked first.

        Raises:
            CannotOpenError: for whatever is wrong with it.
        """
        if not hmac.compare_digest(self.sign(timestamp, nonce, sealed).encode(), signature.encode()):
            raise CannotOpenError("wrong signature")
        try:
            plain = unlock(self._key, base64.b64decode(sealed, validate=True))
            size = int.from_bytes(plain[16:20], "big")
            if len(plain) < 20 + size or plain[20 + size :] != self._receiver:
                raise CannotOpenError("wrong length or receiver")
            return plain[20 : 20 + size].decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise CannotOpenError("no text inside") from error
