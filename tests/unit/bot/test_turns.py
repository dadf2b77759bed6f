"""One turn of the channel on a real model, a real Valkey and a real action server."""

from __future__ import annotations

import asyncio
import json
import urllib.request

import pytest
import redis
from bot_parts import NOW, load_agent

from bot.channel import forget_resident, make_turn
from bot.errors import ActionFailed, BadTurn, LostRace, StoreUnavailable
from bot.incoming import read_resident, read_turn
from bot.startup import make_ready


def body(sid: str, text: str | None = None, kind: str = "text", resident: str = "ana", **more):
    return {"message_sid": sid, "resident": resident, "kind": kind, "text": text, "context": {"now": NOW}, **more}


async def say(agent, sid: str, text: str | None = None, **more):
    return await make_turn(agent, read_turn(body(sid, text, **more)))


def action_server(action_url: str, state: str) -> None:
    urllib.request.urlopen(
        urllib.request.Request(action_url.replace("/webhook", f"/down/{state}"), method="POST"), timeout=5
    )


async def test_a_turn_answers_with_replies_nlu_slots_and_actions(agent):
    answer = await say(agent, "SM1", "hola")
    assert answer["replies"] == [
        {
            "type": "quick_reply",
            "text": "Hola",
            "buttons": [
                {"title": "Turno", "payload": "/book_prenatal"},
                {"title": "Boca", "payload": '/inform{"neighbourhood": "la-boca"}'},
            ],
        }
    ]
    assert answer["nlu"]["intent"]["name"] == "greet"
    assert len(answer["nlu"]["ranking"]) == 5
    assert answer["nlu"]["model"] == agent.processor.model_metadata.model_id
    assert answer["actions"] == ["utter_greet"]
    assert answer["flags"] == []
    assert answer["active_form"] is None


async def test_the_same_message_again_gives_the_same_answer_and_no_second_turn(agent, redis_url):
    await say(agent, "SM1", "hola")
    first = await say(agent, "SM2", "quiero un turno, estoy embarazada")
    stored = redis.Redis.from_url(redis_url).lrange("latido:tracker:ana", 0, -1)
    assert await say(agent, "SM2", "quiero un turno, estoy embarazada") == first
    assert redis.Redis.from_url(redis_url).lrange("latido:tracker:ana", 0, -1) == stored


async def test_the_same_answer_after_a_restart_of_the_bot(agent, model_path, redis_url, action_url):
    first = await say(agent, "SM1", "quiero un turno, estoy embarazada de 5 meses")
    again = load_agent(model_path, redis_url, action_url)
    await make_ready(again)
    assert await say(again, "SM1", "quiero un turno, estoy embarazada de 5 meses") == first
    await again.action_endpoint.close()


async def test_an_earlier_message_again_is_answered_as_it_was(agent):
    first = await say(agent, "SM1", "quiero un turno, estoy embarazada")
    await say(agent, "SM2", "20 semanas")
    assert await say(agent, "SM1", "quiero un turno, estoy embarazada") == first


async def test_a_form_goes_on_and_tells_what_it_changed(agent):
    opened = await say(agent, "SM1", "quiero un turno, estoy embarazada")
    assert opened["active_form"] == "prenatal_form"
    answered = await say(agent, "SM2", "20")
    assert answered["slots"]["weeks"] == {"weeks_min": 20, "weeks_max": 20, "source": "weeks", "lmp": None}
    assert answered["slots"]["requested_slot"] == "zone"
    done = await say(agent, "SM3", "vivo en velgrano")
    assert done["slots"]["zone"] == "belgrano"
    assert done["active_form"] is None
    assert done["replies"] == [{"type": "text", "text": "Listo"}]


async def test_a_dni_is_understood_but_not_told(agent):
    answer = await say(agent, "SM1", "mi dni es 30.111.222")
    assert "dni" not in answer["slots"]
    assert (await agent.tracker_store.retrieve("ana")).get_slot("dni") == "30111222"


@pytest.mark.parametrize("text", ["/restart", "/danger_sign", '//greet{"dni": "1"}', "/ /back", "/"])
async def test_text_that_begins_with_a_slash_is_text(agent, text):
    await say(agent, "SM0", "mi dni es 30.111.222")
    answer = await say(agent, "SM1", text)
    tracker = await agent.tracker_store.retrieve("ana")
    assert tracker.get_slot("dni") == "30111222"
    assert not tracker.latest_message.text.startswith("/")
    assert answer["nlu"]["intent"]["confidence"] < 1.0 or answer["nlu"]["intent"]["name"] == "nlu_fallback"


