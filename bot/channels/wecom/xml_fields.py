"""WeCom's XML as plain values: no DTD, no entities, shallow, one root (reliability S2)."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MOST = 64 << 10  # characters
DEEPEST = 8  # elements within each other; WeCom's own events need four
# What XML 1.0 has no place for. People paste it; it would cost us the whole message.
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class NotXml(ValueError):
    """Not a document of WeCom's kind."""


def fields(document: str) -> dict[str, Any]:
    """The children of the root `xml` by name: a text, a dict of its own children, or a list of these where a name
    comes again. Raises NotXml.
    """
    if len(document) > MOST:
        raise NotXml
    try:
        root = fromstring(UNSPEAKABLE.sub("", document), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        raise NotXml from None
    found = _value(root, DEEPEST)
    if root.tag != "xml" or root.attrib or not isinstance(found, dict):
        raise NotXml
    return found


def text_of(found: Any, *path: str) -> str:
    """The text at the end of a path of names; "" where there is none."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def listed(found: Any) -> list[Any]:
    """What may have come once or several times, as a list."""
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _value(element: Element, deep: int) -> Any:
    if not len(element):
        return element.text or ""
    if deep <= 0 or _said(element.text) or any(_said(child.tail) for child in element):
        raise NotXml
    found: dict[str, Any] = {}
    for child in element:
        value = _value(child, deep - 1)
        if child.tag in found:
            found[child.tag] = [*listed(found[child.tag]), value]
        else:
            found[child.tag] = value
    return found


def _said(text: str | None) -> bool:
    return bool(text and text.strip())
