"""The payroll of a month as an xlsx file: a summary whose every figure is a formula over the sheet of lines.

Nothing that people typed becomes a formula or a link: names are written as text with Excel's own quote mark. Amounts
are yuan with two decimals, made from whole fen. The formulas carry their values, so any reader shows them at once.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from core.rules import wording
from core.rules.cells import looks_like_formula
from core.rules.closing import State
from core.rules.pay import Component
from core.usecases.closing import Closing, Row

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
HEAD = 3  # the row of the headings, from 0
PARTS = ("base", "commission", "shares", "sms", "top_up")
BESIDE = ("adjustments", "carried", "deductions")

WORDS = {
    "zh": {
        "summary": "汇总", "lines": "明细", "title": "{month} 工资表", "open": "暂计:还没锁定,数字还会变",
        "locked": "已锁定 {at},数字不再变", "paid": "已锁定 {at},已发", "n": "序", "no": "工号", "name": "姓名",
        "team": "小组", "role": "岗位", "base": "底薪", "commission": "提成", "shares": "代访分享", "sms": "短信",
        "top_up": "最低工资补足", "wage": "工资合计", "adjustments": "以前月份调整", "carried": "上月多发抵扣",
        "deductions": "扣减", "payable": "应发", "fines": "待缴(不扣)", "total": "合计", "part": "项目", "rule": "依据", "of": "基数",
        "rate": "比例", "amount": "金额", "check": "基数×比例", "refs": "单号 / 来由",
        "note": "同一项目的几行按最大余额法凑到分,单行与“基数×比例”最多差 0.01。",
    },
    "en": {
        "summary": "Summary", "lines": "Lines", "title": "Payroll {month}",
        "open": "Provisional: not locked, figures may still move", "locked": "Locked {at}: figures do not move any more",
        "paid": "Locked {at}, paid", "n": "#", "no": "No", "name": "Name", "team": "Team", "role": "Role",
        "base": "Base", "commission": "Commission", "shares": "Visit shares", "sms": "SMS", "top_up": "Minimum top-up",
        "wage": "Wage", "adjustments": "Earlier months", "carried": "Carried over", "deductions": "Deducted", "payable": "Payable",
        "fines": "Noted (not taken)", "total": "Total", "part": "Part", "rule": "Rule", "of": "Base figure",
        "rate": "Rate", "amount": "Amount", "check": "Base × rate", "refs": "Deals / cause",
        "note": "Lines of one part add up to the fen by largest remainder: one line may be 0.01 off base × rate.",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the lines sheet. `of` and `amount` in fen."""

    n: int
    row: Row
    part: str
    rule: str
    of: int
    rate: Fraction
    amount: int
    refs: str


@dataclass(frozen=True, slots=True)
class _Styles:
    title: Format
    quiet: Format
    head: Format
    text: Format
    quoted: Format
    money: Format
    rate: Format
    total: Format
    total_text: Format


def workbook(found: Closing, lang: str) -> bytes:
    """The file of a month, locked or not (which it says)."""
    words = WORDS["zh" if lang == "zh" else "en"]
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, OPTIONS)
    at = found.standing.locked_at
    # Without this the host's clock would stand in the file, and two exports of one month would differ.
    book.set_properties({"title": words["title"].format(month=found.standing.month.key), "created": _created(at)})
    styles = _styles(book)
    summary, lines = book.add_worksheet(words["summary"]), book.add_worksheet(words["lines"])
    written = [line for n, row in enumerate(found.rows, 1) for line in _lines(n, row, words)]
    _write_lines(lines, written, styles, words)
    _write_summary(summary, found, len(written), styles, words)
    book.close()
    return held.getvalue()


def _created(at: datetime | None) -> datetime:
    return (at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)


