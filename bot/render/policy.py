"""The policy in words: what holds, what is coming, a proposal with what it would do, who has read what was issued."""

# ruff: noqa: ARG001  (every renderer of a notice is given the same four things)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from bot.channels.port import Button, Message, Rows
from bot.render.deal_lines import signed
from bot.render.months import months_said
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules import explain, wording
from core.rules import policy_change as rules
from core.rules.money import percent, yuan, yuan_short
from core.rules.people import Person
from core.rules.policy import Policy, Problem, Version, complete
from core.rules.policy_change import Changed, Figure, Outlook
from core.store import people, policies
from core.store.db import Tx
from core.store.policies import Issued, Proposal
from core.usecases import policy_changes

PAGE = 5
SENTENCES = 4  # of the policy in one message: some are long
SHOWN = 2  # changes on a card
PROBLEMS = 6
CUT = 120  # characters of a sentence on a card


def figure_value(value: int | Fraction | None, lang: str) -> str:
    """`750`, `3.5%`, 未定."""
    if value is None:
        return t(lang, "policy.unset")
    return percent(value) if isinstance(value, Fraction) else yuan_short(value)


def figure_name(one: Figure, glossary: dict[str, str], lang: str) -> str:
    """`底薪 · 商务文员`, `超过 16,000 的比例`."""
    role = ""
    if one.role is not None:
        role = glossary[one.role.value] if lang == "zh" else wording.role_name(one.role, lang)
    if one.row is not None:
        key = "policy.figure_lead_" if one.role is not None else "policy.figure_"
        return t(lang, key + one.name, row=figure_value(one.row, lang), role=role)
    return t(lang, f"policy.figure_{one.name}", role=role)


def called(name: str, day: date, lang: str) -> str:
    """`2026-12-01 版`, `冬季版(2026-12-01 起)`."""
    key = "policy.version_plain" if name == day.isoformat() else "policy.version_named"
    return t(lang, key, name=name, day=day.isoformat())


def problems(found: Sequence[Problem], lang: str) -> str:
    """Everything that is wrong with a file; of very many the first ones."""
    lines = [t(lang, "policy.problems", count=len(found))]
    lines += [f"· {wording.problem(one, lang)}" for one in found[:PROBLEMS]]
    if len(found) > PROBLEMS:
        lines.append(t(lang, "policy.more_problems", count=len(found) - PROBLEMS))
    return "\n".join(lines)


# --- what holds -------------------------------------------------------------------------------------------------------


def pages(policy: Policy, version: Version, lang: str) -> list[tuple[str, list[str]]]:
    """The policy in plain words, a message at a time: a chapter's head and some of its sentences."""
    return [
        (head, lines[first : first + SENTENCES])
        for head, lines in explain.policy(policy, version, lang)[1:]
        for first in range(0, len(lines), SENTENCES)
    ]


def page_of(found: Sequence[tuple[str, list[str]]], word: str) -> int | None:
    """The first page about something: by its chapter's name, else by a sentence."""
    asked = word.casefold()
    by_head = (number for number, (head, _) in enumerate(found) if asked in head.casefold())
    by_line = (number for number, (_, lines) in enumerate(found) if any(asked in line.casefold() for line in lines))
    first = next(by_head, None)
    return first if first is not None else next(by_line, None)


def changes(before: Version, after: Version, policy: Policy, lang: str) -> tuple[Changed, ...]:
    """What changes from one version to another, in plain words."""
    return rules.differences(explain.policy(policy, before, lang), explain.policy(policy, after, lang))


def change_lines(one: Changed, lang: str, *, cut: int | None = None) -> list[str]:
    """`3.1 底薪`, then what it said and what it says now."""
    old, new = ((t(lang, "policy.joint").join(side)) for side in (one.before, one.after))
    lines = []
    if old:
        lines.append(t(lang, "policy.was", text=_short(old, cut)))
    if new:
        lines.append(t(lang, "policy.becomes" if old else "policy.added", text=_short(new, cut)))
    if old and not new:
        lines[-1] = t(lang, "policy.dropped", text=_short(old, cut))
    return [one.head, *lines]


def _short(text: str, cut: int | None) -> str:
    return text if cut is None or len(text) <= cut else text[:cut] + "…"


def some_changes(found: Sequence[Changed], lang: str, most: int = SHOWN) -> list[str]:
    """The first changes in a few lines, and how many more there are."""
    lines: list[str] = []
    for one in found[:most]:
        head, *said = change_lines(one, lang, cut=CUT)
        lines += [f"{head} · {said[0]}", *said[1:]]
    if len(found) > most:
        lines.append(t(lang, "policy.more_changes", count=len(found) - most))
    return lines


