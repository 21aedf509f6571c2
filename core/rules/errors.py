"""What a person can be told, as data: a text key and its parameters. Words live in bot/render/locales."""

from __future__ import annotations


class Refusal(Exception):
    """A rule says no, and the person is told why and what to do next.

    `key` names a text in the catalogue (`deals.not_yours`), `params` fill it. Never holds typed text in `str()`.
    """

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params
