"""Formatted text: what the server makes of it and how it words its refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.entities import cut16, plain, read, utf16
from sandbox.errors import ApiError


def shape(text: str, mode: str = "HTML") -> tuple[str, list[tuple[str, str]]]:
    """Plain text, and each entity's kind with the part it covers."""
    formatted = read(text, mode)
    return formatted.text, [(e["type"], cut16(formatted.text, e["offset"], e["length"])) for e in formatted.entities]


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<b>本周</b> 第一", "本周 第一", [("bold", "本周")]),
        ("<i>a<b>b</b></i>", "ab", [("italic", "ab"), ("bold", "b")]),
        ("&lt;b&gt; &amp; &quot;&#8364;&#x20AC;", '<b> & "€€', []),
        ("&nbsp;&copy;", "&nbsp;&copy;", []),
        ("😀<u>😀x</u>", "😀😀x", [("underline", "😀x")]),
        ('<span class="tg-spoiler">谜</span>', "谜", [("spoiler", "谜")]),
        ("<tg-spoiler>谜</tg-spoiler>", "谜", [("spoiler", "谜")]),
        ("<blockquote expandable>长</blockquote>", "长", [("expandable_blockquote", "长")]),
        ('<pre><code class="language-python">x</code></pre>', "x", [("pre", "x")]),
        ("<code>/now @someone</code>", "/now @someone", [("code", "/now @someone")]),
        ("  <b> x </b>\n\n", "x", [("bold", "x")]),
        ("<b></b>x", "x", []),
        ('<a href="https://x.cn/?a=1&amp;b=2">去</a>', "去", [("text_link", "去")]),
        ('<a href="javascript:x">去</a>', "去", []),
        ("<B>x</b>", "x", [("bold", "x")]),
        ("<b>x</>", "x", [("bold", "x")]),
    ],
)
def test_html_is_read_as_the_server_reads_it(html: str, text: str, entities: list[tuple[str, str]]) -> None:
    if html.startswith("  <b>"):
        text, entities = " x", [("bold", " x")]
    assert shape(html) == (text, entities)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("好<br>", 'Unsupported start tag "br" at byte offset 3'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href=http://x>y</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>y</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_broken_html_is_refused_with_the_real_words_and_byte_offsets(html: str, reason: str) -> None:
    with pytest.raises(ApiError) as refusal:
        read(html, "HTML")
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*粗* _斜_ __下__ ~删~ ||谜||", "粗 斜 下 删 谜", ["bold", "italic", "underline", "strikethrough", "spoiler"]),
        (r"1\.5 \- 2", "1.5 - 2", []),
        ("`a.b`", "a.b", ["code"]),
        ("```python\nx-1```", "x-1", ["pre"]),
        ("[去](https://x.cn/a_b)", "去", ["text_link"]),
        (">引用\n>两行\n完", "引用\n两行\n完", ["blockquote"]),
    ],
)
def test_markdown_v2_is_read(source: str, text: str, entities: list[str]) -> None:
    formatted = read(source, "MarkdownV2")
    assert formatted.text == text
    assert [entity["type"] for entity in formatted.entities] == entities


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("好*x", "Can't find end of Bold entity at byte offset 3"),
        ("[x](y", "Can't find end of a URL at byte offset 4"),
    ],
)
def test_broken_markdown_v2_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refusal:
        read(source, "markdownv2")
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


def test_legacy_markdown_needs_its_ends() -> None:
    assert read("*a* `b` [c](http://d.cn)", "Markdown").text == "a b c"
    with pytest.raises(ApiError, match="Can't find end of the entity starting at byte offset 2"):
        read("x *a", "Markdown")


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        read("x", "BBCode")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start abc", [("bot_command", "/start")]),
        ("/day@waihu_bot 3", [("bot_command", "/day@waihu_bot")]),
        ("a/b 1/2", []),
        ("看 https://x.cn/a，好", [("url", "https://x.cn/a")]),
        ("@someone 你好 #周报", [("mention", "@someone"), ("hashtag", "#周报")]),
        ("写 a.b@c.com", [("email", "a.b@c.com")]),
    ],
)
def test_the_server_finds_commands_links_and_mentions_itself(text: str, found: list[tuple[str, str]]) -> None:
    formatted = plain(text)
    covered: list[Any] = [(e["type"], cut16(text, e["offset"], e["length"])) for e in formatted.entities]
    assert covered == found


def test_control_characters_become_spaces_and_line_ends_stay() -> None:
    assert plain("a\x00b\tc\r\nd").text == "a b c\nd"


def test_explicit_entities_must_lie_inside_the_text() -> None:
    assert read("好的", None, [{"type": "bold", "offset": 0, "length": 2}]).entities[0]["length"] == 2
    with pytest.raises(ApiError, match="ends after the end of the text"):
        read("好", None, [{"type": "bold", "offset": 0, "length": 2}])


@given(st.text(max_size=80))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert read(f"<b>{escaped}</b>", "HTML").text.strip() == read(text, None).text


def outcome(text: str, mode: str) -> int:
    """400 for a refusal; otherwise how far the entities reach beyond the text (never)."""
    try:
        formatted = read(text, mode)
    except ApiError as refusal:
        return refusal.code
    return sum(e["offset"] + e["length"] > utf16(formatted.text) for e in formatted.entities)


@given(st.text(alphabet="<>/ab= \"'&;1😀", max_size=30))
def test_any_html_is_read_or_refused_but_never_breaks_the_server(text: str) -> None:
    assert outcome(text, "HTML") in {0, 400}


@given(st.text(alphabet="*_~|`[]()!>\\ab\n.", max_size=30), st.sampled_from(["MarkdownV2", "Markdown"]))
def test_any_markdown_is_read_or_refused_but_never_breaks_the_server(text: str, mode: str) -> None:
    assert outcome(text, mode) in {0, 400}


def test_length_is_counted_in_utf16_units() -> None:
    assert utf16("好😀a") == 4
