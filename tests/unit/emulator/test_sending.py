"""Twilio's own library against the emulator: what is accepted, refused, delivered, reported."""

from datetime import datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.unit.emulator.stage import ACCOUNT, ANA, SENDER, Stage, staged

TO = f"whatsapp:{ANA}"
QUICK_REPLY = {
    "twilio/quick-reply": {"body": "¿Seguimos?", "actions": [{"title": "Sí", "id": "yes-1"}, {"title": "No"}]}
}
LIST = {"twilio/list-picker": {"body": "Elegí", "button": "Ver", "items": [{"item": "Lunes", "id": "l-1"}]}}


def content(stage: Stage, types: dict, **more) -> str:
    """The sid of a content made over plain HTTP."""
    answer = requests.post(
        f"{stage.config.base_url}/v1/Content",
        json={"language": "es_AR", "types": types, **more},
        auth=(ACCOUNT, stage.config.auth_token),
        timeout=5,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["sid"]


def statuses(stage: Stage, count: int) -> list[str]:
    return [each.form["MessageStatus"] for each in stage.bridge.waits_for("/status", count)]


def test_a_message_is_queued_then_sent_delivered_and_read(stage):
    stage.opens_window()
    message = stage.sends(body="¡Buenas! 👋")
    assert (message.status, message.direction, message.body) == ("queued", "outbound-api", "¡Buenas! 👋")
    assert statuses(stage, 3) == ["sent", "delivered", "read"]
    assert stage.twilio.messages(message.sid).fetch().status == "read"


def test_status_callbacks_are_signed_and_keep_their_query(stage):
    stage.opens_window()
    stage.sends(body="hola")
    callbacks = stage.bridge.waits_for("/status", 3)
    assert all(each.signature_ok and each.query == "ref=7" for each in callbacks)
    assert callbacks[2].form["EventType"] == "READ"
    assert callbacks[0].form["ChannelPrefix"] == "whatsapp"


def test_outside_the_window_a_message_is_accepted_and_then_not_delivered(stage):
    stage.opens_window()
    stage.emulator.clock(advance_seconds=24 * 3600)
    message = stage.sends(body="te acordás del turno?")
    assert statuses(stage, 2) == ["sent", "undelivered"]
    assert stage.bridge.at("/status")[1].form["ErrorCode"] == "63016"
    assert stage.twilio.messages(message.sid).fetch().error_code == 63016
    assert [seen.body for seen in stage.emulator.phone(ANA).transcript()] == ["hola"]


def test_the_next_inbound_opens_the_window_again(stage):
    stage.opens_window()
    stage.emulator.clock(advance_seconds=30 * 3600)
    ana = stage.emulator.phone(ANA)
    ana.says("hola de nuevo")
    stage.sends(body="hola")
    assert ana.waits_for_reply()[0].body == "hola"


def test_an_approved_template_goes_out_of_the_window_and_a_list_never(stage):
    stage.emulator.faults(window="closed")
    template = content(
        stage, {"twilio/text": {"body": "Hola {{1}}, mañana tenés turno a las 9."}}, variables={"1": "Ana"}
    )
    stage.twilio.content.v1.contents(template).approval_fetch().fetch()
    approve(stage, template)
    stage.sends(content_sid=template, content_variables='{"1": "Ana"}')
    assert statuses(stage, 3)[-1] == "read"
    listed = content(stage, LIST)
    approve(stage, listed)
    stage.sends(content_sid=listed)
    assert statuses(stage, 5)[-1] == "undelivered"


@pytest.mark.parametrize(
    ("body", "samples", "reason"),
    [
        ("{{1}}, mañana tenés turno a las 9.", {"1": "Ana"}, "first or last"),
        ("Tenés turno con nosotros mañana, {{1}}.", {"1": "Ana"}, "first or last"),
        ("Hola, tenés turno mañana {{1}} - {{2}} en el centro.", {"1": "a", "2": "b"}, "side by side"),
        ("Hola, tenés turno mañana {{1}} y {{3}} en el centro.", {"1": "a", "3": "b"}, "in sequence"),
        ("Hola {{1}} a {{2}} en", {"1": "a", "2": "b"}, "too many variables"),
        ("Hola {{1}}, mañana tenés turno a las 9.", {}, "no sample"),
    ],
)
def test_whatsapp_approves_no_template_that_breaks_its_rules(stage, body, samples, reason):
    sid = content(stage, {"twilio/text": {"body": body}}, variables=samples)
    submit(stage, sid, "recordatorio")
    decided = stage.twilio.content.v1.contents(sid).approval_fetch().fetch().whatsapp
    assert decided["status"] == "rejected"
    assert reason in decided["rejection_reason"]


def test_a_template_s_name_is_taken_once(stage):
    first, second = (content(stage, {"twilio/text": {"body": f"Hola, {n}."}}) for n in ("uno", "dos"))
    for sid in (first, second, first):
        submit(stage, sid, "recordatorio")
    states = [stage.twilio.content.v1.contents(sid).approval_fetch().fetch() for sid in (first, second)]
    assert [state.whatsapp["status"] for state in states] == ["approved", "rejected"]


def approve(stage: Stage, sid: str) -> None:
    submit(stage, sid, f"recordatorio_{sid.lower()}")
    fetched = stage.twilio.content.v1.contents(sid).approval_fetch().fetch()
    assert fetched.whatsapp["status"] == "approved"


def submit(stage: Stage, sid: str, name: str) -> None:
    answer = requests.post(
        f"{stage.config.base_url}/v1/Content/{sid}/ApprovalRequests/whatsapp",
        json={"name": name, "category": "UTILITY"},
        auth=(ACCOUNT, stage.config.auth_token),
        timeout=5,
    )
    assert (answer.status_code, answer.json()["status"]) == (201, "received")


@pytest.mark.parametrize(
    ("form", "code", "status"),
    [
        ({"From": SENDER, "Body": "x"}, 21604, 400),
        ({"To": TO, "Body": "x"}, 21603, 400),
        ({"To": TO, "From": SENDER}, 21619, 400),
        ({"To": TO, "From": SENDER, "Body": ""}, 21619, 400),
        ({"To": "whatsapp:nobody", "From": SENDER, "Body": "x"}, 21211, 400),
        ({"To": "+5491155550001", "From": SENDER, "Body": "x"}, 30016, 400),
        ({"To": TO, "From": "whatsapp:+5491100000000", "Body": "x"}, 63007, 400),
        ({"To": TO, "From": SENDER, "Body": "ñ" * 1601}, 21617, 400),
        ({"To": TO, "From": SENDER, "ContentSid": "HX" + "0" * 32}, 21655, 400),
        ({"To": TO, "From": SENDER, "Body": "x", "ContentVariables": "{"}, 21656, 400),
        ({"To": TO, "From": SENDER, "Body": "x", "ContentVariables": '{"1": null}'}, 21656, 400),
        ({"To": TO, "From": SENDER, "Body": "x", "ContentVariables": '{"1": ""}'}, 21656, 400),
        ({"To": TO, "From": SENDER, "Body": "x", "ContentVariables": '{"1": "a\\nb"}'}, 21656, 400),
        ({"To": TO, "From": SENDER, "Body": "x", "ContentVariables": '{"1": "a      b"}'}, 21656, 400),
        ({"To": TO, "From": SENDER, "Body": "x", "StatusCallback": "http://under_score/x"}, 21609, 400),
        ({"To": TO, "From": SENDER, "MediaUrl": "ftp://x/y"}, 21620, 400),
        ({"To": TO, "MessagingServiceSid": "MG" + "0" * 32, "Body": "x"}, 21701, 400),
    ],
)
def test_what_is_refused_at_once(stage, form, code, status):
    answer = post(stage, form)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert answer.json()["status"] == status


def test_a_body_of_1600_characters_is_taken(stage):
    assert post(stage, {"To": TO, "From": SENDER, "Body": "ñ" * 1600}).status_code == 201


def post(stage: Stage, form: dict, auth=None) -> requests.Response:
    url = f"{stage.config.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return requests.post(url, data=form, auth=auth or (ACCOUNT, stage.config.auth_token), timeout=5)


def test_the_library_sees_twilios_errors(stage):
    with pytest.raises(TwilioRestException, match="Unable to create record") as refused:
        stage.twilio.messages.create(to="whatsapp:x", from_=SENDER, body="x")
    assert (refused.value.status, refused.value.code) == (400, 21211)


def test_wrong_credentials_and_unknown_things(stage):
    assert post(stage, {"To": TO}, auth=(ACCOUNT, "wrong")).json()["code"] == 20003
    assert requests.get(f"{stage.config.base_url}/v1/Nothing", timeout=5).status_code == 401
    with pytest.raises(TwilioRestException) as missing:
        stage.twilio.messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    other = Client(ACCOUNT, "wrong")
    other.api.base_url = stage.config.base_url
    with pytest.raises(TwilioRestException) as rejected:
        other.messages.create(to=TO, from_=SENDER, body="x")
    assert rejected.value.status == 401


def test_opted_out_is_refused(stage):
    stage.emulator.phone(ANA, opted_out=True)
    assert post(stage, {"To": TO, "From": SENDER, "Body": "x"}).json()["code"] == 21610


@pytest.mark.parametrize(("switch", "code"), [({"blocked": True}, "63014"), ({"on_whatsapp": False}, "63003")])
def test_phones_that_cannot_be_reached(stage, switch, code):
    stage.emulator.phone(ANA, **switch)
    stage.sends(body="x")
    failed = stage.bridge.waits_for("/status", 1)[0].form
    assert (failed["MessageStatus"], failed["ErrorCode"]) == ("failed", code)


def test_messages_are_listed_newest_first_filtered_and_in_pages(stage):
    stage.opens_window()
    stage.opens_window("+5491155550002")
    sent = [stage.sends(body=f"{number}").sid for number in range(5)]
    stage.sends("+5491155550002", body="otra")
    stage.bridge.waits_for("/status", 18)
    assert [each.sid for each in stage.twilio.messages.list(to=TO, page_size=2)] == sent[::-1]
    assert [each.body for each in stage.twilio.messages.list(from_=TO)] == ["hola"]
    now = stage.twilio.messages(sent[2]).fetch().date_sent
    assert len(stage.twilio.messages.list(to=TO, date_sent_after=now.replace(year=now.year - 1))) == 5
    assert stage.twilio.messages.list(to=TO, date_sent_before=now.replace(year=now.year - 1)) == []


def test_a_message_can_be_redacted_and_deleted(stage):
    stage.opens_window()
    message = stage.sends(body="dato de salud")
    statuses(stage, 3)
    assert stage.twilio.messages(message.sid).update(body="").body == ""
    assert stage.twilio.messages(message.sid).delete()
    with pytest.raises(TwilioRestException):
        stage.twilio.messages(message.sid).fetch()


def test_contents_are_created_listed_and_deleted(stage):
    sid = content(stage, QUICK_REPLY, friendly_name="latido_x")
    assert stage.twilio.content.v1.contents(sid).fetch().types == QUICK_REPLY
    assert [each.sid for each in stage.twilio.content.v1.contents.list()] == [sid]
    assert stage.twilio.content.v1.contents(sid).delete()
    assert stage.twilio.content.v1.contents.list() == []


def test_buttons_lists_and_locations_reach_the_phone(stage):
    ana = stage.emulator.phone(ANA)
    ana.says("hola")
    for types in (QUICK_REPLY, LIST, {"twilio/location": {"latitude": -34.6, "longitude": -58.4, "label": "CeSAC 15"}}):
        stage.sends(content_sid=content(stage, types))
        ana.waits_for_reply()
    buttons, listed, place = ana.transcript()[1:]
    assert (buttons.kind, buttons.buttons) == ("quick_reply", ("Sí", "No"))
    assert (listed.kind, listed.items) == ("list", ("Lunes",))
    assert place.location["label"] == "CeSAC 15"


def test_four_buttons_in_session_are_accepted_and_then_refused(stage):
    stage.opens_window()
    actions = [{"title": title, "id": title} for title in "abcd"]
    stage.sends(content_sid=content(stage, {"twilio/quick-reply": {"body": "x", "actions": actions}}))
    assert stage.bridge.waits_for("/status", 1)[0].form["ErrorCode"] == "63021"


def test_the_typing_indicator_turns_the_ticks_blue(stage):
    sid = stage.emulator.phone(ANA).says("hola")["sid"]
    url = f"{stage.config.base_url}/v2/Indicators/Typing.json"
    auth = (ACCOUNT, stage.config.auth_token)
    answer = requests.post(url, data={"channel": "whatsapp", "messageId": sid}, auth=auth, timeout=5)
    assert answer.json() == {"success": True}
    assert stage.emulator.phone(ANA).transcript()[0].raw["tick"] == "read"


def test_with_a_messaging_service_it_is_accepted_then_queued():
    service = "MG" + "a" * 32
    with staged(messaging_service_sid=service) as stage:
        stage.opens_window()
        message = stage.sends(body="hola", messaging_service_sid=service)
        assert (message.status, message.from_) == ("accepted", None)
        assert statuses(stage, 4) == ["queued", "sent", "delivered", "read"]
        stage.emulator.phone(ANA).says("STOP")
        assert stage.bridge.at("/inbound")[-1].form["OptOutType"] == "STOP"
        assert post(stage, {"To": TO, "From": SENDER, "Body": "x"}).json()["code"] == 21610


def test_a_scheduled_message_waits_for_the_clock_and_can_be_cancelled():
    service = "MG" + "a" * 32
    with staged(messaging_service_sid=service) as stage:
        ana = stage.emulator.phone(ANA)
        ana.says("hola")
        when = {"messaging_service_sid": service, "schedule_type": "fixed"}
        later = {**when, "send_at": in_two_hours(stage)}
        kept, dropped = stage.sends(body="a tiempo", **later), stage.sends(body="nunca", **later)
        assert (kept.status, stage.twilio.messages(dropped.sid).update(status="canceled").status) == (
            "scheduled",
            "canceled",
        )
        stage.emulator.clock(advance_seconds=2 * 3600 + 60)
        assert [seen.body for seen in ana.waits_for_reply()] == ["a tiempo"]
        assert post(stage, {"To": TO, "From": SENDER, "Body": "x", "ScheduleType": "fixed"}).json()["code"] == 35118


def in_two_hours(stage: Stage) -> datetime:
    return datetime.fromisoformat(stage.emulator.clock()["now"]) + timedelta(hours=2)
