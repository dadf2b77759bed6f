"""Whatever she writes is read: no exception, no value outside its range, the same one again, and never for minutes."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.nlu.clauses import clauses_of
from bot.nlu.clock import BUENOS_AIRES, parsed
from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.found import Found
from bot.nlu.entities.gazetteer import Gazetteer
from bot.nlu.features import features_of
from bot.nlu.phrases import sound_line
from bot.nlu.text import fold, sound, unstretch, words_of

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
LEAP_DAY = datetime(2028, 2, 29, 23, 59, tzinfo=BUENOS_AIRES)
LONGEST = 1600
# No message takes a thousandth of it: what is stopped here would never have ended.
CPU_SECONDS = 60
WEEKS = range(46)
A_LIFE = timedelta(days=120 * 366)

gazetteer = Gazetteer.read(Path(__file__).parents[3] / "data" / "places" / "neighbourhoods.yml")
asked_for = st.sampled_from([
    None, "birth_date", "due_date", "last_period", "gestational_age", "offer", "date", "given_name", "dni",
    "document", "phone", "child_age", "baby_age", "neighbourhood", "person",
])  # fmt: skip
PIECES = (
    *("30.111.222", "30111222", "99999999999", "0", "1", "12", "31", "32", "45", "2026", "9999", "-1", "1e9", "²", "٣"),
    *("11 4302-0059", "+54 9 11 2821 3615", "12/", "31/02/2027", "29/2", "32/13/99", "0/0", "3.11", "1-11-14", "24:00"),
    *("semanas", "semana", "meses", "mes y medio", "días", "años", "trimestre", "hace", "estoy de", "fum", "fpp", "de"),
    *("hoy", "ayer", "mañana", "pasado", "lunes", "martes 31", "el jueves que viene", "de febrero", "31 de abril", "y"),
    *("nació", "parto", "dni", "pasaporte", "tel", "a las", "a las 25", "y media", "hs", "de la tarde", "entre", "o"),
    *(
        "corrientes",
        "y",
        "juan b justo 99999",
        "cesac",
        "villa",
        "la 31",
        "manzana",
        "mi hija",
        "me llamo",
        "Ana",
        "no",
    ),
    *(
        "\x00",
        "\n",
        "\u2028",
        "\u202e",
        "\u200b",
        "ñ",
        "n\u0303",
        "İ",
        "ﬀ",
        "ß",
        "🤰",
        "🤰🏽",
        "/",
        "|",
        "{",
        '"',
        "\ud800",
    ),
)
texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map(" ".join)


def trying(examples: int):
    """So many tries, the same ones every time; LATIDO_FUZZ_EXAMPLES asks for as many others."""
    asked = os.environ.get("LATIDO_FUZZ_EXAMPLES")
    return settings(
        max_examples=int(asked or examples),
        deadline=None,
        derandomize=asked is None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def found_in(text: str, expecting: str | None = None, now: datetime = NOW) -> list[Found]:
    return find_entities(text, now, gazetteer, expecting)


@given(text=texts, expecting=asked_for, now=st.sampled_from([NOW, LEAP_DAY]))
@example("hace 99999999999999999999 semanas", None, NOW)
@example("nació el 29/2/1900", "birth_date", NOW)
@example("estoy de 99 semanas y 99 dias", None, NOW)
@example("hace 9999 años", "birth_date", NOW)
@trying(400)
def test_what_is_found_is_within_its_range_and_stands_there(text: str, expecting: str | None, now: datetime) -> None:
    found = found_in(text, expecting, now)
    for one in found:
        assert 0 <= one.start <= one.end <= len(text)
        json.dumps(one.value)
        IN_RANGE.get(one.entity, lambda value, now: None)(one.value, now)
    assert found_in(text, expecting, now) == found


def _day(value: str, now: datetime) -> date:
    day = date.fromisoformat(value)
    assert day.isoformat() == value
    assert abs(day - now.date()) <= A_LIFE
    return day


def _past(value: str, now: datetime) -> None:
    assert _day(value, now) <= now.date()


def _weeks(value: dict[str, object], now: datetime) -> None:
    assert value["weeks_min"] in WEEKS
    assert value["weeks_max"] in WEEKS
    assert value["weeks_min"] <= value["weeks_max"]
    assert value["lmp"] is None or _day(value["lmp"], now)


def _days_of_life(value: dict[str, int], now: datetime) -> None:
    assert 0 <= value["days_min"] <= value["days_max"] <= A_LIFE.days


def _time(value: dict[str, str | None], now: datetime) -> None:
    assert value["part"] in ("morning", "afternoon", None)
    assert value["time"] is None or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value["time"])


def _matches(pattern: str):
    def check(value: str, now: datetime) -> None:
        assert re.fullmatch(pattern, value, re.ASCII), value

    return check


def _center(value: int, now: datetime) -> None:
    assert type(value) is int
    assert 1 <= value <= 50


IN_RANGE = {
    "dni": _matches(r"\d{7,8}"),
    "phone": _matches(r"\d{6,15}"),
    "date": _day,
    "birth_date": _past,
    "last_period_date": _past,
    "due_date": _day,
    "gestational_age": _weeks,
    "child_age": _days_of_life,
    "time_of_day": _time,
    "center_number": _center,
}


@given(text=texts)
@trying(300)
def test_words_are_made_comparable_once(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    for word in words_of(text):
        assert 0 <= word.start <= word.end <= len(text)
        assert unstretch(unstretch(word.text)) == unstretch(word.text)
        sound(word.text)
    sound_line(text)
    clauses_of(text)
    features_of(text, ())


@given(text=texts | st.sampled_from(["2026-11-26T09:30:00-03:00", "2026-11-26", "0001-01-01T00:00:00+23:59"]))
@example("9999-12-31T23:59:59-12:00")
@example("0001-01-01T00:00:00+14:00")
@trying(200)
def test_a_moment_is_one_of_ours_or_none(text: str) -> None:
    moment = parsed(text)
    assert moment is None or moment.utcoffset() == timedelta(hours=-3)


@contextmanager
def for_minutes_at_most() -> Iterator[None]:
    """Stops what takes more than CPU_SECONDS of the processor; regular expressions are stopped, too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still reading after {CPU_SECONDS} s of processor")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


