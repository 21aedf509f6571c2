"""The envelope of WeCom's callbacks, against an implementation nobody here wrote."""

from __future__ import annotations

import base64
import json
import random
import shutil
import string
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException

from bot.channels.wecom.crypto import BLOCK, Cipher, Refused, key_of

TOKEN, CORP = "QDG6eKxyzABC0123456789", "wx5823bf96d3bd56c7"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
STAMP, NONCE = "1409659813", "1372623149"
CIPHER = Cipher(TOKEN, key_of(AES_KEY), CORP)
NOW_AND_THEN = 400  # random texts in each direction
# Made by wechatpy 1.8.18 with STAMP and NONCE, sixteen letters q in front: message, base64, signature.
KNOWN = (
    (
        "",
        "jTZsbC3x2u4rHGA3CJajKSbs5eku/dyOAy2Plrm/QpeTydn99wZwzvmf1XFPhClTVMFQNwyt2wjhWCJ+AEjYPg==",
        "1b81ea1239b23a6b2a2ce577436050c656598c2f",
    ),
    (
        "a" * 26,  # fills the block to its end: a whole block of padding follows
        (
            "jTZsbC3x2u4rHGA3CJajKZtpkVb0bfuH/p0Hbe4dXlclB1Rc6sO35h00Z40TY7rjzW6hZhHB1BEb7STZsz1B8LYgWdcWZziuA7EEkmnKfGLK"
            "/q6xHQPbVnIDPTgoLvJ0"
        ),
        "a6d309e9b2b087b241f7db9c37cb85d291c8ec8f",
    ),
    (
        "<xml><Content><![CDATA[记 李总 约回电 😀]]></Content></xml>",
        (
            "jTZsbC3x2u4rHGA3CJajKcho12Nw9zdpax6VaZbOoXCF7iGvOqCSphRRMsdvyY6MP2hbKLFTtbs+3eVsKx470x0ktFxxbpwDJAQ0VVW9Ounb"
            "YkQnEyTt0q5O3o0jZKXIClZMRb3u7F2kiezvr8IQsdg9I6/wg1dIbcu/BUscr+E="
        ),
        "87219a1a721e383d47a72eae4fd56f9d87e64175",
    ),
)
HERE = Path(__file__).resolve().parent
NODE = """
const crypto = require('@wecom/crypto');
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean).map(JSON.parse);
for (const one of lines) {
  const out = one.encrypted === undefined
    ? { encrypted: crypto.encrypt(one.key, one.text, one.id) }
    : crypto.decrypt(one.key, one.encrypted);
  if (out.encrypted) out.signature = crypto.getSignature(one.token, one.stamp, one.nonce, out.encrypted);
  console.log(JSON.stringify(out));
}
"""


def peer() -> Any:
    return WeChatCrypto(TOKEN, AES_KEY, CORP)


def texts(count: int) -> list[str]:
    """Random texts of every length around the block, with emoji and what else people type."""
    rng = random.Random(20261123)
    letters = string.printable + "外呼管家李总王代表〇㛃😀🎉𠮷\u200b\ufeff<&]]>"
    return ["".join(rng.choices(letters, k=rng.choice([*range(70), 500, 4000]))) for _ in range(count)]


def cdata(document: str, name: str) -> str:
    """A field of the peer's XML, read without ours."""
    return document.split(f"<{name}><![CDATA[")[1].split("]]>", maxsplit=1)[0]


def signed(sealed: str, cipher: Cipher = CIPHER) -> tuple[str, str, str, str]:
    return cipher.signature(STAMP, NONCE, sealed), STAMP, NONCE, sealed


def enciphered(plain: bytes) -> tuple[str, str, str, str]:
    """A plaintext that WeCom would never make, with the right key and a right signature."""
    aes = Aes(algorithms.AES(CIPHER.key), modes.CBC(CIPHER.key[:16])).encryptor()
    return signed(base64.b64encode(aes.update(plain)).decode())


# --- against others --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "sealed", "signature"), KNOWN)
def test_known_answers_of_another_implementation_are_ours(text: str, sealed: str, signature: str) -> None:
    assert CIPHER.sealed(text, b"q" * 16) == sealed
    assert CIPHER.signature(STAMP, NONCE, sealed) == signature
    assert CIPHER.opened(signature, STAMP, NONCE, sealed) == text


def test_what_another_implementation_sealed_is_opened() -> None:
    for text in texts(NOW_AND_THEN):
        made = peer().encrypt_message(text, NONCE, STAMP)

        assert CIPHER.opened(cdata(made, "MsgSignature"), STAMP, NONCE, cdata(made, "Encrypt")) == text


def test_what_we_seal_is_opened_by_another_implementation() -> None:
    for text in texts(NOW_AND_THEN):
        sealed = CIPHER.sealed(text)
        signature = CIPHER.signature(STAMP, NONCE, sealed)

        assert peer().decrypt_message({"Encrypt": sealed}, signature, STAMP, NONCE) == text
        with pytest.raises(InvalidSignatureException):
            peer().decrypt_message({"Encrypt": sealed}, signature[::-1], STAMP, NONCE)


def test_the_vendors_own_library_for_node_and_ours_open_each_others_texts() -> None:
    found = shutil.which("node")
    asked = [found or "", "-e", "require.resolve('@wecom/crypto')"]
    if not found or subprocess.run(asked, capture_output=True, check=False, cwd=HERE).returncode:
        pytest.skip("node does not find @wecom/crypto: npm install @wecom/crypto, or name its folder in NODE_PATH")
    common = {"key": AES_KEY, "id": CORP, "token": TOKEN, "stamp": STAMP, "nonce": NONCE}
    sent = texts(60)
    lines = [common | {"text": text} for text in sent]
    lines += [common | {"encrypted": CIPHER.sealed(text)} for text in sent]
    spoken = "\n".join(json.dumps(line) for line in lines)
    done = subprocess.run([found, "-e", NODE], input=spoken, capture_output=True, text=True, check=True, cwd=HERE)
    theirs = [json.loads(line) for line in done.stdout.splitlines()]

    for text, one in zip(sent, theirs, strict=False):
        assert CIPHER.opened(one["signature"], STAMP, NONCE, one["encrypted"]) == text
    assert [one["message"] for one in theirs[len(sent) :]] == sent


