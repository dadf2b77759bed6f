"""When a turn asks for a person, what the summary tells, and what the bot does while a person has the conversation."""

from __future__ import annotations

import redis
from bot_parts import NOW
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered

from bot.answer import answer_of
from bot.channel import make_turn
from bot.incoming import read_turn


def user(intent: str, sid: str = "SM1") -> UserUttered:
    return UserUttered("…", intent={"name": intent, "confidence": 1.0}, message_id=sid)


def bot(response: str) -> BotUttered:
    return BotUttered("…", metadata={"utter_action": response})


def handover(*events: Event) -> dict | None:
    """The `handover` of the last message of these events."""
    last = max(i for i, event in enumerate(events) if isinstance(event, UserUttered))
    return answer_of(list(events), last)["handover"]


def lines(found: dict | None) -> dict:
    return {line["label"]: line["value"] for line in found["summary"]}


# ------------------------------------------------------------------ why


def test_an_ordinary_turn_needs_nobody():
    assert handover(user("greet"), bot("utter_greet")) is None


def test_danger_is_an_alert_and_no_ticket():
    assert handover(user("danger_sign"), bot("utter_danger_sign")) is None


def test_each_reason():
    assert handover(user("ask_human"), bot("utter_ask_human"))["reason"] == "asked"
    assert handover(user("nlu_fallback"), bot("utter_fallback_rephrase")) is None
    assert handover(user("nlu_fallback"), bot("utter_fallback_person"))["reason"] == "not_understood"
    assert handover(user("nlu_fallback"), bot("utter_form_other_way"))["reason"] == "form_stuck"
    assert handover(user("ask_cost"), bot("utter_cost_charged"))["reason"] == "refused"
    assert handover(user("other_language"), bot("utter_other_language"))["reason"] == "language"


def test_after_a_loss_the_reason_is_the_loss():
    told = [user("report_loss"), bot("utter_report_loss")]
    assert handover(*told, user("ask_human", "SM2"), bot("utter_ask_human"))["reason"] == "loss"


def test_a_loss_of_an_earlier_session_is_not_brought_up():
    told = [SessionStarted(), user("report_loss"), bot("utter_report_loss"), SessionStarted()]
    assert handover(*told, user("ask_human", "SM2"), bot("utter_ask_human"))["reason"] == "asked"


def test_she_needs_nobody_any_more():
    assert handover(user("handover_not_needed"), bot("utter_handover_not_needed")) == {"withdrawn": True}


# ------------------------------------------------------------------ what the operator reads


def test_the_summary_says_what_she_wants_where_it_stopped_and_what_she_told():
    place = {"label": "Barracas", "latitude": -34.64, "longitude": -58.38, "approximate": True}
    found = handover(
        SessionStarted(),
        ActiveLoop("prenatal_form"),
        SlotSet("gestational_age", {"weeks_min": 18, "weeks_max": 22}),
        SlotSet("place", place),
        SlotSet("dni", "30111222"),
        SlotSet("patient_name", "Rosa"),
        SlotSet("requested_slot", "age_band"),
        user("ask_human"),
        bot("utter_ask_human"),
    )
    assert lines(found) == {
        "journey": "prenatal_form",
        "question": "age_band",
        "gestational_age": {"weeks_min": 18, "weeks_max": 22},
        "place": "Barracas",
    }
    assert "30111222" not in str(found) and "Rosa" not in str(found) and "-34.64" not in str(found)


def test_outside_a_form_it_names_her_last_wish():
    asked = [user("ask_vaccines"), bot("utter_ask_vaccines"), user("thank", "SM2"), user("ask_human", "SM3")]
    assert lines(handover(*asked, bot("utter_ask_human")))["journey"] == "ask_vaccines"


def test_a_journey_left_half_way_is_named():
    found = handover(SlotSet("open_form", "rebook_form"), user("ask_human"), bot("utter_ask_human"))
    assert lines(found) == {"journey": "rebook_form"}


