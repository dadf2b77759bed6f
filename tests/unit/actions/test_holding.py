"""A slot is kept while she decides; whatever becomes of it, she is told and has others before her."""

from __future__ import annotations

import re

from chat import Chat
from fake_care import FakeCare
from test_dialogue import to_offers


def test_the_summary_says_until_when_and_the_yes_confirms_the_hold(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    assert re.search(r"Te lo guardo hasta las \*\d{1,2}:\d\d\*\. ¿Lo confirmo\?", ana.tap_first_item())
    [held] = shared_care.appointments.values()
    assert held["status"] == "pending" and "slot-1" in shared_care.taken
    assert "¡Listo!" in ana.tap("Sí, confirmar")
    assert held["status"] == "booked"
    [(path, body)] = shared_care.sent_to("/confirm")
    assert path == f"/holds/{held['id']}/confirm" and body["patient"]["for_whom"] == "self"


def test_a_question_at_the_summary_does_not_hold_again(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    assert "Te lo guardo hasta" in ana.say("es gratis?", "ask_cost")
    assert len(shared_care.sent("/holds")) == 1


def test_another_time_takes_the_place_of_the_first(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    ana.tap("Otro horario")
    ana.tap("Jue 26 nov, 10:00")
    assert [one["status"] for one in shared_care.appointments.values()] == ["cancelled", "pending"]
    assert "10:00" in ana.tap("Sí, confirmar")


def test_the_yes_of_an_earlier_summary_confirms_nothing_else(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    first = ana.replies[-1]["buttons"][0]["payload"]
    ana.tap("Otro horario")
    ana.tap("Vie 27 nov, 9:30")
    assert "¡Listo!" not in ana.send_payload(first) and ana.replies[-1]["type"] == "list"
    assert not [one for one in shared_care.appointments.values() if one["status"] == "booked"]


def test_leaving_keeps_it_and_starting_anew_lets_it_go(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    ana.tap("Salir")
    [held] = shared_care.appointments.values()
    assert held["status"] == "pending"
    assert "¿Lo confirmo?" in ana.tap("Seguir")
    assert len(shared_care.sent("/holds")) == 1
    ana.tap("Salir")
    ana.tap("Empezar de nuevo")
    assert held["status"] == "cancelled"


def test_a_hold_that_ran_out_is_confirmed_all_the_same_when_care_can(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.hold_minutes = 0.0
    to_offers(ana)
    ana.tap_first_item()
    assert "¡Listo!" in ana.tap("Sí, confirmar")
    assert len(shared_care.sent("/holds")) == 1


def test_a_hold_that_somebody_took_over_ends_in_others_at_once(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    shared_care.lose_holds()
    searches = len(shared_care.sent("/offers"))
    said = ana.tap("Sí, confirmar")
    assert "Ese turno ya no está" in said and len(ana.replies) == 1 and ana.replies[0]["type"] == "list"
    assert len(shared_care.sent("/offers")) == searches
    assert "¿Lo confirmo?" in ana.tap_first_item()
    assert "¡Listo!" in ana.tap("Sí, confirmar")


def test_a_refusal_without_others_looks_for_them(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.offers_with_refusals = False
    to_offers(ana)
    ana.tap_first_item()
    shared_care.lose_holds()
    said = ana.tap("Sí, confirmar")
    assert "Te busco otros" in said and "Jue 26 nov, 10:00" in ana.titles()


def test_a_hold_that_care_does_not_know_is_made_anew(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    shared_care.fail(status=404, code="not_found")
    assert "¿Lo confirmo?" in ana.tap("Sí, confirmar")
    assert "¡Listo!" in ana.tap("Sí, confirmar")


def test_care_down_when_she_picks_keeps_her_choice(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    shared_care.fail()
    assert "no puedo entrar al sistema" in ana.tap_first_item()
    assert "jueves 26 de noviembre, 9:30" in ana.tap("Probar de nuevo")


def test_after_a_break_the_slot_is_held_anew(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.hold_minutes = 0.0
    to_offers(ana)
    ana.tap_first_item()
    ana.wait(hours=2)
    ana.say("hola", "greet")
    shared_care.hold_minutes = 10.0
    assert "¿Lo confirmo?" in ana.tap("Sí, seguimos")
    assert len(shared_care.sent("/holds")) == 2


def test_another_day_is_not_the_same_day_again(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    assert "jueves 26" in ana.tap_first_item()
    ana.say("no puedo ese dia", "cancel_appointment", 0.4)
    assert ana.titles() and all(not title.startswith("Jue 26") for title in ana.titles())
