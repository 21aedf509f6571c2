"""Formatted text as the Bot API server reads it: HTML, MarkdownV2, Markdown, and what it finds by itself.

Errors carry the real server's words and byte offsets ("Can't find end tag corresponding to start tag "b"").
Offsets and lengths of entities are in UTF-16 code units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import ApiError, bad

Json = dict[str, Any]

_HTML_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));?")
_RESERVED_V2 = set("_*[]()~`>#+-=|{}.!")
_NAMES_V2 = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
    "[": "text_link",
    "![": "custom_emoji",
    ">": "blockquote",
}
_TITLES_V2 = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_CONTROL = {code: " " for code in range(32) if code != ord("\n")}
_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b", re.ASCII)),
    (
        "url",
        re.compile(
            r"https?://[^\s<>\"'，。；！？）】]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|org|net|me)\b(?:/\S*)?"
        ),
    ),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{2,31}\b", re.ASCII)),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the unit of every limit and offset of the Bot API."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def cut16(text: str, offset: int, length: int) -> str:
    """The part of `text` at these UTF-16 units."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


@dataclass(frozen=True)
class Formatted:
    """Plain text with its entities (Bot API MessageEntity objects)."""

    text: str
    entities: list[Json] = field(default_factory=list)


def _cannot(reason: str) -> ApiError:
    return bad(f"can't parse entities: {reason}")


def read(text: str, parse_mode: str | None, entities: list[Json] | None = None) -> Formatted:
    """The text of a request as the server keeps it: parsed, cleaned, trimmed, links and commands found.

    Raises:
        ApiError: 400 with the real wording for broken markup or an unknown parse_mode.
    """
    text = text.replace("\r", "")
    mode = (parse_mode or "").lower()
    if mode == "html":
        parsed = _html(text)
    elif mode == "markdownv2":
        parsed = _markdown_v2(text)
    elif mode == "markdown":
        parsed = _markdown(text)
    elif mode in {"", "none"}:
        parsed = Formatted(text, _checked(text, entities or []))
    else:
        raise bad("unsupported parse_mode")
    return _found(_trimmed(_cleaned(parsed)))


def plain(text: str) -> Formatted:
    """What a person typed: cleaned, trimmed, with commands, links and mentions found."""
    return _found(_trimmed(_cleaned(Formatted(text.replace("\r", "")))))


