"""The schema on one page. Core tables only: rows never leave core/store, rules get frozen dataclasses.

Money is whole fen (`_fen`, BIGINT). Instants are stored in UTC. `Sealed` columns hold what people typed (D10).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TypeDecorator

from core.store.sealed import Sealed, SealedJSON


class Instant(TypeDecorator[datetime]):
    """A moment: aware in, UTC in the database, aware (UTC) out. A naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware -> UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQLite forgets the zone; it is always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only gives autoincrementing ids to INTEGER; PostgreSQL needs BIGINT for a long life.
Id = BigInteger().with_variant(Integer, "sqlite")
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _person(name: str = "person_id", *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey("people.id"), nullable=nullable, index=index)


# --- who -------------------------------------------------------------------------------------------------

teams = Table(
    "teams",
    metadata,
    _id(),
    Column("name", String(64), nullable=False, unique=True),  # 领航组
    Column("alias", String(64)),  # 商务一组
    Column("show_amounts", Boolean, nullable=False, server_default=true()),  # in celebrations
    Column("created_at", Instant, nullable=False),
    Column("workweek", String(16)),  # 5, 6, alternate; of everybody in it who has none of their own
)

people = Table(
    "people",
    metadata,
    _id(),
    Column("employee_no", String(32), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("pinyin", String(200), nullable=False, index=True),  # toneless, for "same sound" and sorting
    Column("role", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("team_id", Id, ForeignKey("teams.id"), index=True),
    Column("superior_id", Id, ForeignKey("people.id")),
    Column("hired_on", Date, nullable=False),
    Column("probation_from", Date),
    Column("left_on", Date),
    Column("phone", Sealed("people.phone")),
    Column("is_owner", Boolean, nullable=False, server_default=false()),
    Column("lang", String(8), nullable=False, server_default="zh"),
    Column("prefers", String(16)),  # the network on which notices find them; NULL: where they were last
    Column("workweek", String(16)),
    Column("created_at", Instant, nullable=False),
)

# Who was what from which day on: a deal belongs to the team and role its seller had on the signing date.
postings = Table(
    "postings",
    metadata,
    _id(),
    _person(),
    Column("valid_from", Date, nullable=False),
    Column("role", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("team_id", Id, ForeignKey("teams.id")),
    UniqueConstraint("person_id", "valid_from"),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("external_id", String(64), nullable=False),
    _person(index=True),
    Column("bound_at", Instant, nullable=False),
    Column("last_seen_at", Instant),
    Column("unreachable_at", Instant),  # 403; cleared by the next message
    UniqueConstraint("channel", "external_id"),
)

invites = Table(
    "invites",
    metadata,
    _id(),
    Column("code_hash", String(64), nullable=False, unique=True),
    _person(nullable=True, index=True),  # NULL: claims ownership of the company
    Column("created_by", Id, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
)

failed_codes = Table(
    "failed_codes",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("external_id", String(64), nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

group_chats = Table(
    "group_chats",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("external_id", String(64), nullable=False),
    Column("title", Sealed("group_chats.title")),
    Column("webhook", Sealed("group_chats.webhook")),  # of channel wecom_group: where it is posted (a secret)
    Column("state", String(16), nullable=False),  # seen, bound, left
    Column("whole_company", Boolean, nullable=False, server_default=false()),
    Column("seen_at", Instant, nullable=False),
    _person("bound_by", nullable=True),
    UniqueConstraint("channel", "external_id"),
)

group_teams = Table(
    "group_teams",
    metadata,
    Column("group_id", Id, ForeignKey("group_chats.id"), primary_key=True),
    Column("team_id", Id, ForeignKey("teams.id"), primary_key=True),
)

targets = Table(
    "targets",
    metadata,
    _id(),
    Column("team_id", Id, ForeignKey("teams.id"), nullable=False),
    Column("month", String(7), nullable=False),  # 2026-11
    Column("amount_fen", BigInteger, nullable=False),
    _person("set_by", nullable=True),
    Column("set_at", Instant, nullable=False),
    Index("ix_targets_team_month", "team_id", "month"),  # the newest row of a month is in force; older ones are history
)

leaves = Table(
    "leaves",
    metadata,
    _id(),
    _person(index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", Sealed("leaves.reason")),
    Column("state", String(16), nullable=False),  # pending, approved, declined, cancelled
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    Column("at", Instant, nullable=False),
    Column("once", String(64), unique=True),
    Column("paid", Boolean, nullable=False, server_default=true()),  # false: shrinks base and basis of its month
)

# --- calls and deals ---------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    _id(),
    _person("owner_id", index=True),
    Column("name", String(64)),  # 李总: clear, for search
    Column("pinyin", String(200), index=True),
    Column("phone", Sealed("customers.phone")),
    Column("phone_index", String(32), index=True),  # blind index of the whole number
    Column("last4_index", String(32)),  # blind index of the last four, per owner
    Column("created_at", Instant, nullable=False),
    Column("last_contact_at", Instant),
    Column("dnc_at", Instant),  # 谢绝来电: nobody of the company calls again
    UniqueConstraint("owner_id", "phone_index"),
    Index("ix_customers_owner_last4", "owner_id", "last4_index"),
)

calls = Table(
    "calls",
    metadata,
    _id(),
    _person(),
    Column("customer_id", Id, ForeignKey("customers.id"), index=True),
    Column("day", Date, nullable=False),  # the company's day of `at`
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),  # platform, received
    Column("outcome", String(32)),
    Column("connected", Boolean, nullable=False, server_default=false()),
    Column("intention", Integer),
    Column("stage", Integer, nullable=False),  # 0 陌开, 1 回访1, ...
    Column("next_contact", Instant),
    Column("note", Sealed("calls.note")),
    Column("state", String(16), nullable=False, server_default="logged"),  # logged, undone
    _person("logged_by"),
    Column("proxy", String(16)),  # pending, accepted, declined: entered by somebody else
    _person("visitor_id", nullable=True),  # who goes to the visit that was arranged
    Column("once", String(80), nullable=False, unique=True),
    Index("ix_calls_person_day", "person_id", "day", "state"),
)

# Totals of a day as the person states them; single entries are included, never added.
day_counts = Table(
    "day_counts",
    metadata,
    _id(),
    _person(),
    Column("day", Date, nullable=False),
    Column("dials", Integer, nullable=False),
    Column("connected", Integer),
    Column("intentions", Integer),
    Column("visits", Integer),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    _person("logged_by"),
    Column("proxy", String(16)),
    Column("once", String(80), nullable=False, unique=True),
    UniqueConstraint("person_id", "day"),
)

deals = Table(
    "deals",
    metadata,
    _id(),
    _person("seller_id"),
    Column("team_id", Id, ForeignKey("teams.id")),  # the seller's on the signing date
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("amount_fen", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # own, delegated, sms
    _person("visitor_id", nullable=True, index=True),
    Column("signed_on", Date, nullable=False),
    Column("state", String(16), nullable=False),  # pending, confirmed, rejected, cancelled
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    Column("contacts", Integer, nullable=False, server_default="0"),  # the how-manieth contact signed
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    Column("reason", Sealed("deals.reason")),
    Column("note", Sealed("deals.note")),
    Column("joint_id", Id),  # 合单: the parts share the first part's id
    Column("once", String(80), nullable=False, unique=True),
    Index("ix_deals_seller_signed", "seller_id", "signed_on", "state"),
    Index("ix_deals_team_signed", "team_id", "signed_on", "state"),
    Index("ix_deals_state_at", "state", "at"),
)

deal_payments = Table(  # 定金, 尾款: what came in for a deal (its first part's id), each confirmed by itself
    "deal_payments",
    metadata,
    _id(),
    Column("deal_id", Id, ForeignKey("deals.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # deposit, balance
    Column("amount_fen", BigInteger, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("state", String(16), nullable=False),  # pending, confirmed, rejected, void
    _person("entered_by"),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    Column("reason", Sealed("deal_payments.reason")),
    Column("once", String(80), nullable=False, unique=True),
    Index("ix_deal_payments_received_state", "received_on", "state"),
    Index("ix_deal_payments_state", "state"),
)

deal_dues = Table(  # when the rest of a deal's money was promised for
    "deal_dues",
    metadata,
    Column("deal_id", Id, ForeignKey("deals.id"), primary_key=True),
    Column("due_on", Date, nullable=False, index=True),
    _person("set_by"),
    Column("set_at", Instant, nullable=False),
)

claps = Table(
    "claps",
    metadata,
    Column("deal_id", Id, ForeignKey("deals.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
)

# --- reports ------------------------------------------------------------------------------------------------

reports = Table(
    "reports",
    metadata,
    _id(),
    Column("number", String(48), nullable=False, unique=True),  # W-2026-47-005
    Column("kind", String(16), nullable=False),
    _person(),
    Column("period", String(16), nullable=False),  # 2026-W47, 2026-10
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("state", String(16), nullable=False),  # sent, read, promised, answered
    Column("due_at", Instant, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    Column("on_time", Boolean, nullable=False),
    Column("answers", SealedJSON("reports.answers"), nullable=False),
    Column("asks", Boolean, nullable=False, server_default=false()),  # holds a question
    _person("supervisor_id", nullable=True, index=True),
    Column("read_at", Instant),
    Column("promised_for", Instant),
    Column("answered_at", Instant),
    Column("edited_at", Instant),
    Column("once", String(80), nullable=False, unique=True),
    UniqueConstraint("person_id", "kind", "period"),
    Index("ix_reports_kind_period", "kind", "period"),
)

report_entries = Table(
    "report_entries",
    metadata,
    _id(),
    Column("report_id", Id, ForeignKey("reports.id"), nullable=False, index=True),
    _person("author_id"),
    Column("kind", String(16), nullable=False),  # feedback, quick, reply, question, thanks, addendum
    Column("text", Sealed("report_entries.text"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    Column("once", String(80), nullable=False, unique=True),
)

excuses = Table(
    "excuses",
    metadata,
    _id(),
    _person(index=True),
    Column("kind", String(16), nullable=False),
    Column("period", String(16), nullable=False),
    Column("reason", Sealed("excuses.reason"), nullable=False),
    Column("state", String(16), nullable=False),  # pending, accepted, declined, lapsed (nobody answered: accepted)
    Column("at", Instant, nullable=False),
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    UniqueConstraint("person_id", "kind", "period"),
)

# --- conversation -------------------------------------------------------------------------------------------

drafts = Table(
    "drafts",
    metadata,
    _id(),
    _person(index=True),
    Column("form", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", String(64), nullable=False, server_default=""),  # 2026-W47, a report number, ...
    Column("submission", String(32), nullable=False, unique=True),  # made when the form opens: the idempotency key
    Column("answers", SealedJSON("drafts.answers"), nullable=False),
    Column("context", SealedJSON("drafts.context"), nullable=False),
    Column("editing", String(32)),  # the field being changed from the review
    Column("active", Boolean, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("chat", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("person_id", "form", "subject"),
)

buttons = Table(
    "buttons",
    metadata,
    Column("token", String(24), primary_key=True),
    _person(nullable=True),  # NULL: anyone in that group (applause)
    Column("channel", String(16), nullable=False),
    Column("chat", String(64), nullable=False),
    Column("board", String(24), nullable=False),  # the buttons of one message share it
    Column("label", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("action", String(48), nullable=False),
    Column("args", SealedJSON("buttons.args"), nullable=False),
    Column("once", Boolean, nullable=False),
    Column("asked", Boolean, nullable=False, server_default=true()),  # an answer to the person; a notice comes unasked
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("outcome", Sealed("buttons.outcome")),  # the first line of the receipt, shown again on a second tap
    Column("created_at", Instant, nullable=False),
    Index("ix_buttons_chat_person", "channel", "chat", "person_id", "board"),
    Index("ix_buttons_board", "board"),
)

# --- in and out -----------------------------------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("key", String(80), nullable=False),  # update id
    Column("dedupe", String(120)),  # chat and message: update ids may restart after a silent week
    Column("sender", String(64), nullable=False),  # order is kept per sender
    Column("raw", SealedJSON("inbox.raw")),  # emptied when done
    Column("received_at", Instant, nullable=False),  # company time
    Column("state", String(16), nullable=False, server_default="new"),  # fetching, new, done, parked
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),  # the kind of error and where, never its text
    Column("done_at", Instant),
    UniqueConstraint("channel", "key"),
    UniqueConstraint("channel", "dedupe"),
    Index("ix_inbox_state_id", "state", "id"),
    Index("ix_inbox_sender_state", "channel", "sender", "state"),
)

OPEN = "state IN ('new', 'leased')"
outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("once", String(160), nullable=False, unique=True),
    Column("channel", String(16), nullable=False),
    Column("chat", String(64)),  # NULL until sent: the person's chat is looked up then
    Column("lane", String(96), nullable=False, server_default=""),  # one at a time in each, in order (outbox.lane)
    _person(nullable=True, index=True),
    Column("rank", Integer, nullable=False),  # 0 reply, 1 notice, 2 bulk
    Column("verb", String(16), nullable=False),  # send, edit, strip, answer, delete, leave, menu
    Column("notice", String(48)),  # a notice by name: rendered when sent
    Column("payload", SealedJSON("outbox.payload")),  # emptied when done
    Column("guard", String(120)),  # checked at the moment of sending
    Column("subject", String(64)),  # what the message carries (report:12): replies find it
    Column("repeatable", Boolean, nullable=False),  # may be sent once more after an unknown outcome
    Column("due_at", Instant, nullable=False),  # company clock
    Column("expires_at", Instant),  # company clock
    Column("state", String(16), nullable=False, server_default="new"),  # new, leased, sent, maybe, dropped, dead
    Column("reason", String(80)),  # why dropped or dead
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),  # host clock
    Column("lease_until", Instant),  # host clock; of a row that went out, or may have: when its lease ended
    Column("message_id", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    # Only open rows are looked for, and they are few: the indexes hold nothing else.
    Index("ix_outbox_lane", "lane", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index("ix_outbox_turn", "rank", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
    Index("ix_outbox_due", "due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index("ix_outbox_dead", "done_at", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
)

# Which message of ours carries what: a reply in the thread finds its report.
sent_messages = Table(
    "sent_messages",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("chat", String(64), nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("outbox_id", Id),
    Column("subject", String(64)),
    _person(nullable=True),
    Column("at", Instant, nullable=False),
    UniqueConstraint("channel", "chat", "message_id"),
    Index("ix_sent_messages_subject", "subject", "person_id"),
)

# --- time ---------------------------------------------------------------------------------------------------

occurrences = Table(
    "occurrences",
    metadata,
    _id(),
    Column("job", String(48), nullable=False),
    Column("scheduled_for", Instant, nullable=False),
    Column("state", String(16), nullable=False),  # done, skipped
    Column("reason", String(80)),
    Column("done_at", Instant, nullable=False),
    UniqueConstraint("job", "scheduled_for"),
)

outages = Table(
    "outages",
    metadata,
    _id(),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
)

facts = Table(  # single values: the heartbeat, the poll offset, when the jobs began
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

leases = Table(  # who receives and sends for a channel; times are the database's own
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),  # the channel: telegram
    Column("holder", String(128), nullable=False),  # a random id, then host and process
    Column("until", Instant, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("term", Integer, nullable=False),  # one more with each new holder
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", Instant, nullable=False),
    _person("actor_id", nullable=True),
    Column("action", String(48), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", SealedJSON("audit.detail")),
)

# --- money --------------------------------------------------------------------------------------------------

# The ledger (core.rules.ledger): rows are only ever added, and the database itself refuses anything else.
ledger_entries = Table(
    "ledger_entries",
    metadata,
    _id(),
    Column("key", String(120), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("at_source", String(16), nullable=False),
    Column("period", String(7), nullable=False, index=True),  # the open month it is booked in
    Column("about", String(7)),  # the month it is about, where that is another
    Column("version", String(200)),  # of the policy
    Column("refs", JSON, nullable=False),  # deal:12, report:7
    Column("by", JSON, nullable=False),  # who decided
    Column("reverses", Id, ForeignKey("ledger_entries.id"), unique=True),  # what it takes back or settles
    Column("digest", String(64), nullable=False),  # SHA-256 of the content
)

ledger_postings = Table(
    "ledger_postings",
    metadata,
    _id(),
    Column("entry_id", Id, ForeignKey("ledger_entries.id"), nullable=False, index=True),
    Column("account", String(16), nullable=False),
    _person(nullable=True),
    Column("fen", BigInteger, nullable=False),
    Index("ix_ledger_postings_person_account", "person_id", "account"),
)

ledger_batches = Table(
    "ledger_batches",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("occasion", String(32), nullable=False, unique=True),  # day:2026-11-20, close:2026-11
    Column("sealed_at", Instant, nullable=False),
    Column("last_id", Id, nullable=False),  # every entry up to this one that no earlier batch holds
    Column("count", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

fund_requests = Table(  # what somebody wants to spend from the activity fund; a second person agrees
    "fund_requests",
    metadata,
    _id(),
    Column("amount_fen", BigInteger, nullable=False),
    Column("purpose", Sealed("fund_requests.purpose"), nullable=False),
    _person("asked_by"),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),  # open, spent, declined
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    Column("once", String(80), nullable=False, unique=True),
)

# A doubt about one's pay: one line of a month, or one deal in it. It goes to the direct superior, then one further up.
disputes = Table(
    "disputes",
    metadata,
    _id(),
    _person(index=True),  # whose pay
    Column("month", String(7), nullable=False),  # 2026-11
    Column("line", String(16), nullable=False),  # base, commission, shares, sms, top_up, total, deal
    Column("deal_id", Id, ForeignKey("deals.id")),
    Column("state", String(16), nullable=False),  # open, accepted, declined, withdrawn
    Column("instance", Integer, nullable=False),  # 1 the first judge, 2 the next one
    _person("holder_id"),  # whose turn it is
    Column("due_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    Column("once", String(80), nullable=False, unique=True),
    Index("ix_disputes_month_state", "month", "state"),
    Index("ix_disputes_state_due", "state", "due_at"),
    Index("ix_disputes_holder_state", "holder_id", "state"),
)

dispute_entries = Table(
    "dispute_entries",
    metadata,
    _id(),
    Column("dispute_id", Id, ForeignKey("disputes.id"), nullable=False, index=True),
    _person("author_id", nullable=True),  # NULL: the clock passed it on
    Column("kind", String(16), nullable=False),  # opened, reply, passed_on, accepted, declined, withdrawn
    Column("text", Sealed("dispute_entries.text")),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    Column("once", String(80), nullable=False, unique=True),
)

# --- closing a month ------------------------------------------------------------------------------------------

months = Table(  # a month without a row is open
    "months",
    metadata,
    Column("key", String(7), primary_key=True),  # 2026-10
    Column("state", String(16), nullable=False),  # open, review, locked, paid
    Column("round", Integer, nullable=False),  # one more each time it goes back from review
    Column("changed_at", Instant, nullable=False),
    Column("locked_at", Instant),
    Column("paid_at", Instant),
)

month_approvals = Table(  # who approved what; two people with the same figures lock a month, two say that it was paid
    "month_approvals",
    metadata,
    _id(),
    Column("month", String(7), nullable=False),
    Column("step", String(16), nullable=False),  # lock, pay
    Column("round", Integer, nullable=False),
    _person(),
    Column("digest", String(64), nullable=False),  # of the figures as they were shown
    Column("said", Sealed("month_approvals.said")),  # why it is locked although something stands in the way
    Column("at", Instant, nullable=False),
    UniqueConstraint("month", "step", "round", "person_id", "digest"),
)

month_statements = Table(  # what everybody was told when the month was locked, as data: it never changes again
    "month_statements",
    metadata,
    _id(),
    Column("month", String(7), nullable=False),
    _person(),
    Column("role", String(16), nullable=False),  # in that month
    Column("status", String(16), nullable=False),
    Column("presence", String(32), nullable=False),  # 21/23 of the working days
    Column(
        "performance_fen", BigInteger, nullable=False
    ),  # for next month's base and basis, whatever is refunded later
    Column("carried_fen", BigInteger, nullable=False),  # what the month before had paid too much: minus
    Column("payable_fen", BigInteger, nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("month", "person_id"),
    Index("ix_month_statements_person_month", "person_id", "month"),
)

adjustments = Table(  # by hand, in an open month; the two who lock it approve them
    "adjustments",
    metadata,
    _id(),
    Column("month", String(7), nullable=False, index=True),  # the open month it goes into
    Column("about", String(7), nullable=False),
    _person(),
    Column("fen", BigInteger, nullable=False),
    Column("reason", Sealed("adjustments.reason"), nullable=False),
    _person("made_by"),
    Column("at", Instant, nullable=False),
    Column("once", String(80), nullable=False, unique=True),
)

proposal_decisions = Table(
    "proposal_decisions",
    metadata,
    _id(),
    Column("month", String(7), nullable=False),
    _person(index=True),
    Column("topic", String(16), nullable=False),  # probation, grade, conduct
    Column("act", String(16), nullable=False),  # regularise, promote, eliminate, warn; waive
    Column("evidence", JSON, nullable=False),
    Column("reason", Sealed("proposal_decisions.reason"), nullable=False),
    _person("decided_by"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("month", "person_id", "topic"),
)

# --- changing the policy ----------------------------------------------------------------------------------------

policy_proposals = Table(
    "policy_proposals",
    metadata,
    _id(),
    Column("state", String(16), nullable=False, index=True),  # draft, submitted, confirmed, declined, ...
    Column("source", String(16), nullable=False),  # figure, file, command
    Column("effective_from", Date, nullable=False),
    Column("text", Text, nullable=False),  # the complete [[version]] as TOML
    Column("base", String(16), nullable=False),  # fingerprint of the newest version when it was made
    _person("proposer_id", nullable=True),  # NULL: from the command line, until a manager submits it
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    Column("submitted_at", Instant),
    _person("decided_by", nullable=True),
    Column("decided_at", Instant),
    Column("reason", Sealed("policy_proposals.reason")),
    Column("once", String(80), nullable=False, unique=True),
)

policy_versions = Table(  # confirmed: the policy is its file and these; a row never changes
    "policy_versions",
    metadata,
    _id(),
    Column("effective_from", Date, nullable=False, unique=True),
    Column("name", String(200), nullable=False),  # what statements call it
    Column("text", Text, nullable=False),  # the complete [[version]] as TOML
    Column("fingerprint", String(16), nullable=False),
    Column("proposal_id", Id, ForeignKey("policy_proposals.id"), nullable=False, unique=True),
    _person("proposed_by"),
    _person("confirmed_by"),
    Column("confirmed_at", Instant, nullable=False),
)

policy_receipts = Table(  # 已阅
    "policy_receipts",
    metadata,
    _id(),
    Column("version_id", Id, ForeignKey("policy_versions.id"), nullable=False),
    _person(),
    Column("at", Instant, nullable=False),
    Column("at_source", String(16), nullable=False),
    UniqueConstraint("version_id", "person_id"),
)
