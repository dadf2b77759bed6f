"""Papers, cost, workshops and tips: short answers that fit the question; nobody is refused, nothing has a price."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from chat import Chat
from fake_care import FakeCare

from actions.speech import BODY_LIMIT
from actions.tips import Card, load_cards
from actions.workshops import load_workshops, standing

PAPERS = [
    ("no tengo dni, tengo la precaria, me atienden igual?", "Andá igual"),
    ("mi dni está en trámite", "Andá igual"),
    ("soy boliviana y tengo mi carnet nomás", "Andá igual"),
    ("qué tengo que llevar", "Llevá el DNI si tenés"),
    ("qué llevo al control de la beba", "carnet de vacunas y la libreta"),
    ("perdí el carnet de vacunas", "Si no lo tenés o se perdió"),
    ("tengo 15 y mi mamá no sabe", "línea .102"),
    ("tengo 16 semanas, qué llevo", "Llevá el DNI"),
    ("puede ir mi marido al control?", "con quien vos elijas"),
    ("hay que ir en ayunas?", "depende del estudio"),
    ("necesito una orden?", "no hace falta orden"),
    ("vivo en un hotel, me piden domicilio?", "no te pido domicilio"),
    ("me dijeron que no me atienden sin documento", "la lea una persona del equipo"),
]
COST = [
    ("es gratis?", "no hace falta obra social"),
    ("me cobran por ser extranjera?", "Sacá el turno igual"),
    ("tengo osecac, me atienden?", "No hace falta tener obra social"),
    ("cuánto salen las vacunas", "son gratis"),
    ("me cobraron la consulta", "lo vea con vos"),
    ("me cobran por escribir acá?", "Yo no te cobro nada"),
    ("me dan el ácido fólico?", "preguntalo"),
]
NEVER = re.compile(r"\$|no te corresponde|situación migratoria es|tenés que traer|obligatori|requisito", re.IGNORECASE)


@pytest.mark.parametrize(("question", "expected"), PAPERS)
def test_papers(ana: Chat, question: str, expected: str) -> None:
    said = ana.say(question, "ask_documents")
    assert re.search(expected, said) and not NEVER.search(said) and len(said) < 420


@pytest.mark.parametrize(("question", "expected"), COST)
def test_cost(ana: Chat, question: str, expected: str) -> None:
    said = ana.say(question, "ask_cost")
    assert re.search(expected, said) and not NEVER.search(said)


@pytest.mark.parametrize("question", ["me dijeron que no me atienden", "no me quisieron atender sin dni"])
def test_who_was_turned_away_gets_a_person(ana: Chat, question: str) -> None:
    ana.say(question, "ask_documents")
    assert "wants_person" in ana.answer["flags"]


def test_before_consent_they_are_answered_too(stranger: Chat) -> None:
    stranger.say("hola", "greet")
    assert "Andá igual" in stranger.say("soy extranjera, tengo la precaria", "ask_documents")


# ------------------------------------------------------------ workshops


def test_without_a_list_the_nearest_centre_is_named(ana: Chat) -> None:
    assert "No hay una lista pública" in ana.say("hay talleres?", "ask_workshops")
    ana.say("barracas", "find_cesac", neighbourhood="barracas")
    assert "CeSAC N° 15 - San Telmo, ☎️ 11 2821-3615" in ana.say("hay talleres?", "ask_workshops")


def test_her_interest_is_noted_and_no_message_promised_for_now(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("curso de preparto", "ask_workshops")
    assert "Todavía no mando esos avisos" in ana.tap("Avisame cuando haya")
    assert len(shared_care.rights.opinions) == 1
    assert shared_care.rights.reminders == {}  # reminders tell of a pregnancy or a child: she did not ask for those


def test_the_list_that_ships_invents_no_workshop() -> None:
    assert load_workshops() == ()


def test_workshops_are_told_until_their_last_day_nearest_first() -> None:
    listed = tuple({"center": n, "title": str(n), "valid_until": until} for n, until in
                   [(9, "2026-12-01"), (15, "2026-12-01"), (15, "2026-11-01"), (3, "2026-12-01")])  # fmt: skip
    near = [{"number": 15}, {"number": 9}]
    assert [one["title"] for one in standing(listed, near, date(2026, 11, 23))] == ["15", "9"]


# ------------------------------------------------------------ tips

TIPS = [
    ("duerme boca arriba o boca abajo?", None, "safe_sleep"),
    ("le pongo almohada?", None, "safe_sleep"),
    ("mi bebe no duerme", None, "sleep_nights"),
    ("o bebe nao dorme", None, "sleep_nights"),
    ("cada cuánto toma la teta", None, "breastfeeding"),
    ("tengo grietas en los pezones", None, "latch"),
    ("cómo preparo la mamadera", None, "bottle"),
    ("puede comer miel", None, "not_yet"),
    ("puede tomar agua?", None, "not_yet"),
    ("qué le doy de comer a los 6 meses", {"days_min": 182, "days_max": 212}, "first_foods"),
    ("no quiere comer verdura", {"days_min": 730, "days_max": 1094}, "family_table"),
    ("llora todas las tardes", None, "crying"),
    ("cada cuánto se baña un bebé", None, "bath_cord"),
    ("le pongo dibujitos?", None, "play_screens"),
    ("qué puedo comer en el embarazo", None, "pregnancy_food"),
]


@pytest.mark.parametrize(("question", "age", "card"), TIPS)
def test_the_card_that_fits_with_its_source(ana: Chat, question: str, age: object, card: str) -> None:
    said = ana.say(question, "ask_parenting_tips", **({"child_age": age} if age else {}))
    wanted = next(one for one in load_cards() if one.id == card)
    assert wanted.text in said and f"Fuente: {wanted.source}" in said


def test_without_a_topic_the_topics_are_a_list(ana: Chat) -> None:
    assert "¿Sobre qué tema?" in ana.say("consejos de crianza", "ask_parenting_tips")
    assert 5 < len(ana.titles()) <= 10
    assert "boca arriba" in ana.tap("Dormir seguro")
    assert "¿Sobre qué tema?" in ana.tap("Otro tema")


def test_what_no_card_knows_is_not_made_up(ana: Chat) -> None:
    assert "preguntalo en el CeSAC" in ana.say("le están saliendo los dientes", "ask_parenting_tips")


def test_the_topics_suit_the_age(ana: Chat) -> None:
    ana.say("consejos", "ask_parenting_tips", child_age={"days_min": 730, "days_max": 1094})
    assert "Comer desde el año" in ana.titles() and "Llanto y cólicos" not in ana.titles()


def test_the_only_child_on_record_decides_between_cards(ana: Chat, shared_care: FakeCare) -> None:
    born = date.today() - timedelta(days=800)
    shared_care.people.add_child(ana.resident, "Luca", born.isoformat())
    ana.say("hola", "greet")
    assert "Desde el año come" in ana.say("qué come? no quiere comer", "ask_parenting_tips")
    assert "nada de miel" in ana.say("puede comer miel un bebé?", "ask_parenting_tips")


def test_inside_a_form_a_tip_is_given_and_the_form_goes_on(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("puede comer miel mi bebe?", "ask_parenting_tips")
    assert "nada de miel" in said and "para vos" in said


@pytest.mark.parametrize("card", load_cards(), ids=lambda card: card.id)
def test_a_card_is_short_in_voseo_and_names_no_dose_or_medicine(card: Card) -> None:
    assert len(card.text) <= 600 and len(card.text) + len(card.source) + 20 <= BODY_LIMIT and len(card.title) <= 24
    assert not re.search(r"\b\d+ ?(mg|ml|cc|gotas)\b|paracetamol|ibuprofeno|antibi|jarabe", card.text, re.IGNORECASE)
    assert not re.search(r"\b(tú|debes|puedes|tienes|usted)\b", card.text)
    assert card.source and card.words