def _checked(text: str, entities: object) -> list[Json]:
    length = utf16(text)
    kept: list[Json] = []
    if not isinstance(entities, list):
        return kept
    for entity in entities:
        if not isinstance(entity, dict):
            raise bad("can't parse MessageEntity: expected an Object")
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(entity.get("type"), str):
            raise bad("can't parse MessageEntity: Can't find field \"type\"")
        if not isinstance(offset, int) or not isinstance(size, int):
            raise bad("can't parse MessageEntity: Can't find field \"offset\"")
        if offset > length:
            raise bad(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + size > length:
            raise bad(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        if size > 0 and offset >= 0:
            kept.append(entity)
    return kept


def _cleaned(parsed: Formatted) -> Formatted:
    """Control characters become spaces, as the server makes them; line ends stay."""
    return Formatted(parsed.text.translate(_CONTROL), parsed.entities)


def _trimmed(parsed: Formatted) -> Formatted:
    """White space at both ends goes, but never the beginning of an entity."""
    text = parsed.text.rstrip()
    first = min((entity["offset"] for entity in parsed.entities), default=utf16(text))
    lead = 0
    while lead < len(text) and text[lead].isspace() and lead < first:
        lead += 1
    text = text[lead:]
    end = utf16(text)
    entities = []
    for entity in parsed.entities:
        offset = entity["offset"] - lead
        size = min(entity["length"], end - offset)
        if size > 0:
            entities.append({**entity, "offset": offset, "length": size})
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Formatted(text, entities[:100])


def _found(parsed: Formatted) -> Formatted:
    """Adds what the server finds by itself: commands, links, mentions, hashtags, addresses."""
    taken = [
        (e["offset"], e["offset"] + e["length"])
        for e in parsed.entities
        if e["type"] in {"code", "pre", "text_link", "custom_emoji", "text_mention"}
    ]
    entities = list(parsed.entities)
    for kind, pattern in _FOUND:
        for match in pattern.finditer(parsed.text):
            start = utf16(parsed.text[: match.start()])
            end = start + utf16(match.group())
            if all(end <= a or start >= b for a, b in taken):
                entities.append({"type": kind, "offset": start, "length": end - start})
                taken.append((start, end))
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Formatted(parsed.text, entities[:100])


def _decoded(text: str, position: int) -> tuple[str, int]:
    """The character a named or numeric entity at `position` stands for and the position after it."""
    match = _ENTITY.match(text, position)
    if match:
        hexa, decimal, name = match.groups()
        if name in _NAMED:
            return _NAMED[name], match.end()
        code = int(hexa, 16) if hexa else int(decimal) if decimal else 0
        if 0 < code < 0x110000:
            return chr(code), match.end()
    return "&", position + 1


@dataclass(frozen=True)
class _Open:
    tag: str
    argument: str
    offset: int
    begin: int


class _Html:
    """One pass over an HTML text; raises at the first mistake, as the real server does."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.position = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def at(self) -> str:
        return self.source[self.position] if self.position < len(self.source) else ""

    def put(self, char: str) -> None:
        self.out.append(char)
        self.offset += utf16(char)

    def run(self) -> Formatted:
        while self.position < len(self.source):
            char = self.source[self.position]
            if char == "&":
                decoded, self.position = _decoded(self.source, self.position)
                self.put(decoded)
            elif char != "<":
                self.put(char)
                self.position += 1
            elif self.source[self.position + 1 : self.position + 2] == "/":
                self.end_tag()
            else:
                self.start_tag()
        if self.open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return Formatted("".join(self.out), self.entities)

    def skip(self, *, spaces: bool, stop: str) -> str:
        start = self.position
        while self.at() and self.at().isspace() == spaces and self.at() not in stop:
            self.position += 1
        return self.source[start : self.position]

    def start_tag(self) -> None:
        begin = self.byte(self.position)
        self.position += 1
        tag = self.skip(spaces=False, stop=">").lower()
        if not self.at():
            raise _cannot(f"Unclosed start tag at byte offset {begin}")
        if tag not in _HTML_KINDS:
            raise _cannot(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while self.at() != ">":
            self.skip(spaces=True, stop="")
            if self.at() == ">":
                break
            name, value = self.attribute(tag, begin)
            argument = self.meaning(tag, name, value) or argument
        self.position += 1
        if tag == "span" and argument != "spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))

    def attribute(self, tag: str, begin: int) -> tuple[str, str | None]:
        name = self.skip(spaces=False, stop="=>/\"'")
        if not name:
            raise _cannot(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self.skip(spaces=True, stop="")
        if self.at() != "=":
            if not self.at():
                raise _cannot(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return name, None
        self.position += 1
        self.skip(spaces=True, stop="")
        if not self.at():
            raise _cannot(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if self.at() not in "'\"":
            start = self.position
            while self.at() and ((self.at().isascii() and self.at().isalnum()) or self.at() in ".-"):
                self.position += 1
            if self.at() and not self.at().isspace() and self.at() != ">":
                raise _cannot(f"Unexpected end of name token at byte offset {self.byte(start)}")
            value = self.source[start : self.position].lower()
        else:
            quote = self.at()
            self.position += 1
            value = ""
            while self.at() and self.at() != quote:
                if self.at() == "&":
                    char, self.position = _decoded(self.source, self.position)
                    value += char
                else:
                    value += self.at()
                    self.position += 1
            self.position += 1 if self.at() else 0
        if not self.at():
            raise _cannot(f"Unclosed start tag at byte offset {begin}")
        return name, value

    @staticmethod
    def meaning(tag: str, name: str, value: str | None) -> str:
        if tag == "blockquote" and name == "expandable":
            return "1"
        value = value or ""
        if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}:
            return value
        if (tag, name) == ("code", "class") and value.startswith("language-"):
            return value.removeprefix("language-")
        if (tag, name) == ("span", "class") and value.startswith("tg-"):
            return value.removeprefix("tg-")
        return ""

    def end_tag(self) -> None:
        begin = self.byte(self.position)
        if not self.open:
            raise _cannot(f"Unexpected end tag at byte offset {begin}")
        self.position += 2
        tag = self.skip(spaces=False, stop=">").lower()
        self.skip(spaces=True, stop="")
        if self.at() != ">":
            raise _cannot(f"Unclosed end tag at byte offset {begin}")
        self.position += 1
        opened = self.open[-1]
        if tag and tag != opened.tag:
            raise _cannot(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"')
        self.open.pop()
        if self.offset > opened.offset:
            self.close(opened)

    def close(self, opened: _Open) -> None:
        entity: Json = {
            "type": _HTML_KINDS[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        if opened.tag == "a":
            url = opened.argument or "".join(self.out[opened.begin :])
            if not (linked := link(entity, url)):
                return
            entity = linked
        elif opened.tag == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit() or int(opened.argument) == 0:
                raise _cannot("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.argument
        elif opened.tag == "tg-time":
            if not opened.argument.isdigit():
                return
            entity["unix_time"] = int(opened.argument)
        elif opened.tag in {"pre", "code"} and self.entities:
            inner = self.entities[-1]
            same = inner["offset"] == entity["offset"] and inner["length"] == entity["length"]
            if same and opened.tag == "pre" and inner["type"] == "code" and inner.get("language"):
                inner["type"] = "pre"
                return
        if opened.tag == "code" and opened.argument:
            entity["language"] = opened.argument
        self.entities.append(entity)


def link(entity: Json, url: str) -> Json | None:
    """The entity of a link: text_mention for tg://user, text_link for the web, None for what is no link."""
    user = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if user:
        return {**entity, "type": "text_mention", "user": {"id": int(user.group(1))}}
    if re.match(r"(?i)(https?|tg|tonsite|mailto|tel):", url):
        return {**entity, "type": "text_link", "url": url}
    if re.match(r"(?i)[\w-]+(\.[\w-]+)+(/|$|\?|#)", url):
        return {**entity, "type": "text_link", "url": f"http://{url}"}
    return None


def _html(text: str) -> Formatted:
    parsed = _Html(text).run()
    for entity in parsed.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return parsed


class _MarkdownV2:
    """One pass over a MarkdownV2 text."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.position = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[tuple[str, int, int, str]] = []  # mark, utf-16 offset, byte offset, argument
        self.entities: list[Json] = []

    def byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def put(self, char: str) -> None:
        self.out.append(char)
        self.offset += utf16(char)

    def inside(self, *marks: str) -> bool:
        return bool(self.open) and self.open[-1][0] in marks

    def run(self) -> Formatted:
        while self.position < len(self.source):
            self.step()
        if self.inside(">"):
            self.close(">")
        if self.open:
            mark, _, byte, _ = self.open[-1]
            raise _cannot(f"Can't find end of {_TITLES_V2[_NAMES_V2[mark]]} entity at byte offset {byte}")
        return Formatted("".join(self.out), self.entities)

    def step(self) -> None:
        char = self.source[self.position]
        following = self.source[self.position + 1 : self.position + 2]
        if char == "\\" and following and ord(following) < 127:
            self.put(following)
            self.position += 2
            return
        code = self.inside("`", "```")
        if code and char != "`":
            self.put(char)
            self.position += 1
            return
        if char == "\n" and any(mark == ">" for mark, *_ in self.open):
            if self.source[self.position + 1 : self.position + 2] != ">":
                if not self.inside(">"):
                    mark, _, byte, _ = self.open[-1]
                    name = _TITLES_V2[_NAMES_V2[mark]]
                    raise _cannot(f"Can't find end of {name} entity at byte offset {byte}")
                self.close(">")
                self.put(char)
                self.position += 1
            else:
                self.put(char)
                self.position += 2
            return
        if char not in _RESERVED_V2:
            self.put(char)
            self.position += 1
            return
        self.reserved(char)

    def mark_here(self) -> str:
        for mark in ("```", "__", "||", "![", "*", "_", "~", "`", "["):
            if self.source.startswith(mark, self.position):
                return mark
        return ""

    def reserved(self, char: str) -> None:
        if char == "]" and self.inside("[", "!["):
            self.end_link()
            return
        if char == ">" and (not self.out or self.out[-1] == "\n"):
            self.open.append((">", self.offset, self.byte(self.position), ""))
            self.position += 1
            return
        mark = self.mark_here()
        if self.inside("`", "```"):
            wanted = self.open[-1][0]
            if mark == wanted or (wanted == "`" and char == "`"):
                self.position += len(wanted)
                self.close(wanted)
            else:
                self.put(char)
                self.position += 1
            return
        if not mark:
            raise _cannot(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        if self.inside(mark):
            self.position += len(mark)
            self.close(mark)
            return
        begin = self.byte(self.position)
        self.position += len(mark)
        argument = ""
        if mark == "```":
            language = re.match(r"[^\s`]+(?=\n)", self.source[self.position :])
            if language:
                argument = language.group()
                self.position += len(argument)
            if self.source[self.position : self.position + 1] == "\n":
                self.position += 1
        self.open.append((mark, self.offset, begin, argument))

    def end_link(self) -> None:
        mark, _, _, _ = self.open[-1]
        self.position += 1
        url = ""
        if self.source[self.position : self.position + 1] == "(":
            begin = self.byte(self.position + 1)
            self.position += 1
            while self.position < len(self.source) and self.source[self.position] != ")":
                if self.source[self.position] == "\\":
                    self.position += 1
                url += self.source[self.position : self.position + 1]
                self.position += 1
            if self.position >= len(self.source):
                raise _cannot(f"Can't find end of a URL at byte offset {begin}")
            self.position += 1
        self.close(mark, url)

    def close(self, mark: str, url: str = "") -> None:
        _, offset, _, argument = self.open.pop()
        length = self.offset - offset
        if length <= 0:
            return
        entity: Json = {"type": _NAMES_V2[mark], "offset": offset, "length": length}
        if mark == "[":
            linked = link(entity, url or "".join(self.out)[-length:])
            if linked is None:
                return
            entity = linked
        elif mark == "![":
            emoji = re.fullmatch(r"tg://emoji\?id=(\d+)", url)
            if not emoji:
                raise _cannot("Invalid tg://emoji or tg://time URL specified")
            entity["custom_emoji_id"] = emoji.group(1)
        elif argument:
            entity["language"] = argument
        self.entities.append(entity)


def _markdown_v2(text: str) -> Formatted:
    return _MarkdownV2(text).run()


def _markdown(text: str) -> Formatted:
    """The legacy mode: no nesting, underscores and stars must be paired."""
    out: list[str] = []
    entities: list[Json] = []
    position = 0

    def offset() -> int:
        return utf16("".join(out))

    while position < len(text):
        char = text[position]
        if char == "\\" and text[position + 1 : position + 2] in ("_", "*", "`", "["):
            out.append(text[position + 1])
            position += 2
            continue
        if char not in "_*`[":
            out.append(char)
            position += 1
            continue
        begin = position
        mark = "```" if text.startswith("```", position) else "]" if char == "[" else char
        position += len(mark)
        end = text.find(mark, position)
        if end < 0:
            place = len(text[:begin].encode("utf-8", "surrogatepass"))
            raise _cannot(f"Can't find end of the entity starting at byte offset {place}")
        body = text[position:end]
        position = end + len(mark)
        kinds = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "]": "text_link"}
        entity: Json | None = {"type": kinds[mark], "offset": offset(), "length": utf16(body)}
        if mark == "]":
            url = ""
            if text.startswith("(", position) and (close := text.find(")", position)) > 0:
                url = text[position + 1 : close]
                position = close + 1
            entity = link(entity or {}, url or body)
        out.append(body)
        if entity and body:
            entities.append(entity)
    return Formatted("".join(out), entities)