async def test_a_payload_skips_understanding(agent):
    answer = await say(agent, "SM1", "La Boca", kind="button", payload='/inform{"neighbourhood": "la-boca"}')
    assert answer["nlu"]["intent"] == {"name": "inform", "confidence": 1.0}
    assert answer["slots"]["zone"] == "la-boca"


@pytest.mark.parametrize(
    "payload",
    [
        "/restart",
        "/session_start",
        "/no_such_intent",
        "hola",
        '/inform{"role": "admin"}',
        "/inform{zone}",
        '/inform["a"]',
    ],
)
async def test_an_invented_payload_is_refused(agent, payload):
    with pytest.raises(BadTurn):
        await say(agent, "SM1", "x", kind="button", payload=payload)


async def test_a_location_reaches_the_action_as_numbers(agent):
    answer = await say(
        agent,
        "SM1",
        kind="location",
        location={"latitude": -34.6, "longitude": -58, "label": 'Mi "casa"', "address": None},
    )
    assert answer["replies"][0]["text"] == repr(
        [("latitude", -34.6), ("location_label", 'Mi "casa"'), ("longitude", -58.0)]
    )


async def test_a_medium_without_words_is_a_medium_and_with_words_is_words(agent):
    bare = await say(agent, "SM1", None, kind="audio", media={"kind": "audio", "content_type": "audio/ogg"})
    assert bare["nlu"]["intent"]["name"] == "send_media"
    assert "audio" in bare["replies"][0]["text"]
    caption = await say(agent, "SM2", "estoy perdiendo sangre", kind="image", media={"kind": "image"})
    assert caption["flags"] == ["danger"]
    assert (await agent.tracker_store.retrieve("ana")).latest_message.metadata["media"] == {"kind": "image"}


async def test_danger_is_answered_in_the_middle_of_a_form(agent):
    await say(agent, "SM1", "quiero un turno, estoy embarazada")
    answer = await say(agent, "SM2", "se me rompio la fuente que hago")
    assert answer["flags"] == ["danger"]
    assert {"type": "text", "text": "Llamá al 107"} in answer["replies"]
    entity = next(e for e in answer["nlu"]["entities"] if e["entity"] == "danger_kind")
    assert entity["value"] == {"kind": "waters", "phase": "pregnancy"}


async def test_what_has_no_rule_is_answered_once_and_the_next_message_is_heard(agent):
    answer = await say(agent, "SM1", "donde queda la salita mas cerca")
    assert answer["actions"] == ["action_default_fallback"]
    assert answer["flags"] == ["not_understood"]
    assert len(answer["replies"]) == 1
    assert (await agent.tracker_store.retrieve("ana")).latest_action_name == "action_listen"
    assert (await say(agent, "SM2", "estoy sangrando"))["actions"] == ["utter_danger"]


async def test_a_turn_cut_short_by_the_limit_of_actions_does_not_silence_the_next(agent):
    agent.processor.max_number_of_predictions = 1
    assert (await say(agent, "SM1", "hola"))["actions"] == ["utter_greet"]
    assert (await say(agent, "SM2", "estoy sangrando"))["actions"] == ["utter_danger"]


async def test_an_empty_text_is_answered(agent):
    answer = await say(agent, "SM1", "")
    assert answer["replies"]
    assert answer["flags"] == ["not_understood"]


async def test_a_turn_without_a_word_gets_one(agent):
    answer = await say(agent, "SM1", "chau")
    assert answer["actions"] == ["action_silent"]
    assert answer["replies"] == [{"type": "text", "text": "Perdón"}]
    assert await say(agent, "SM1", "chau") == answer


async def test_a_failed_action_ends_the_turn_unsaved(agent, redis_url, caplog):
    await say(agent, "SM1", "hola")
    stored = redis.Redis.from_url(redis_url).lrange("latido:tracker:ana", 0, -1)
    with pytest.raises(ActionFailed):
        await say(agent, "SM2", "quiero cancelar el turno 30111222")
    assert redis.Redis.from_url(redis_url).lrange("latido:tracker:ana", 0, -1) == stored
    assert "30111222" not in caplog.text


async def test_a_turn_happens_once_the_action_server_is_back(agent, action_url):
    location = {"latitude": -34.6, "longitude": -58.4}
    action_server(action_url, "on")
    try:
        with pytest.raises(ActionFailed):
            await say(agent, "SM1", kind="location", location=location)
    finally:
        action_server(action_url, "off")
    answer = await say(agent, "SM1", kind="location", location=location)
    assert answer["actions"] == ["action_echo"]


async def test_an_action_server_that_cannot_be_reached_fails_the_turn(model_path, redis_url):
    unreachable = load_agent(model_path, redis_url, "http://127.0.0.1:9/webhook")
    await make_ready(unreachable)
    with pytest.raises(ActionFailed):
        await say(unreachable, "SM1", kind="location", location={"latitude": 1, "longitude": 2})
    await unreachable.action_endpoint.close()


