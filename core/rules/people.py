"""Who works here and what each may do. Every act is authorised at the moment of the act (roles, teams)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """The posts of the company's rules (004 §2)."""

    CLERK = "clerk"  # 商务文员
    REP = "rep"  # 商务代表
    SUPERVISOR = "supervisor"  # 商务主管
    ASSISTANT = "assistant"  # 商务助理
    MANAGER = "manager"  # 商务经理
    DIRECTOR = "director"  # 总经理


class Status(StrEnum):
    """Where somebody stands (004 §3.1)."""

    TRAINING = "training"  # 培训
    PROBATION = "probation"  # 试用
    REGULAR = "regular"  # 正式
    LEFT = "left"  # 离职


AGENTS = frozenset({Role.CLERK, Role.REP})
HEADS = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR})
COMPANY_WIDE = frozenset({Role.MANAGER, Role.ASSISTANT, Role.DIRECTOR})


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the company as of today."""

    id: int
    employee_no: str
    name: str
    role: Role
    status: Status
    team_id: int | None
    team: str | None  # the team's name, for texts
    hired_on: date
    probation_from: date | None = None
    left_on: date | None = None
    superior_id: int | None = None
    is_owner: bool = False
    lang: str = "zh"
    workweek: str | None = None  # their own or their team's: "5", "6", "alternate"; None = the policy's default

    @property
    def given_name(self) -> str:
        """晓燕 for 林晓燕; the whole name where it is not a plain Chinese one of three characters or a compound."""
        if "·" in self.name or not all("\u4e00" <= c <= "\u9fff" for c in self.name):
            return self.name
        surname = 2 if len(self.name) > 2 and self.name[:2] in COMPOUND_SURNAMES else 1
        given = self.name[surname:]
        return given if len(given) > 1 else self.name

    @property
    def is_agent(self) -> bool:
        """Clerks and reps owe reports and are ranked."""
        return self.role in AGENTS

    @property
    def works(self) -> bool:
        """Has not left."""
        return self.status is not Status.LEFT


COMPOUND_SURNAMES = frozenset({"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐"})


def company_wide(person: Person) -> bool:
    """Does somebody's post reach the whole company, not one team?"""
    return person.is_owner or person.role in COMPANY_WIDE


def leads(person: Person) -> bool:
    """Supervisors for their team, those above and the assistant for all: who sees others' work and says where boards go."""
    return company_wide(person) or person.role in HEADS


def oversees(actor: Person, subject: Person) -> bool:
    """May `actor` see and act on what belongs to `subject`? One's own team, or the whole company by post."""
    if not actor.works:
        return False
    if company_wide(actor):
        return True
    if subject.superior_id == actor.id:
        return True
    return actor.role is Role.SUPERVISOR and actor.team_id is not None and actor.team_id == subject.team_id


def manages(actor: Person, subject: Person) -> bool:
    """May `actor` decide about `subject` (confirm, invite, remove)? Heads only, never oneself, never upwards."""
    if actor.id == subject.id or (actor.role is Role.ASSISTANT and not actor.is_owner):
        return False
    if actor.is_owner:
        return True
    rank = {Role.DIRECTOR: 3, Role.MANAGER: 2, Role.SUPERVISOR: 1}
    if rank.get(actor.role, 0) <= rank.get(subject.role, 0):
        return False
    return actor.role in HEADS and oversees(actor, subject)
