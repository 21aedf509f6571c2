"""Scenes as data: what people do, step by step, and what must be seen; read from JSON, played by `player.py`.

A scene is a small list of steps, each one act of a person, of the clock or of the bot's process. Wherever a step names
words, it names them in every language the bot may speak (Chinese, English): what is typed is chosen by language, what
is looked for may be any of them. A scene has casts: the same acts by other people with other figures, so that it can
be played again; the first cast that still fits is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal, Self, get_args

Words = tuple[str, ...]
"""The same words in Chinese and, if they differ, in English."""
Place = int | str
"""A person or a chat: numbers are the toy Telegram's, names the toy WeCom's (a userid, `bot:USERID`, a group's id)."""
Do = Literal["say", "press", "see", "never", "clock", "kill", "start", "fault", "look"]
LANGS = ("zh", "en")
DAYTIME = "daytime"
"""Instead of a moment: now if people are at work, else half past nine on the next weekday."""
WORK_FROM, WORK_TO, MORNING = time(9, 0), time(20, 0), time(9, 30)
SATURDAY = 5


def pick(words: Words, lang: str) -> str:
    """The words of a language; the first ones where there are none of their own."""
    place = LANGS.index(lang) if lang in LANGS else 0
    return words[place] if place < len(words) else words[0] if words else ""


@dataclass(frozen=True, slots=True)
class Step:
    """One act.

    say: `who` types `text` in `chat` (private without one), in reply to the newest message with `on`; `then` is in the
    answer. press: `who` presses the button `text` under the newest message with `on`; `then` comes after it. see: the
    bot says `text` in `chat`, after the last act. never: it has not said `text` there since the scene began. clock: the company's time
    moves to `to`. kill, start: the bot's process. fault: the network misbehaves as `fault` says. look: the newest
    message with `text` is what to look at.
    """

    do: Do
    who: Place | None = None
    chat: Place | None = None
    text: Words = ()
    on: Words = ()
    then: Words = ()
    rescue: Words = ()
    """say: when the answer is another one (something else was open), say this first and try once more."""
    to: str = ""
    fault: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """The chat it happens in; Telegram's private chats have their person's id, WeCom's are with the AI bot."""
        if self.chat is not None:
            return self.chat
        return f"bot:{self.who}" if isinstance(self.who, str) else self.who or 0

    def filled(self, values: Mapping[str, str]) -> Self:
        """With the cast's values in the places of `{name}`."""
        return replace(
            self,
            who=_person(values["who"]) if self.who == CAST else self.who,
            text=_fill(self.text, values),
            on=_fill(self.on, values),
            then=_fill(self.then, values),
            rescue=_fill(self.rescue, values),
        )


CAST = 0
"""Instead of a person: the one the cast names."""


def _person(name: str) -> Place:
    return int(name) if name.isdecimal() else name


def _fill(words: Words, values: Mapping[str, str]) -> Words:
    for name, value in values.items():
        words = tuple(word.replace(f"{{{name}}}", value) for word in words)
    return words


@dataclass(frozen=True, slots=True)
class Said:
    """Something the bot said in a chat."""

    chat: Place
    text: Words


@dataclass(frozen=True, slots=True)
class Cast:
    """Values for the places of a scene; it fits while all of `after` was said and none of `unless`."""

    values: Mapping[str, str] = field(default_factory=dict)
    after: tuple[Said, ...] = ()
    unless: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """A play of a minute. `before`: the company time after which it makes no sense any more."""

    id: str
    title: Words
    about: Words
    look: Words
    steps: tuple[Step, ...]
    casts: tuple[Cast, ...] = (Cast(),)
    before: str = ""

    def cast(self, was_said: Callable[[Said], bool]) -> Cast | None:
        """The first cast that fits what was said so far."""
        for one in self.casts:
            if all(map(was_said, one.after)) and not any(map(was_said, one.unless)):
                return one
        return None

    def obstacle(self, now: datetime, was_said: Callable[[Said], bool]) -> Literal["late", "played"] | None:
        """Why it cannot be played now: its hour is over, or what it shows has happened. None: it can."""
        if self.before and now >= datetime.fromisoformat(self.before):
            return "late"
        return None if self.cast(was_said) else "played"


def daytime(now: datetime) -> datetime:
    """`now` if people are at work (weekdays 9 to 20), else half past nine on the next weekday."""
    if now.weekday() < SATURDAY and WORK_FROM <= now.time() < WORK_TO:
        return now
    day = now if now.time() < WORK_FROM else now + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day.replace(hour=MORNING.hour, minute=MORNING.minute, second=0, microsecond=0)


def dump(scenes: Iterable[Scene]) -> list[dict[str, Any]]:
    """As JSON."""
    return [asdict(scene) for scene in scenes]


def load(data: Iterable[Mapping[str, Any]]) -> tuple[Scene, ...]:
    """From JSON.

    Raises:
        ValueError: a step does what no step does.
    """
    return tuple(_scene(item) for item in data)


def _scene(item: Mapping[str, Any]) -> Scene:
    return Scene(
        id=str(item["id"]),
        title=tuple(item["title"]),
        about=tuple(item["about"]),
        look=tuple(item["look"]),
        steps=tuple(_step(step) for step in item["steps"]),
        casts=tuple(_cast(cast) for cast in item["casts"]),
        before=str(item["before"]),
    )


def _step(item: Mapping[str, Any]) -> Step:
    if item["do"] not in get_args(Do):
        raise ValueError(f"no step does {item['do']!r}")
    words = {name: tuple(item[name]) for name in ("text", "on", "then", "rescue")}
    return Step(item["do"], item["who"], item["chat"], to=item["to"], fault=item["fault"], **words)


def _cast(item: Mapping[str, Any]) -> Cast:
    said = {name: tuple(Said(one["chat"], tuple(one["text"])) for one in item[name]) for name in ("after", "unless")}
    return Cast(item["values"], **said)
