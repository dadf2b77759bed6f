"""Danger, violence and self-harm in the words of chats; the sentences are made up."""

from __future__ import annotations

import pytest
import yaml

from bot.nlu.danger_signs import DANGER_SIGNS_FILE, DangerSigns


@pytest.fixture(scope="module")
def signs() -> DangerSigns:
    return DangerSigns.read(DANGER_SIGNS_FILE)


def told(signs: DangerSigns, text: str, expecting: str | None = None) -> tuple[str, str, str | None] | None:
    now = [finding for finding in signs.find(text, expecting) if finding.now]
    return (now[0].intent, now[0].kind, now[0].phase) if now else None


@pytest.mark.parametrize(
    ("text", "kind", "phase"),
    [
        ("toy perdiendo sangre y tengo 8 semanas", "bleeding", "pregnancy"),
        ("me bajó sangre y estoy embarazada", "bleeding", "pregnancy"),
        ("tengo perdidas desde ayer", "bleeding", None),
        ("no para de salir sangre tuve a mi bebe hace 5 dias", "bleeding", "postpartum"),
        ("ESTOY SANGRANDO MUCHOOO", "bleeding", None),
        ("toy sangrndo", "bleeding", None),
        ("hace 2 dias que sangro", "bleeding", None),
        ("se me rompio la fuente que hago", "waters", "pregnancy"),
        ("rompi bolsa", "waters", "pregnancy"),
        ("se me hizo pis solo y no para", "waters", "pregnancy"),
        ("me sale liquido", "waters", "pregnancy"),
        ("no lo siento desde ayer al bebe", "no_movement", "pregnancy"),
        ("el bebe no se mueve", "no_movement", "pregnancy"),
        ("se mueve menos", "no_movement", "pregnancy"),
        ("tengo contracciones cada 5 minutos", "contractions", "pregnancy"),
        ("tengo la panza dura", "contractions", "pregnancy"),
        ("se me parte la cabeza y veo lucecitas", "headache_or_sight", None),
        ("me zumban los oidos", "headache_or_sight", None),
        ("se me hincho la cara", "swelling", None),
        ("me desmaye recien", "fainting", None),
        ("mi bb tiene 12 dias y esta amarillito no quiere la teta", "colour", "newborn"),
        ("mi bebe vuela de fiebre", "fever", None),
        ("la wawa no quiere mamar", "not_feeding", "newborn"),
        ("a mi hija le sale sangre esta embarazada", "bleeding", "pregnancy"),
        ("le silba el pecho al nene", "breathing", "newborn"),
        ("me siento muy mal", "unwell", None),
        ("tengo manchitas marrones en la bombacha", "bleeding", None),
        ("creo que se adelantó el parto", "contractions", "pregnancy"),
    ],
)
def test_a_danger_sign_is_heard(signs, text, kind, phase):
    assert told(signs, text) == ("danger_sign", kind, phase)


@pytest.mark.parametrize(
    "text", ["me pegó mi marido", "mi pareja me amenaza", "no puedo hablar esta mi marido", "me pegaba el año pasado"]
)
def test_violence_is_heard_past_or_present(signs, text):
    assert told(signs, text)[0] == "report_violence"


@pytest.mark.parametrize(
    "text",
    ["me quiero morir", "no quiero vivir mas", "tengo miedo de hacerle daño al bebe", "mi hermana se quiere matar"],
)
def test_self_harm_is_heard(signs, text):
    assert told(signs, text)[0] == "report_self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "no estoy sangrando",
        "no tengo perdidas ni fiebre",
        "ya no sangro",
        "nunca tuve contracciones",
        "por suerte no tengo sangrado",
        "el año pasado perdi sangre",
        "en mi embarazo anterior tuve fiebre",
        "hace 3 años rompi bolsa a las 35 semanas",
        "que hago si sangro",
        "cuando tengo que ir si tengo contracciones?",
        "en caso de rompi bolsa a donde voy",
        "cuales son los signos de alarma, fiebre?",
        "no me pega",
        "tengo que hacerme un analisis de sangre",
        "me sacaron sangre ayer",
        "me muero de sueño",
        "me quiero morir de la risa",
        "la bebe me pega pataditas",
        "perdi el turno",
        "tengo el turno en el hospital con la obstetra",
        "hola quiero un turno, estoy embarazada de 5 meses y vivo en barracas",
    ],
)
def test_what_is_denied_past_imagined_or_harmless_is_not_danger_now(signs, text):
    assert told(signs, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "no tengo fiebre pero pierdo sangre",
        "no se si estoy perdiendo liquido",
        "si estoy sangrando que hago",
        "el año pasado perdi uno y ahora estoy sangrando",
        "no, estoy sangrando",
        "no para de sangrar",
    ],
)
def test_doubt_and_contrast_still_count(signs, text):
    assert told(signs, text)[0] == "danger_sign"


@pytest.mark.parametrize(
    "text",
    [
        "se mueve un montón, me patea",
        "el bebe me patea las costillas",
        "tomo pastillas para la presion",
        "no doy mas de calor",
        "que me muera de risa",
    ],
)
def test_everyday_words_that_resemble_a_sign_are_none(signs, text):
    assert told(signs, text) is None


@pytest.mark.parametrize("text", ["no doy mas", "lloro todo el dia", "estoy re angustiada", "ya no puedo mas"])
def test_being_overwhelmed_is_heard(signs, text):
    assert told(signs, text)[0] == "report_self_harm"


def test_the_safer_intent_wins(signs):
    assert told(signs, "me pego mi marido y estoy sangrando")[0] == "danger_sign"
    assert told(signs, "estoy sangrando y me quiero morir")[0] == "report_self_harm"
    assert told(signs, "perdi el embarazo no me manden mas mensajes")[0] == "report_loss"


def test_an_answer_to_a_question_about_the_past_is_no_sign(signs):
    assert told(signs, "tengo presion alta") == ("danger_sign", "high_pressure", None)
    assert told(signs, "tengo presion alta", expecting="conditions") is None
    assert told(signs, "tuve un aborto", expecting="history") is None
    assert told(signs, "estoy sangrando", expecting="history")[0] == "danger_sign"


def test_the_place_of_a_sign_is_told(signs):
    text = "hola, estoy perdiendo sangre desde ayer"
    finding = signs.find(text)[0]
    assert text[finding.start : finding.end].startswith("estoy perdiendo")


def test_the_list_is_dated_and_says_whether_a_clinician_signed_it():
    data = yaml.safe_load(DANGER_SIGNS_FILE.read_text(encoding="utf-8"))
    assert data["version"]
    assert data["as_of"]
    assert "clinical_sign_off" in data
    assert {entry["source"] for entry in data["signs"]} <= set(data["sources"])