def before(policy: Policy, version: Version) -> Version | None:
    """The version a version followed."""
    earlier = [one for one in policy.versions if one.effective_from < version.effective_from]
    return earlier[-1] if earlier else None


# --- a proposal -------------------------------------------------------------------------------------------------------


async def proposal_text(
    tx: Tx, proposal: Proposal, version: Version, base: Version, look: Outlook | None, lang: str
) -> str:
    """From when, what changes, what it would have done, where it stands."""
    known = await people.by_ids(tx, [one for one in (proposal.proposer_id, proposal.decided_by) if one is not None])
    by = known[proposal.proposer_id].name if proposal.proposer_id in known else t(lang, "policy.command_line")
    lines = [t(lang, "policy.proposal", day=version.effective_from.isoformat(), name=by)]
    lines += some_changes(changes(base, version, tx.company.policy, lang), lang, 1)
    if look is not None:
        lines.append(outlook_line(look, lang))
    if version.effective_from <= tx.today and proposal.state.is_open:
        lines.append(t(lang, "policy.backdated"))
    elif version.mid_month and proposal.state.is_open:
        lines.append(t(lang, "policy.mid_month"))
    decider = known[proposal.decided_by].name if proposal.decided_by in known else ""
    waits = ""
    if proposal.proposer_id is not None:
        asked = rules.confirmers(await people.everybody(tx), proposal.proposer_id)
        waits = t(lang, "policy.or").join(person.name for person in asked[:3])
    state = t(lang, f"policy.state_{proposal.state.value}", name=decider or waits, reason=proposal.reason or "")
    return "\n".join([*lines, state])


def cautions(found: Sequence[Problem], lang: str) -> str:
    """What somebody should know before they say yes, with its source where there is one; the version is known."""
    lines = [t(lang, "policy.cautions", count=len(found))]
    for one in found[:PROBLEMS]:
        key = one.where.partition("].")[2] or t(lang, "policy.whole")
        lines.append(f"· {wording.problem(replace(one, where=key), lang)}")
    return "\n".join(lines)


def outlook_line(look: Outlook, lang: str) -> str:
    """`试算 8 月 至 10 月:3 人多,12 人少;公司多付 1,200.00`."""
    if not look.months:
        return t(lang, "policy.no_past")
    key = "policy.look_even" if not look.cost else "policy.look_more" if look.cost > 0 else "policy.look_less"
    span = months_said(look.months[0], look.months[-1], lang)
    return t(
        lang, key, span=span, gainers=look.gainers, losers=look.losers, same=len(look.effects) - look.gainers - look.losers,
        cost=yuan(abs(look.cost)),
    )  # fmt: skip


