"""Whole conversations over the real rules, forms and action server. They read like the chat."""

from __future__ import annotations

from chat import Chat
from fake_care import FakeCare

DEMO = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas"
FIVE_MONTHS = {"weeks_min": 18, "weeks_max": 22, "source": "months", "lmp": None}
TOLD = {"gestational_age": FIVE_MONTHS, "prior_checkups": "none", "neighbourhood": "barracas"}


def to_offers(phone: Chat) -> str:
    """From the first sentence of a known resident to the list of free slots."""
    phone.say(DEMO, "report_pregnancy", **TOLD)
    phone.tap("Sacar turno")
    phone.tap("En trámite")
    phone.tap("De 18 a 35")
    phone.tap("No")
    return phone.tap("Prefiero no decir")


# ------------------------------------------------------------------ first contact


def test_the_first_sentence_leads_to_a_booked_appointment_within_a_dozen_taps(
    stranger: Chat, shared_care: FakeCare
) -> None:
    assert "permiso" in stranger.say(DEMO, "report_pregnancy", **TOLD)
    assert stranger.form == "consent_form"
    said = stranger.tap("Sí, acepto")
    assert "Gracias" in said and "¿Qué necesitás ahora?" in said
    said = stranger.tap("Sacar turno")
    assert "18 a 22 semanas" in said and "DNI" in said
    assert "¿Cuántos años tenés?" in stranger.say("30.111.222", "inform", dni="30111222")
    assert "presión alta" in stranger.tap("De 18 a 35")
    assert "otro embarazo" in stranger.tap("No")
    said = stranger.tap("No")
    assert "cerca de Barracas" in said and "Te damos prioridad" in said
    assert stranger.titles()[0] == "Jue 26 nov, 9:30"
    assert "jueves 26 de noviembre, 9:30" in stranger.tap("Jue 26 nov, 9:30")
    said = stranger.tap("Sí, confirmar")
    assert "Tenés turno el *jueves 26 de noviembre* a las *9:30*" in said and "Balcarce 1015" in said
    assert stranger.taps + 1 <= 12

    [held] = shared_care.sent("/holds")
    [confirmed] = [body for path, body in shared_care.sent_to("/confirm")]
    assert confirmed["patient"]["document"] == {"status": "dni", "number": "30111222"}
    assert held["priority"]["class"] == "top" and held["answers"]["prior_checkups"] == "none"
    assert held["idempotency_key"].endswith(":hold") and confirmed["idempotency_key"].endswith(":book")


def test_consent_is_recorded_with_its_version_and_not_asked_again(stranger: Chat, shared_care: FakeCare) -> None:
    stranger.say("hola", "greet")
    assert "¿Con qué te ayudo?" in stranger.tap("Sí, acepto")
    sent = shared_care.sent(f"/residents/{stranger.resident}/consent")
    assert [body["version"] for body in sent] == ["2026-11"]
    assert "permiso" not in stranger.say("hola", "greet")


def test_a_yes_in_words_is_consent_too(stranger: Chat) -> None:
    stranger.say("mis turnos", "list_appointments")
    assert "No tenés turnos" in stranger.say("dale", "affirm")


def test_without_consent_nothing_is_stored_and_the_way_back_is_open(stranger: Chat, shared_care: FakeCare) -> None:
    stranger.say("quiero un turno", "book_prenatal")
    said = stranger.tap("No, gracias")
    assert "147" in said and "107" in said
    assert "permiso" in stranger.say("donde queda la salita", "find_cesac", neighbourhood="flores")
    assert not [call for call in shared_care.calls if stranger.resident in str(call) and call[0] == "POST"]
    assert "¿Por dónde" not in stranger.say("cambie de idea, si", "affirm")
    assert stranger.form is None


def test_a_danger_sign_is_answered_before_consent_and_consent_is_not_pressed(stranger: Chat) -> None:
    said = stranger.say("estoy sangrando", "danger_sign")
    assert said.startswith("*107*") and "permiso" not in said
    assert stranger.answer["flags"] == ["danger"]
    assert "permiso" in stranger.say("hola", "greet")


def test_violence_before_consent_is_answered_with_nothing_else(stranger: Chat) -> None:
    said = stranger.say("me pega", "report_violence")
    assert said.startswith("*144*") and len(stranger.replies) == 1


