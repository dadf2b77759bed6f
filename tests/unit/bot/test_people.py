"""Children's ages, names, and whom of her people a message is about."""

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
    ("text", "low", "high"),
    [
        ("mi beba tiene 4 meses", 122, 151),
        ("mi beba tiene 4 meses y medio", 137, 151),
        ("mi bb d 20 dias", 20, 20),
        ("un nene de 2 añitos", 730, 1094),
        ("tiene 1 añito", 365, 729),
        ("18 meses tiene la nena", 548, 577),
        ("es recien nacida", 0, 28),
        ("la wawa tiene 3 semanas", 21, 27),
        ("mi hijo va a cumplir 4", 1096, 1460),
        ("mi nena de casi 3 meses", 61, 90),
        ("mi hija de 2 años y 3 meses", 821, 850),
        ("nacio hace 12 dias", 12, 12),
        ("nacio hace 3 semanas", 21, 27),
        ("la tuve hace 2 meses", 61, 90),
        ("nacio el martes", 6, 6),
        ("el nene cumple 2 meses el martes", 60, 60),
        ("hoy cumple 2 meses mi bebe", 61, 61),
        ("Juan Cruz, 3 meses", 91, 120),
        ("bruno tiene 6 meses", 183, 212),
        ("mi bebe nacio de 35 semanas y tiene 10 dias", 10, 10),
        ("tengo un bebe de 5 meses y estoy embarazada de 3 meses", 152, 181),
    ],
)
def test_the_age_of_a_child(text, low, high):
    assert values(text, "child_age") == [{"days_min": low, "days_max": high}]


def test_two_children_have_two_ages():
    ages = [{"days_min": 1096, "days_max": 1460}, {"days_min": 1826, "days_max": 2190}]
    assert values("tengo dos nenes de 3 y 5 años", "child_age") == ages
    assert len(values("el mayor tiene 5 años y la mas chica 8 meses", "child_age")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "estoy de 5 meses",
        "embarazada de 4 meses",
        "mi hija esta embarazada de 4 meses",
        "control para mi bebe, estoy de 5 meses",
        "mi bebe tiene fiebre hace 2 dias",
        "mi bebe tiene turno en 2 meses",
        "vacunas de los 4 meses",
        "mi hermana tiene 20 semanas",
        "tengo 25 años",
        "mi marido tiene 30 años",
        "tengo turno en 3 semanas",
    ],
)
def test_what_is_no_childs_age(text):
    assert values(text, "child_age") == []


def test_a_bare_age_answers_the_question():
    assert values("3 meses", "child_age", expecting="child_age") == [{"days_min": 91, "days_max": 120}]
    assert values("3 meses", "child_age") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mi bebe se llama Luca", ["Luca"]),
        ("se llama ayelen", ["Ayelen"]),
        ("se llama thiago benjamin y nacio ayer", ["Thiago Benjamin"]),
        ("le pusimos Emma", ["Emma"]),
        ("es para mi hija Milagros", ["Milagros"]),
        ("mi nena, Abril, tiene 2 meses", ["Abril"]),
        ("soy Rosa", ["Rosa"]),
        ("hola soy maria del carmen", ["Maria Del Carmen"]),
        ("me llamo JUANA", ["Juana"]),
        ("Juan Cruz, 3 meses", ["Juan Cruz"]),
        ("turno para Luca y Milagros", ["Luca", "Milagros"]),
        ("mis hijos tomas y sofia", ["Tomas", "Sofia"]),
        ("el control de benjamin", ["Benjamin"]),
        ("bruno tiene 6 meses", ["Bruno"]),
    ],
)
def test_names(text, names):
    assert values(text, "given_name") == names


@pytest.mark.parametrize(
    "text",
    [
        "como se llama la salita",
        "soy la abuela",
        "soy embarazada",
        "soy de Bolivia",
        "soy paraguaya",
        "Hola",
        "Necesito un turno para mi bebe",
        "Quiero Un Turno",
        "QUIERO UN TURNO PARA MI HIJA",
        "vivo en Juan B. Justo y Cordoba",
        "vivo en Rosario 350",
        "el 9 de Julio",
        "para abril",
        "dame luz verde",
        "mi bebe tiene fiebre",
        "para mi hija por favor",
        "con mi marido",
        "el domingo",
        "no se como se llama",
        "gracias",
    ],
)
def test_common_words_are_no_names(text):
    assert values(text, "given_name") == []


def test_the_name_that_was_asked_for_is_the_message():
    assert values("ayelen naiara", "given_name", expecting="patient_name") == ["Ayelen Naiara"]
    assert values("no se", "given_name", expecting="patient_name") == []


def _cue(who: str | None, relation: str | None = None, which: str | None = None) -> dict[str, str | None]:
    return {"who": who, "relation": relation, "which": which}


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("para mi", [_cue("self")]),
        ("es para mi, estoy de 5 meses", [_cue("self")]),
        ("soy yo", [_cue("self")]),
        ("para mi bebe", [_cue("child", "bebe")]),
        ("mi hija Milagros", [_cue("child", "hija")]),
        ("la wawa tiene tos", [_cue("child", "wawa")]),
        ("mi nieta tiene 4 meses", [_cue("child", "nieta")]),
        ("mi hijo mas grande", [_cue("child", "hijo", "older")]),
        ("mi hija menor", [_cue("child", "hija", "younger")]),
        ("la mas chiquita", [_cue(None, None, "younger")]),
        ("el mayor", [_cue(None, None, "older")]),
        ("los dos", [_cue(None, None, "all")]),
        ("para ambos", [_cue(None, None, "all")]),
        ("mis hijos", [_cue("child", "hijos", "all")]),
        ("mi hermana esta embarazada", [_cue("other_adult", "hermana")]),
        ("turno para una amiga", [_cue("other_adult", "amiga")]),
        ("es para mi señora", [_cue("other_adult", "senora")]),
        ("mi hija de 16 esta embarazada", [_cue("other_adult", "hija")]),
        ("mi nieta esta de 4 meses", [_cue("other_adult", "nieta")]),
        ("para mi y para mi bebe", [_cue("self"), _cue("child", "bebe")]),
        ("no es para mi, es para mi hermana", [_cue("self"), _cue("other_adult", "hermana")]),
    ],
)
def test_whom_of_her_people_she_means(text, cues):
    assert values(text, "person_cue") == cues


@pytest.mark.parametrize(
    "text",
    [
        "vivo con mi hermana",
        "soy la abuela",
        "mi marido me pega",
        "mi mama no sabe",
        "los dos dias",
        "quiero un turno",
        "mayor de edad",
    ],
)
def test_who_only_stands_by_is_not_meant(text):
    assert values(text, "person_cue") == []
