"""The sandbox's cipher against an independent one (PyPI wechatpy), both directions, with friendly and hostile contents."""

from __future__ import annotations

import base64
import random
import string

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException

from sandbox.wecom.cipher import CannotOpenError, Envelopes, lock, unlock
from sandbox.wecom.letters import xml

TOKEN, CORP = "QDG6eK", "wx5823bf96d3bd56c7"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TEXTS = [
    "",
    "0",
    "今日 12 通",
    "👩‍👩‍👧‍👦 家 \u200b",
    "\n\t ]]> <@all> &amp;",
    "x" * 31,
    "x" * 32,
    "长" * 30_000,
]


def made_up(seed: int) -> str:
    """A text of any length with signs of any kind."""
    rng = random.Random(seed)
    signs = string.printable + "外呼管家成交批复，。！🙂🎉"
    return "".join(rng.choice(signs) for _ in range(rng.randrange(400)))


TEXTS += [made_up(seed) for seed in range(60)]


def peer(key: str = KEY) -> WeChatCrypto:
    return WeChatCrypto(TOKEN, key, CORP)


@pytest.mark.parametrize("text", TEXTS)
def test_the_other_opens_what_we_seal(text: str) -> None:
    ours = Envelopes(TOKEN, KEY, CORP)
    sealed = ours.seal(text)
    body = xml([("ToUserName", CORP), ("AgentID", "1"), ("Encrypt", sealed)])

    opened = peer().decrypt_message(body, ours.sign("1409304348", "xxxxxx", sealed), "1409304348", "xxxxxx")

    assert (opened if isinstance(opened, str) else opened.decode()) == text


@pytest.mark.parametrize("text", TEXTS)
def test_we_open_what_the_other_seals(text: str) -> None:
    envelope = peer().encrypt_message(text, "nonce-1", "1409304348")
    parts = {
        name: envelope.split(f"<{name}>")[1].split(f"</{name}>")[0].removeprefix("<![CDATA[").removesuffix("]]>")
        for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    }

    opened = Envelopes(TOKEN, KEY, CORP).open(
        parts["Encrypt"], parts["MsgSignature"], parts["TimeStamp"], parts["Nonce"]
    )

    assert opened == text


def test_the_last_sign_of_a_key_may_carry_bits_nobody_uses() -> None:
    twin = KEY[:-1] + "D"
    assert base64.b64decode(twin + "=") == base64.b64decode(KEY + "=")
    sealed = Envelopes(TOKEN, twin, CORP).seal("同一把钥匙")

    assert Envelopes(TOKEN, KEY, CORP).open(sealed, Envelopes(TOKEN, KEY, CORP).sign("1", "2", sealed), "1", "2")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="43"):
        Envelopes(TOKEN, KEY[:-1], CORP)


def test_whatever_was_changed_on_the_way_is_refused() -> None:
    ours = Envelopes(TOKEN, KEY, CORP)
    sealed = ours.seal("批复：很好")
    signature = ours.sign("1409304348", "nonce", sealed)
    broken = base64.b64encode(bytes([base64.b64decode(sealed)[0] ^ 1]) + base64.b64decode(sealed)[1:]).decode()
    attempts = [
        (sealed, signature[:-1] + ("0" if signature[-1] != "0" else "1"), "1409304348", "nonce"),
        (sealed, signature, "1409304349", "nonce"),
        (sealed, signature, "1409304348", "nonces"),
        (broken, signature, "1409304348", "nonce"),
        (sealed, signature.upper(), "1409304348", "nonce"),
        (sealed, "", "1409304348", "nonce"),
        (sealed, "签名", "1409304348", "nonce"),
    ]
    for attempt in attempts:
        with pytest.raises(CannotOpenError):
            ours.open(*attempt)


def test_correctly_signed_rubbish_is_refused() -> None:
    ours = Envelopes(TOKEN, KEY, CORP)
    key = base64.b64decode(KEY + "=")
    head, text = bytes(16), "文".encode()
    rubbish = [
        "",
        "####",
        base64.b64encode(b"short").decode(),
        base64.b64encode(bytes(64)).decode(),
        base64.b64encode(lock(key, head + (2**31).to_bytes(4, "big") + text + CORP.encode())).decode(),
        base64.b64encode(lock(key, head + len(text).to_bytes(4, "big") + text + b"ww-another-corp")).decode(),
        base64.b64encode(lock(key, head + (2).to_bytes(4, "big") + b"\xff\xfe" + CORP.encode())).decode(),
        base64.b64encode(lock(key, b"x")).decode(),
    ]
    for sealed in rubbish:
        with pytest.raises(CannotOpenError):
            ours.open(sealed, ours.sign("1", "2", sealed), "1", "2")


def test_the_other_refuses_what_was_signed_with_another_token() -> None:
    stranger = Envelopes("another", KEY, CORP)
    sealed = stranger.seal("假的")
    body = xml([("ToUserName", CORP), ("Encrypt", sealed)])

    with pytest.raises(InvalidSignatureException):
        peer().decrypt_message(body, stranger.sign("1", "2", sealed), "1", "2")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 31, 32, 33, 64])
def test_padding_goes_to_thirty_two_and_is_always_there(size: int) -> None:
    key = bytes(range(32))
    locked = lock(key, bytes(size))

    assert len(locked) == (size // 32 + 1) * 32
    assert unlock(key, locked) == bytes(size)


def test_a_length_beyond_the_end_is_refused_even_where_no_receiver_is_expected() -> None:
    """As for an AI bot, whose receiver is the empty text: nothing after the text is then no proof of anything."""
    ours = Envelopes(TOKEN, KEY, "")
    plain = bytes(16) + (99).to_bytes(4, "big") + "文".encode()
    sealed = base64.b64encode(lock(base64.b64decode(KEY + "="), plain)).decode()

    with pytest.raises(CannotOpenError):
        ours.open(sealed, ours.sign("1", "2", sealed), "1", "2")