def test_privacy_is_explained_while_consent_is_asked(stranger: Chat) -> None:
    stranger.say("quiero un turno", "book_prenatal")
    said = stranger.tap("Privacidad")
    assert "MIS DATOS" in said and "permiso" in said
    assert "para vos" in stranger.tap("Sí, acepto")


def test_consent_that_cannot_be_recorded_is_asked_again(stranger: Chat, shared_care: FakeCare) -> None:
    stranger.say("hola", "greet")
    shared_care.fail()
    assert "no puedo entrar" in stranger.tap("Sí, acepto")
    assert stranger.form == "consent_form"
    assert "¿Con qué te ayudo?" in stranger.say("si", "affirm")


def test_care_down_at_the_start_is_said_and_consent_is_asked_before_booking(
    stranger: Chat, shared_care: FakeCare
) -> None:
    shared_care.fail()
    assert "no puedo ver tus datos" in stranger.say("es gratis?", "ask_cost")
    assert "permiso" in stranger.say("quiero un turno", "book_prenatal")
    said = stranger.tap("Sí, acepto")
    assert "para vos" in said


# ------------------------------------------------------------------ nearest centre


def test_the_nearest_centres_of_a_neighbourhood(ana: Chat) -> None:
    said = ana.say("que salita hay en flores", "find_cesac", neighbourhood="flores")
    assert "aproximado" in said and "línea recta" in said
    assert "CeSAC N° 15" in said and "11 min (640 m)" in said and "1,3 km" in said
    assert "no tengo el teléfono" in said and "no tengo confirmado que atiendan embarazos" in said
    assert "No tengo confirmados los horarios" in said
    assert ana.titles() == ["Turno de embarazo", "Ver en el mapa", "Otra zona"]
    ana.tap("Ver en el mapa")
    assert [reply["type"] for reply in ana.replies] == ["location"] * 3


def test_where_she_lives_is_asked_and_a_pin_answers(ana: Chat) -> None:
    assert "ubicación 📍" in ana.say("donde me puedo atender", "find_cesac")
    said = ana.send_location(-34.61, -58.40)
    assert "tu ubicación" in said and "aproximado" not in said
    assert ana.form is None


