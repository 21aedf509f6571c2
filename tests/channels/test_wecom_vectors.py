"""Known answers of the callback's envelope, made by a program that shares nothing with ours: node's own crypto, from the
description alone (wecom_vectors.cjs). Odd lengths, characters of one to four bytes, every padding, empty receivers."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wecom.crypto import BLOCK, Cipher, Refused, key_of
from sandbox.wecom.cipher import Envelopes

HERE = Path(__file__).resolve().parent
PROGRAM, ANSWERS = HERE / "wecom_vectors.cjs", HERE / "wecom_vectors.json"
MADE: dict[str, Any] = json.loads(ANSWERS.read_text("utf-8"))
TOKEN: str = MADE["token"]
VECTORS: list[dict[str, str]] = MADE["vectors"]
LONGEST = 2048  # bytes of a text


def cipher(vector: dict[str, str]) -> Cipher:
    return Cipher(TOKEN, key_of(vector["key"]), vector["receiver"])


@cache
def node() -> str:
    """Where node is; skips where it is not."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("there is no node here")
    return found


def text_of(length: int) -> str:
    """A text of so many bytes with as many characters of several bytes as fit."""
    head = "总😀é"[length % 3] * (length // 4)
    return head + "x" * (length - len(head.encode())) if len(head.encode()) <= length else "y" * length


def test_the_vectors_hold_what_they_are_said_to_hold() -> None:
    lengths = [len(one["text"].encode()) for one in VECTORS]
    fills = {BLOCK - (20 + len(one["text"].encode()) + len(one["receiver"])) % BLOCK for one in VECTORS}

    assert (min(lengths), max(lengths)) == (0, LONGEST)
    assert sum(length % 2 for length in lengths) > 50
    assert {1, BLOCK} <= fills
    assert len({one["receiver"] for one in VECTORS}) == 3
    assert sum(not one["receiver"] for one in VECTORS) > 20
    assert {len(letter.encode()) for one in VECTORS for letter in one["text"]} == {1, 2, 3, 4}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{len(one['text'].encode())}-{one['receiver'][:2]}")
def test_we_seal_sign_and_open_as_the_other_program_does(vector: dict[str, str]) -> None:
    ours = cipher(vector)

    assert ours.sealed(vector["text"], vector["random"].encode()) == vector["sealed"]
    assert ours.signature(vector["stamp"], vector["nonce"], vector["sealed"]) == vector["signature"]
    given = (vector["signature"], vector["stamp"], vector["nonce"], vector["sealed"])
    assert ours.opened(*given) == vector["text"]
    other = Cipher(TOKEN, ours.key, vector["receiver"] + "x")
    with pytest.raises(Refused):
        other.opened(*given)


def test_the_emulated_wecom_opens_them_too() -> None:
    for one in VECTORS:
        envelopes = Envelopes(TOKEN, one["key"], one["receiver"])
        assert envelopes.open(one["sealed"], one["signature"], one["stamp"], one["nonce"]) == one["text"]


def test_the_other_program_makes_these_very_answers() -> None:
    done = subprocess.run([node(), PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == MADE


def test_the_other_program_opens_what_we_seal_at_every_length_and_refuses_another_signature() -> None:
    asked: list[dict[str, str]] = []
    for length in range(LONGEST + 1):
        like = VECTORS[length % len(VECTORS)]
        ours, text = cipher(like), text_of(length)
        sealed = ours.sealed(text)
        right = like | {"token": TOKEN, "sealed": sealed, "text": text}
        asked.append(right | {"signature": ours.signature(like["stamp"], like["nonce"], sealed)})
        assert len(text.encode()) == length
    asked.append(asked[-1] | {"signature": asked[0]["signature"]})
    lines = "\n".join(json.dumps(one) for one in asked)
    done = subprocess.run(
        [node(), PROGRAM, "open"], input=lines, capture_output=True, text=True, check=True, timeout=60
    )
    *opened, refused = [json.loads(line) for line in done.stdout.splitlines()]

    assert [one.get("text") for one in opened] == [one["text"] for one in asked[:-1]]
    assert refused == {"refused": "signature"}


@pytest.mark.parametrize("vector", VECTORS[::14], ids=lambda one: f"{len(one['text'].encode())}")
def test_the_command_line_of_openssl_finds_the_same_plaintext(vector: dict[str, str]) -> None:
    found = shutil.which("openssl")
    if found is None:
        pytest.skip("there is no openssl here")
    key = key_of(vector["key"])
    words = [found, "enc", "-d", "-aes-256-cbc", "-nopad", "-a", "-A", "-K", key.hex(), "-iv", key[:16].hex()]
    done = subprocess.run(words, input=vector["sealed"].encode(), capture_output=True, check=True, timeout=60)
    text = vector["text"].encode()
    plain = vector["random"].encode() + len(text).to_bytes(4, "big") + text + vector["receiver"].encode()
    fill = BLOCK - len(plain) % BLOCK

    assert done.stdout == plain + bytes([fill]) * fill
