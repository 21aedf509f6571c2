"""A proposal's preview as a spreadsheet: everybody month by month, and what changes in words. Nothing typed becomes a
formula; every sum is one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from bot.render.texts import t
from core.rules import wording
from core.rules.cells import looks_like_formula
from core.rules.policy import Version
from core.rules.policy_change import Changed, Outlook

MONEY = "#,##0.00;[Red]-#,##0.00"
FONT = "Microsoft YaHei"
FIRST = 3  # the row of the first person, counted from nothing
FIXED = 3  # columns before the months: number, name, role


def sheet(look: Outlook, changed: Sequence[Changed], version: Version, at: datetime, lang: str) -> bytes:
    """The file. Amounts are numbers in yuan to the fen."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"title": version.name, "created": at.replace(tzinfo=None)})
    styles = {
        "title": book.add_format({"bold": True, "font_size": 14, "font_name": FONT}),
        "head": book.add_format({"bold": True, "bg_color": "#F2F2F2", "bottom": 1, "font_name": FONT}),
        "text": book.add_format({"font_name": FONT, "text_wrap": True, "valign": "top"}),
        "quoted": book.add_format({"font_name": FONT, "text_wrap": True, "valign": "top", "quote_prefix": True}),
        "money": book.add_format({"num_format": MONEY, "font_name": FONT}),
        "sum": book.add_format({"num_format": MONEY, "bold": True, "top": 1, "font_name": FONT}),
        "label": book.add_format({"bold": True, "top": 1, "font_name": FONT}),
    }
    _people(book, look, version, styles, lang)
    _changes(book, changed, styles, lang)
    book.close()
    return made.getvalue()


def _people(book: Any, look: Outlook, version: Version, styles: dict[str, Any], lang: str) -> None:
    page = book.add_worksheet(t(lang, "policy.sheet_people"))
    title = t(lang, "policy.sheet_title", name=version.name, day=version.effective_from.isoformat())
    page.write_string(0, 0, title, styles["title"])
    heads = [t(lang, f"policy.sheet_{name}") for name in ("number", "name", "role")]
    for month in look.months:
        heads += [t(lang, "policy.sheet_before", month=month.key), t(lang, "policy.sheet_after", month=month.key)]
    heads += [t(lang, f"policy.sheet_{name}") for name in ("all_before", "all_after", "gain")]
    for column, head in enumerate(heads):
        page.set_column(column, column, 12 if column < FIXED else 16)
        page.write_string(FIRST - 1, column, head, styles["head"])
    last = FIXED + 2 * len(look.months)
    row = FIRST
    for one in look.effects:
        for column, typed in ((0, one.person.employee_no), (1, one.person.name)):
            page.write_string(row, column, typed, styles["quoted" if looks_like_formula(typed) else "text"])
        page.write_string(row, 2, wording.role_name(one.person.role, lang), styles["text"])
        amounts = {month: (old, new) for month, old, new in one.months}
        for place, month in enumerate(look.months):
            for side, fen in enumerate(amounts.get(month, ())):
                page.write_number(row, FIXED + 2 * place + side, Decimal(fen) / 100, styles["money"])
        _sums(page, row, last, (one.before, one.after, one.gain), len(look.months), styles["money"])
        row += 1
    page.write_string(row, 0, t(lang, "policy.sheet_sum"), styles["label"])
    for column in range(1, FIXED):
        page.write_blank(row, column, None, styles["label"])
    for column in range(FIXED, last + 3):
        if row > FIRST:
            span = f"{xl_rowcol_to_cell(FIRST, column)}:{xl_rowcol_to_cell(row - 1, column)}"
            page.write_formula(row, column, f"=SUM({span})", styles["sum"], _column_sum(look, column, last))
        else:
            page.write_number(row, column, 0, styles["sum"])
    page.freeze_panes(FIRST, 2)


def _sums(page: Any, row: int, last: int, values: tuple[int, int, int], months: int, style: Any) -> None:
    for side in (0, 1):
        cells = "+".join(xl_rowcol_to_cell(row, FIXED + 2 * place + side) for place in range(months)) or "0"
        page.write_formula(row, last + side, f"={cells}", style, Decimal(values[side]) / 100)
    before, after = xl_rowcol_to_cell(row, last), xl_rowcol_to_cell(row, last + 1)
    page.write_formula(row, last + 2, f"={after}-{before}", style, Decimal(values[2]) / 100)


def _column_sum(look: Outlook, column: int, last: int) -> Decimal:
    if column >= last:
        fen = sum((one.before, one.after, one.gain)[column - last] for one in look.effects)
    else:
        place, side = divmod(column - FIXED, 2)
        month = look.months[place]
        fen = sum((old, new)[side] for one in look.effects for then, old, new in one.months if then == month)
    return Decimal(fen) / 100


def _changes(book: Any, changed: Sequence[Changed], styles: dict[str, Any], lang: str) -> None:
    page = book.add_worksheet(t(lang, "policy.sheet_changes"))
    for column, (name, width) in enumerate((("chapter", 18), ("was", 60), ("becomes", 60))):
        page.set_column(column, column, width)
        page.write_string(0, column, t(lang, f"policy.sheet_{name}"), styles["head"])
    for row, one in enumerate(changed, 1):
        for column, text in enumerate((one.head, "\n".join(one.before), "\n".join(one.after))):
            page.write_string(row, column, text, styles["text"])
    page.freeze_panes(1, 0)
