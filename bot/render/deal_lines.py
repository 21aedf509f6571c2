"""Pieces of text that the deal form, its receipts and its notices share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bot.render.call_lines import day_words as plain_day
from bot.render.call_lines import who
from bot.render.texts import t
from core.rules.celebrate import Cheer
from core.rules.deals import DealKind
from core.rules.money import MINUS, percent, yuan, yuan_short

if TYPE_CHECKING:
    from core.usecases.whole_deals import Whole


def day_words(day: date, today: date, lang: str) -> str:
    """`今天 11-20`, `昨天 11-19`, `11-18 周三`; with the year when it is another one."""
    for back, key in ((0, "deals.today"), (1, "deals.yesterday")):
        if day == today - timedelta(days=back):
            return f"{t(lang, key)} {day:%m-%d}"
    return plain_day(day, lang) if day.year == today.year else f"{day.year}-{plain_day(day, lang)}"


def stamp(at: datetime, zone: tzinfo, lang: str) -> str:
    """`11-20 周五 17:31`."""
    local = at.astimezone(zone)
    return f"{plain_day(local.date(), lang)} {local:%H:%M}"


def wait_words(wait: timedelta, lang: str) -> str:
    """`40 分钟`, `4 小时`, `2 天`."""
    minutes = max(1, int(wait.total_seconds() // 60))
    if minutes < 60:
        return t(lang, "deals.minutes", n=minutes)
    if minutes < 48 * 60:
        return t(lang, "deals.hours", n=minutes // 60)
    return t(lang, "deals.days", n=minutes // (24 * 60))


def kind_words(kind: DealKind, lang: str) -> str:
    """自拓, 代理, 短信."""
    return t(lang, f"deals.kind_{kind.value}")


def signed(fen: int) -> str:
    """`+200.00`, `−70.00`, `0.00`."""
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def minus(fen: int) -> str:
    """`−70.00`, whatever the sign of 70.00."""
    return f"{MINUS}{yuan(abs(fen))}" if fen else yuan(0)


def names(people: Collection[str], lang: str) -> str:
    """刘婷、郭强."""
    return t(lang, "deals.and").join(people)


def sellers(whole: Whole, lang: str) -> str:
    """Who sold it."""
    return names([seller.name for seller in whole.sellers], lang)


def what(whole: Whole, lang: str) -> str:
    """`5,000.00 · 自拓`, `7,000.00 · 代理 · 吴海涛代访`."""
    visited = t(lang, "deals.visited_by", name=whole.visitor.name) if whole.visitor else ""
    pieces = [yuan(whole.amount), kind_words(whole.head.kind, lang), visited]
    return " · ".join(piece for piece in pieces if piece)


def customer(whole: Whole, lang: str) -> str:
    """`李总 138****8000`; "" when no customer was named."""
    return who(whole.customer.name, whole.customer.phone, lang) if whole.customer else ""


def split(whole: Whole, lang: str) -> str:
    """`合单:刘婷 4,900.00、郭强 4,900.00`; "" for an ordinary deal."""
    if len(whole.parts) == 1:
        return ""
    pairs = zip(whole.parts, whole.sellers, strict=True)
    return t(lang, "deals.split", parts=names([f"{s.name} {yuan(p.amount_fen)}" for p, s in pairs], lang))


def standing(whole: Whole, now: datetime, zone: tzinfo, lang: str) -> str:
    """`待确认 · 交了 40 分钟`, `已确认 · 周启明 11-20 周五 17:31`, with the reason where there is one."""
    head = whole.head
    if head.decided_at is None:
        return t(lang, "deals.standing_pending", wait=wait_words(now - head.at, lang))
    name = whole.decider.name if whole.decider else ""
    text = t(lang, f"deals.standing_{head.state.value}", name=name, at=stamp(head.decided_at, zone, lang))
    return f"{text}:“{head.reason}”" if head.reason else text


def worth_lines(data: Mapping[str, Any], month: str, lang: str, *, sms: bool, this_month: bool) -> list[str]:
    """After a confirmation: `本月 26,500,提成 +200.00`, `再 5,500 进 5% 档。`"""
    if data.get("by_receipt"):
        return [t(lang, "payments.counts_later")]
    gain = int(data["gain"])
    only_commission = gain == int(data["commission"])
    key = "sms_worth" if sms else "commission_worth" if only_commission else "pay_worth"
    if data.get("undetermined") and not gain:
        key = "open_worth"
    lines = [t(lang, f"deals.{key}", month=month, total=yuan_short(int(data["month_total"])), gain=signed(gain))]
    if data.get("gap") and data.get("rate") and this_month and not sms:
        rate = percent(Fraction(data["rate"]))
        lines.append(t(lang, "deals.next_rate", gap=yuan_short(int(data["gap"])), rate=rate))
    return lines


# --- 喜报 --------------------------------------------------------------------------------------------------------------


def cheer(data: Mapping[str, Any], lang: str) -> str:
    """The text of a celebration (docs/manners.md 3.4): no customer; without amounts where the team keeps them to itself."""
    kind, values = Cheer(data["kind"]), dict(data["params"])
    if kind is Cheer.TEAM_TARGET:
        early = int(values["days_early"])
        return t(lang, "deals.cheer_team_early" if early else "deals.cheer_team", team=values["team"], days=early)
    shows, silent = bool(data["shows"]), "" if data["shows"] else "_silent"
    amount = yuan_short(int(values["amount"])) if shows else ""
    params: dict[str, object] = {"seller": values["seller"], "amount": amount}
    match kind:
        case Cheer.SHARED:
            params["seller"] = names([values["seller"], *values["sharers"]], lang)
            shared = t(lang, "deals.cheer_even") if values.get("even") else t(lang, "deals.cheer_parts")
            return t(lang, f"deals.cheer_shared{silent}", **params, shared=shared)
        case Cheer.DELEGATED:
            return t(lang, f"deals.cheer_delegated{silent}", **params, visitor=values["visitor"])
        case Cheer.SMS:
            texts = values.get("messages")
            count = f" {_texts(int(texts), lang)}" if texts else ""
            return t(lang, f"deals.cheer_sms{silent}", **params, texts=count)
        case Cheer.FIRST:
            return t(lang, f"deals.cheer_first{silent}", **params, day=values["day"])
        case Cheer.RECORD if not shows:
            return t(lang, "deals.cheer_record_silent", **params)
        case Cheer.RECORD:
            best, total = yuan_short(int(values["best_month"])), yuan_short(int(values["month_total"]))
            return t(lang, "deals.cheer_record", **params, best=best, total=total)
        case Cheer.COMEBACK:
            return t(lang, f"deals.cheer_comeback{silent}", **params)
    story = []
    if values.get("contacts") and shows:
        story.append(t(lang, "deals.cheer_contacts", n=values["contacts"]))
    if values.get("nth"):
        story.append(t(lang, "deals.cheer_nth", n=values["nth"]))
    text = t(lang, f"deals.cheer_{'big' if kind is Cheer.BIG else 'ordinary'}{silent}", **params)
    return text + t(lang, "deals.comma").join(story) + (t(lang, "deals.stop") if story else "")


def _texts(count: int, lang: str) -> str:
    if lang == "zh" and count % 10_000 == 0:
        return t(lang, "deals.texts", n=f"{count // 10_000} 万")
    return t(lang, "deals.texts", n=f"{count:,}")
