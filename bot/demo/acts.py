"""What a scene or a script is made of, in few words. Chinese first, English second where it differs."""

from __future__ import annotations

from typing import Any

from sandbox.scenes import Place, Step, Words

Text = str | Words


def _words(*given: Text) -> Words:
    return tuple(word for one in given for word in ((one,) if isinstance(one, str) else one))


def say(who: Place, *text: str, chat: Place | None = None, on: Text = (), then: Text = (), rescue: Text = ()) -> Step:
    """`who` types; `on`: in reply to that message; `then` is in the answer."""
    return Step("say", who, chat, text, _words(on), _words(then), _words(rescue))


def press(who: Place, label: Text, *, on: Text, then: Text = (), chat: Place | None = None) -> Step:
    """`who` presses a button under the newest message with `on`."""
    return Step("press", who, chat, _words(label), _words(on), _words(then))


def see(who: Place, *text: str, chat: Place | None = None) -> Step:
    """The bot says one of these to `who`, or in a group that `who` is in."""
    return Step("see", who, chat, text)


def never(who: Place, *text: str, chat: Place | None = None) -> Step:
    """The bot has said none of these so far."""
    return Step("never", who, chat, text)


def clock(to: str) -> Step:
    """The company's time moves on."""
    return Step("clock", to=to)


def kill() -> Step:
    """kill -9."""
    return Step("kill")


def start() -> Step:
    """The bot's process comes up again."""
    return Step("start")


def fault(**fields: Any) -> Step:
    """The network misbehaves."""
    return Step("fault", fault=fields)


def look(who: Place, *text: str, chat: Place | None = None) -> Step:
    """Where to look at the end."""
    return Step("look", who, chat, text)
