"""How sure Patient/$match is that two descriptions are one person."""

from __future__ import annotations

from typing import Any

import pytest

from latido.fhir.server.match_rules import Likeness, likeness, ranked, weights

DNI, SAME_DNI = "http://www.renaper.gob.ar/dni", "http://renaper.gob.ar/dni"


def person(**told: Any) -> dict[str, Any]:
    """A Patient as somebody tells of her: dni, born, family, given, phone, gender."""
    found: dict[str, Any] = {"resourceType": "Patient"}
    if "dni" in told:
        found["identifier"] = [{"system": told.get("system", DNI), "value": told["dni"]}]
    if "born" in told:
        found["birthDate"] = told["born"]
    name = {part: told[part] for part in ("family", "given") if part in told}
    if name:
        found["name"] = [name]
    if "phone" in told:
        found["telecom"] = [{"system": "phone", "value": told["phone"]}]
    return found | ({"gender": told["gender"]} if "gender" in told else {})


MARISOL = person(
    dni="30111222", born="1996-02-03", family="Quispe Ñandú", given=["Marisol"], phone="+5491155556666", gender="female"
)


@pytest.mark.parametrize(
    ("told", "grade"),
    [
        ({"dni": "30111222", "born": "1996-02-03"}, "certain"),
        ({"dni": "30.111.222", "system": SAME_DNI, "born": "1996-02-03"}, "certain"),
        ({"dni": "30111222", "born": "1996-02-03", "family": "QUISPE", "given": ["marisol"]}, "certain"),
        ({"dni": "30111222"}, "probable"),
        ({"dni": "30111222", "family": "nandu", "given": ["Marisol"]}, "probable"),
        ({"dni": "30111222", "born": "1996"}, "probable"),
        ({"dni": "30111222", "born": "1996-02-03", "given": ["Juan"]}, "possible"),
        ({"dni": "30111222", "born": "1996-02-03", "gender": "male"}, "possible"),
        ({"dni": "30111222", "born": "1996-02-04"}, "certainly-not"),
        ({"dni": "30111223", "born": "1996-02-03", "family": "Quispe", "given": ["Marisol"]}, "certainly-not"),
        ({"born": "1996-02-03", "family": "Quispe", "given": ["Marisol"]}, "possible"),
        ({"born": "1996-02-03", "family": "Quispe", "given": ["Marisol"], "phone": "011 15-5555-6666"}, "probable"),
        ({"family": "Quispe", "given": ["Marisol"]}, "certainly-not"),
        ({"phone": "+541155556666"}, "certainly-not"),
        ({"system": "urn:example:other", "dni": "30111222", "born": "1996-02-03"}, "certainly-not"),
    ],
)
def test_grades(told: dict[str, Any], grade: str):
    found = likeness(person(**told), MARISOL, weights())
    assert found.grade == grade
    assert 0 <= found.score <= 1


def test_more_that_agrees_never_lowers_the_score():
    told: dict[str, Any] = {}
    scores = []
    everything = {"dni": "30111222", "born": "1996-02-03", "family": "Quispe", "given": ["Marisol"]}
    for name, value in everything.items():
        told[name] = value
        scores.append(likeness(person(**told), MARISOL, weights()).score)
    assert scores == sorted(scores)
    assert scores[-1] == 1


def test_two_who_are_certain_are_both_only_probable():
    found = [({"id": "b"}, Likeness(0.9, "certain")), ({"id": "a"}, Likeness(0.95, "certain"))]
    assert [(each["id"], how.grade) for each, how in ranked(found)] == [("a", "probable"), ("b", "probable")]


def test_the_likeliest_comes_first_and_others_not_at_all():
    found = [
        ({"id": "x"}, Likeness(0.2, "certainly-not")),
        ({"id": "y"}, Likeness(0.4, "possible")),
        ({"id": "z"}, Likeness(0.9, "certain")),
    ]
    assert [(each["id"], how.grade) for each, how in ranked(found)] == [("z", "certain"), ("y", "possible")]
