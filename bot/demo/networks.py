"""On which networks the demo company is: everybody on Telegram, everybody on WeCom, or half of them on each.

In the mixed company one team is on WeCom, one on Telegram, one has people on both, and 林晓燕 holds both phones. A group
of people from both networks is two groups, one on each. WeCom's team groups have the bot, its company group a webhook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from bot.demo.cast import COMPANY_CHAT, FEIHU, LINGHANG, PEOPLE, POLANG, TEAM_CHATS, Member, network
from core.rules.people import Role
from core.rules.ways import BOT as WECOM_BOT
from sandbox.scenes import CAST, Cast, Place, Said, Scene, Step

Network = Literal["telegram", "wecom", "mixed"]
TELEGRAM, WECOM, MIXED = NETWORKS = cast("tuple[Network, ...]", ("telegram", "wecom", "mixed"))

BOTH = "005"  # of the mixed company: 林晓燕
ON_WECOM = frozenset({"002", "004", "006", "008", "010", *(p.number for p in PEOPLE if p.team == FEIHU)})
WECOM_CHATS = {LINGHANG: "wrLinghang", FEIHU: "wrFeihu", POLANG: "wrPolang", None: "wrXinghe"}
WEBHOOK_KEY = "demo0000-company-webhook"
BOT_ID, BOT_SECRET, BOT_NAME = "aib-demo", "demo-bot-secret", "外呼管家"  # of the emulated network
WEBHOOK_NAME = "战报"


def userid(number: str) -> str:
    """Somebody's name in WeCom."""
    return f"XH{number}"


def channels(number: str, on: Network) -> tuple[str, ...]:
    """The channels somebody uses, the one they used last first."""
    if on == MIXED and number == BOTH:
        return (TELEGRAM, WECOM_BOT)
    return (WECOM_BOT,) if on == WECOM or (on == MIXED and number in ON_WECOM) else (TELEGRAM,)


def account(number: str, channel: str) -> str:
    """Somebody's account on a channel."""
    return userid(number) if channel == WECOM_BOT else str(1000 + int(number))


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the company: of a team, or (None) of everybody. `chat` is its id on its network. Whoever has both
    phones is in one group of a kind, so that nothing is read twice."""

    channel: str
    chat: Place
    team: str | None
    members: tuple[Member, ...]


def groups(on: Network) -> list[Group]:
    """Every group with its members: the team's people, the office beside them, on each network that they use."""
    found = []
    for team in (*TEAM_CHATS, None):
        staff = [p for p in PEOPLE if team in {None, p.team}]
        for channel in dict.fromkeys(channel for p in staff for channel in channels(p.number, on)[:1]):
            members = [p for p in PEOPLE if p in staff or p.team is None]
            there = tuple(p for p in members if channel == channels(p.number, on)[0])
            number = COMPANY_CHAT if team is None else TEAM_CHATS[team]
            found.append(Group(channel, WECOM_CHATS[team] if channel == WECOM_BOT else number, team, there))
    return found


# --- what the emulated networks are told -----------------------------------------------------------------------------


def people(lang: str, on: Network) -> dict[str, Any]:
    """The emulated networks' people and groups. Everybody has spoken to the bot before."""
    known = network(lang) | {"language": lang}
    if on == TELEGRAM:
        return known
    members = []
    for one, user in zip(PEOPLE, known["users"], strict=True):
        if WECOM_BOT in channels(one.number, on):
            named = {name: user[name] for name in ("title", "role", "team")}
            members.append(
                {"userid": userid(one.number), "name": one.name, "telegram": one.user, "spoken": True, **named}
            )
    every = groups(on)
    wecom = {
        "bot_id": BOT_ID,
        "bot_secret": BOT_SECRET,
        "bot_name": BOT_NAME,
        "users": members,
        "groups": [_wecom_group(group, known) for group in every if group.channel == WECOM_BOT],
    }
    there = {group.chat: {p.user for p in group.members} for group in every}
    telegram = [user for one, user in zip(PEOPLE, known["users"], strict=True) if TELEGRAM in channels(one.number, on)]
    left = [_kept(group, there[group["id"]]) for group in known["groups"] if group["id"] in there]
    return known | {"users": telegram, "groups": left, "wecom": wecom}


