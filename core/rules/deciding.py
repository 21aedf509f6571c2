"""Who decides about a deal, and when. Pure.

A supervisor confirms an agent's deal, the manager a supervisor's own (policy 8), nobody their own; once it has waited
long enough (policy deals.assistant_after_minutes) the assistant may confirm an agent's.
"""

from __future__ import annotations

from datetime import datetime

from core.rules.errors import Refusal
from core.rules.people import Person, Role, oversees

_RANK = {Role.SUPERVISOR: 1, Role.MANAGER: 2}
_ABOVE = 3


def confirmed_by(seller: Person) -> Role:
    """The post that confirms what `seller` sells: the supervisor an agent's, the manager a supervisor's and an assistant's,
    the director a manager's."""
    if seller.role in {Role.CLERK, Role.REP}:
        return Role.SUPERVISOR
    return Role.MANAGER if seller.role in {Role.SUPERVISOR, Role.ASSISTANT} else Role.DIRECTOR


def may_decide(actor: Person, seller: Person, now: datetime, assistant_from: datetime) -> bool:
    """May `actor` confirm or reject a waiting deal of `seller` now?"""
    try:
        check_decision(actor, seller, now, assistant_from)
    except Refusal:
        return False
    return True


def check_decision(actor: Person, seller: Person, now: datetime, assistant_from: datetime) -> None:
    """Raises Refusal: `deals.own` (nobody confirms their own), `deals.not_yours`, `deals.assistant_waits` (params: `at`,
    which is `assistant_from`)."""
    if actor.id == seller.id:
        raise Refusal("deals.own")
    if not actor.works or not oversees(actor, seller):
        raise Refusal("deals.not_yours")
    needed = confirmed_by(seller)
    if actor.is_owner or actor.role is Role.DIRECTOR:
        return
    if actor.role is Role.ASSISTANT and needed is Role.SUPERVISOR:
        if now < assistant_from:
            raise Refusal("deals.assistant_waits", at=assistant_from)
        return
    if _RANK.get(actor.role, 0) < _RANK.get(needed, _ABOVE):
        raise Refusal("deals.not_yours")
