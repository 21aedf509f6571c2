"""By which way a person or a group is reached, when there are several (docs/wecom.md)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

BOT, APP, WEBHOOK = "wecom", "wecom_app", "wecom_group"
NETWORKS = {BOT: "wecom", APP: "wecom", WEBHOOK: "wecom"}  # every other channel is a network of its own
LONG_AGO = datetime.min.replace(tzinfo=UTC)
_CIPHERTEXT = re.compile(r"wo[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class Known:
    """An account as far as ways are concerned."""

    channel: str
    external_id: str
    reachable: bool
    last_seen_at: datetime | None = None


class Audience(Protocol):
    """A bound group: whose boards go there."""

    @property
    def channel(self) -> str:
        """How it is reached."""
        ...

    @property
    def whole_company(self) -> bool:
        """Everybody's boards."""
        ...

    @property
    def team_ids(self) -> Collection[int]:
        """These teams' boards."""
        ...


Group = TypeVar("Group", bound=Audience)


def network_of(channel: str) -> str:
    """The network that a channel belongs to, as people think of it."""
    return NETWORKS.get(channel, channel)


def plain(userid: str) -> bool:
    """Is this the company's own userid, the same for its bot and its app, and no ciphertext of one bot?"""
    return bool(userid) and _CIPHERTEXT.fullmatch(userid) is None


def sibling(channel: str, external_id: str) -> tuple[str, str] | None:
    """The same person's account on WeCom's other channel, when the userid tells."""
    other = {BOT: APP, APP: BOT}.get(channel)
    return (other, external_id) if other is not None and plain(external_id) else None


def ways(accounts: Sequence[Known], prefers: str | None = None) -> list[tuple[str, str]]:
    """(channel, address) by which a person may be reached, the best first: the network they chose, else the one used
    last; within WeCom the bot, then the app, which needs no word of theirs before it may speak.
    """
    open_ = [one for one in accounts if one.reachable]
    refused = {(one.channel, one.external_id) for one in accounts if not one.reachable}
    used = {network: max((one.last_seen_at or LONG_AGO) for one in open_ if network_of(one.channel) == network)
            for network in dict.fromkeys(network_of(one.channel) for one in open_)}  # fmt: skip
    if any(one.channel == BOT for one in accounts):  # the app may still reach whom the bot does not
        used.setdefault("wecom", LONG_AGO)
    found: list[tuple[str, str]] = []
    for network in sorted(used, key=lambda name: (name == prefers, used[name]), reverse=True):
        mine = [one for one in accounts if network_of(one.channel) == network]
        mine.sort(key=lambda one: (one.channel == APP, -(one.last_seen_at or LONG_AGO).timestamp()))
        found += [(one.channel, one.external_id) for one in mine if one.reachable]
        found += [(APP, one.external_id) for one in mine if one.channel == BOT and plain(one.external_id)]
    return [way for way in dict.fromkeys(found) if way not in refused]


def posting(groups: Iterable[Group]) -> list[Group]:
    """The groups that get boards: a WeCom group that the bot is in stands back where webhooks reach all it is for."""
    every = list(groups)
    hooks = [group for group in every if group.channel == WEBHOOK]
    whole = any(hook.whole_company for hook in hooks)
    teams = {team for hook in hooks for team in hook.team_ids}

    def covered(group: Audience) -> bool:
        return bool(hooks) and (whole or not group.whole_company) and set(group.team_ids) <= teams

    return [group for group in every if group.channel != BOT or not covered(group)]


def instead(failed: Group, groups: Iterable[Group]) -> Group | None:
    """The group that gets what a group's way certainly did not take: the bot's, for the same people."""
    if failed.channel != WEBHOOK:
        return None
    for group in groups:
        shares = group.whole_company if failed.whole_company else bool(set(failed.team_ids) & set(group.team_ids))
        if group.channel == BOT and shares:
            return group
    return None