def _kept(group: Mapping[str, Any], there: set[int]) -> dict[str, Any]:
    """A Telegram group without those who are not on Telegram."""
    return {
        **group,
        "members": [one for one in group["members"] if one in there],
        "admins": [one for one in group["admins"] if one in there],
    }


def _wecom_group(group: Group, known: Mapping[str, Any]) -> dict[str, Any]:
    number = COMPANY_CHAT if group.team is None else TEAM_CHATS[group.team]
    title = next(one["title"] for one in known["groups"] if one["id"] == number)
    ways = {"robots": {WEBHOOK_KEY: WEBHOOK_NAME}} if group.team is None else {"bot": True, "spoken": True}
    return {"id": group.chat, "title": title, "members": [userid(p.number) for p in group.members], **ways}


def settings(on: Network) -> dict[str, str]:
    """The bot's settings for its networks; {sandbox} and {gateway} become addresses."""
    telegram = {
        "TELEGRAM_BOT_TOKEN": "" if on == WECOM else network()["bot"]["token"],
        "TELEGRAM_API_BASE_URL": "{sandbox}",
        "TELEGRAM_MODE": "polling",
        "TELEGRAM_PROXY": "",
    }
    names = ("BOT_ID", "BOT_SECRET", "BOT_URL", "CORP_ID", "AGENT_ID", "SECRET", "TOKEN", "AES_KEY", "GROUP_WEBHOOK")
    nothing = {f"WECOM_{name}": "" for name in names}  # what the person's own shell says does not reach the demo
    if on == TELEGRAM:
        return telegram | nothing
    return {
        **telegram,
        **nothing,
        "WECOM_BOT_ID": BOT_ID,
        "WECOM_BOT_SECRET": BOT_SECRET,
        "WECOM_BOT_URL": "{gateway}",
        "WECOM_GROUP_WEBHOOK": f"{{sandbox}}/wecom/cgi-bin/webhook/send?key={WEBHOOK_KEY}",
    }


# --- plays -----------------------------------------------------------------------------------------------------------


def played(steps: Iterable[Step], on: Network) -> tuple[Step, ...]:
    """Steps as they are played there: everybody on the phone they hold, groups on the network of who looks."""
    return _once_it_hears(replace(step, who=_who(step.who, on), chat=_chat(step, on)) for step in steps)


def scene(one: Scene, on: Network) -> Scene:
    """A scene as it is played there."""
    return replace(one, steps=played(one.steps, on), casts=tuple(_cast(cast, on) for cast in one.casts))


def _cast(cast: Cast, on: Network) -> Cast:
    who = {"who": str(_who(int(cast.values["who"]), on))} if "who" in cast.values else {}
    after, unless = (tuple(_said(one, on) for one in group) for group in (cast.after, cast.unless))
    return Cast({**cast.values, **who}, after, unless)


def _said(one: Said, on: Network) -> Said:
    who = _who(one.chat, on)
    return replace(one, chat=f"bot:{who}" if isinstance(who, str) else one.chat)


def _who(who: Place | None, on: Network) -> Place | None:
    if not isinstance(who, int) or who == CAST:
        return who
    number = f"{who % 1000:03}"
    return who if channels(number, on)[0] == TELEGRAM else userid(number)


def _chat(step: Step, on: Network) -> Place | None:
    if not isinstance(step.chat, int) or not isinstance(_who(step.who, on), str):
        return step.chat
    teams = {chat: team for team, chat in TEAM_CHATS.items()}
    return WECOM_CHATS[teams.get(step.chat)]


def _once_it_hears(steps: Iterable[Step]) -> tuple[Step, ...]:
    """WeCom says a message once: what people there type while the bot is gone is typed when it is back."""
    found: list[Step] = []
    waiting: list[Step] = []
    away = False
    for step in steps:
        away = step.do == "kill" or (away and step.do != "start")
        if away and step.do == "say" and isinstance(step.who, str):
            waiting.append(step)
            continue
        found.append(step)
        if step.do == "start":
            found += waiting
            waiting = []
    return (*found, *waiting)


def supervisor(team: str) -> Member:
    """Who leads a team."""
    return next(p for p in PEOPLE if p.team == team and p.role is Role.SUPERVISOR)
