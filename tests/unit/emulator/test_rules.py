"""The pure rules: signature, overrides, window, limits, clock, contents."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from latido.emulator.addresses import address_of, digits_of, is_whatsapp_address
from latido.emulator.clock import Clock
from latido.emulator.content_rules import fault_in
from latido.emulator.faults import FaultError, Faults
from latido.emulator.limits import Meters, PairBucket, SenderQueue
from latido.emulator.model import Bubble, Choice, Content
from latido.emulator.overrides import Overrides, split_overrides
from latido.emulator.rendering import MissingVariable, of_content, plain
from latido.emulator.shelf import Shelf
from latido.emulator.twiml import read
from latido.emulator.webhooks import sign
from latido.emulator.window import is_open, refusal
from tests.loops import run_apart

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_signature_is_that_of_the_official_example():
    form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234"}
    form |= {"From": "+14158675310", "To": "+18005551212"}
    assert sign("12345", "https://example.com/myapp.php?foo=1&bar=2", form) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_blank_values_are_part_of_the_signature():
    assert sign("t", "http://a/b", {"Body": "", "X": "1"}) != sign("t", "http://a/b", {"X": "1"})


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("whatsapp:+5491155550001", True),
        ("whatsapp:AR.abc123", True),
        ("+5491155550001", False),
        ("whatsapp:+0123456789", False),
        ("whatsapp:+12", False),
    ],
)
def test_addresses(address, good):
    assert is_whatsapp_address(address) is good


def test_a_user_without_a_phone_has_no_digits():
    assert (digits_of("whatsapp:AR.abc"), digits_of(address_of("+5491155550001"))) == ("", "5491155550001")


def test_overrides_default_to_one_retry_of_a_failed_connection():
    assert split_overrides("http://h/p?q=1") == ("http://h/p?q=1", Overrides(5000, 15000, 15000, 1, frozenset({"ct"})))


def test_overrides_are_read_from_the_fragment_and_left_out_of_the_url():
    url, overrides = split_overrides("http://h/p#rc=3&rp=5xx,ct,rt&rt=4000&e=sao-paulo,ashburn")
    assert url == "http://h/p"
    assert (overrides.retries, overrides.read_ms) == (3, 4000)
    assert overrides.retries_after("5xx")
    assert not overrides.retries_after("4xx")


def test_overrides_out_of_range_are_ignored():
    assert split_overrides("http://h/p#rc=9&ct=1&rp=nothing")[1] == Overrides()


@pytest.mark.parametrize(("hours", "opened"), [(0, True), (23.99, True), (24, False), (30, False)])
def test_the_window_lasts_24_hours(hours, opened):
    assert is_open(NOW - timedelta(hours=hours), NOW) is opened


def test_the_window_is_closed_to_whoever_never_wrote():
    assert not is_open(None, NOW)


BUTTON = Choice("Sí", "1")


@pytest.mark.parametrize(
    ("bubble", "approved", "opened", "code"),
    [
        (Bubble("text", "x"), False, True, None),
        (Bubble("text", "x"), False, False, 63016),
        (Bubble("text", "x"), True, False, None),
        (Bubble("list", "x"), True, False, 63016),
        (Bubble("location", "x"), True, False, 63016),
        (Bubble("list", "x"), False, True, None),
        (Bubble("quick_reply", "x", buttons=(BUTTON,) * 3), False, True, None),
        (Bubble("quick_reply", "x", buttons=(BUTTON,) * 4), False, True, 63021),
        (Bubble("quick_reply", "x", buttons=(BUTTON,) * 10), True, True, None),
    ],
)
def test_what_goes_through_the_window(bubble, approved, opened, code):
    assert refusal(bubble, approved, opened) == code


def test_the_pair_bucket_holds_45_and_gains_one_in_six_seconds():
    bucket = PairBucket()
    assert [bucket.take(NOW) for _ in range(46)] == [True] * 45 + [False]
    assert not bucket.take(NOW + timedelta(seconds=5))
    assert bucket.take(NOW + timedelta(seconds=7))


def test_the_sender_queue_paces_and_refuses_what_would_wait_four_hours():
    queue = SenderQueue()
    assert [queue.delay(0.0, 80) for _ in range(3)] == [0.0, 0.0125, 0.025]
    assert queue.delay(0.0, None) == 0.0
    assert SenderQueue(free_at=5 * 3600).delay(0.0, 80) is None


def test_the_daily_limit_counts_users_not_messages():
    meters = Meters()
    assert meters.conversation_allowed("a", NOW, 1)
    assert meters.conversation_allowed("a", NOW, 1)
    assert not meters.conversation_allowed("b", NOW, 1)
    assert meters.conversation_allowed("b", NOW + timedelta(hours=25), 1)


def test_the_clock_can_be_set_moved_and_stopped():
    clock = Clock(source=lambda: NOW)
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    clock.advance(60)
    assert clock.now() == datetime(2027, 1, 1, 0, 1, tzinfo=UTC)
    clock.freeze()
    assert clock.frozen
    clock.reset()
    assert clock.now() == NOW


def test_the_clock_refuses_an_instant_without_a_zone():
    with pytest.raises(ValueError, match="with its zone"):
        Clock().set(datetime(2027, 1, 1))


def test_moving_the_clock_wakes_who_waits_for_a_later_instant():
    async def scene():
        clock = Clock()
        clock.freeze()
        sleeper = asyncio.create_task(clock.sleep_until(clock.now() + timedelta(days=1)))
        await asyncio.sleep(0)
        clock.advance(86_401)
        await asyncio.wait_for(sleeper, 5)

    run_apart(scene())


def test_twiml_replies_and_their_faults():
    assert read("text/xml", "<Response><Message>hola</Message></Response>") == (["hola"], None)
    assert read("text/xml", "<Response><Message><Body>uno</Body></Message></Response>") == (["uno"], None)
    assert read("application/json", "{}") == ([], 12300)
    assert read("text/xml", "<Response>") == ([], 12100)
    assert read("text/xml", "<Response>" + "<Message>x</Message>" * 11 + "</Response>")[1] == 14109
    assert read("text/xml", f"<Response><Message>{'x' * 1601}</Message></Response>") == ([], 14103)


def _quick_reply(*titles, body="¿Seguimos?"):
    return {"twilio/quick-reply": {"body": body, "actions": [{"title": title, "id": "x"} for title in titles]}}


def _list(count=1, item="Lunes", description="a"):
    items = [{"item": item, "id": str(number), "description": description} for number in range(count)]
    return {"twilio/list-picker": {"body": "b", "button": "Ver", "items": items}}


@pytest.mark.parametrize(
    ("types", "reason"),
    [
        (_quick_reply("Sí", "No"), None),
        (_quick_reply("Sí ñandú 👍 áéíóú 123"), None),
        (_quick_reply("Hablar con una persona"), "title is longer than 20"),
        (_quick_reply(*"abcdefghijk"), "1 to 10 buttons"),
        (_quick_reply("a", body="x" * 1025), "body is longer than 1024"),
        (_list(10), None),
        (_list(11), "1 to 10 items"),
        (_list(item="x" * 25), "item is longer than 24"),
        (_list(description="x" * 73), "description is longer than 72"),
        ({"twilio/location": {"latitude": "-34", "longitude": -58}}, "latitude must be a number"),
        ({"twilio/text": {"body": "x", "other": 1}}, "unknown property other"),
        ({"twilio/poem": {}}, "unknown content type"),
        ({}, "at least one"),
    ],
)
def test_what_the_content_api_takes(types, reason):
    fault = fault_in(types)
    assert fault is None if reason is None else reason in fault


def test_the_richest_type_wins_and_variables_are_filled_in():
    types = {"twilio/text": {"body": "plain"}, **_quick_reply("Sí", body="Hola {{1}}, {{ name }}")}
    bubble = of_content(Content("HX", "es", types, NOW, variables={"1": "Ana"}), {"name": "bienvenida"})
    assert (bubble.kind, bubble.body) == ("quick_reply", "Hola Ana, bienvenida")
    with pytest.raises(MissingVariable):
        of_content(Content("HX", "es", types, NOW), {"1": "Ana"})


def test_a_location_can_come_by_persistent_action():
    place = plain("CeSAC 15", "", "geo:-34.62,-58.36|Humberto Primo 470").location
    assert (place.latitude, place.longitude, place.label) == (-34.62, -58.36, "Humberto Primo 470")


def test_a_fault_is_used_up_and_an_unknown_one_is_refused():
    faults = Faults()
    faults.update({"rest": {"kind": "server_error", "times": 1}, "lose": ["sent"]})
    assert faults.rest_fault("messages", "GET") is None
    assert faults.rest_fault("messages", "POST").kind == "server_error"
    assert faults.rest_fault("messages", "POST") is None
    with pytest.raises(FaultError, match="there are: rest"):
        faults.update({"nothing": 1})
    with pytest.raises(FaultError, match="timeout_after_accepting"):
        faults.update({"rest": "explosion"})


def test_contents_outlive_the_emulator_and_a_line_cut_short(tmp_path):
    path = tmp_path / "data" / "contents.jsonl"
    shelf = Shelf(path)
    kept, gone = (Content(sid, "es", _quick_reply("Sí"), NOW, variables={"1": "ñ"}) for sid in ("HX1", "HX2"))
    shelf.put(kept)
    shelf.put(gone)
    shelf.remove("HX2")
    with path.open("a") as file:
        file.write('{"put": {"sid": "HX3"')
    assert list(Shelf(path).all()) == [kept]
    shelf.clear()
    assert list(Shelf(path).all()) == []
