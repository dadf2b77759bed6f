"""`given_name`: names as they are told, and as they are answered to "¿Cómo se llama?"."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.nlu.clock import BUENOS_AIRES
from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.gazetteer import Gazetteer

NOW = datetime(2026, 11, 23, 12, tzinfo=BUENOS_AIRES)
PLACES = Gazetteer.read(Path(__file__).parents[3] / "data" / "places" / "neighbourhoods.yml")


def name_in(text: str, asked: str | None = None) -> str | None:
    found = [one.value for one in find_entities(text, NOW, PLACES, asked) if one.entity == "given_name"]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mi otra hija Mora tiene 3 años y necesita turno", "Mora"),
        ("mi otra hija mora tiene 3 años y necesita turno", "Mora"),
        ("turno para mi hija luna de 3 meses", "Luna"),
        ("para mi otra nena Uma", "Uma"),
        ("al bebe le decimos Toto", "Toto"),
        ("mi hija mora en cordoba", None),
        ("mi otra hija tiene 3 años", None),
        ("quiero un turno a la tarde", None),
    ],
)
def test_a_name_told_in_passing(text: str, name: str | None) -> None:
    assert name_in(text) == name


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("Yesi", "Yesi"),
        ("es gratis?", None),
        ("es gratis", None),
        ("Mora?", None),
        ("Brisa", "Brisa"),
        ("Thiago", "Thiago"),
        ("Jonás", "Jonás"),
        ("juan cruz", "Juan Cruz"),
        ("María Luz", "María Luz"),
        ("pupi", "Pupi"),
        ("Lu", "Lu"),
        ("Noa", "Noa"),
        ("es luca", "Luca"),
        ("la yesi", "Yesi"),
        ("le decimos toto", "Toto"),
        ("es mi hija brisa", "Brisa"),
        ("José Luis Quispe Mamani", "José Luis Quispe Mamani"),
        *[(nobody, None) for nobody in ("ok", "dale", "no", "si", "hola", "no entiendo", "salir", "menu", "chau")],
        *[(nobody, None) for nobody in ("a la tarde", "barracas", "es varon", "mi hermana", "la puta madre")],
    ],
)
@pytest.mark.parametrize("asked", ["child_name", "patient_name"])
def test_a_name_that_was_asked_for(answer: str, name: str | None, asked: str) -> None:
    assert name_in(answer, asked) == name
