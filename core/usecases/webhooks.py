"""A group's webhook: sent by a head in private, given to teams, told of when it is refused (docs/wecom.md)."""

from __future__ import annotations

from core.rules.errors import Refusal
from core.rules.people import HEADS, Person, Role, company_wide, leads
from core.rules.ways import WEBHOOK
from core.rules.webhooks import Address
from core.store import facts, webhooks
from core.store import people as people_store
from core.store.db import NOTICE, Tx
from core.store.people import Group, Team
from core.store.webhooks import Hook
from core.usecases import people

SETTING = "wecom.group_webhook"  # the fact that names the group of the setting


async def received(tx: Tx, actor: Person, address: Address) -> Hook:
    """Keep an address, sealed, until its group is given to a team. Raises Refusal for who may not."""
    if not leads(actor):
        raise Refusal("webhooks.heads_only")
    group = await webhooks.keep(tx, address)
    await tx.note(actor.id, "webhook.received", f"group:{group.id}")
    hook = await webhooks.hook_at(tx, group.external_id)
    assert hook is not None
    return hook


async def give(tx: Tx, actor: Person, chat: str, team_id: int | None) -> tuple[Hook, list[Team]]:
    """The group gets a team's boards, or the company's (None); it is greeted, which shows that the address works.

    Raises Refusal, also when the address was taken back meanwhile.
    """
    hook = await webhooks.hook_at(tx, chat)
    if hook is None or not hook.ending:
        raise Refusal("webhooks.gone")
    teams = None if team_id is None else await people_store.teams(tx, [team_id])
    if teams == []:
        raise Refusal("webhooks.gone")
    await people.bind_group(tx, actor, hook.group, teams)
    once = f"webhook-hello:{hook.group.id}:{team_id or 0}:{tx.now.isoformat()}"
    await tx.post(WEBHOOK, chat, "webhook_hello", {"teams": [one.id for one in teams or ()]}, once=once, rank=NOTICE)
    return hook, list(teams or ())


async def take_back(tx: Tx, actor: Person, chat: str) -> Hook:
    """Nothing is posted there any more and the address is forgotten. Raises Refusal."""
    hook = await webhooks.hook_at(tx, chat)
    if hook is None or not hook.ending:
        raise Refusal("webhooks.gone")
    if not _theirs(actor, hook.group):
        raise Refusal("groups.not_your_team")
    await webhooks.forget(tx, hook.group.id)
    await tx.note(actor.id, "webhook.removed", f"group:{hook.group.id}")
    return hook


async def theirs(tx: Tx, actor: Person) -> list[Hook]:
    """The webhooks this person may take back."""
    return [hook for hook in await webhooks.hooks(tx) if _theirs(actor, hook.group)]


def _theirs(actor: Person, group: Group) -> bool:
    if company_wide(actor):
        return True
    return actor.role in HEADS and not group.whole_company and set(group.team_ids) <= {actor.team_id}


async def from_setting(tx: Tx, address: Address | None) -> None:
    """The company group's webhook is what the setting says now; the one of an earlier setting is forgotten."""
    before = await facts.get(tx, SETTING)
    chat = webhooks.chat_of(address) if address is not None else None
    if before and before != chat and (hook := await webhooks.hook_at(tx, before)) is not None:
        await webhooks.forget(tx, hook.group.id)
    if address is not None:
        group = await webhooks.keep(tx, address)
        if group.state != "bound" or not group.whole_company:
            await webhooks.bind_from_setting(tx, group)
    if before != chat:
        await facts.put(tx, SETTING, chat)


async def refused(tx: Tx, chat: str) -> None:
    """WeCom does not take what is posted there: who gave the address hears it, else the managers. Once an hour."""
    hook = await webhooks.hook_at(tx, chat)
    if hook is None:
        return
    staff = await people_store.everybody(tx)
    told = [person for person in staff if person.id == hook.bound_by]
    told = told or [person for person in staff if person.role is Role.MANAGER or person.is_owner]
    data = {"ending": hook.ending, "teams": list(hook.group.team_ids), "setting": hook.bound_by is None}
    for person in told:
        await tx.notify(
            person.id, "webhook_refused", data, once=f"webhook:{hook.group.id}:{tx.now:%Y%m%dT%H}:{person.id}"
        )


async def gone(tx: Tx, chat: str) -> None:
    """The robot is not in its group any more: that is told, and the address is forgotten, for it will never work again."""
    hook = await webhooks.hook_at(tx, chat)
    if hook is not None and hook.ending:
        await refused(tx, chat)
        await webhooks.forget(tx, hook.group.id)