# --- hostile ---------------------------------------------------------------------------------------------------------


def test_one_changed_character_anywhere_is_refused_like_any_other() -> None:
    given = signed(CIPHER.sealed("记 李总"))
    for place, part in enumerate(given):
        for at in range(len(part)):
            changed = part[:at] + ("A" if part[at] != "A" else "B") + part[at + 1 :]
            with pytest.raises(Refused) as raised:
                CIPHER.opened(*(changed if n == place else p for n, p in enumerate(given)))
            assert str(raised.value) == ""


@pytest.mark.parametrize(
    "spoilt",
    [
        Cipher("other", CIPHER.key, CORP),
        Cipher(TOKEN, CIPHER.key, "wx5823bf96d3bd56c8"),
        Cipher(TOKEN, CIPHER.key, ""),
        Cipher(TOKEN, CIPHER.key, CORP + "x"),
        Cipher(TOKEN, bytes(32), CORP),
    ],
    ids=["token", "corp", "no corp", "longer corp", "key"],
)
def test_what_was_made_with_another_secret_or_for_another_company_is_refused(spoilt: Cipher) -> None:
    with pytest.raises(Refused):
        CIPHER.opened(*signed(spoilt.sealed("text"), spoilt))


@pytest.mark.parametrize("claimed", [-1, 1, 19, 2**16, 2**31, 2**32 - 1])
def test_a_length_that_reaches_beyond_the_buffer_or_short_of_it_is_refused(claimed: int) -> None:
    text = b"some text"
    length = (len(text) + claimed if abs(claimed) < 20 else claimed) % 2**32
    plain = b"r" * 16 + length.to_bytes(4, "big") + text + CORP.encode()
    fill = BLOCK - len(plain) % BLOCK

    with pytest.raises(Refused):
        CIPHER.opened(*enciphered(plain + bytes([fill]) * fill))


def test_without_a_receiver_the_length_is_held_to_as_well() -> None:
    """An AI bot's receiveid is empty: nothing behind the message gives a wrong length away."""
    bot = Cipher(TOKEN, CIPHER.key, "")
    plain = b"r" * 16 + (2**31).to_bytes(4, "big") + b"text"
    fill = BLOCK - len(plain) % BLOCK
    aes = Aes(algorithms.AES(bot.key), modes.CBC(bot.key[:16])).encryptor()
    sealed = base64.b64encode(aes.update(plain + bytes([fill]) * fill)).decode()

    assert bot.opened(*signed(bot.sealed("text"), bot)) == "text"
    with pytest.raises(Refused):
        bot.opened(*signed(sealed, bot))


@pytest.mark.parametrize("fill", [0, 33, 64, 255])
def test_padding_that_is_none_is_refused(fill: int) -> None:
    plain = b"r" * 16 + (12).to_bytes(4, "big") + b"twelve bytes" + CORP.encode()
    padded = plain.ljust(96, bytes([fill]))

    with pytest.raises(Refused):
        CIPHER.opened(*enciphered(padded))


def test_padding_of_unequal_bytes_is_refused() -> None:
    plain = b"r" * 16 + (12).to_bytes(4, "big") + b"twelve bytes" + CORP.encode()
    fill = BLOCK - len(plain) % BLOCK

    with pytest.raises(Refused):
        CIPHER.opened(*enciphered(plain + b"\x01" * (fill - 1) + bytes([fill])))


@pytest.mark.parametrize("blocks", [0, 1, 2, 3])
def test_random_blocks_with_a_right_signature_are_refused(blocks: int) -> None:
    rng = random.Random(blocks)
    for _ in range(300):
        sealed = base64.b64encode(rng.randbytes(16 * blocks)).decode()
        with pytest.raises(Refused):
            CIPHER.opened(*signed(sealed))


@pytest.mark.parametrize(
    "sealed", ["", "=", "A", "äöü", "AAAA", "A" * 43, "A" * 44 + "\n", "\ud800", "A" * 5000, "\x00"]
)
def test_what_is_not_base64_of_whole_blocks_is_refused(sealed: str) -> None:
    with pytest.raises(Refused):
        CIPHER.opened(*signed(sealed))


def test_a_message_that_is_not_utf_8_is_refused() -> None:
    plain = b"r" * 16 + (2).to_bytes(4, "big") + b"\xff\xfe" + CORP.encode()
    fill = BLOCK - len(plain) % BLOCK

    with pytest.raises(Refused):
        CIPHER.opened(*enciphered(plain + bytes([fill]) * fill))


# --- keys ------------------------------------------------------------------------------------------------------------


def test_the_two_idle_bits_of_a_key_do_not_matter() -> None:
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    last = letters.index(AES_KEY[-1]) & ~3

    assert {key_of(AES_KEY[:-1] + letters[last + bits]) for bits in range(4)} == {CIPHER.key}


@pytest.mark.parametrize("key", ["", "short", AES_KEY + "=", AES_KEY[:-1], AES_KEY[:-1] + " ", AES_KEY[:-1] + "é"])
def test_what_is_no_key_is_said_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        key_of(key)


def test_the_secrets_do_not_show() -> None:
    assert TOKEN not in repr(CIPHER)
    assert repr(CIPHER.key) not in repr(CIPHER)