def test_a_place_told_in_odd_words_is_looked_up_as_it_stands(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("busco una salita", "find_cesac")
    assert "No encontré ese lugar" in ana.say("atras de la cancha", "out_of_scope", confidence=0.4)
    assert shared_care.sent("/places/search")[-1]["near"] == {"text": "atras de la cancha"}
    assert ana.form == "place_form"


def test_an_ambiguous_place_is_a_choice(ana: Chat, shared_care: FakeCare) -> None:
    candidates = [{"label": "Flores", "neighbourhood": "flores"}, {"label": "Barracas", "neighbourhood": "barracas"}]
    shared_care.places["la esquina"] = (200, {"status": "ambiguous", "place": None, "candidates": candidates})
    ana.say("busco una salita", "find_cesac")
    said = ana.say("la esquina", "inform")
    assert "más de un lugar" in said and "¿Por dónde vivís?" not in said
    assert "Barracas" in ana.tap("Barracas")


def test_a_geocoder_that_is_away_leaves_the_other_ways(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.places["corrientes 2500"] = (200, {"status": "geocoder_unavailable", "place": None})
    ana.say("busco una salita", "find_cesac")
    said = ana.say("corrientes 2500", "inform", address="corrientes 2500")
    assert "no puedo buscar direcciones" in said and "📍" in said
    assert "Flores" in ana.say("flores", "inform", neighbourhood="flores")


def test_a_place_outside_the_city(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.places["la matanza"] = (200, {"status": "outside_city", "place": None})
    ana.say("busco una salita", "find_cesac")
    assert "fuera de la Ciudad" in ana.say("la matanza", "inform")


def test_the_place_is_remembered_until_another_zone_is_asked_for(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("salita en barracas", "find_cesac", neighbourhood="barracas")
    assert "cercanos a Barracas (aproximado" in ana.say("donde me atiendo", "find_cesac")
    assert [body.get("resident") for body in shared_care.sent("/places/search")] == [ana.resident, None]
    assert "¿Por dónde vivís?" in ana.tap("Otra zona")


def test_a_bare_place_is_enough(ana: Chat) -> None:
    said = ana.say("flores", "inform", neighbourhood="flores")
    assert "cercanos a Flores" in said and len(ana.replies) == 1
    ana.send_location(-34.61, -58.40)
    assert "cercanos a tu ubicación" in ana.replies[0]["text"] and len(ana.replies) == 1


def test_one_centre_and_one_that_does_not_exist(ana: Chat) -> None:
    said = ana.say("telefono del cesac 15", "ask_center_details", center_number=15)
    assert "11 2821-3615" in said and "Argerich" in said
    assert "van del 1 al 50" in ana.say("y el 99", "ask_center_details", center_number=99)


def test_care_down_while_searching_keeps_the_place_of_the_journey(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("busco una salita", "find_cesac")
    shared_care.fail()
    assert "147" in ana.say("flores", "inform", neighbourhood="flores")
    assert "¿Por dónde vivís?" in ana.tap("Probar de nuevo")
    assert "Flores" in ana.say("flores", "inform", neighbourhood="flores")


# ------------------------------------------------------------------ prenatal appointment


def test_nobody_is_refused_for_lack_of_papers(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    ana.tap("Sí, confirmar")
    [held] = shared_care.sent("/holds")
    assert held["patient"]["document"] == {"status": "in_process", "number": None}
    assert held["answers"]["history"] == "undisclosed"


def test_everything_is_asked_when_nothing_was_told(ana: Chat) -> None:
    assert "para vos" in ana.say("quiero un turno", "book_prenatal")
    assert "¿Cómo se llama?" in ana.tap("Para otra persona")
    assert "su número de DNI" in ana.say("lourdes", "nlu_fallback")
    assert "¿De cuánto está?" in ana.say("no tiene", "deny")
    assert "está de unas 20 semanas" in ana.say(
        "20 semanas", "inform", gestational_age={"weeks_min": 20, "weeks_max": 20, "source": "weeks", "lmp": None}
    )
    assert "¿Cuántos años tiene?" in ana.tap("Sí")
    assert "¿Tiene presión alta" in ana.say("tiene 24", "inform")
    ana.say("no", "deny")
    assert "¿Por dónde vive?" in ana.say("que yo sepa no", "deny")
    ana.send_location(-34.61, -58.40)
    assert "Para Lourdes" in ana.tap_first_item()
    assert "El turno de Lourdes es el *jueves" in ana.say("si confirmo", "affirm")


def test_not_knowing_how_far_along_is_fine(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    ana.tap("No tengo DNI")
    assert "lo van a calcular" in ana.say("ni idea", "inform")
    for _ in range(4):
        ana.tap("Prefiero no decir")
    ana.say("flores", "inform", neighbourhood="flores")
    assert shared_care.sent("/offers")[-1]["gestational_age"] is None


def test_more_times_another_centre_and_another_zone(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    assert "Más horarios" in ana.titles() and len(ana.titles()) <= 10
    assert "los horarios que siguen" in ana.tap("Más horarios")
    assert shared_care.sent("/offers")[-1]["after"] == "2026-11-28T09:30:00-03:00"
    assert "No hay más horarios" in ana.tap("Otro centro")
    assert shared_care.sent("/offers")[-2]["exclude_centers"] == [9, 15]
    assert "¿Por dónde vivís?" in ana.tap("Otra zona")
    assert "cerca de Flores" in ana.say("flores", "inform", neighbourhood="flores")


def test_a_slot_that_somebody_took_is_replaced_at_once(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    shared_care.taken.add("slot-1")
    searches = len(shared_care.sent("/offers"))
    said = ana.tap_first_item()
    assert "Ese turno ya no está" in said and "Jue 26 nov, 10:00" in ana.titles()
    assert len(ana.replies) == 1 and len(shared_care.sent("/offers")) == searches
    ana.tap_first_item()
    assert "10:00" in ana.tap("Sí, confirmar")


def test_who_has_an_appointment_already_is_told_at_the_start(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    assert "Ya hay un turno" in ana.say("quiero un turno", "book_prenatal")
    assert len(ana.replies) == 1
    assert "¿Cómo se llama?" in ana.tap("Es para otra")


def test_an_appointment_made_elsewhere_meanwhile_is_shown_not_doubled(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    shared_care.add(ana.resident, number=8)
    assert "No saqué otro" in ana.tap("Sí, confirmar")
    assert ana.form is None


def test_care_down_at_the_booking_keeps_everything(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.tap_first_item()
    shared_care.fail()
    assert "no puedo entrar al sistema" in ana.tap("Sí, confirmar")
    assert "¿Lo confirmo?" in ana.tap("Probar de nuevo")
    assert "Listo" in ana.tap("Sí, confirmar")


def test_care_down_at_the_offers_keeps_everything(ana: Chat, shared_care: FakeCare) -> None:
    ana.say(DEMO, "report_pregnancy", **TOLD)
    ana.tap("Sacar turno")
    ana.tap("En trámite")
    ana.tap("De 18 a 35")
    ana.tap("No")
    shared_care.fail()
    assert "no puedo entrar al sistema" in ana.tap("No")
    assert "cerca de Barracas" in ana.tap("Probar de nuevo")


def test_a_time_can_be_chosen_in_words(ana: Chat) -> None:
    to_offers(ana)
    assert "10:00" in ana.say("el de las 10", "inform", time_of_day={"part": None, "time": "10:00"}, date="2026-11-26")
    ana.say("no, otro horario", "deny")
    assert "9:30" in ana.say("el primero", "inform")


def test_an_old_offer_tapped_days_later_leads_to_fresh_ones(ana: Chat) -> None:
    ana.say("hola", "greet")
    assert "búsqueda anterior" in ana.send_payload('/inform{"offer": "slot-3"}')
    assert ana.form == "prenatal_form"


def test_a_bare_gestational_age_is_a_pregnancy_told(ana: Chat) -> None:
    assert "¿Qué necesitás ahora?" in ana.say("de 5 meses", "inform", gestational_age=FIVE_MONTHS)
    assert len(ana.replies) == 1
    assert "18 a 22 semanas" in ana.tap("Sacar turno")


def test_for_a_sister_the_words_and_the_place_are_hers(ana: Chat, shared_care: FakeCare) -> None:
    home = {"label": "Barracas", "latitude": -34.646, "longitude": -58.384, "approximate": True}
    shared_care.consented(ana.resident, place=home)
    told = {"gestational_age": FIVE_MONTHS, "prior_checkups": "some"}
    said = ana.say("mi hermana esta embarazada de 5 meses y quiere turno", "book_prenatal", **told)
    assert "está de unas 18 a 22 semanas" in said and "¿Cómo se llama?" in said
    ana.tap("Prefiero no decir")
    ana.tap("No tiene DNI")
    for _ in range(2):
        ana.tap("Prefiero no decir")
    assert "¿Por dónde vive?" in ana.tap("Prefiero no decir")


def test_her_own_place_is_remembered_from_one_session_to_the_next(ana: Chat, shared_care: FakeCare) -> None:
    home = {"label": "Barracas", "latitude": -34.646, "longitude": -58.384, "approximate": True}
    shared_care.consented(ana.resident, place=home)
    ana.say("quiero turno, estoy de 5 meses", "book_prenatal", gestational_age=FIVE_MONTHS, prior_checkups="some")
    ana.tap("No tengo DNI")
    for _ in range(2):
        ana.tap("Prefiero no decir")
    assert "cerca de Barracas" in ana.tap("Prefiero no decir")


# ------------------------------------------------------------------ inside a form


def test_a_question_in_between_is_answered_and_the_form_goes_on(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("es gratis?", "ask_cost")
    assert "no hace falta obra social" in said and "para vos" in said
    said = ana.say("y el cesac 15 donde queda", "ask_center_details", center_number=15)
    assert "Balcarce 1015" in said and "para vos" in said
    said = ana.say("sos un robot?", "bot_challenge")
    assert "programa" in said and "para vos" in said
    assert ana.form == "prenatal_form"


def test_a_wrong_answer_is_explained_and_at_last_another_way_is_offered(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    assert "30.111.222" in ana.say("asdf")
    assert "30.111.222" in ana.say("asdf")
    assert "147" in ana.say("asdf")
    assert "¿De cuánto estás?" in ana.tap("En trámite")


def test_media_is_met_kindly_and_the_journey_keeps_its_place(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    for kind, word in (("audio", "audios"), ("image", "foto"), ("sticker", "stickers"), ("contact", "ubicación")):
        said = ana.send_media(kind)
        assert word in said and "para vos" in said
    assert "audios" in Chat(ana.agent, ana.resident).send_media("audio")


def test_leaving_and_coming_back(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    ana.tap("En trámite")
    assert "SEGUIR" in ana.say("salir", "stop_flow")
    assert ana.form is None
    assert "¿Seguimos?" in ana.say("hola", "greet")
    assert "¿De cuánto estás?" in ana.say("si", "affirm")
    ana.say("salir", "stop_flow")
    twenty = {"weeks_min": 20, "weeks_max": 20, "source": "weeks", "lmp": None}
    assert "20 semanas" in ana.say("de 20 semanas", "inform", gestational_age=twenty)
    assert ana.form == "prenatal_form"
    ana.say("salir", "stop_flow")
    assert "borré" in ana.tap("Empezar de nuevo")
    assert "nada a medio" in ana.say("seguir", "resume_flow")


def test_after_a_break_the_journey_is_offered_again_with_all_that_was_told(ana: Chat) -> None:
    to_offers(ana)
    ana.wait(hours=2)
    assert "¿Seguimos?" in ana.say("hola", "greet")
    assert ana.form is None
    assert "cerca de Barracas" in ana.tap("Sí, seguimos")


def test_an_answer_after_a_break_takes_the_journey_up(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    ana.wait(hours=2)
    assert "¿De cuánto estás?" in ana.say("30111222", "inform", dni="30111222")


def test_a_later_session_of_somebody_who_agreed_does_not_ask_again(stranger: Chat) -> None:
    stranger.say("hola", "greet")
    stranger.tap("Sí, acepto")
    stranger.wait(hours=30)
    assert "permiso" not in stranger.say("hola", "greet")


def test_a_later_session_of_somebody_who_did_not_asks_again(stranger: Chat) -> None:
    stranger.say("hola", "greet")
    stranger.tap("No, gracias")
    stranger.wait(hours=30)
    assert "Soy *Latido*" in stranger.say("hola", "greet")


def test_an_earlier_loss_is_an_answer_where_it_was_asked_for(ana: Chat) -> None:
    ana.say(DEMO, "report_pregnancy", **TOLD)
    ana.tap("Sacar turno")
    ana.tap("En trámite")
    ana.tap("De 18 a 35")
    ana.tap("No")
    assert "cerca de Barracas" in ana.say("perdi un embarazo hace 3 años", "report_loss")


def test_a_danger_sign_in_a_form_comes_first_and_the_form_waits(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    said = ana.say("se me rompio la fuente", "danger_sign")
    assert said.startswith("*107*") and "DNI" not in said
    assert "¿Me pasás tu número de DNI?" in ana.tap("Seguir con el turno")


def test_violence_and_self_harm_in_a_form_say_nothing_of_the_appointment(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("no puedo hablar esta mi marido", "report_violence")
    assert said.startswith("*144*") and "turno" not in said
    said = ana.say("me quiero morir", "report_self_harm")
    assert said.startswith("*0800-333-1665*") and "107" in said
    assert "¿El turno es para vos" in ana.say("seguir", "resume_flow")


def test_a_loss_stops_the_booking(ana: Chat) -> None:
    to_offers(ana)
    said = ana.say("perdi el embarazo", "report_loss")
    assert "Lo siento mucho" in said and "turno quedó" not in said
    assert "nada a medio" in ana.say("seguir", "resume_flow")


def test_another_journey_may_cut_in(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    shared_care.add(ana.resident)
    said = ana.say("que turnos tengo", "list_appointments")
    assert "jueves 26 de noviembre" in said and "a medio sacar" in said
    assert "Ya hay un turno" in ana.say("seguir", "resume_flow")


def test_a_centre_may_be_looked_for_in_between(ana: Chat) -> None:
    to_offers(ana)
    said = ana.say("qué centro me queda cerca", "find_cesac")
    assert "cercanos a Barracas" in said and "a medio sacar" in said
    assert "cerca de Barracas" in ana.tap("Seguir con el turno")


def test_who_doubts_is_not_asked_the_next_question(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("no se si lo quiero tener", "ask_pregnancy_options")
    assert said.startswith("*0800-222-3444*") and "turno" not in said
    assert ana.form is None


# ------------------------------------------------------------------ not understood


def test_first_other_words_then_the_menu_then_a_person(ana: Chat) -> None:
    assert "otra manera" in ana.say("xyzzy")
    assert "Elegí de la lista" in ana.say("xyzzy")
    assert "Una persona del equipo" in ana.say("xyzzy")
    ana.say("gracias", "thank")
    assert "otra manera" in ana.say("xyzzy")


def test_an_intent_nobody_has_a_rule_for_is_not_met_with_silence(ana: Chat) -> None:
    assert "otra manera" in ana.say("algo", "inform")
