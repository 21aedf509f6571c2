"""What must be true of the database and of what the network saw, however often the bot was killed.

Nothing here asks the product: people remember what they typed and saw, the network what it was told, and the rows are
read as they stand. Each function returns what is wrong, in words; nothing is the good answer.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.client import Json
from sandbox.limits import Limits
from tests.chaos.agents import Agent
from tests.chaos.occurrences import CHINA, RULES, due

Rows = Mapping[str, Sequence[Any]]
REPEATED = "unknown once"  # the reason of an outbox row that went out, or may have gone out, a second time
TOO_FAST = "more than"  # so the network begins to say that it was too much at once
LABELS = {"own": "自拓"}  # typing the words on a button is pressing it


def lost_or_twice(typed: Iterable[Any], kept: Iterable[Any], who: str) -> Iterator[str]:
    """What was typed and what is kept of it must be the same: nothing lost, nothing twice, nothing made up."""
    there, wanted = Counter(list(kept)), Counter(list(typed))
    if missing := wanted - there:
        yield f"{who}: lost {sorted(missing)}"
    if extra := there - wanted:
        yield f"{who}: too often {sorted(extra)}"


# --- what people may rely on at any moment ---------------------------------------------------------------------------


def promises(agents: Sequence[Agent]) -> dict[str, Any]:
    """What the phones show now; to be asked before the rows are read."""
    return {
        agent.who.name: {
            "calls": agent.receipts(), "deals": agent.handed_in(), "reports": agent.filed(),
            "form": agent.form, "answers": agent.taken(),
        }
        for agent in agents
    }  # fmt: skip


def kept(rows: Rows, agents: Sequence[Agent], promised: Mapping[str, Any]) -> list[str]:
    """Every receipt that somebody saw stands for exactly one record, and every answer shown as taken is in a draft."""
    return [problem for agent in agents for problem in _kept(rows, agent, promised[agent.who.name])]


def _kept(rows: Rows, agent: Agent, promised: Mapping[str, Any]) -> Iterator[str]:
    name, me = agent.who.name, _id(rows, agent)
    calls = Counter(row.note for row in rows["calls"] if row.person_id == me)
    deals = Counter(row.amount_fen // 100 for row in rows["deals"] if row.seller_id == me)
    reports = Counter(row.number for row in rows["reports"] if row.person_id == me)
    for what, seen, there in (
        ("call", promised["calls"], calls),
        ("deal", promised["deals"], deals),
        ("report", promised["reports"], reports),
    ):
        for one in seen:
            if there[one] != 1:
                yield f"{name}: a receipt for {what} {one}, but {there[one]} of it"
        for one, count in there.items():
            if count > 1:
                yield f"{name}: {what} {one} {count} times"
    form = promised["form"]
    if form is not None and promised["answers"]:
        stored = [answer for row in rows["drafts"] if row.person_id == me for answer in _typed(row.answers)]
        sent = form.kind == "deal" and int(form.steps[1][0]) in deals
        sent = sent or (form.kind == "weekly" and bool(reports))
        if not sent and (missing := [answer for answer in promised["answers"] if answer not in stored]):
            yield f"{name}: the draft of a {form.kind} lacks {missing}"


# --- what must be there when everything has come to rest ----------------------------------------------------------------


def entries(rows: Rows, agents: Sequence[Agent]) -> Iterator[str]:
    """Everything typed is there once, in the order typed; open forms hold every answer; reports are judged by their stamp."""
    for agent in agents:
        name, me = agent.who.name, _id(rows, agent)
        calls = [row.note for row in rows["calls"] if row.person_id == me]
        yield from lost_or_twice(agent.calls, calls, name)
        if sorted(calls) == sorted(agent.calls) and calls != agent.calls:
            yield f"{name}: calls out of order"
        deals = [row.amount_fen // 100 for row in rows["deals"] if row.seller_id == me]
        yield from lost_or_twice(agent.deals, deals, name)
        filed = [(_begun_in(agent, row), row) for row in rows["reports"] if row.person_id == me]
        sent = {week: at for week, at in agent.reports.items() if at is not None}
        yield from lost_or_twice(sent, [week for week, _ in filed], f"{name}, reports")
        reports = dict(filed)
        for week, at in sent.items():
            if week in reports:
                yield from _report(name, week, at, reports[week])
        stored = [_typed(row.answers) for row in rows["drafts"] if row.person_id == me]
        wanted = [agent.form.answers] if agent.form is not None else []
        if stored != wanted:
            yield f"{name}: drafts {stored}, but typed {wanted}"


def _typed(answers: Mapping[str, str]) -> list[str]:
    """A draft's answers as they were typed; the day of a deal is in the form from the start."""
    return [LABELS.get(answer, answer) for name, answer in answers.items() if name != "signed_on"]


def _begun_in(agent: Agent, row: Any) -> str:
    """The week in which somebody wrote a report: 周报 may mean an earlier one, whose deadline outages have moved into it."""
    wrote = (week for week in agent.reports if f"{agent.who.name}{week}" in str(row.answers) and row.period <= week)
    return next(wrote, str(row.period))


