"""The tracker store on a real Valkey."""

from __future__ import annotations

import json

import pytest
import redis
from bot_parts import DOMAIN
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

from bot.errors import LostRace, StoreUnavailable, WrongSetUp
from bot.tracker_store import RedisSessionStore


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


@pytest.fixture
def store(domain, redis_url) -> RedisSessionStore:
    return RedisSessionStore(domain, host=redis_url)


def session_start(**slots):
    return [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        *(SlotSet(k, v) for k, v in slots.items()),
        ActionExecuted("action_listen"),
    ]


def a_turn(number: int, *more):
    message = UserUttered(f"hola {number}", {"name": "greet", "confidence": 1.0}, message_id=f"SM{number}")
    return [message, *more, ActionExecuted("utter_greet"), BotUttered("Hola"), ActionExecuted("action_listen")]


async def add(store, resident, events):
    tracker = await store.retrieve(resident) or store.init_tracker(resident)
    for event in events:
        tracker.update(event, store.domain)
    await store.save(tracker)
    return tracker


async def stored(store, resident="ana"):
    return await store._redis.lrange(f"latido:tracker:{resident}", 0, -1)


def state(tracker):
    return (
        tracker.current_slot_values(),
        tracker.active_loop_name,
        tracker.latest_action_name,
        tracker.latest_message.text,
    )


async def test_an_unknown_resident_has_no_tracker(store):
    assert await store.retrieve("nobody") is None


async def test_what_is_saved_comes_back(store):
    saved = await add(
        store,
        "ana",
        [*session_start(zone="flores"), *a_turn(1, ActiveLoop("prenatal_form"), SlotSet("weeks", {"weeks_min": 20}))],
    )
    read = await store.retrieve("ana")
    assert state(read) == state(saved)
    assert [event.as_dict()["event"] for event in read.events] == [event.as_dict()["event"] for event in saved.events]


async def test_a_turn_is_appended_and_nothing_before_it_is_written_again(store):
    await add(store, "ana", [*session_start(), *a_turn(1)])
    before = await stored(store)
    await add(store, "ana", a_turn(2))
    after = await stored(store)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 4


async def test_saving_nothing_new_writes_nothing(store):
    await add(store, "ana", [*session_start(), *a_turn(1)])
    before = await stored(store)
    await store.save(await store.retrieve("ana"))
    assert await stored(store) == before


async def test_saving_the_same_tracker_twice_appends_only_what_is_new(store):
    tracker = await add(store, "ana", [*session_start(), *a_turn(1)])
    for event in a_turn(2):
        tracker.update(event, store.domain)
    await store.save(tracker)
    assert [event.text for event in (await store.retrieve("ana")).events if isinstance(event, UserUttered)] == [
        "hola 1",
        "hola 2",
    ]


async def test_the_loser_of_a_race_is_told(store):
    await add(store, "ana", [*session_start(), *a_turn(1)])
    first, second = await store.retrieve("ana"), await store.retrieve("ana")
    for tracker, number in ((first, 2), (second, 3)):
        for event in a_turn(number):
            tracker.update(event, store.domain)
    await store.save(first)
    with pytest.raises(LostRace):
        await store.save(second)
    assert (await store.retrieve("ana")).latest_message.text == "hola 2"


async def test_two_first_messages_cannot_both_begin_the_session(store):
    first, second = store.init_tracker("ana"), store.init_tracker("ana")
    for tracker in (first, second):
        for event in [*session_start(), *a_turn(1)]:
            tracker.update(event, store.domain)
    await store.save(first)
    with pytest.raises(LostRace):
        await store.save(second)


async def test_a_new_session_replaces_the_old(store):
    await add(store, "ana", [*session_start(), *a_turn(1), *a_turn(2)])
    await add(store, "ana", [*session_start(zone="flores"), *a_turn(3)])
    read = await store.retrieve("ana")
    assert [event.text for event in read.events if isinstance(event, UserUttered)] == ["hola 3"]
    assert read.get_slot("zone") == "flores"


