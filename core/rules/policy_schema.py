"""The policy file's JSON Schema (draft 7), for editors that complete and check TOML (`waihu policy schema`).

It says what a key may hold; what keys say together (brackets that rise, versions that follow each other) is for
`waihu policy check`. A later version states only what it changes, so no table of a version is required.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from core.rules.policy import GLOSSARY, CalendarYear, Version
from core.rules.policy_keys import keys, money, written
from core.rules.policy_values import UNSET, Section

HEAD = "http://json-schema.org/draft-07/schema#"


class _Generator(GenerateJsonSchema):
    """Without pydantic's defaults: ours are written as the file writes them."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


def schema(comments: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The schema; `comments`: a description for each key's name (see `comments_of`)."""
    made = Version.model_json_schema(by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Generator)
    definitions: dict[str, Any] = made.pop("$defs")
    year = CalendarYear.model_json_schema(schema_generator=_Generator, ref_template="#/definitions/{model}")
    for name, model in _sections(Version).items():
        table = made if model is Version else definitions[name]
        if not _is_row(model):
            table.pop("required", None)
        _defaults(model, table)
    made["required"] = ["effective_from"]
    shared = _shared(Version)
    for key in keys():
        if (said := (comments or {}).get(key.name)) and not shared & set(_tables(key.path)):
            _property(made, definitions, key.path)["description"] = said
    for table in (year, made, *definitions.values()):
        table.pop("title", None)
        for place in table.get("properties", {}).values():
            if place.get("type") == "array":  # pydantic counts letters where a list was read by us
                for ours, theirs in (("minLength", "minItems"), ("maxLength", "maxItems")):
                    if ours in place:
                        place[theirs] = place.pop(ours)
    definitions |= {"Version": made, "CalendarYear": _days(year)}
    words = {"type": "string", "minLength": 1, "maxLength": 200}
    return {
        "$schema": HEAD,
        "title": "外呼管家 policy / 制度文件",
        "type": "object",
        "required": ["version"],
        "additionalProperties": False,
        "properties": {
            "version": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/Version"}},
            "calendar": {
                "type": "object",
                "patternProperties": {r"^20\d\d$": {"$ref": "#/definitions/CalendarYear"}},
                "additionalProperties": False,
            },
            "glossary": {
                "type": "object",
                "properties": {word: words | {"default": usual} for word, usual in GLOSSARY.items()},
                "additionalProperties": False,
            },
        },
        "definitions": definitions,
    }


def comments_of(text: str) -> dict[str, str]:
    """What a commented policy file says beside each key of its first version: `pay.basis` -> `基础业绩,每月…`."""
    found: dict[str, str] = {}
    table = ""
    for line in text.splitlines():
        if head := re.match(r"\[version\.([a-z_.]+)\]", line):
            table = f"{head[1]}."
        elif line.startswith("["):
            table = ""
        elif (said := re.match(r"([a-z_]+) = .*?\s# (.+)$", line)) and table:
            found.setdefault(table + said[1], said[2].strip())
    return found


def _sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Every table's model by name."""
    from core.rules.policy import _model_in

    found = {model.__name__: model}
    for field in model.model_fields.values():
        if inner := _model_in(field.annotation):
            found |= _sections(inner)
    return found


def _tables(path: tuple[str, ...]) -> list[str]:
    """The models that a key's path leads through."""
    here: type[BaseModel] = Version
    found = []
    for part in path[:-1]:
        inner = here.model_fields[part].annotation
        assert isinstance(inner, type)
        here = inner
        found.append(here.__name__)
    return found


def _shared(model: type[BaseModel]) -> frozenset[str]:
    """Models that stand in more than one place: a description of one place would be wrong in the other."""
    seen = [name for key in {key.path[:-1]: key for key in keys(model)}.values() for name in _tables(key.path)[-1:]]
    return frozenset(name for name in seen if seen.count(name) > 1)


ROWS = frozenset({"Bracket", "AttainmentRow", "Step", "Grade", "Nudge", "Outcome"})  # stated as a whole, in lists


def _is_row(model: type[BaseModel]) -> bool:
    return model.__name__ in ROWS


def _defaults(model: type[BaseModel], table: dict[str, Any]) -> None:
    """Defaults of plain keys, as the file writes them."""
    for attribute, field in model.model_fields.items():
        place = table["properties"][field.alias or attribute]
        place.pop("title", None)
        if field.is_required() or isinstance(field.default, tuple | Section) or attribute == "effective_until":
            continue
        value = field.default
        if isinstance(value, int) and money(field):
            place["default"] = value // 100
        elif isinstance(value, bool | int) or value is None:
            place["default"] = UNSET if value is None else value
        else:
            place["default"] = written(value, field)
        if _is_row(model) and value is None:
            place.pop("default")


def _property(made: dict[str, Any], definitions: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Where a key stands, found along the references."""
    here = made
    for n, part in enumerate(path):
        # `from_`, `late_fen`: the file's own name is the alias, and the only one that can be there.
        names = [part, part.rstrip("_"), part.removesuffix("_fen")]
        here = next(here["properties"][name] for name in names if name in here["properties"])
        if n + 1 < len(path):
            here = definitions[here["$ref"].rpartition("/")[2]]
    return here


def _days(year: dict[str, Any]) -> dict[str, Any]:
    """A year's days; the validator reads them itself, so pydantic knows no more than a set."""
    days = {"type": "array", "uniqueItems": True, "items": {"type": "string", "format": "date"}}
    return year | {"properties": {name: dict(days) for name in year["properties"]}}