def _report(name: str, week: str, at: datetime, row: Any) -> Iterator[str]:
    if f"{name}{week}" not in str(row.answers):
        yield f"{name}: the report of {week} lacks the answers: {row.answers}"
    # A process whose clock still stands before the stamp, because the clock has just leapt, does not believe the stamp.
    if row.sent_at != at and not (row.at_source == "received" and row.sent_at < at):
        yield f"{name}: the report of {week} was sent at {at}, not {row.sent_at}"
    if at <= row.due_at and not row.on_time:
        yield f"{name}: the report of {week} was in time"


def answered(rows: Rows, agents: Sequence[Agent]) -> Iterator[str]:
    """Every entry has its receipt on the phone, twice at most; those whose sending was cut twice may have none."""
    cut = Counter(row.chat for row in rows["outbox"] if row.state == "maybe")
    for agent in agents:
        missing = 0
        for typed, seen in (
            (agent.calls, agent.receipts()),
            (agent.deals, agent.handed_in()),
        ):
            missing += sum(one not in seen for one in typed)
            if often := [one for one, count in seen.items() if count > 2]:
                yield f"{agent.who.name}: receipts more than twice: {often}"
        if missing > cut[str(agent.who.user)]:
            yield f"{agent.who.name}: {missing} entries without a receipt"


def inbox(rows: Rows, update_ids: range) -> Iterator[str]:
    """Every update is there once and done; each person's in the order in which the network numbered them."""
    yield from lost_or_twice(update_ids, (int(row.key) for row in rows["inbox"]), "inbox")
    states = Counter(row.state for row in rows["inbox"])
    if states.keys() - {"done"}:
        yield f"inbox: {dict(states)}"
    lines: dict[str, list[Any]] = defaultdict(list)
    for row in rows["inbox"]:
        lines[row.sender].append(row)
    for sender, line in lines.items():
        keys = [int(row.key) for row in line]
        if keys != sorted(keys):
            yield f"inbox: {sender}'s updates out of order: {keys}"


def outbox(rows: Rows, seen: Mapping[tuple[str, str], Json]) -> Iterator[str]:
    """Rows and the network's record agree. `seen`: every message of the bot by chat and id, as it was when it was new.

    Sent: it is there, once; a repeatable one at most once more with the same words. Maybe, or dropped after it was tried:
    there or not, repeatable ones twice at most. Anything else was never seen. Answers of one chat stand in the order of
    their rows.
    """
    states = Counter(row.state for row in rows["outbox"])
    if unfinished := states.keys() - {"sent", "maybe", "dropped", "new"}:
        yield f"outbox: {[(row.once, row.state, row.reason) for row in rows['outbox'] if row.state in unfinished]}"
    sent = {(row.chat, row.message_id): row for row in rows["outbox"] if row.state == "sent" and row.verb == "send"}
    if absent := sent.keys() - seen.keys():
        yield f"outbox: sent, but never seen: {sorted(sent[place].once for place in absent)}"
    if len(sent) != sum(row.state == "sent" and row.verb == "send" for row in rows["outbox"]):
        yield "outbox: two rows say that they are the same message"
    second = [  # what may stand there once more, by chat and words
        (row.chat, _words(seen[place])) for place, row in sent.items() if row.reason == REPEATED and place in seen
    ]
    perhaps = Counter[str]()  # dropped after an unknown outcome: when it was to be repeated its reason was gone
    for row in rows["outbox"]:
        if row.state in {"maybe", "dropped"} and row.verb == "send":
            perhaps[row.chat] += min(row.attempts, 2 if row.repeatable else 1)
    for place in sorted(seen.keys() - sent.keys()):
        words = _words(seen[place])
        if (place[0], words) in second:
            second.remove((place[0], words))
        elif perhaps[place[0]]:
            perhaps[place[0]] -= 1
        else:
            alike = [row.once for there, row in sent.items() if there in seen and _words(seen[there]) == words]
            yield f"outbox: nobody sent message {place}: {words[0]!r} (sent by right: {alike})"
    yield from _in_order(rows)
    mapped = Counter((row.chat, row.message_id, row.outbox_id, row.subject) for row in rows["sent_messages"])
    if forgotten := [row.once for place, row in sent.items() if mapped[*place, row.id, row.subject] != 1]:
        yield f"outbox: sent, but not remembered with what they carry: {forgotten}"


def _in_order(rows: Rows) -> Iterator[str]:
    last: dict[str, int] = {}
    for row in rows["outbox"]:
        if row.state == "sent" and row.verb == "send" and row.rank == 0 and row.message_id is not None:
            if int(row.message_id) < last.get(row.chat, 0):
                yield f"outbox: answers out of order in {row.chat} at {row.once}"
            last[row.chat] = int(row.message_id)


def _words(message: Json) -> tuple[str, tuple[Any, ...]]:
    buttons = [(button["text"], button.get("data")) for line in message["buttons"] or [] for button in line]
    return message["text"] or message["caption"] or "", tuple(buttons)


