"""工资条 as a spreadsheet for one person: the sum, its lines, the deals behind them. Nothing typed becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from bot.render import pay_slip
from bot.render.texts import t
from core.rules.cells import looks_like_formula
from core.rules.money import percent
from core.rules.pay import Component
from core.usecases.pay import Earnings, Sold

MONEY = '#,##0.00;[Red]-#,##0.00'  # fmt: skip
FONT = "Microsoft YaHei"
FIRST = 3  # the row of the first line, counted from nothing


def sheet(found: Earnings, sold: Sequence[Sold], at: datetime, lang: str) -> bytes:
    """The file. Amounts are numbers in yuan to the fen; the sum is a formula over the lines above it."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, options)
    month = found.month.month
    book.set_properties({"title": f"{found.person.name} {month.key}", "created": at.replace(tzinfo=None)})
    styles = {
        "title": book.add_format({"bold": True, "font_size": 14, "font_name": FONT}),
        "head": book.add_format({"bold": True, "bg_color": "#F2F2F2", "bottom": 1, "font_name": FONT}),
        "text": book.add_format({"font_name": FONT}),
        "quoted": book.add_format({"font_name": FONT, "quote_prefix": True}),
        "money": book.add_format({"num_format": MONEY, "font_name": FONT}),
        "sum": book.add_format({"num_format": MONEY, "bold": True, "top": 1, "font_name": FONT}),
        "label": book.add_format({"bold": True, "top": 1, "font_name": FONT}),
    }
    _lines(book, found, styles, lang)
    _deals(book, sold, styles, lang)
    book.close()
    return made.getvalue()


def _lines(book: Any, found: Earnings, styles: dict[str, Any], lang: str) -> None:
    page = book.add_worksheet(t(lang, "pay.slip"))
    month = found.month.month
    title = t(
        lang, "pay.slip_head", month=month.start.month, year=month.year, name=found.person.name,
        number=found.person.employee_no, state=pay_slip.state(found, lang),
    )  # fmt: skip
    page.write_string(0, 0, title, styles["title"])
    for column, (name, width) in enumerate(
        (("item", 22), ("basis", 14), ("rate", 12), ("amount", 14), ("article", 28))
    ):
        page.set_column(column, column, width)
        page.write_string(FIRST - 1, column, t(lang, f"pay.sheet_{name}"), styles["head"])
    row = FIRST
    for component in Component:
        for line in found.statement.of(component):
            page.write_string(row, 0, t(lang, f"disputes.{component.value}"), styles["text"])
            page.write_number(row, 1, Decimal(line.base) / 100, styles["money"])
            page.write_string(row, 2, percent(line.rate), styles["text"])
            page.write_number(row, 3, Decimal(line.amount) / 100, styles["money"])
            page.write_string(row, 4, line.article, styles["text"])
            row += 1
    for name, fen in _beside(found, lang):
        page.write_string(row, 0, name, styles["text"])
        page.write_number(row, 3, Decimal(fen) / 100, styles["money"])
        row += 1
    page.write_string(row, 0, t(lang, "pay.sheet_total"), styles["label"])
    for column in (1, 2, 4):
        page.write_blank(row, column, None, styles["label"])
    total = Decimal(found.payable) / 100
    if row > FIRST:
        page.write_formula(row, 3, f"=SUM(D{FIRST + 1}:D{row})", styles["sum"], total)
    else:
        page.write_number(row, 3, total, styles["sum"])
    page.write_string(row + 2, 0, t(lang, "pay.sheet_version", version=found.statement.version), styles["text"])
    page.freeze_panes(FIRST, 0)


def _beside(found: Earnings, lang: str) -> list[tuple[str, int]]:
    """Adjustments and what was carried."""
    due = found.due
    rows = [(t(lang, "pay.sheet_adjusted", month=one.about.key), one.fen) for one in due.adjustments]
    rows += [(t(lang, "pay.sheet_carried"), due.carried)] if due.carried else []
    return rows + [(t(lang, "pay.sheet_deducted", report=one.deduction.fact), -one.amount) for one in due.taken]


def _deals(book: Any, sold: Sequence[Sold], styles: dict[str, Any], lang: str) -> None:
    page = book.add_worksheet(t(lang, "pay.sheet_deals"))
    columns = (("day", 12), ("deal_amount", 14), ("kind", 10), ("customer", 18), ("visitor", 16), ("state", 10))
    for column, (name, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(0, column, t(lang, f"pay.sheet_{name}"), styles["head"])
    for row, one in enumerate(sold, 1):
        page.write_string(row, 0, one.deal.signed_on.isoformat(), styles["text"])
        page.write_number(row, 1, Decimal(one.deal.amount_fen) / 100, styles["money"])
        page.write_string(row, 2, t(lang, f"pay.kind_{one.deal.kind.value}"), styles["text"])
        for column, typed in ((3, one.customer), (4, one.visitor or one.seller or "")):
            page.write_string(row, column, typed, styles["quoted" if looks_like_formula(typed) else "text"])
        page.write_string(row, 5, t(lang, f"pay.state_{one.deal.state.value}"), styles["text"])
    page.freeze_panes(1, 0)
