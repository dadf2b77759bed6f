"""DNI and phone numbers in all their ways of being written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.nlu.clock import BUENOS_AIRES
from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.gazetteer import Gazetteer

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
GAZETTEER = Gazetteer.read(Path(__file__).parents[3] / "data" / "places" / "neighbourhoods.yml")


def values(text: str, entity: str, expecting: str | None = None) -> list[object]:
    return [one.value for one in find_entities(text, NOW, GAZETTEER, expecting) if one.entity == entity]


@pytest.mark.parametrize(
    ("text", "dni"),
    [
        ("28.455.019", "28455019"),
        ("28-455-019", "28455019"),
        ("28 455 019", "28455019"),
        ("dni 28 45 50 19", "28455019"),
        ("dni28455019", "28455019"),
        ("mi documento es el 5.123.456", "5123456"),
        ("94.888.777", "94888777"),
        ("95112233 es mi dni", "95112233"),
        ("cuil 27-28455019-4", "28455019"),
        ("soy Ana 28455019 vivo en barracas", "28455019"),
        ("nombre: Ana\ndni: 28.455.019\ntel: 11 5555 1234", "28455019"),
        ("el 28 28455019", "28455019"),
    ],
)
def test_a_dni(text, dni):
    assert values(text, "dni") == [dni]


@pytest.mark.parametrize(
    "text",
    [
        "28-11-2026",
        "15.03.2026",
        "2026-11-28",
        "11 4302-0059",
        "4302-0059",
        "+54 9 11 5555-1234",
        "011 15 5555 1234",
        "corrientes 2500",
        "la 1-11-14",
        "turno 12345",
        "100000000",
        "1/12/2026 15:30",
    ],
)
def test_what_is_no_dni(text):
    assert values(text, "dni") == []


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("11-5555-1234", "1155551234"),
        ("1155551234", "1155551234"),
        ("15 5555 1234", "1555551234"),
        ("155555-1234", "1555551234"),
        ("011 15 5555 1234", "0111555551234"),
        ("(011) 4302-0059", "01143020059"),
        ("+54 9 11 5555 1234", "5491155551234"),
        ("+5491155551234", "5491155551234"),
        ("0221 456-7890", "02214567890"),
        ("+595 981 123456", "595981123456"),
        ("4302-0059", "43020059"),
        ("mi tel es 43020059", "43020059"),
        ("mi hermana se llama Ana 4302-0059 vive en barracas", "43020059"),
    ],
)
def test_a_phone(text, phone):
    assert values(text, "phone") == [phone]


def test_eight_digits_are_what_was_asked():
    assert values("43020059", "phone", expecting="contact_phone") == ["43020059"]
    assert values("43020059", "dni", expecting="dni") == ["43020059"]
    assert values("4302 0059", "dni", expecting="document_status") == []


def test_both_in_one_message():
    text = "28455019, mi celu 11 5555 1234"
    assert (values(text, "dni"), values(text, "phone")) == (["28455019"], ["1155551234"])