def _styles(book: xlsxwriter.Workbook) -> _Styles:
    money = "#,##0.00;[Red]-#,##0.00"
    edge = {"border": 1, "border_color": "#D0D7DE"}
    strong = {"bold": True, "bg_color": "#F2F4F7", **edge}
    return _Styles(
        title=book.add_format({"bold": True, "font_size": 14}),
        quiet=book.add_format({"font_color": "#667085"}),
        head=book.add_format({"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "text_wrap": True, **edge}),
        text=book.add_format(edge),
        quoted=book.add_format({"quote_prefix": True, **edge}),
        money=book.add_format({"num_format": money, **edge}),
        rate=book.add_format({"num_format": "0.00%", **edge}),
        total=book.add_format({"num_format": money, **strong}),
        total_text=book.add_format(strong),
    )


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _rate(rate: Fraction) -> Decimal:
    return Decimal(rate.numerator) / Decimal(rate.denominator)


def _text(sheet: Worksheet, row: int, column: int, value: str, styles: _Styles) -> None:
    """Text stays text, whatever it begins with."""
    sheet.write_string(row, column, value, styles.quoted if looks_like_formula(value) else styles.text)


# --- lines ----------------------------------------------------------------------------------------------------------


def _lines(n: int, row: Row, words: dict[str, str]) -> Iterator[_Line]:
    for line in row.due.statement.lines:
        refs = ", ".join(f"#{deal}" for deal in line.deals)
        yield _Line(n, row, words[line.component.value], line.article, line.base, line.rate, line.amount, refs)
    for one in row.due.adjustments:
        yield _Line(n, row, words["adjustments"], one.about.key, one.fen, Fraction(1), one.fen, one.cause)
    if carried := row.due.carried:
        yield _Line(n, row, words["carried"], "", carried, Fraction(1), carried, "")
    for taken in row.due.taken:
        if fen := -taken.amount:
            yield _Line(n, row, words["deductions"], taken.deduction.rule, fen, Fraction(1), fen, taken.deduction.fact)


def _write_lines(sheet: Worksheet, lines: Sequence[_Line], styles: _Styles, words: dict[str, str]) -> None:
    heads = ("n", "no", "name", "part", "rule", "of", "rate", "amount", "check", "refs")
    sheet.write_string(0, 0, words["lines"], styles.title)
    sheet.write_string(1, 0, words["note"], styles.quiet)
    for column, head in enumerate(heads):
        sheet.write_string(HEAD, column, words[head], styles.head)
    for at, line in enumerate(lines, HEAD + 1):
        sheet.write_number(at, 0, line.n, styles.text)
        _text(sheet, at, 1, line.row.person.employee_no, styles)
        _text(sheet, at, 2, line.row.person.name, styles)
        _text(sheet, at, 3, line.part, styles)
        _text(sheet, at, 4, line.rule, styles)
        sheet.write_number(at, 5, _yuan(line.of), styles.money)
        sheet.write_number(at, 6, _rate(line.rate), styles.rate)
        sheet.write_number(at, 7, _yuan(line.amount), styles.money)
        product = Decimal(round(line.of * line.rate)) / 100
        sheet.write_formula(at, 8, f"=ROUND(F{at + 1}*G{at + 1},2)", styles.money, product)
        _text(sheet, at, 9, line.refs, styles)
    sheet.freeze_panes(HEAD + 1, 3)
    sheet.autofilter(HEAD, 0, max(HEAD + 1, HEAD + len(lines)), len(heads) - 1)
    for column, width in enumerate((5, 8, 14, 12, 22, 13, 8, 13, 13, 30)):
        sheet.set_column(column, column, width)


# --- summary --------------------------------------------------------------------------------------------------------

TEXTS = ("n", "no", "name", "team", "role")


def _write_summary(sheet: Worksheet, found: Closing, lines: int, styles: _Styles, words: dict[str, str]) -> None:
    standing = found.standing
    at = f"{standing.locked_at:%Y-%m-%d}" if standing.locked_at else ""
    state = {State.LOCKED: "locked", State.PAID: "paid"}.get(standing.state, "open")
    sheet.write_string(0, 0, words["title"].format(month=standing.month.key), styles.title)
    sheet.write_string(1, 0, words[state].format(at=at), styles.quiet)
    heads = (*TEXTS, *PARTS, "wage", *BESIDE, "payable", "fines")
    where = {head: column for column, head in enumerate(heads)}
    for head, column in where.items():
        sheet.write_string(HEAD, column, words[head], styles.head)
    first, last = HEAD + 1, HEAD + len(found.rows)
    for n, row in enumerate(found.rows, 1):
        _person(sheet, HEAD + n, n, row, lines, where, styles, words)
    sheet.write_string(last + 1, 0, words["total"], styles.total_text)
    for column in range(1, len(TEXTS)):
        sheet.write_blank(last + 1, column, None, styles.total_text)
    for head in heads[len(TEXTS) :]:
        name = xl_col_to_name(where[head])
        value = _yuan(sum(_figure(row, head) for row in found.rows))
        formula = f"=SUM({name}{first + 1}:{name}{last + 1})" if found.rows else "=0"
        sheet.write_formula(last + 1, where[head], formula, styles.total, value)
    sheet.freeze_panes(HEAD + 1, 3)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    for column, width in enumerate((5, 8, 16, 10, 11, *(12 for _ in heads[len(TEXTS) :]))):
        sheet.set_column(column, column, width)


def _figure(row: Row, head: str) -> int:
    made = row.due.statement
    figures = {
        "wage": made.total, "adjustments": row.due.adjusted, "carried": row.due.carried, "payable": row.due.payable,
        "deductions": -row.due.deducted, "fines": row.fines,
    }  # fmt: skip
    return figures[head] if head in figures else sum(line.amount for line in made.of(Component(head)))


def _person(
    sheet: Worksheet,
    at: int,
    n: int,
    row: Row,
    lines: int,
    where: dict[str, int],
    styles: _Styles,
    words: dict[str, str],
) -> None:
    lang = "zh" if words is WORDS["zh"] else "en"
    sheet.write_number(at, 0, n, styles.text)
    for head, value in (
        ("no", row.person.employee_no), ("name", row.person.name), ("team", row.person.team or ""),
        ("role", wording.role_name(row.role, lang)),
    ):  # fmt: skip
        _text(sheet, at, where[head], value, styles)
    end = HEAD + 1 + max(lines, 1)
    names = {head: xl_col_to_name(column) for head, column in where.items()}
    for head in (*PARTS, *BESIDE):
        # By the running number, not the employee number: a criterion takes "005" and "5" for the same.
        formula = (
            f"=SUMIFS('{words['lines']}'!$H${HEAD + 2}:$H${end},'{words['lines']}'!$A${HEAD + 2}:$A${end},$A{at + 1},"
            f"'{words['lines']}'!$D${HEAD + 2}:$D${end},{names[head]}${HEAD + 1})"
        )
        sheet.write_formula(at, where[head], formula, styles.money, _yuan(_figure(row, head)))
    wage = f"=SUM({names[PARTS[0]]}{at + 1}:{names[PARTS[-1]]}{at + 1})"
    sheet.write_formula(at, where["wage"], wage, styles.money, _yuan(_figure(row, "wage")))
    payable = "=" + "+".join(f"{names[head]}{at + 1}" for head in ("wage", *BESIDE))
    sheet.write_formula(at, where["payable"], payable, styles.money, _yuan(_figure(row, "payable")))
    sheet.write_number(at, where["fines"], _yuan(row.fines), styles.money)
