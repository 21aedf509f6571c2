"""The demo company 星禾企服: its people, groups, targets and monthly figures. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from core.rules.people import Role, Status

SHANGHAI = timezone(timedelta(hours=8))
CLOCK = datetime(2026, 11, 20, 17, 20, tzinfo=SHANGHAI)  # a Friday
TOKEN = "4242:demo"  # of the emulated network  # noqa: S105
BOT_NAME = "waihu_demo_bot"
SEED_VERSION = "8"  # a change of people, history or schema makes the demo anew

LINGHANG, FEIHU, POLANG = "领航组", "飞虎组", "破浪组"
TEAMS = ((LINGHANG, "商务一组"), (FEIHU, "商务二组"), (POLANG, "商务三组"))
COMPANY_CHAT = -9000
TEAM_CHATS = {LINGHANG: -9001, FEIHU: -9002, POLANG: -9003}

TARGETS = {  # yuan
    LINGHANG: {"2026-09": 135_000, "2026-10": 140_000, "2026-11": 130_000},
    FEIHU: {"2026-09": 108_000, "2026-10": 101_000, "2026-11": 105_000},
    POLANG: {"2026-09": 70_000, "2026-10": 92_000, "2026-11": 80_000},
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the demo company. `sales` is yuan by month, as the rules count it for brackets."""

    number: str
    name: str
    role: Role
    team: str | None
    hired_on: date
    status: Status = Status.REGULAR
    probation_from: date | None = None
    regular_from: date | None = None
    sales: dict[str, int] = field(default_factory=dict)

    @property
    def user(self) -> int:
        """Their id on the emulated network."""
        return 1000 + int(self.number)


def _m(number: str, name: str, role: Role, team: str | None, hired: date, *sales: int | None, **more: Any) -> Member:
    months = {
        month: value
        for month, value in zip(("2026-09", "2026-10", "2026-11"), sales, strict=False)
        if value is not None
    }
    return Member(number, name, role, team, hired, sales=months, **more)


C, R, S = Role.CLERK, Role.REP, Role.SUPERVISOR
PEOPLE: tuple[Member, ...] = (
    _m("001", "沈国栋", Role.DIRECTOR, None, date(2018, 3, 1)),
    _m("002", "梁文静", Role.MANAGER, None, date(2019, 5, 6)),
    _m("003", "何小满", Role.ASSISTANT, None, date(2022, 7, 4)),
    _m("004", "周启明", S, LINGHANG, date(2021, 4, 12)),
    _m("005", "林晓燕", C, LINGHANG, date(2024, 3, 4), 28_600, 33_400, 26_500),
    _m("006", "王芳", C, LINGHANG, date(2025, 6, 3), 15_200, 17_800, 12_600),
    _m("007", "陈俊杰", C, LINGHANG, date(2023, 8, 7), 41_000, 52_300, 31_900),
    _m("008", "黄思琪", C, LINGHANG, date(2026, 9, 24), None, 7_400, 5_900,
       status=Status.PROBATION, probation_from=date(2026, 10, 1)),
    _m("009", "赵磊", R, LINGHANG, date(2023, 5, 8), 21_000, 23_000, 14_800),
    _m("010", "吴海涛", R, LINGHANG, date(2025, 2, 10), 9_600, 11_200, 8_400),
    _m("011", "徐丽娟", S, FEIHU, date(2020, 9, 14)),
    _m("012", "刘婷", C, FEIHU, date(2024, 9, 2), 22_400, 19_600, 18_300),
    _m("013", "孙浩然", C, FEIHU, date(2025, 11, 3), 13_800, 9_100, 7_600),
    _m("014", "马晓东", C, FEIHU, date(2024, 12, 2), 6_900, 12_400, 16_000),
    _m("015", "欧阳雪", C, FEIHU, date(2025, 4, 7), 18_700, 21_500, 8_000),
    _m("016", "郭强", R, FEIHU, date(2022, 10, 10), 36_200, 27_900, 35_600),
    _m("017", "王方", R, FEIHU, date(2025, 7, 7), 12_000, 10_400, 5_000),
    _m("018", "唐志远", S, POLANG, date(2023, 6, 5), None, None, 3_800),
    _m("019", "朱佳怡", C, POLANG, date(2026, 3, 2), 11_300, 7_200, 6_000),
    _m("020", "胡伟", C, POLANG, date(2025, 9, 1), 9_800, 14_100, 10_200),
    _m("021", "谢雨桐", C, POLANG, date(2026, 10, 26), None, None, 3_200,
       status=Status.PROBATION, probation_from=date(2026, 11, 2)),
    _m("022", "古丽米热·艾合买提", C, POLANG, date(2025, 5, 6), 16_400, 18_900, 17_700),
    _m("023", "罗勇", R, POLANG, date(2024, 6, 3), 14_500, 13_000, 12_300),
    _m("024", "邓超群", R, POLANG, date(2026, 8, 25), 4_800, 10_600, 4_100,
       probation_from=date(2026, 9, 1), regular_from=date(2026, 11, 1)),
)  # fmt: skip

ROLE_ZH = {
    Role.CLERK: "商务文员",
    Role.REP: "商务代表",
    Role.SUPERVISOR: "商务主管",
    Role.ASSISTANT: "商务助理",
    Role.MANAGER: "商务经理",
    Role.DIRECTOR: "总经理",
}


def network(lang: str = "zh") -> dict[str, Any]:
    """The emulated network: every member has a phone set to `lang`; each team and the company have a group."""
    users = [
        {
            "id": p.user,
            "first_name": p.name,
            "username": f"xinghe{p.number}",
            "language_code": "en" if lang == "en" else "zh-hans",
            "title": f"{ROLE_ZH[p.role]} · {p.team or '全公司'}",
            "role": p.role.value,
            "team": p.team or "",
            "started": True,
        }
        for p in PEOPLE
    ]
    office = [p.user for p in PEOPLE if p.team is None]
    groups = [
        {
            "id": TEAM_CHATS[name],
            "title": f"{alias}「{name.removesuffix('组')}」",
            "members": [p.user for p in PEOPLE if p.team == name] + office,
            "admins": [p.user for p in PEOPLE if p.team == name and p.role is Role.SUPERVISOR],
            "bot": True,
        }
        for name, alias in TEAMS
    ]
    everybody = {
        "id": COMPANY_CHAT,
        "title": "星禾企服 全公司",
        "members": [p.user for p in PEOPLE],
        "admins": [1001, 1002],
        "bot": True,
    }
    return {
        "bot": {"token": TOKEN, "username": BOT_NAME, "first_name": "外呼管家"},
        "users": users,
        "groups": [*groups, everybody],
    }
