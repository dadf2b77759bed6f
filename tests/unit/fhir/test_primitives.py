"""What the less plain primitive types take."""

from __future__ import annotations

import pytest

from latido.fhir.server.indexing import words_of
from latido.fhir.server.primitives import PRIMITIVES

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


@pytest.mark.parametrize(
    "inside",
    [
        "turno el 26",
        "<p>uno<br/>dos<br></br></p>",
        '<table class="t"><tr><td colspan="2">caf&eacute;&nbsp;5 &lt; 6</td></tr></table>',
        '<img src="#foto" alt=""/>',
        '<a href="https://example.org/onload">ver</a>',
        "<b>a</b><!-- nota -->",
    ],
)
def test_narratives(inside: str):
    assert PRIMITIVES["xhtml"](DIV.format(inside))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "turno",
        DIV.format(""),
        DIV.format("<p> </p>"),
        DIV.format("<script>x()</script>"),
        DIV.format('<p onclick="x()">a</p>'),
        DIV.format('<a href=" JavaScript:x()">a</a>'),
        DIV.format("<iframe>a</iframe>"),
        DIV.format("<form><input/></form>a"),
        DIV.format("<p>sin cerrar"),
        DIV.format("a") + DIV.format("b"),
        DIV.format("a") + "b",
        "<p>a</p>",
        '<div xmlns="urn:x">a</div>',
        DIV.format("&unknown;"),
        DIV.format("a < b"),
        "<!DOCTYPE html>" + DIV.format("a"),
        DIV.format("<![CDATA[a]]>"),
        DIV.format("<?php a ?>"),
    ],
)
def test_what_is_no_narrative(text: str):
    assert not PRIMITIVES["xhtml"](text)


@pytest.mark.parametrize(
    ("kind", "value", "valid"),
    [
        ("base64Binary", "QUJD", True),
        ("base64Binary", "QUJD\nREVG", True),
        ("base64Binary", "QUI=", True),
        ("base64Binary", "QUI", False),
        ("base64Binary", "QU=D", False),
        ("base64Binary", "ñandu===", False),
        ("time", "09:30:00", True),
        ("time", "09:30", False),
        ("time", "24:00:00", False),
        ("positiveInt", 0, False),
        ("unsignedInt", 2**31, False),
        ("decimal", 10.4, True),
        ("decimal", "10.4", False),
        ("date", "2026-02-30", False),
        ("dateTime", "2026-11-23T10:00", False),
        ("dateTime", "2026-11", True),
        ("oid", "urn:oid:2.16.840", True),
        ("uuid", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520", False),
    ],
)
def test_others(kind: str, value: object, valid: bool):
    assert PRIMITIVES[kind](value) is valid


@pytest.mark.parametrize("filling", ["<", "<!--", "<a ", "<a b='", "</", "<![", "<?", "&", "<p>", "&nbsp;"])
def test_a_long_narrative_ends_soon_and_without_an_error(filling: str):
    assert not PRIMITIVES["xhtml"]("<div>" + filling * 300_000)


def test_words_are_bare_each_once_and_not_without_end():
    assert words_of("Ñandú, QUISPE-Mamani  quispe") == ["nandu", "quispe", "mamani"]
    assert len(words_of(" ".join(f"palabra{number}" for number in range(100_000)))) < 200
