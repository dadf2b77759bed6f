"""Dates, distances and places as they are said."""

from __future__ import annotations

import pytest
from fake_care import PRIORITY, center

from actions import speech

START = "2026-11-26T09:30:00-03:00"
UNTIL = "2026-11-23T13:42:00+00:00"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (START, "jueves 26 de noviembre"),
        ("2026-12-02T14:00:00-03:00", "miércoles 2 de diciembre"),
        ("2027-01-01T08:05:00-03:00", "viernes 1 de enero"),
    ],
)
def test_dates_are_said_in_words(instant: str, words: str) -> None:
    assert speech.date_in_words(instant) == words


def test_a_slot_late_in_the_evening_is_still_of_its_own_day() -> None:
    assert speech.date_in_words("2026-11-23T22:45:00-03:00") == "lunes 23 de noviembre"


def test_times_keep_their_minutes() -> None:
    assert speech.time_in_words("2026-12-02T08:05:00-03:00") == "8:05"


def test_every_day_of_a_year_fits_the_title_of_a_list_item() -> None:
    instants = [f"2027-{month:02d}-{day:02d}T14:30:00-03:00" for month in range(1, 13) for day in range(1, 29)]
    assert max(len(speech.date_title(instant)) for instant in instants) <= speech.TITLE_LIMIT


@pytest.mark.parametrize(("meters", "words"), [(640, "640 m"), (644, "640 m"), (1260, "1,3 km"), (4130, "4,1 km")])
def test_distances_have_no_false_precision(meters: float, words: str) -> None:
    assert speech.distance_in_words(meters) == words


def test_the_nearest_centres_fit_one_message_and_say_how_the_minutes_came_about() -> None:
    long = {**center(48), "name": "CeSAC N° 48 - " + "Parque Chacabuco " * 12, "address": "Avenida " * 40}
    text = speech.centers_text({"label": "Barracas", "approximate": True}, [long, long, long])
    assert len(text) <= speech.BODY_LIMIT
    text = speech.centers_text({"label": "Barracas", "approximate": False}, [center(15)])
    assert "línea recta" in text and "aproximado" not in text and "11 min (640 m)" in text


def test_what_is_not_known_of_a_centre_is_said() -> None:
    text = speech.center_text({**center(42, None), "notes": ["address_unconfirmed"]})
    assert "no tengo el teléfono" in text and "dirección sin confirmar" in text
    assert "no tengo confirmado que atiendan embarazos" in text and "min (" not in text


def test_a_description_keeps_the_way_when_the_name_is_long() -> None:
    offer = {"start": START, "center": {**center(15), "name": "CeSAC N° 15 - " + "San Telmo " * 20}}
    description = speech.offer_description(offer)
    assert len(description) <= speech.DESCRIPTION_LIMIT and description.endswith("a 11 min a pie")


def test_the_reason_is_said_to_herself_only() -> None:
    offer = {"start": START, "center": center(15)}
    assert PRIORITY["reason_text"] in speech.booking_summary(offer, PRIORITY, None, UNTIL)
    for_other = speech.booking_summary(offer, PRIORITY, "Rosa", UNTIL)
    assert PRIORITY["reason_text"] not in for_other and "Para Rosa" in for_other and "prioritario" in for_other


def test_a_routine_booking_claims_no_priority() -> None:
    routine = {**PRIORITY, "class": "routine"}
    assert "⭐" not in speech.booking_summary({"start": START, "center": center(15)}, routine, None, UNTIL)


def test_hours_are_said_where_they_are_known() -> None:
    hours = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "20:00"}
    text = speech.center_text({**center(42), "hours": hours, "unknown": []})
    assert "de lunes a viernes, de 08:00 a 20:00" in text and "No tengo confirmados" not in text