def test_before_consent_there_is_no_journey():
    found = handover(
        ActiveLoop("consent_form"), SlotSet("requested_slot", "consent"), user("ask_human"), bot("utter_ask_human")
    )
    assert "journey" not in lines(found)


def test_urgent_signs_of_the_session_and_the_language_stand_in_it():
    found = handover(
        user("danger_sign"), user("danger_sign", "SM2"), SlotSet("language", "gn"), user("ask_human", "SM3"),
        bot("utter_ask_human"),
    )  # fmt: skip
    assert lines(found) == {"danger": ["danger"], "language": "gn"}


# ------------------------------------------------------------------ while a person has it


def body(sid: str, text: str | None = None, held: bool = True, **more):
    context = {"now": NOW, "ticket": "taken" if held else None, "held": held}
    kind = more.pop("kind", "text")
    return {"message_sid": sid, "resident": "ana", "kind": kind, "text": text, "context": context, **more}


async def say(agent, sid: str, text: str | None = None, **more):
    return await make_turn(agent, read_turn(body(sid, text, **more)))


def stored(redis_url: str) -> list[bytes]:
    return redis.Redis.from_url(redis_url).lrange("latido:tracker:ana", 0, -1)


async def test_a_held_message_is_understood_and_nothing_is_said_or_kept(agent, redis_url):
    await say(agent, "SM1", "quiero un turno, estoy embarazada", held=False)
    before = stored(redis_url)
    answer = await say(agent, "SM2", "hola")
    assert (answer["replies"], answer["actions"], answer["slots"], answer["flags"]) == ([], [], {}, [])
    assert answer["nlu"]["intent"]["name"] == "greet"
    assert answer["active_form"] == "prenatal_form"
    assert answer["handover"] is None
    assert stored(redis_url) == before


async def test_the_journey_goes_on_where_it_was(agent):
    first = await say(agent, "SM1", "quiero un turno, estoy embarazada", held=False)
    await say(agent, "SM2", "20 semanas")
    after = await say(agent, "SM3", "20 semanas", held=False)
    assert first["replies"][-1]["text"] == "¿De cuánto estás?"
    assert after["replies"][-1]["text"] == "¿Por dónde vivís?"


async def test_a_danger_sign_is_answered_all_the_same(agent):
    answer = await say(agent, "SM1", "estoy perdiendo mucha sangre")
    assert answer["replies"][0]["text"] == "Llamá al 107"
    assert answer["flags"] == ["danger"]
    assert await say(agent, "SM1", "estoy perdiendo mucha sangre") == answer


async def test_a_button_and_a_photo_are_recorded_and_not_acted_upon(agent):
    tapped = await say(agent, "SM1", "Turno", kind="button", payload="/book_prenatal")
    photo = await say(agent, "SM2", kind="image", media={"kind": "image", "content_type": "image/jpeg"})
    assert (tapped["replies"], tapped["nlu"]["intent"]["name"]) == ([], "book_prenatal")
    assert (photo["replies"], photo["nlu"]["intent"]["name"]) == ([], "send_media")


async def test_the_first_message_of_all_may_be_a_held_one(agent, redis_url):
    assert (await say(agent, "SM1", "hola"))["replies"] == []
    assert stored(redis_url) == []
    assert (await say(agent, "SM2", "hola", held=False))["replies"][0]["text"] == "Hola"


async def test_a_held_message_that_comes_again_after_the_conversation_was_given_back_is_answered(agent):
    assert (await say(agent, "SM1", "hola"))["replies"] == []
    assert (await say(agent, "SM1", "hola", held=False))["replies"][0]["text"] == "Hola"


def test_a_right_asked_for_while_held_is_flagged():
    from bot.answer import held_answer

    assert [held_answer(user(intent), [])["flags"] for intent in ("opt_out", "delete_my_data", "greet")] == [
        ["rights"],
        ["rights"],
        [],
    ]
    assert held_answer(user("opt_out"), [ActionExecuted("action_listen")])["replies"] == []
