"""Asking for a person, in any place of the dialogue; what is said while one is asked for already."""

from __future__ import annotations

from chat import Chat
from fake_care import FakeCare
from test_dialogue import DEMO, TOLD


def reason(phone: Chat) -> str | None:
    return (phone.answer["handover"] or {}).get("reason")


def summary(phone: Chat) -> dict[str, object]:
    return {line["label"]: line["value"] for line in phone.answer["handover"]["summary"]}


def test_she_asks_for_a_person_and_is_told_honestly(ana: Chat) -> None:
    said = ana.say("quiero hablar con una persona", "ask_human")
    assert "No puedo decirte cuándo" in said and "147" in said and "107" in said
    assert ana.titles() == ["Ya no hace falta"]
    assert reason(ana) == "asked"


def test_asked_for_again_it_is_noted_already(ana: Chat) -> None:
    ana.say("quiero hablar con una persona", "ask_human")
    ana.ticket = "open"
    assert "ya está anotado" in ana.say("una persona por favor", "ask_human")
    ana.ticket = None
    assert "Dejé anotado" in ana.say("una persona", "ask_human")


def test_she_needs_nobody_any_more(ana: Chat) -> None:
    ana.say("quiero hablar con una persona", "ask_human")
    ana.ticket = "open"
    assert "saqué tu pedido" in ana.tap("Ya no hace falta")
    assert ana.answer["handover"] == {"withdrawn": True}


def test_in_a_form_the_question_stays_and_the_summary_names_it(ana: Chat) -> None:
    ana.say(DEMO, "report_pregnancy", **TOLD)
    ana.tap("Sacar turno")
    ana.tap("En trámite")
    said = ana.say("mejor me pasás con alguien?", "ask_human")
    assert "Dejé anotado" in said and "¿Cuántos años tenés?" in said
    assert reason(ana) == "asked"
    told = summary(ana)
    assert told["journey"] == "prenatal_form" and told["question"] == "age_band"
    assert told["prior_checkups"] == "none" and told["document_status"] == "in_process"
    ana.ticket = "open"
    said = ana.tap("Ya no hace falta")
    assert "saqué tu pedido" in said and "¿Cuántos años tenés?" in said


def test_before_consent_too(stranger: Chat, shared_care: FakeCare) -> None:
    said = stranger.say("quiero que me atienda una persona", "ask_human")
    assert "Dejé anotado" in said and "permiso" in said
    assert reason(stranger) == "asked"
    said = stranger.say("quiero que me atienda una persona", "ask_human")
    assert "Dejé anotado" in said and "¿Aceptás?" in said
    assert reason(stranger) == "asked"
    assert shared_care.sent(f"/residents/{stranger.resident}/consent") == []


def test_the_third_message_in_a_row_that_is_not_understood(ana: Chat) -> None:
    reasons = []
    for text in ("xkcd", "zzz qq", "blorp"):
        ana.say(text)
        reasons.append(reason(ana))
    assert reasons == [None, None, "not_understood"]


def test_the_third_miss_on_one_question(ana: Chat) -> None:
    ana.say(DEMO, "report_pregnancy", **TOLD)
    ana.tap("Sacar turno")
    ana.tap("En trámite")
    reasons = []
    for text in ("xkcd", "zzz qq", "blorp"):
        said = ana.say(text)
        reasons.append(reason(ana))
    assert reasons == [None, None, "form_stuck"]
    assert "Le pedí a una persona" in said and "147" in said
    assert summary(ana)["question"] == "age_band"
    ana.ticket = "open"
    assert "sigue anotado" in ana.say("fnord")


def test_after_a_loss_the_operator_knows_before_she_writes(ana: Chat) -> None:
    ana.say("perdí el embarazo", "report_loss")
    ana.tap("Hablar con alguien")
    assert reason(ana) == "loss"


# ------------------------------------------------------------------ other tongues


def test_another_language_gets_the_numbers_first_and_a_person_in_it(ana: Chat) -> None:
    said = ana.say("che ryeguasu ha aikotevẽ pytyvõ", "other_language", language="gn")
    assert said.startswith("*107*") and "*144*" in said and "0800-333-1665" in said
    assert "guaraníme" in said and "No puedo decirte cuándo" in said
    assert reason(ana) == "language"
    assert summary(ana) == {"language": "gn"}
    assert ana.titles() == ["Sigo en español", "Ya no hace falta"]


def test_each_language_has_its_words_and_an_unknown_one_simple_spanish(ana: Chat) -> None:
    for code, word in (("qu", "rimaq"), ("pt", "português"), ("ay", "tu idioma"), ("zh", "tu idioma")):
        said = ana.say("…", "other_language", language=code)
        assert said.startswith("*107*") and word in said


def test_she_goes_on_in_spanish(ana: Chat) -> None:
    ana.say("bom dia", "other_language", language="pt")
    assert "seguimos en español" in ana.tap("Sigo en español")
    assert ana.answer["slots"]["language"] == "es"


def test_in_a_form_the_question_stays(ana: Chat) -> None:
    ana.say(DEMO, "report_pregnancy", **TOLD)
    ana.tap("Sacar turno")
    ana.tap("En trámite")
    said = ana.say("não entendo, fala português?", "other_language", language="pt")
    assert said.startswith("*107*") and "¿Cuántos años tenés?" in said
    said = ana.tap("Sigo en español")
    assert "¿Cuántos años tenés?" in said


def test_before_consent_too_and_nothing_is_lost(stranger: Chat) -> None:
    said = stranger.say("mba'éichapa", "other_language", language="gn")
    assert said.startswith("*107*") and "permiso" in said
    said = stranger.say("che ryeguasu", "other_language", language="gn")
    assert "*107*" in said and "¿Aceptás?" in said
    assert reason(stranger) == "language"


def test_danger_in_another_language_is_danger_with_a_word_in_hers(ana: Chat) -> None:
    said = ana.say("estou perdendo sangue", "danger_sign", language="pt")
    assert said.startswith("*107* ☎️ Ligue agora.")
    assert ana.answer["flags"] == ["danger"] and ana.answer["handover"] is None
