"""Every key of the policy: the page that people read says it, the schema that editors read knows it."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, time
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from core.rules import explain, policy_schema
from core.rules.policy import Policy, Version
from core.rules.policy_keys import Key, keys
from core.rules.policy_values import Pair, Window
from tests.rules.paydesk import RULES, SAMPLE, SAMPLE_TEXT, amended

ROOT = Path(__file__).parents[2]
KEYS = list(keys())
UNSAID = {  # how lines are read and when boards are posted: the machine's business, not a rule people live by
    "calls.morning", "calls.bare_hour_from", "calls.bare_hour_to", "deals.duplicate_minutes",
    "fines.payslip_risk_accepted", "reports.monthly.grace", "pay.probation.max_months", "reports.weekly.week_start",
}  # fmt: skip


def other(value: Any, key: Key) -> Any:
    """Another value of the same kind."""
    kinds = get_args(key.field.annotation)
    match value:
        case bool():
            return not value
        case StrEnum():
            return next(one for one in type(value) if one != value)
        case str():
            choices = [one for one in kinds if isinstance(one, str) and one != value]
            return choices[0] if choices else value + "某"
        case int():
            return value + 700
        case Fraction():
            return Fraction(7, 100)
        case time():
            return time(3, 33)
        case Window():
            return Window(time(10, 10), time(11, 11))
        case ():
            return {
                "pay.basis_cut.steps": (RULES.pay.clerk.brackets[0],),
                "pay.clerk_grades": amended(
                    "[version.pay]\nclerk_grades = [{ from = 9000, base = 900 }]"
                ).pay.clerk_grades,
            }[key.name]
        case tuple():
            return value[:-1]
        case None:
            if date in kinds:
                return date(2026, 2, 3)
            return 12300 if int in kinds else Fraction(7, 100)
    raise AssertionError(key.name)


def changed(key: Key) -> Version:
    """The sample's version with another value for this key."""

    def put(here: BaseModel, path: tuple[str, ...]) -> BaseModel:
        now = getattr(here, path[0])
        value = other(now, key) if len(path) == 1 else put(now, path[1:])
        return here.model_copy(update={path[0]: value})

    made = put(prepared(key), key.path)
    assert isinstance(made, Version)
    return made


def prepared(key: Key) -> Version:
    """The version in which the key matters."""
    if key.name == "pay.basis_cut.steps":
        steps = 'steps = [{ from = "0%", pay = "50%" }, { from = "100%", pay = "100%" }]'
        return amended(f'[version.pay.basis_cut]\nmode = "step"\n{steps}')
    if key.name.startswith("pay.min_wage_"):
        return amended("[version.pay]\nmin_wage = 2000")
    if key.name == "articles.training":
        return amended("[version.pay]\ntraining_base = 100")
    return RULES


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("key", [pytest.param(key, id=key.name) for key in KEYS if key.name not in UNSAID])
def test_the_page_says_every_rule_there_is(key: Key, lang: str) -> None:
    def page(version: Version) -> str:
        return explain.as_text(explain.policy(Policy(versions=(version,)), version, lang))

    assert page(changed(key)) != page(prepared(key))


def test_what_the_page_leaves_out_exists() -> None:
    assert {key.name for key in KEYS} >= UNSAID


# --- The schema -----------------------------------------------------------------------------------------------------------

SCHEMA = policy_schema.schema(policy_schema.comments_of(SAMPLE_TEXT))


