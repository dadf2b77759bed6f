"""Entities in the words of chats, on Monday 23 November 2026 (docs/nlu.md)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.nlu.clock import BUENOS_AIRES
from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.gazetteer import Gazetteer

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
NIGHT = datetime(2026, 11, 23, 22, 45, tzinfo=BUENOS_AIRES)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.read(ROOT / "data" / "places" / "neighbourhoods.yml")


@pytest.fixture
def values(gazetteer):
    def read(text: str, entity: str, expecting: str | None = None, now: datetime = NOW):
        return [found.value for found in find_entities(text, now, gazetteer, expecting) if found.entity == entity]

    return read


@pytest.fixture
def value(values):
    def read(text: str, entity: str, expecting: str | None = None, now: datetime = NOW):
        found = values(text, entity, expecting, now)
        return found[0] if found else None

    return read


@pytest.mark.parametrize(
    "text", ["30111222", "30.111.222", "30 111 222", "mi dni es 30.111.222", "dni: 30111222", "DNI n° 30111222"]
)
def test_a_dni_with_or_without_dots(value, text):
    assert value(text, "dni") == "30111222"


@pytest.mark.parametrize(
    "text", ["15/03/2026", "1990", "11 4302-0059", "4302-0059", "1143020059", "corrientes 2500", "tengo 35 semanas"]
)
def test_what_is_no_dni(value, text):
    assert value(text, "dni") is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("el dni esta en tramite", "in_process"),
        ("no tengo dni", "none"),
        ("no tengo documento todavia", "none"),
        ("tengo la precaria", "foreign"),
        ("solo pasaporte", "foreign"),
        ("tengo cedula paraguaya", "foreign"),
    ],
)
def test_papers_in_another_state(value, text, status):
    assert value(text, "document_status") == status


@pytest.mark.parametrize(
    ("text", "phone"),
    [("mi tel es 11 4302-0059", "1143020059"), ("4302-0059", "43020059"), ("+54 9 11 2821 3615", "5491128213615")],
)
def test_phones(value, text, phone):
    assert value(text, "phone") == phone


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("vivo en barracas", "barracas"),
        ("vivo en varracas", "barracas"),
        ("velgrano", "belgrano"),
        ("vivo en la 1 11 14", "barrio-padre-ricciardelli"),
        ("soy de la 1-11-14", "barrio-padre-ricciardelli"),
        ("la villa 31", "barrio-padre-mugica"),
        ("ciudad oculta", "barrio-15"),
        ("parque patrisios", "parque-patricios"),
        ("villa lugno", "villa-lugano"),
        ("vivo por once", "balvanera"),
        ("soldati", "villa-soldati"),
    ],
)
def test_neighbourhoods_by_official_and_popular_name(value, text, slug):
    assert value(text, "neighbourhood") == slug


@pytest.mark.parametrize(
    "text",
    [
        "quiero retiro voluntario",
        "a las once",
        "tengo once semanas",
        "le lleve flores",
        "una boca",
        "salita 15",
        "velez sarsfield 1271",
    ],
)
def test_everyday_words_are_no_neighbourhoods(value, text):
    assert value(text, "neighbourhood") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("el 15", 15),
        ("cesac 15", 15),
        ("salita 15", 15),
        ("sesac n 8", 8),
        ("cesac n° 35", 35),
        ("me atiendo en el 20", 20),
        ("la salita quince", 15),
    ],
)
def test_centres_by_number(value, text, number):
    assert value(text, "center_number") == number


@pytest.mark.parametrize("text", ["cesac 51", "el 28 de noviembre", "tengo 15", "salita 3 cuadras"])
def test_what_is_no_centre(value, text):
    assert value(text, "center_number") is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("corrientes 2500", "corrientes 2500"),
        ("vivo en Juan B. Justo al 4500", "juan b justo al 4500"),
        ("av. 9 de julio 1500", "av 9 de julio 1500"),
        ("24 de noviembre 800", "24 de noviembre 800"),
        ("vivo en juan b justo y cordoba", "juan b justo y cordoba"),
        ("Juan B. Justo y Cordoba", "juan b justo y cordoba"),
    ],
)
def test_addresses(value, text, address):
    assert value(text, "address") == address
    assert value(text, "date") is None


@pytest.mark.parametrize(
    "text",
    ["vivo en barracas y estoy embarazada", "tengo 25 años", "estoy de 20 semanas", "dni 30111222", "hola y gracias"],
)
def test_what_is_no_address(value, text):
    assert value(text, "address") is None


@pytest.mark.parametrize(
    ("text", "low", "high", "source"),
    [
        ("estoy de 20 semanas", 20, 20, "weeks"),
        ("20 semanas y 3 dias", 20, 20, "weeks"),
        ("20+3", 20, 20, "weeks"),
        ("18 o 20 semanas", 18, 20, "weeks"),
        ("estoy de 5 meses", 18, 22, "months"),
        ("estoy enbarazada de cinco meses", 18, 22, "months"),
        ("voy por el septimo mes", 28, 31, "months"),
        ("segundo trimestre", 14, 27, "trimester"),
        ("fum 20/6", 22, 22, "lmp"),
        ("mi ultima menstruacion fue el 20 de junio", 22, 22, "lmp"),
        ("me vino el 3 de agosto", 16, 16, "lmp"),
        ("fecha probable de parto 15/3/27", 24, 24, "due_date"),
        ("tengo fecha para marzo", 21, 26, "due_date"),
        ("me quedan 2 meses", 28, 31, "months"),
        ("mi fecha es para el 10 de enero", 33, 33, "due_date"),
        ("ya voy por los 7 meses", 28, 31, "months"),
        ("estoy entre 20 y 22 semanas", 20, 22, "weeks"),
        ("mi ultima regla fue en junio", 20, 25, "lmp"),
        ("mi hija tiene 15 años y esta embarazada de 4 meses", 14, 17, "months"),
        ("me faltan 10 semanas", 30, 30, "weeks"),
        ("en la eco de hace 3 semanas me dijeron 12 semanas", 15, 15, "ultrasound"),
    ],
)
def test_how_far_along(value, text, low, high, source):
    found = value(text, "gestational_age")
    assert (found["weeks_min"], found["weeks_max"], found["source"]) == (low, high, source)


def test_the_day_of_the_last_period_is_kept(value):
    assert value("fum 20/6/26", "gestational_age")["lmp"] == "2026-06-20"
    assert value("20 de junio", "gestational_age", expecting="gestational_age")["lmp"] == "2026-06-20"
    assert value("20 de junio", "gestational_age") is None


@pytest.mark.parametrize(
    "text",
    [
        "mi bebe tiene 5 meses",
        "fum 20/6/27",
        "fum 3/1/2025",
        "no me viene hace 2 meses",
        "estoy de casi 5 meses",
        "5 meses y medio de embarazo",
        "tengo 20 años",
        "el turno es en 3 semanas",
        "no se de cuanto estoy",
    ],
)
def test_what_tells_no_weeks(value, text):
    assert value(text, "gestational_age") is None


@pytest.mark.parametrize(("text", "low"), [("20", 20), ("5", 18), ("como 12", 12)])
def test_a_bare_number_answers_how_far_along(value, text, low):
    assert value(text, "gestational_age", expecting="gestational_age")["weeks_min"] == low
    assert value(text, "gestational_age") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hoy", "2026-11-23"),
        ("mañana", "2026-11-24"),
        ("manana a la manana", "2026-11-24"),
        ("pasado mañana", "2026-11-25"),
        ("el jueves", "2026-11-26"),
        ("el lunes", "2026-11-30"),
        ("el jueves de la semana que viene", "2026-12-03"),
        ("28/11", "2026-11-28"),
        ("12 del 3", "2027-03-12"),
        ("pasado a la tarde", "2026-11-25"),
        ("no puedo mañana, pasado si", "2026-11-25"),
        ("el jueves pasado", "2026-11-19"),
        ("el 3 del mes pasado", "2026-10-03"),
        ("hace 3 meses", "2026-08-23"),
        ("el último viernes de noviembre", "2026-11-27"),
        ("3/5", "2027-05-03"),
        ("3 de mayo", "2027-05-03"),
        ("7/1/27", "2027-01-07"),
        ("el 28", "2026-11-28"),
        ("el 31", "2026-12-31"),
        ("quiero el jueves 26", "2026-11-26"),
        ("en 2 semanas", "2026-12-07"),
        ("fin de mes", "2026-11-30"),
        ("el martes no, el jueves si", "2026-11-26"),
        ("el primer lunes de marzo", "2027-03-01"),
        ("ayer", "2026-11-22"),
        ("nacio el 3/11", "2026-11-03"),
        ("tengo turno el 9 de julio", "2027-07-09"),
    ],
)
def test_days(values, text, day):
    born = "nacio" in text
    if born:
        assert values(text, "child_age") == [{"days_min": 20, "days_max": 20}]
    else:
        assert values(text, "date") == [day]


def test_late_in_the_evening_it_is_still_today(value):
    assert value("hoy", "date", now=NIGHT) == "2026-11-23"


@pytest.mark.parametrize(
    "text",
    [
        "la semana que viene",
        "en marzo",
        "30/2",
        "el otro jueves",
        "el finde",
        "1-11-14",
        "cesac 15",
        "20 semanas",
        "de mañana",
        "el lunes o el martes",
    ],
)
def test_no_single_day(value, text):
    assert value(text, "date") is None


@pytest.mark.parametrize(
    ("text", "part", "time"),
    [
        ("a la tarde", "afternoon", None),
        ("de mañana", "morning", None),
        ("temprano", "morning", None),
        ("a las 9", "morning", "09:00"),
        ("a las 2", "afternoon", "14:00"),
        ("14:30", "afternoon", "14:30"),
        ("16.30", "afternoon", "16:30"),
        ("10 y media", "morning", "10:30"),
        ("a las 5 menos cuarto", "afternoon", "16:45"),
        ("10hs", "morning", "10:00"),
        ("8 de la noche", None, "20:00"),
        ("a las 7 de la tarde", "afternoon", "19:00"),
        ("9am", "morning", "09:00"),
        ("al mediodia", "afternoon", "12:00"),
        ("a las 3 de la tarde", "afternoon", "15:00"),
    ],
)
def test_times(value, text, part, time):
    assert value(text, "time_of_day") == {"part": part, "time": time}


@pytest.mark.parametrize("text", ["a la noche", "despues de las 2", "a las 7"])
def test_an_unsure_hour_is_asked(value, text):
    assert value(text, "time_of_day") is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("mi bebe tiene 12 dias", 12, 12), ("el nene de 2 meses", 61, 90), ("mi hija nacio el 3 de noviembre", 20, 20)],
)
def test_the_age_of_a_child(value, text, low, high):
    assert value(text, "child_age") == {"days_min": low, "days_max": high}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("nunca me controle", "none"),
        ("no me hice ningun control", "none"),
        ("es mi primer control", "none"),
        ("ya tuve 2 controles", "some"),
        ("me estoy controlando", "some"),
    ],
)
def test_earlier_check_ups(value, text, known):
    assert value(text, "prior_checkups") == known


def test_a_whole_first_message(gazetteer):
    text = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas"
    found = {one.entity: text[one.start : one.end] for one in find_entities(text, NOW, gazetteer)}
    assert found == {"gestational_age": "5 meses", "prior_checkups": "nunca me controlé", "neighbourhood": "barracas"}


def test_of_a_grown_relative_being_of_months_is_a_pregnancy_and_having_them_is_a_child(value):
    pregnant = "mi nieta esta de 4 meses y no se hizo ver"
    assert value(pregnant, "gestational_age")["weeks_min"] == 14
    assert value(pregnant, "child_age") is None
    assert value("mi nieta tiene 4 meses", "gestational_age") is None
    assert value("mi nieta tiene 4 meses", "child_age")["days_min"] > 100


@pytest.mark.parametrize(
    "text", ["perdón, son 4 meses", "che ryeguasu 4 meses", "wiksayuq 4 meses", "estou grávida, 4 meses"]
)
def test_months_in_a_correction_and_in_other_tongues(value, text):
    assert value(text, "gestational_age")["weeks_min"] == 14


@pytest.mark.parametrize("text", ["sesac 12", "cezac 12", "cesac n 12"])
def test_a_centre_in_any_spelling_is_no_street(value, text):
    assert value(text, "center_number") == 12
    assert value(text, "address") is None


def test_a_day_has_the_name_of_what_it_is_a_day_of(value):
    assert value("naci el 03/03/85", "birth_date") == "1985-03-03"
    assert value("fum 20/6", "last_period_date") == "2026-06-20"
    assert value("tengo fecha para el 20 de marzo", "due_date") == "2027-03-20"
    assert all(
        value(text, "date") is None for text in ("naci el 03/03/85", "fum 20/6", "tengo fecha para el 20 de marzo")
    )


def test_a_birth_and_a_wish_in_one_message_are_two_days(value):
    text = "mi bebe nacio el 3 de noviembre, quiero turno para el jueves"
    assert (value(text, "birth_date"), value(text, "date")) == ("2026-11-03", "2026-11-26")
    assert value(text, "child_age") == {"days_min": 20, "days_max": 20}


@pytest.mark.parametrize(
    ("text", "expecting", "entity", "day"),
    [
        ("el martes", "baby_birth_date", "birth_date", "2026-11-17"),
        ("ayer a la noche", "birth_date", "birth_date", "2026-11-22"),
        ("el 28", "birth_date", "birth_date", "2026-10-28"),
        ("28", "preferred_date", "date", "2026-11-28"),
        ("el martes", "preferred_date", "date", "2026-11-24"),
        ("el 20 de junio", "last_period", "last_period_date", "2026-06-20"),
    ],
)
def test_what_was_asked_decides_what_a_day_is_a_day_of(value, text, expecting, entity, day):
    assert value(text, entity, expecting=expecting) == day


def test_places_are_those_of_the_message_as_written(gazetteer):
    text = "toy  d 20semanas, puedo el juebes"
    found = {one.entity: text[one.start : one.end] for one in find_entities(text, NOW, gazetteer)}
    assert found == {"gestational_age": "20semanas", "date": "el juebes"}


@pytest.mark.parametrize(
    ("text", "entity", "day"),
    [
        ("tengo fecha para el 20 de marzo", "due_date", "2027-03-20"),
        ("me vino el 20 de junio", "last_period_date", "2026-06-20"),
        ("el 20 de junio", "last_period_date", "2026-06-20"),
    ],
)
def test_words_tell_more_than_the_question(value, text, entity, day):
    assert value(text, entity, expecting="gestational_age") == day
    assert value(text, "gestational_age", expecting="gestational_age")["weeks_min"] in (22, 23)