def jobs(rows: Rows, begin: datetime, now: datetime, *, at_rest: bool = True) -> Iterator[str]:
    """What is settled is what the rules name between two moments, each once; while the bot is away, the first of it."""
    settled: dict[str, list[datetime]] = defaultdict(list)
    for row in rows["occurrences"]:
        settled[row.job].append(row.scheduled_for.astimezone(CHINA))
    if strangers := settled.keys() - RULES.keys():
        yield f"jobs: nobody's occurrences: {sorted(strangers)}"
    for name, rule in RULES.items():
        wanted, there = list(due(rule, begin, now)), sorted(settled[name])
        if there != (wanted if at_rest else wanted[: len(there)]):
            yield f"jobs: {name}: settled {_times(there)}, but due {_times(wanted)}"
        if rule.missed == "all" and any(row.state != "done" for row in rows["occurrences"] if row.job == name):
            yield f"jobs: {name}: skipped although all are wanted"
    yield from reminders(rows)


def unsettled(rows: Sequence[Any], begin: datetime, now: datetime) -> int:
    """How much was due between two moments that nobody has settled yet. `rows`: of the occurrences."""
    settled = Counter(row.job for row in rows)
    return sum(max(0, len(list(due(rule, begin, now))) - settled[name]) for name, rule in RULES.items())


def reminders(rows: Rows) -> Iterator[str]:
    """An hour that reminds of a week's report at all reminds everybody who owed it when the hour was settled: an
    occurrence and what it says are one transaction. An outage may have put a week's deadline off into the next week."""
    done = {
        row.scheduled_for: row.done_at
        for row in rows["occurrences"]
        if row.job == "report_nudges" and row.state == "done"
    }
    agents = {row.id for row in rows["people"] if row.role in {"clerk", "rep"}}
    said: dict[datetime, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows["outbox"]:
        if found := NUDGE.match(row.once):
            said[row.created_at][f"{found[1]}-W{found[2]}"].append(row.person_id)
    if strays := said.keys() - done.keys():
        yield f"jobs: reminders of hours that were not settled: {_times(sorted(strays))}"
    for slot, at in done.items():
        local = slot.astimezone(CHINA)
        weeks = set(said[slot])
        if (local.weekday(), f"{local:%H:%M}") == FIRST_NUDGE:
            weeks.add(f"{local.isocalendar().year}-W{local.isocalendar().week:02d}")
        everybody = [person for people in said[slot].values() for person in people]
        for week in sorted(weeks):
            owed = agents - {row.person_id for row in rows["reports"] if row.period == week and row.sent_at <= at}
            if missed := owed - set(everybody):
                yield f"jobs: at {_times([slot])} {len(owed)} owed {week}, {len(owed - missed)} were reminded"
        if len(everybody) != len(set(everybody)):
            yield f"jobs: at {_times([slot])} somebody was reminded twice"


NUDGE = re.compile(r"nudge:W-(\d{4})-(\d{2})-")
FIRST_NUDGE = (4, "17:30")  # by the sample policy; later ones move with a deadline that an outage has put off


def _times(slots: Sequence[datetime]) -> str:
    return f"{len(slots)} ({', '.join(f'{slot.astimezone(CHINA):%m-%d %H:%M}' for slot in slots[-3:])})"


def violations(rows: Rows, noted: Sequence[Json]) -> Iterator[str]:
    """The network had nothing to object to, but for presses whose answer was repeated after a kill (D6).

    Its pace is judged by `pace`: the sandbox counts when it comes to read a request, and on a busy machine it reads in
    one second what was sent in three. An answer that was repeated and then too old says only that it is too old.
    """
    noted = [one for one in noted if one["method"] != "clock" and not one["what"].startswith(TOO_FAST)]
    repeated = sum(max(0, row.attempts - 1) for row in rows["outbox"] if row.verb == "answer")
    twice = [one for one in noted if "was answered before" in one["what"]]
    others = [one for one in noted if one not in twice]
    if others or len(twice) > repeated:
        yield f"violations: {others or twice}"


def departures(file: Path) -> list[tuple[float, int]]:
    """What left, by the senders' own notes: host seconds and chat, in order."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return sorted((float(at), int(chat)) for at, chat in map(str.split, lines))


def pace(left: Sequence[tuple[float, int]]) -> Iterator[str]:
    """All processes together never sent faster than the network allows, however often they were restarted (D7): as
    strictly as if nobody had written to them, because an answer to somebody who has just written counts less."""
    at = 0.0
    limits = Limits(lambda: at, strict=False)
    for number, (at, chat) in enumerate(left):
        for broken in limits.send(chat).broken:
            before = ", ".join(f"{at - then:.3f} s into {other}" for then, other in left[max(0, number - 35) : number])
            yield f"pace: {broken}; before it: {before}"


def _id(rows: Rows, agent: Agent) -> int:
    return next(int(row.id) for row in rows["people"] if row.name == agent.who.name)
