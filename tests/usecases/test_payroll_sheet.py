"""The payroll file: it opens clean, every figure is a formula over the lines, and no name becomes a formula."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from core.rules.calendar import Month
from core.rules.closing import Adjusted, Due
from core.rules.pay import Component, Line, PastMonth, Statement
from core.rules.pay_guards import Deduction, Reason, Taken
from core.rules.people import Person, Role, Status
from core.store.months import Standing
from core.usecases import payroll_sheet
from core.usecases.closing import Closing, Row

OCTOBER = Month(2026, 10)


def row(
    number: int,
    name: str,
    lines: tuple[Line, ...],
    adjusted: int = 0,
    carried: int = 0,
    fines: int = 0,
    taken: tuple[Taken, ...] = (),
) -> Row:
    def of(component: Component) -> int:
        return sum(line.amount for line in lines if line.component is component)

    total = sum(line.amount for line in lines)
    made = Statement(
        number, OCTOBER, "v", of(Component.BASE), 0, 0, of(Component.COMMISSION), of(Component.SHARES),
        of(Component.SMS), of(Component.TOP_UP), total, lines, (),
    )  # fmt: skip
    person = Person(number, f"{number:03d}", name, Role.CLERK, Status.REGULAR, 1, "领航组", date(2024, 3, 1))
    changes = (Adjusted(OCTOBER.previous, adjusted, "refund:7"),) if adjusted else ()
    return Row(person, Role.CLERK, PastMonth(OCTOBER, 0), Due(made, changes, carried, taken), fines=fines)


LINES = (
    Line(Component.BASE, "base", "3.1", 75000, Fraction(1), 75000),
    Line(Component.COMMISSION, "clerk", "3.1", 800_000, Fraction(3, 100), 24000, (11, 12)),
    Line(Component.COMMISSION, "clerk", "3.1", 1_000_033, Fraction(4, 100), 40001, (11, 12)),
    Line(Component.SHARES, "delegation", "3.1", 700_000, Fraction(-1, 100), -7000, (12,)),
    Line(Component.SMS, "sms", "3.2", 120_000, Fraction(3, 100), 3600, (13,)),
)
WEEK = Deduction("fine-posted:weekly:2026-W42:5", "weekly", "weekly:2026-W42", date(2026, 10, 19), 5000)
TAKEN = (Taken(WEEK, 4000, Reason.CAP), Taken(replace(WEEK, id="other"), 0, Reason.CAP))
ROWS = (
    row(5, "林晓燕", LINES, adjusted=-3001, carried=-100, fines=5000, taken=TAKEN),
    row(6, '=HYPERLINK("http://evil","王芳")', LINES[:1]),
    row(7, "@SUM(A1:A9)", LINES[:3]),
    row(8, "", ()),
)


def content(rows: tuple[Row, ...] = ROWS, lang: str = "zh") -> bytes:
    return payroll_sheet.workbook(Closing(Standing(OCTOBER), rows, (), (), (), over=True), lang)


def opened(data: bytes, *, values: bool = False) -> Workbook:
    return load_workbook(io.BytesIO(data), data_only=values)


def money(value: object) -> Decimal:
    return round(Decimal(str(value or 0)), 2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_of_the_summary_adds_up_from_the_lines(lang: str) -> None:
    book = opened(content(lang=lang), values=True)
    summary, lines = book.worksheets
    heads = [cell.value for cell in summary[4]]
    sums: dict[tuple[object, object], Decimal] = defaultdict(Decimal)
    for line in lines.iter_rows(min_row=5, values_only=True):
        sums[line[0], line[3]] += money(line[7])
        assert abs(money(line[5]) * Decimal(str(line[6])) - money(line[7])) <= Decimal("0.01")
    totals: dict[int, Decimal] = defaultdict(Decimal)
    for number, one in enumerate(ROWS, 1):
        cells = [cell.value for cell in summary[4 + number]]
        for column in (*range(5, 10), 11, 12, 13):
            assert money(cells[column]) == sums[number, heads[column]]
        assert money(cells[10]) == sum(map(money, cells[5:10]))
        assert money(cells[14]) == sum(map(money, cells[10:14])) == Decimal(one.due.payable) / 100
        for column in range(5, 16):
            totals[column] += money(cells[column])
    assert [money(cell.value) for cell in summary[5 + len(ROWS)][5:16]] == [totals[n] for n in range(5, 16)]


def test_the_summary_is_formulas_and_the_lines_are_figures() -> None:
    summary, lines = opened(content()).worksheets

    assert all(str(cell.value).startswith("=SUM") for cell in summary[5][5:11])
    assert summary["O5"].value == "=K5+L5+M5+N5"
    assert all(cell.data_type == "n" for cell in lines[5][5:8])
    assert summary["F5"].value.endswith("F$4)")


def test_nothing_that_people_typed_becomes_a_formula_or_a_link() -> None:
    data = content()
    summary, lines = opened(data).worksheets

    for sheet, first in ((summary, 3), (lines, 3)):
        for cell in next(iter(sheet.iter_cols(min_col=first, max_col=first, min_row=5))):
            assert cell.data_type != "f"
    assert summary["C6"].value == ROWS[1].person.name
    assert summary["C6"].quotePrefix
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if "rels" in name and b"evil" in parts.read(name)]


def test_the_same_month_makes_the_same_file() -> None:
    assert content() == content()


def test_a_month_of_nobody_opens_too() -> None:
    summary, _ = opened(content(())).worksheets

    assert summary["F5"].value == "=0"