async def test_rasas_own_session_start_does_not_pile_up_slots(store):
    await add(store, "ana", [*session_start(), *a_turn(1)])
    carried = [SlotSet("zone", "flores"), SlotSet("zone", "boedo"), SlotSet("weeks", None), SlotSet("zone", "la-boca")]
    await add(
        store,
        "ana",
        [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            *carried,
            ActionExecuted("action_listen"),
            *a_turn(2),
        ],
    )
    read = await store.retrieve("ana")
    assert [event.value for event in read.events if isinstance(event, SlotSet) and event.key == "zone"] == ["la-boca"]


async def test_the_store_stays_flat_and_replays_to_the_same_state(domain, redis_url):
    bounded = RedisSessionStore(domain, host=redis_url, max_events=30, turns_kept=3)
    whole = bounded.init_tracker("whole")
    for event in session_start(zone="flores"):
        whole.update(event, domain)
    await add(bounded, "ana", session_start(zone="flores"))
    lengths = []
    for number in range(60):
        extra = [SlotSet("weeks", number)] + ([ActiveLoop("prenatal_form")] if number == 4 else [])
        await add(bounded, "ana", a_turn(number, *extra))
        for event in a_turn(number, *extra):
            whole.update(event, domain)
        read = await bounded.retrieve("ana")
        assert state(read) == state(whole)
        lengths.append(len(await stored(bounded)))
    assert max(lengths) <= 30 + 6


async def test_a_compacted_session_forgets_what_was_taken_back(domain, redis_url):
    bounded = RedisSessionStore(domain, host=redis_url, max_events=10, turns_kept=1)
    await add(
        bounded,
        "ana",
        [
            *session_start(zone="flores"),
            *a_turn(1, SlotSet("zone", "boedo"), UserUtteranceReverted()),
            *a_turn(2),
            *a_turn(3),
        ],
    )
    assert (await bounded.retrieve("ana")).get_slot("zone") == "flores"


async def test_a_session_expires(store, redis_url):
    await add(store, "ana", session_start())
    assert 29 * 86_400 < redis.Redis.from_url(redis_url).ttl("latido:tracker:ana") <= 30 * 86_400


async def test_the_residents_with_a_session(store):
    await add(store, "ana", session_start())
    await add(store, "bea", session_start())
    assert sorted(await store.keys()) == ["ana", "bea"]


async def test_the_full_tracker_is_the_current_session(store):
    await add(store, "ana", [*session_start(), *a_turn(1)])
    assert state(await store.retrieve_full_tracker("ana")) == state(await store.retrieve("ana"))


async def test_events_are_compact(store):
    ranking = [{"name": f"intent_{n}", "confidence": 0.1} for n in range(10)]
    message = UserUttered(
        "hola", {"name": "greet"}, parse_data={"intent_ranking": ranking, "text_tokens": [[0, 4]]}, message_id="SM1"
    )
    await add(store, "ana", [*session_start(), message])
    item = json.loads((await stored(store))[-1])
    assert len(item["parse_data"]["intent_ranking"]) == 5
    assert "text_tokens" not in item["parse_data"]


async def test_an_outage_raises(domain):
    unreachable = RedisSessionStore(domain, host="redis://127.0.0.1:9/0", timeout_seconds=0.2)
    with pytest.raises(StoreUnavailable):
        await unreachable.retrieve("ana")
    tracker = unreachable.init_tracker("ana")
    tracker.update(SlotSet("zone", "flores"))
    with pytest.raises(StoreUnavailable):
        await unreachable.save(tracker)


@pytest.mark.parametrize("url", [None, "", "${LATIDO_REDIS_URL}", "localhost"])
def test_a_missing_url_is_told(url):
    with pytest.raises(WrongSetUp, match="LATIDO_REDIS_URL"):
        RedisSessionStore(None, host=url)
