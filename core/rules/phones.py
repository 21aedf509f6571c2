"""Telephone numbers inside what people type: found, normalised to E.164, masked. Region: mainland China.

Any eleven digits from 13… to 19… are a mobile number: new blocks and test blocks are dialled before the metadata of
`phonenumbers` knows them. Everything else (landlines, 400 numbers, +852 …) is judged by that metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from core.rules.numerals import CN_DIGITS, fold
from core.rules.problems import Problem

REGION = "CN"
_GAP = r"[ \-–—·.]{0,2}"  # what people put between the groups of a number

# The ways eleven digits are grouped by hand. A free "digit, gap, digit" would swallow the 70 of "1380013800 70%".
_MOBILE_SHAPES = ["344", "38", "74", "335", "353", "443", "434", "3422", "32222", "3332", "362", "11111111111"]


def _shape(sizes: str) -> str:
    """One grouping as a pattern, its first group starting with 1[3-9]."""
    gap = r"[ \-–—·.]{1,2}"
    groups = [rf"\d{{{size}}}" for size in sizes]
    groups[0] = rf"1[3-9]\d{{{int(sizes[0]) - 2}}}" if sizes[0] != "1" else rf"1(?={gap}[3-9])"
    return gap.join(groups)


_MOBILE = re.compile(
    rf"(?<!\d)(?:\(?\+?(?:00)?86\)?{_GAP}|\+|0)?"
    rf"(1[3-9]\d{{9}}|{'|'.join(_shape(sizes) for sizes in _MOBILE_SHAPES)})(?!\d)"
)
_LANDLINE = re.compile(
    rf"(?<!\d)(?:\(?\+?(?:00)?86\)?{_GAP}0?|(?=\(?0))"
    rf"(?:\(0?(\d{{2,3}})\)|(?<=0)(\d{{2,3}})|0?([1-9]\d{{1,2}})){_GAP}(\d{{7,8}}|\d{{3,4}}[ \-]\d{{4}})(?!\d)"
)
_SERVICE = re.compile(
    rf"(?<!\d)([48]00){_GAP}(\d{{7}}|\d{{3}}[ \-]\d{{4}}|\d{{4}}[ \-]\d{{3}}|\d[ \-]\d{{3}}[ \-]\d{{3}})(?!\d)"
)
_FOREIGN = re.compile(r"(?<!\d)(?:\+|00)(?!86)[1-9]\d{0,2}(?:[ \-]?\(?\d{1,5}\)?){1,6}(?!\d)")
_SPOKEN = re.compile(
    r"(?<![零〇一二三四五六七八九幺])[一幺][三四五六七八九][零〇一二三四五六七八九幺]{9}(?![零〇一二三四五六七八九幺])"
)
# Something that was meant as a number and is not one: a run from 13… to 19…, or any run too long for an amount.
_SUSPECT = re.compile(
    r"(?<![\d.])(?:\+?86[ \-]?)?(?:1[3-9]\d[ \-]\d{3,5}[ \-]\d{2,6}|1[3-9]\d[ \-]\d{5,9}|1[3-9]\d{5,14}|\d{9,20})(?![\d.])"
)
_BROKEN = re.compile(r"(?<![\d.])(?:\(?0\d{2,3}\)?[ \-]?\d{6,9}|\+\d(?:[ \-]?\d){6,15})(?![\d.])")
_LOCAL = re.compile(
    r"(?:(?<![\w.\-+])|(?<=电话)|(?<=号码)|(?<=座机))[2-8]\d{3}[ ]?\d{3,4}(?![A-Za-z\d.\-%年月日号点万千元块])"
)
_LABEL = re.compile(
    r"(?:(?:电话号码|手机号码?|电话|手机|号码|联系方式|tel|phone|mobile)[ :]{0,2}|尾号)$", re.IGNORECASE
)
_DATE = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{0,6}")


@dataclass(frozen=True, slots=True)
class PhoneHit:
    """Where a number (or what was meant as one) stands. `span` counts characters of the text as typed."""

    e164: str | None
    span: tuple[int, int]
    problem: Problem | None = None


def scan_phone(text: str) -> PhoneHit | None:
    """The first number of `text`; if there is none, the first thing that was meant as one, with its problem."""
    folded = fold(text)
    found = min(_candidates(folded), key=lambda hit: hit.span, default=None)
    return found or _suspect(folded)


def find_phone(text: str) -> tuple[str | None, str, Problem | None]:
    """`(number in E.164, the text without it, what is wrong with what was seen)`.

    Problems: `phones.length` (params: digits), `phones.no_area_code`, `phones.unknown`. A number that could not be read
    stays in the text: nothing typed is lost.
    """
    hit = scan_phone(text)
    if hit is None or hit.e164 is None:
        return None, text, hit.problem if hit else None
    start, end = hit.span
    return hit.e164, " ".join((text[:start] + " " + text[end:]).split()), None


def masked(text: str) -> str:
    """Free text as others may read it: every number in it masked, the rest as typed."""
    done, rest = "", text
    while (hit := scan_phone(rest)) is not None and hit.e164 is not None:
        start, end = hit.span
        done += rest[:start] + mask(hit.e164)
        rest = rest[end:]
    return done + rest


def normalise(text: str) -> str | None:
    """The one number that `text` as a whole is, in E.164, else None."""
    hit = scan_phone(text)
    if hit is None or hit.e164 is None:
        return None
    rest = fold(text[: hit.span[0]] + text[hit.span[1] :])
    return hit.e164 if not rest.strip(" -,.;:()") else None


def _candidates(folded: str) -> list[PhoneHit]:
    hits: list[PhoneHit] = []
    if match := _MOBILE.search(folded):
        hits.append(PhoneHit("+86" + re.sub(r"\D", "", match[1]), match.span()))
    if match := _SPOKEN.search(folded):
        hits.append(PhoneHit("+86" + "".join(str(CN_DIGITS[char]) for char in match[0]), match.span()))
    for pattern in (_LANDLINE, _SERVICE, _FOREIGN):
        for match in pattern.finditer(folded):
            if number := _valid(match[0]):
                hits.append(PhoneHit(number, match.span()))
                break
    return hits


def _valid(typed: str) -> str | None:
    """E.164 if the metadata knows such a number."""
    plus = "+" if typed.lstrip("(").startswith("+") else ""
    digits = plus + re.sub(r"\D", "", typed)
    try:
        number = phonenumbers.parse(digits if plus or not digits.startswith("00") else "+" + digits[2:], REGION)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _suspect(folded: str) -> PhoneHit | None:
    """What was meant as a number: too long or too short a mobile, a landline that does not exist, no area code."""
    for pattern in (_SUSPECT, _BROKEN, _LOCAL):
        for match in pattern.finditer(folded):
            digits = re.sub(r"\D", "", match[0])
            if _DATE.fullmatch(digits):
                continue
            national = digits.removeprefix("86") if len(digits) > 11 else digits
            if re.match(r"1[3-9]", national) and len(national) != 11 and not match[0].startswith("+1"):
                key = "phones.length"
            else:
                key = "phones.no_area_code" if pattern is _LOCAL else "phones.unknown"
            return PhoneHit(None, match.span(), Problem(key, match[0].strip(), {"digits": len(national)}))
    return None


def label_before(folded: str, start: int) -> int:
    """Where a label in front of a number (`电话:`) begins; `start` if there is none."""
    match = _LABEL.search(folded, max(0, start - 12), start)
    return match.start() if match and not match[0].startswith("尾号") else start


def _national(e164: str) -> str | None:
    return e164[3:] if e164.startswith("+86") else None


def is_mobile(e164: str) -> bool:
    """A mainland mobile number."""
    return bool(re.fullmatch(r"\+861[3-9]\d{9}", e164))


def mask(e164: str) -> str:
    """For lists and receipts: `138****8000`, `010-****1234`, `400***4567`, `+852 ****5432`."""
    national = _national(e164)
    if national is None:
        code = str(phonenumbers.parse(e164).country_code) if _parses(e164) else ""
        return f"+{code} ****{last_four(e164)}" if code else f"****{last_four(e164)}"
    if is_mobile(e164):
        return f"{national[:3]}****{national[-4:]}"
    if len(national) == 10 and national[1:3] == "00":
        return f"{national[:3]}***{national[-4:]}"
    area = national[:2] if national[:2] == "10" or national.startswith("2") else national[:3]
    return f"0{area}-****{national[-4:]}"


def _parses(e164: str) -> bool:
    try:
        phonenumbers.parse(e164)
    except NumberParseException:
        return False
    return True


def last_four(e164: str) -> str:
    """What people say to tell two numbers apart."""
    return e164[-4:]


def dialled(e164: str) -> str:
    """As it is typed on a Chinese keypad: `13800138000`, `01062651234`, `4001234567`, `0085298765432`."""
    national = _national(e164)
    if national is None:
        return "00" + e164.removeprefix("+")
    if is_mobile(e164) or (len(national) == 10 and national[1:3] == "00"):
        return national
    return "0" + national