async def test_an_answer_of_another_form_fails_the_turn(agent):
    from rasa.core.actions.action import RemoteAction

    action = RemoteAction("action_echo", agent.action_endpoint)
    assert action._validate_action_result(
        {"events": [{"event": "slot", "name": "zone", "value": "x"}], "responses": []}
    )
    with pytest.raises(ActionFailed):
        action._validate_action_result({"events": "none"})


async def test_a_rejected_action_is_no_failure(agent):
    answer = await say(agent, "SM1", "gracias")
    assert answer["replies"]


async def test_a_store_outage_fails_the_turn_and_a_later_call_makes_it(agent, own_valkey, redis_url):
    if redis_url != own_valkey.url:
        pytest.skip("LATIDO_TEST_REDIS_URL is not ours to stop")
    own_valkey.stop()
    try:
        with pytest.raises(StoreUnavailable):
            await say(agent, "SM1", "hola")
    finally:
        own_valkey.start()
    assert (await say(agent, "SM1", "hola"))["actions"] == ["utter_greet"]


async def test_four_messages_at_once_are_answered_in_order(agent):
    texts = ["hola", "quiero un turno, estoy embarazada", "20 semanas", "vivo en la boca"]
    answers = await asyncio.gather(*(say(agent, f"SM{i}", text) for i, text in enumerate(texts)))
    assert [answer["active_form"] for answer in answers] == [None, "prenatal_form", "prenatal_form", None]
    assert agent.lock_store.waiting("ana") == 0


async def test_two_residents_do_not_mix(agent):
    await asyncio.gather(
        say(agent, "SM1", "quiero un turno, estoy embarazada", resident="ana"),
        say(agent, "SM2", "hola", resident="bea"),
    )
    assert (await say(agent, "SM3", "20 semanas", resident="ana"))["active_form"] == "prenatal_form"
    assert (await say(agent, "SM4", "20 semanas", resident="bea"))["active_form"] is None


async def test_two_bots_cannot_both_make_the_next_turn(agent, model_path, redis_url, action_url):
    other = load_agent(model_path, redis_url, action_url)
    await make_ready(other)
    await say(agent, "SM1", "hola")
    mine, theirs = await agent.tracker_store.retrieve("ana"), await other.tracker_store.retrieve("ana")
    from rasa.shared.core.events import SlotSet

    mine.update(SlotSet("zone", "la-boca"))
    theirs.update(SlotSet("zone", "flores"))
    await agent.tracker_store.save(mine)
    with pytest.raises(LostRace):
        await other.tracker_store.save(theirs)
    await other.action_endpoint.close()


async def test_a_new_session_drops_the_events_of_the_old_and_keeps_the_slots(agent, redis_url):
    await say(agent, "SM1", "vivo en la boca")
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    long_ago = [json.loads(item) for item in client.lrange("latido:tracker:ana", 0, -1)]
    for event in long_ago:
        event["timestamp"] -= 2 * 3600
    client.delete("latido:tracker:ana")
    client.rpush("latido:tracker:ana", *(json.dumps(event) for event in long_ago))
    await say(agent, "SM2", "hola")
    tracker = await agent.tracker_store.retrieve("ana")
    assert tracker.get_slot("zone") == "la-boca"
    assert [e.text for e in tracker.events if e.type_name == "user"] == ["hola"]


async def test_a_long_session_stays_short_in_the_store(agent, redis_url):
    lengths = []
    for turn in range(30):
        await say(agent, f"SM{turn}", "hola" if turn % 2 else "vivo en flores")
        lengths.append(redis.Redis.from_url(redis_url).llen("latido:tracker:ana"))
    assert max(lengths) <= 80 + 12
    assert (await agent.tracker_store.retrieve("ana")).get_slot("zone") == "flores"


async def test_a_resident_is_forgotten_whole_and_met_anew(agent, redis_url):
    await say(agent, "SM1", "quiero un turno, estoy embarazada")
    await say(agent, "SM1", "hola", resident="eva")
    await forget_resident(agent, "ana")
    await forget_resident(agent, "ana")
    client = redis.Redis.from_url(redis_url)
    assert client.keys("latido:tracker:*") == [b"latido:tracker:eva"]
    await say(agent, "SM2", "hola")
    assert not any(b"embarazada" in event for event in client.lrange("latido:tracker:ana", 0, -1))


def test_whom_to_forget_is_named():
    assert read_resident({"resident": "ana"}) == "ana"
    for wrong in ({}, {"resident": 7}, {"resident": ""}, ["ana"]):
        with pytest.raises(BadTurn):
            read_resident(wrong)
