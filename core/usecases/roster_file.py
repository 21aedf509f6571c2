"""The roster as a file of any usual shape: read into entries, or written as an example."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from core.rules.calendar import Workweek
from core.rules.names import clean_name
from core.rules.people import Role, Status
from core.rules.phones import find_phone
from core.rules.workweeks import read_workweek

COLUMNS: dict[str, tuple[str, ...]] = {
    "employee_no": ("employee_no", "工号", "员工编号", "编号", "no"),
    "name": ("name", "姓名", "名字"),
    "role": ("role", "角色", "岗位", "职位"),
    "team": ("team", "组", "小组", "组别", "团队", "部门"),
    "hired_on": ("hired_on", "入职日期", "入职", "入职时间"),
    "status": ("status", "状态", "在职状态"),
    "phone": ("phone", "手机", "手机号", "电话"),
    "superior": ("superior", "上级", "直属上级", "主管"),
    "probation_from": ("probation_from", "试用起", "试用开始"),
    "workweek": ("workweek", "班制", "工作制"),
}
NEEDED = ("employee_no", "name", "role", "team", "hired_on", "status")
HEADS_ZH = {
    "employee_no": "工号", "name": "姓名", "role": "角色", "team": "组", "hired_on": "入职日期", "status": "状态",
    "phone": "手机", "superior": "上级", "probation_from": "试用起", "workweek": "班制",
}  # fmt: skip
ROLES: dict[str, Role] = {
    **{role.value: role for role in Role},
    "商务文员": Role.CLERK, "文员": Role.CLERK, "商务代表": Role.REP, "代表": Role.REP, "商务主管": Role.SUPERVISOR,
    "主管": Role.SUPERVISOR, "商务助理": Role.ASSISTANT, "助理": Role.ASSISTANT, "商务经理": Role.MANAGER,
    "经理": Role.MANAGER, "总经理": Role.DIRECTOR,
}  # fmt: skip
STATUSES: dict[str, Status] = {
    **{status.value: status for status in Status},
    "培训": Status.TRAINING, "培训期": Status.TRAINING, "试用": Status.PROBATION, "试用期": Status.PROBATION,
    "正式": Status.REGULAR, "转正": Status.REGULAR, "在职": Status.REGULAR, "离职": Status.LEFT,
}  # fmt: skip
EXAMPLE = (
    ("004", "周启明", "商务主管", "领航组", "2021-04-12", "正式", "", "", "", ""),
    ("005", "林晓燕", "商务文员", "领航组", "2024-03-04", "正式", "", "004", "", ""),
    ("009", "赵磊", "商务代表", "领航组", "2023-05-08", "正式", "", "", "", "六天"),
)
MAX_ROWS = 50_000


class RosterProblems(Exception):
    """The file cannot be taken as it is: one line each, with the row."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Entry:
    """One row."""

    row: int
    employee_no: str
    name: str
    role: Role
    team: str | None
    hired_on: date
    status: Status
    phone: str | None = None
    superior: str | None = None
    probation_from: date | None = None
    workweek: Workweek | None = None  # None: as it is, their team's for somebody new


def read(path: Path) -> list[Entry]:
    """The rows of an xlsx or csv file (UTF-8 or GB18030). Raises RosterProblems naming every one."""
    try:
        table = list(_xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path))
    except FileNotFoundError:
        raise RosterProblems([f"there is no file {path}"]) from None
    except (BadZipFile, OSError, KeyError, ValueError, csv.Error) as problem:
        raise RosterProblems([f"{path} cannot be read: {type(problem).__name__}"]) from None
    return parse(table)