ENDLESS = (
    *("ayer ", "martes 3 ", "3 de marzo de ", "mes a las 3 y ayer 1 ", "a las 3 y ", "12/", "1.", "1 ", "30.111.222 "),
    *(
        "20 semanas y ",
        "hace 3 ",
        "de 3 a ",
        "entre 3 y ",
        "treinta y ",
        "mi hija ",
        "me llamo Ana ",
        "corrientes 1 y ",
    ),
    *(
        "no ",
        "no puedo el ",
        "turno el ",
        "nació el ",
        "la villa ",
        "cesac ",
        "aa",
        "a ",
        "jajaja",
        "(",
        "  ",
        "🤰",
        "ñ",
    ),
)


@pytest.mark.parametrize("piece", ENDLESS)
def test_a_page_of_the_same_is_read_to_its_end(piece: str) -> None:
    text = (piece * LONGEST)[:LONGEST]
    with for_minutes_at_most():
        for written in (text, "x" + text, text[:-1] + "!"):
            found_in(written)
        sound_line(text)
        clauses_of(text)
        features_of(text, ())


@given(pieces=st.lists(st.sampled_from(PIECES + ENDLESS), min_size=1, max_size=3), expecting=asked_for)
@trying(25)
def test_a_page_of_a_few_is_read_to_its_end(pieces: list[str], expecting: str | None) -> None:
    with for_minutes_at_most():
        found_in((" ".join(pieces) * LONGEST)[:LONGEST], expecting)


def test_nobody_names_a_hundred_days() -> None:
    """They are read one by one with all words around: of a page of them none is taken."""
    assert [one.value for one in found_in("puedo el 3 de marzo") if one.entity == "date"] == ["2027-03-03"]
    assert not [one for one in found_in("puedo el 3 de marzo " * 100) if one.entity == "date"]
