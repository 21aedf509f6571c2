"""One line of a month's pay: its slices, the deals behind them, the article and the version that priced it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render import pay as words
from bot.render.texts import t
from core.rules import wording
from core.rules.money import yuan, yuan_short
from core.rules.pay import Component
from core.usecases.pay import Earnings, Sold

PAGE = 4  # deals in a message of seven lines


def shown(found: Earnings) -> list[tuple[Component, int]]:
    """The components worth a page of their own, with their sums: base and commission even where they are nothing."""
    made = found.statement
    sums = {one: sum(line.amount for line in made.of(one)) for one in Component}
    always = {Component.BASE, Component.COMMISSION}
    return [(one, fen) for one, fen in sums.items() if made.of(one) or one in always]


def label(component: Component, fen: int, lang: str) -> str:
    """`提成 660.00`."""
    return t(lang, f"pay.{component.value}", amount=yuan(fen))


def page(
    found: Earnings,
    component: Component,
    sold: Sequence[Sold],
    sellers: Sequence[tuple[str, int]],
    number: int,
    lang: str,
) -> str:
    """The line opened. `sold`: the deals behind it; `sellers`: of a head's commission, what each one sold."""
    made = found.statement
    lines = [_sum(found, component, sold, lang)]
    lines += [words.deal_line(one, lang) for one in sold[number * PAGE : (number + 1) * PAGE]]
    lines += [
        t(lang, "pay.seller_line", name=name, amount=yuan_short(fen))
        for name, fen in sellers[number * PAGE : (number + 1) * PAGE]
    ]
    articles = list(dict.fromkeys(line.article for line in made.of(component)))
    if articles:
        lines.append(t(lang, "pay.why_basis", articles=" · ".join(articles), version=made.version))
    return "\n".join(lines)


def _sum(found: Earnings, component: Component, sold: Sequence[Sold], lang: str) -> str:
    made = found.statement
    if made.of(component) and (component is not Component.BASE or made.base):
        return words.why_of(found, component, sold, lang)
    reason = words.nothing(found, lang) if component is Component.COMMISSION else ""
    if not reason:
        about = {
            Component.BASE: {"base_unset", "below_basis", "training", "left_unknown"},
            Component.COMMISSION: {
                "attainment_below",
                "target_missing",
                "no_team",
                "training_sales",
                "own_deals_silent",
            },
        }.get(component, set())
        reason = "\n".join(wording.note(note, lang) for note in made.notes if note.key in about)
    zero = label(component, 0, lang)
    return reason if reason.startswith(zero) else f"{zero}\n{reason}".rstrip()