def _csv(path: Path) -> Iterable[Sequence[Any]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        dialect = "excel-tab" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else "excel"
        return list(csv.reader(io.StringIO(text), dialect))
    raise ValueError("neither UTF-8 nor GB18030")


def _xlsx(path: Path) -> Iterable[Sequence[Any]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except InvalidFileException as problem:
        raise ValueError(str(problem)) from problem
    try:
        sheet = book.worksheets[0]
        return [list(row) for row in sheet.iter_rows(values_only=True, max_row=MAX_ROWS)]
    finally:
        book.close()


def parse(table: Sequence[Sequence[Any]]) -> list[Entry]:
    """Rows with a head line -> entries. Raises RosterProblems."""
    rows = [(number, row) for number, row in enumerate(table, 1) if any(_text(cell) for cell in row)]
    if not rows:
        raise RosterProblems(["the file is empty"])
    heads = {_text(cell).casefold(): column for column, cell in enumerate(rows[0][1])}
    where: dict[str, int] = {}
    for key, names in COLUMNS.items():
        found = next((heads[name.casefold()] for name in names if name.casefold() in heads), None)
        if found is not None:
            where[key] = found
    lacking = [f"{HEADS_ZH[key]} {key}" for key in NEEDED if key not in where]
    if lacking:
        raise RosterProblems([f"row {rows[0][0]}: these columns are missing: {', '.join(lacking)}"])
    problems: list[str] = []
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for number, row in rows[1:]:
        cells = {key: row[column] if column < len(row) else None for key, column in where.items()}
        entry = _entry(number, cells, problems)
        if entry is None:
            continue
        if entry.employee_no in seen:
            problems.append(f"row {number}: 工号 {entry.employee_no} stands in row {seen[entry.employee_no]} already")
            continue
        seen[entry.employee_no] = number
        entries.append(entry)
    if not entries and not problems:
        problems.append("there is no person in the file")
    if problems:
        raise RosterProblems(problems)
    return entries


def _entry(number: int, cells: Mapping[str, Any], problems: list[str]) -> Entry | None:
    before = len(problems)

    def wrong(key: str, allowed: str) -> None:
        shown = _text(cells.get(key))[:30]
        problems.append(f"row {number}: {HEADS_ZH[key]} {key} is {shown!r}; write {allowed}")

    employee_no = _text(cells["employee_no"])
    if not employee_no or len(employee_no) > 32 or not all(c.isalnum() or c in "-_" for c in employee_no):
        wrong("employee_no", "letters and digits, such as 005")
    name = clean_name(_text(cells["name"]))
    if not name:
        wrong("name", "a name")
    role = ROLES.get(_text(cells["role"]).casefold())
    if role is None:
        wrong("role", " / ".join(role.value for role in Role) + " or 商务文员, 商务代表, …")
    status = STATUSES.get(_text(cells["status"]).casefold() or "regular")
    if status is None:
        wrong("status", " / ".join(status.value for status in Status) + " or 培训, 试用, 正式, 离职")
    hired_on = _date(cells["hired_on"])
    if hired_on is None:
        wrong("hired_on", "a day such as 2024-03-01")
    probation_from = _date(cells.get("probation_from"))
    if probation_from is None and _text(cells.get("probation_from")):
        wrong("probation_from", "a day such as 2026-10-01, or nothing")
    said = _text(cells.get("workweek"))
    workweek = read_workweek(said) if said else None
    if said and workweek is None:
        wrong("workweek", "5 / 6 / alternate or 五天, 六天, 大小周, or nothing")
    phone = _text(cells.get("phone"))
    e164 = find_phone(phone)[0] if phone else None
    if phone and e164 is None:
        wrong("phone", "a number such as 13800138000, or nothing")
    if len(problems) > before:
        return None
    assert role is not None
    assert status is not None
    assert hired_on is not None
    return Entry(
        number, employee_no, name, role, clean_name(_text(cells["team"])) or None, hired_on, status, e164,
        _text(cells.get("superior")) or None, probation_from, workweek,
    )  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lstrip("'")


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value).replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").rstrip("日")
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def template(path: Path) -> None:
    """Write an example roster with Chinese heads (xlsx or csv by its ending)."""
    head = [HEADS_ZH[key] for key in COLUMNS]
    if path.suffix.lower() == ".xlsx":
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "花名册"
        sheet.append(head)
        for row in EXAMPLE:
            sheet.append(row)
            for cell in sheet[sheet.max_row]:
                cell.data_type = "s"  # 005 stays 005
        for column, width in zip("ABCDEFGHIJ", (10, 18, 12, 12, 14, 10, 16, 10, 14, 10), strict=True):
            sheet.column_dimensions[column].width = width
        sheet.freeze_panes = "A2"
        book.save(path)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(EXAMPLE)