def effects_text(look: Outlook, page: int, lang: str) -> str:
    """Who gains and who loses, a page at a time."""
    lines = [outlook_line(look, lang)]
    lines += [
        t(
            lang, "policy.effect", name=one.person.name, before=yuan(one.before), after=yuan(one.after),
            gain=signed(one.gain),
        )
        for one in look.effects[page * PAGE : (page + 1) * PAGE]
    ]  # fmt: skip
    pages_ = max(1, -(-len(look.effects) // PAGE))
    return "\n".join([*lines, *([t(lang, "policy.page", page=page + 1, pages=pages_)] if pages_ > 1 else [])])


def _open(proposal: Proposal, lang: str) -> Rows:
    return ((Button(t(lang, "policy.look"), "policy.show", {"proposal": proposal.id}, once=False),),)


def subject(proposal_id: int) -> str:
    """What every message about a proposal carries."""
    return f"policy:{proposal_id}"


async def _proposal_notice(tx: Tx, data: Data, lang: str, key: str, *, buttons: bool = True) -> Message | None:
    proposal = await policies.by_id(tx, int(data["proposal"]))
    if proposal is None:
        return None
    known = await people.by_ids(tx, [one for one in (proposal.proposer_id, proposal.decided_by) if one is not None])
    name = known[proposal.proposer_id].name if proposal.proposer_id in known else t(lang, "policy.command_line")
    by = known[proposal.decided_by].name if proposal.decided_by in known else ""
    text = t(lang, key, name=name, by=by, day=proposal.effective_from.isoformat(), reason=proposal.reason or "")
    return Message(text, _open(proposal, lang) if buttons else (), subject=subject(proposal.id))


@notice("policy_drafted")
async def drafted(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A draft came in from the command line."""
    return await _proposal_notice(tx, data, lang, "policy.drafted")


@notice("policy_submitted")
async def submitted(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It waits for the second person."""
    proposal = await policies.by_id(tx, int(data["proposal"]))
    if proposal is None or not proposal.state.is_open:
        return None
    return await _proposal_notice(tx, data, lang, "policy.submitted")


@notice("policy_waits")
async def waits(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It waits for the second person still."""
    return await _proposal_notice(tx, data, lang, "policy.waits")


@notice("policy_ended")
async def ended(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Declined, withdrawn, or overtaken by another one."""
    proposal = await policies.by_id(tx, int(data["proposal"]))
    if proposal is None or proposal.state.is_open:
        return None
    return await _proposal_notice(tx, data, lang, f"policy.ended_{proposal.state.value}")


# --- issued -----------------------------------------------------------------------------------------------------------


def version_issued(issued: Issued) -> Version:
    """The version itself, also in a process that has not heard of it yet."""
    return complete(rules.read(issued.text))


def what_changes(policy: Policy, issued: Issued, lang: str) -> tuple[Changed, ...]:
    """What an issued version changes."""
    version = version_issued(issued)
    earlier = before(policy, version)
    return changes(earlier, version, policy, lang) if earlier else ()


def receipt_rows(issued: Issued, lang: str) -> Rows:
    """已阅, and everything it changes."""
    return (
        (
            Button(t(lang, "policy.read"), "policy.read", {"version": issued.id}),
            Button(t(lang, "policy.all_changes"), "policy.version", {"version": issued.id}, once=False),
        ),
    )


async def announcement(tx: Tx, issued: Issued, lang: str) -> str:
    """What changes, from when, who stands behind it."""
    known = await people.by_ids(tx, [issued.proposed_by, issued.confirmed_by])
    lines = [t(lang, "policy.announced", day=issued.effective_from.isoformat())]
    lines += some_changes(what_changes(tx.company.policy, issued, lang), lang)
    by = t(lang, "policy.by", name=known[issued.proposed_by].name, director=known[issued.confirmed_by].name)
    return "\n".join([*lines, by])


@notice("policy_announced")
async def announced(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To everybody, in private."""
    issued = await policies.issued_by_id(tx, int(data["version"]))
    return None if issued is None else Message(await announcement(tx, issued, lang), receipt_rows(issued, lang))


@notice("policy_confirmed")
async def confirmed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To whoever proposed and whoever confirmed it."""
    issued = await policies.issued_by_id(tx, int(data["version"]))
    if issued is None:
        return None
    known = await people.by_ids(tx, [issued.confirmed_by])
    version = called(issued.name, issued.effective_from, lang)
    text = t(lang, "policy.confirmed", name=known[issued.confirmed_by].name, version=version)
    return Message(text, (_unread_button(issued, lang),), subject=subject(issued.proposal_id))


def _unread_button(issued: Issued, lang: str) -> tuple[Button, ...]:
    return (Button(t(lang, "policy.who_not"), "policy.unread", {"version": issued.id}, once=False),)


@notice("policy_chase")
async def chase(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Not read yet."""
    issued = await policies.issued_by_id(tx, int(data["version"]))
    if issued is None:
        return None
    text = t(lang, "policy.chase", day=issued.effective_from.isoformat())
    lines = some_changes(what_changes(tx.company.policy, issued, lang), lang, 1)
    return Message("\n".join([text, *lines]), receipt_rows(issued, lang))


@notice("policy_unread")
async def unread_notice(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To those behind it: who has not read it."""
    issued = await policies.issued_by_id(tx, int(data["version"]))
    left = await policy_changes.unread(tx, issued) if issued is not None else []
    if issued is None or not left:
        return None
    return Message(unread_text(issued, left, 0, lang), (_unread_button(issued, lang),))


def unread_text(issued: Issued, left: Sequence[Person], page: int, lang: str) -> str:
    """Who has not read it, in the order of the roster."""
    size = PAGE * 4
    version = called(issued.name, issued.effective_from, lang)
    if not left:
        return t(lang, "policy.all_read", version=version)
    names = t(lang, "policy.comma").join(person.name for person in left[page * size : (page + 1) * size])
    more = "…" if len(left) > (page + 1) * size else ""
    return t(lang, "policy.unread", version=version, count=len(left)) + "\n" + names + more
