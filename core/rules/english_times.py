"""English words of time said in Chinese, so that one grammar reads both (`when.scan`).

The answer is as long as the text, the Chinese at the right end of its words and filler before it: spans stay true, and what
follows a word (tomorrow 10am) still stands beside it.
"""

from __future__ import annotations

import re

FILLER = "\x1f"

_DAYS = {"mon": "一", "tue": "二", "wed": "三", "thu": "四", "fri": "五", "sat": "六", "sun": "日"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PLAIN = {
    "day after tomorrow": "后天",
    "day before yesterday": "前天",
    "tomorrow": "明天",
    "today": "今天",
    "yesterday": "昨天",
    "tonight": "今天晚上",
    "next week": "下周",
    "next month": "下月",
}
_PARTS = {"morning": "上午", "noon": "中午", "afternoon": "下午", "evening": "晚上", "night": "晚上"}
_UNITS = {"min": "分钟", "hou": "小时", "day": "天", "wee": "周"}
_FULL_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SHORT_DAY = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?!\w)"
_WORDS = re.compile(
    rf"""(?<![a-z])(?:
    (?:the[ ])?(?P<plain>day[ ]after[ ]tomorrow|day[ ]before[ ]yesterday|tomorrow|today|yesterday|tonight|next[ ]month)
  | (?:on[ ])?(?P<shift>next|this|last)[ ](?P<shifted>{_FULL_DAY}|{_SHORT_DAY})
  | (?P<week>next[ ]week)(?![ ]on[ ])
  | (?:on[ ](?P<on>{_FULL_DAY}|{_SHORT_DAY})|(?P<weekday>{_FULL_DAY}))
  | in[ ](?P<count>\d{{1,3}})[ ](?P<unit>min(?:ute)?s?|hours?|days?|weeks?)
  | (?:on[ ])?(?P<month>{"|".join(_MONTHS)})[a-z]{{0,6}}\.?[ ](?P<mday>[0-3]?\d)(?:st|nd|rd|th)?(?![\d:])
  | (?:on[ ])?(?P<mday2>[0-3]?\d)(?:st|nd|rd|th)?[ ](?P<month2>{"|".join(_MONTHS)})[a-z]{{0,6}}\.?
    )(?![a-z])
    (?:[ ](?:in[ ]the[ ])?(?P<part>morning|noon|afternoon|evening|night)(?![a-z]))?
    (?:[ ]at(?=[ ]\d))?""",
    re.VERBOSE | re.IGNORECASE,
)


def in_chinese(text: str) -> str:
    """The same text, of the same length, with English words of time in Chinese; anything that would not fit stays."""
    if not re.search("[a-z]{3}", text, re.IGNORECASE):
        return text
    return _WORDS.sub(_said, text)


def _said(match: re.Match[str]) -> str:
    groups = {name: value.casefold() for name, value in match.groupdict().items() if value}
    said = _day(groups) + _PARTS.get(groups.get("part", ""), "")
    room = len(match[0])
    return said.rjust(room, FILLER) if len(said) <= room else match[0]


def _day(groups: dict[str, str]) -> str:
    if plain := groups.get("plain") or groups.get("week"):
        return _PLAIN[plain]
    if shifted := groups.get("shifted"):
        return {"next": "下周", "this": "这周", "last": "上周"}[groups["shift"]] + _DAYS[shifted[:3]]
    if weekday := groups.get("on") or groups.get("weekday"):
        return "周" + _DAYS[weekday[:3]]
    if count := groups.get("count"):
        return f"{count}{_UNITS[groups['unit'][:3]]}后"
    month = groups.get("month") or groups["month2"]
    return f"{_MONTHS.index(month) + 1}月{groups.get('mday') or groups['mday2']}日"