def wrong(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """What a validator would find: the part of JSON Schema that ours is written in."""
    if "$ref" in schema:
        return wrong(value, SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]], where)
    found: list[str] = []
    if "anyOf" in schema and all(wrong(value, one) for one in schema["anyOf"]):
        found.append(f"{where}: none of anyOf")
    if "oneOf" in schema and sum(not wrong(value, one) for one in schema["oneOf"]) != 1:
        found.append(f"{where}: not one of oneOf")
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: not in {schema['enum']}")
    kind = schema.get("type")
    types: dict[str, tuple[type, ...]] = {
        "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "integer": (int,),
        "number": (int, float),
    }  # fmt: skip
    if kind and (not isinstance(value, types[kind]) or (kind in ("integer", "number") and isinstance(value, bool))):
        return [*found, f"{where}: not {kind}"]
    if isinstance(value, dict):
        properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        found += [f"{where}.{name}: missing" for name in schema.get("required", []) if name not in value]
        for name, inner in value.items():
            match = next((one for pattern, one in patterns.items() if re.search(pattern, name)), None)
            if name in properties or match is not None:
                found += wrong(inner, properties.get(name, match), f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{where}.{name}: unknown")
    elif isinstance(value, list):
        found += [part for n, one in enumerate(value) for part in wrong(one, schema.get("items", {}), f"{where}[{n}]")]
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{where}: {len(value)} items")
    elif isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{where}: {value!r} does not match")
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            found.append(f"{where}: too short or long")
    elif isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{where}: out of range")
    return found


def read(text: str) -> Any:
    """TOML as an editor hands it to a validator: dates and times are strings."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date | time) else value

    return plain(tomllib.loads(text))


def test_the_schema_accepts_the_sample_and_a_later_version_that_states_little() -> None:
    later = '\n[[version]]\neffective_from = 2026-12-01\n[version.pay.manager]\nends = "unset"\n[calendar.2027]\noff = [2027-02-05]\n'

    assert wrong(read(SAMPLE_TEXT), SCHEMA) == []
    assert wrong(read(SAMPLE_TEXT.replace("[glossary]", later + "[glossary]")), SCHEMA) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("basis = 8000", "basis = -1", "pay.basis"),
        ("basis = 8000", 'basis = "8000"', "pay.basis"),
        ("basis = 8000", "bases = 8000", "pay.bases"),
        ('above = 16000, rate = "4%"', "above = 16000, rate = 0.04", "brackets[1].rate"),
        ("above = 16000, ", "", "brackets[1]"),
        ("above = 16000, ", "above = 16000, from = 16000, ", "brackets[1]"),
        ('above = 16000, rate = "4%"', 'above = 16000, rate = "100.01%"', "brackets[1].rate"),
        ('mode = "marginal" ', 'mode = "slices" ', "commission.mode"),
        ('time = "22:00"', 'time = "25:00"', "weekly.time"),
        ('window = "09:00-21:00"', 'window = "9 to 21"', "calls.window"),
        ('pays = ["clerk>rep"]', 'pays = ["clerk>boss"]', "delegation.pays[0]"),
        ("grace = 60 ", "grace = 4000 ", "weekly.grace"),
        ('weekday = "saturday"', 'weekday = "satday"', "weekly.weekday"),
        ("effective_from = 2026-01-01", "", "effective_from"),
        ("[glossary]", "[glosary]", "glosary"),
    ],
)
def test_the_schema_shows_slips_where_they_are(old: str, new: str, where: str) -> None:
    assert old in SAMPLE_TEXT

    assert any(where in found for found in wrong(read(SAMPLE_TEXT.replace(old, new, 1)), SCHEMA))


def test_every_key_is_in_the_schema_with_its_comment_and_default() -> None:
    for key in KEYS:
        policy_schema._property(SCHEMA["definitions"]["Version"], SCHEMA["definitions"], key.path)
    weekly = SCHEMA["definitions"]["Weekly"]["properties"]

    assert (weekly["fund_share"]["default"], weekly["grace"]["default"], weekly["time"]["default"]) == (
        "50%", 60, "22:00",
    )  # fmt: skip
    assert SCHEMA["definitions"]["Deals"]["properties"]["big"]["default"] == 10000
    assert SCHEMA["definitions"]["Pay"]["properties"]["basis"]["description"].startswith("基础业绩")


def test_the_schema_beside_the_sample_is_the_one_the_program_writes() -> None:
    """`waihu policy schema --to policies/policy.schema.json` after a change of keys or of the sample's comments."""
    assert json.loads((ROOT / "policies" / "policy.schema.json").read_text("utf-8")) == SCHEMA
    assert SAMPLE_TEXT.startswith("#:schema ./policy.schema.json")
    assert SAMPLE.versions[0] == RULES
    assert isinstance(RULES.pay.delegation.pays[0], Pair)
