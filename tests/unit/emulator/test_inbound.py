"""Signed webhooks: what they hold, how they are retried, what happens when the bridge refuses."""

import pytest
import requests
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from tests.unit.emulator.stage import ACCOUNT, ANA, TOKEN, staged


def test_a_text_has_every_field_and_its_blank_ones_are_signed(stage):
    stage.emulator.phone("AR.somebody", name="Rosa").says("¡Hola! 👋 ñandú á")
    webhook = stage.bridge.at("/inbound")[0]
    assert webhook.signature_ok
    assert webhook.headers["i-twilio-idempotency-token"]
    form = webhook.form
    assert form["From"] == form["ExternalUserId"] == "whatsapp:AR.somebody"
    assert (form["WaId"], form["Body"], form["ProfileName"]) == ("", "¡Hola! 👋 ñandú á", "Rosa")
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"]
    assert (form["NumMedia"], form["MessageType"], form["AccountSid"]) == ("0", "text", ACCOUNT)


def test_a_location_has_an_empty_body(stage):
    stage.emulator.phone(ANA).shares_location(-34.603722, -58.381592, label="Obelisco")
    form = stage.bridge.at("/inbound")[0].form
    assert (form["Body"], form["Latitude"], form["Longitude"]) == ("", "-34.603722", "-58.381592")
    assert (form["Label"], form["MessageType"]) == ("Obelisco", "location")


@pytest.mark.parametrize(
    ("kind", "content_type", "message_type", "begins"),
    [
        ("image", "image/png", "image", b"\x89PNG"),
        ("audio", "audio/ogg", "audio", b"OggS"),
        ("video", "video/mp4", "video", b"\0\0\0\x18ftyp"),
        ("document", "application/pdf", "document", b"%PDF"),
        ("sticker", "image/webp", "sticker", b"RIFF"),
        ("contact", "text/vcard", "contacts", b"BEGIN:VCARD"),
    ],
)
def test_media_can_be_fetched_with_the_account_and_deleted(stage, kind, content_type, message_type, begins):
    stage.emulator.phone(ANA).sends_media(kind)
    form = stage.bridge.at("/inbound")[0].form
    assert form["MessageSid"].startswith("MM")
    assert (form["Body"], form["NumMedia"], form["MediaContentType0"]) == ("", "1", content_type)
    assert form["MessageType"] == message_type
    url, auth = form["MediaUrl0"], (ACCOUNT, TOKEN)
    assert requests.get(url, timeout=5).status_code == 401
    fetched = requests.get(url, auth=auth, timeout=5)
    assert fetched.content.startswith(begins)
    assert fetched.headers["Content-Type"].startswith(content_type)
    message = stage.twilio.messages(form["MessageSid"])
    assert [each.content_type for each in message.media.list()] == [content_type]
    assert requests.delete(f"{url}.json", auth=auth, timeout=5).status_code == 204
    assert requests.get(url, auth=auth, timeout=5).status_code == 404


def test_a_caption_comes_with_a_photo_and_something_unknown_with_nothing(stage):
    ana = stage.emulator.phone(ANA)
    ana.sends_media("image", caption="mi ecografía")
    ana.sends_something_unknown()
    photo, unknown = (each.form for each in stage.bridge.at("/inbound"))
    assert photo["Body"] == "mi ecografía"
    assert (unknown["Body"], unknown["NumMedia"], unknown["MessageType"]) == ("", "0", "unsupported")


def test_a_file_can_be_uploaded(stage):
    stage.emulator.phone(ANA)
    url = f"{stage.config.base_url}/emulator/phones/%2B{ANA[1:]}/messages"
    files = {"file": ("eco.jpg", b"\xff\xd8\xff", "image/jpeg")}
    answer = requests.post(url, data={"kind": "image", "caption": "eco"}, files=files, timeout=5)
    assert answer.status_code == 201, answer.text
    form = stage.bridge.at("/inbound")[0].form
    assert requests.get(form["MediaUrl0"], auth=(ACCOUNT, TOKEN), timeout=5).content == b"\xff\xd8\xff"


def test_a_button_and_a_list_item_come_back_with_their_ids(stage):
    ana = stage.emulator.phone(ANA)
    ana.says("hola")
    quick = {"body": "¿Sí?", "actions": [{"title": "Sí", "id": "op-1"}]}
    picker = {"body": "¿Cuál?", "button": "Ver", "items": [{"item": "Lunes", "id": "op-2", "description": "9:30"}]}
    for types in ({"twilio/quick-reply": quick}, {"twilio/list-picker": picker}):
        made = requests.post(
            f"{stage.config.base_url}/v1/Content",
            json={"language": "es", "types": types},
            auth=(ACCOUNT, TOKEN),
            timeout=5,
        )
        stage.sends(content_sid=made.json()["sid"])
        ana.waits_for_reply()
    ana.taps("Sí")
    ana.picks("Lunes")
    button, item = (each.form for each in stage.bridge.at("/inbound")[1:])
    assert (button["Body"], button["ButtonText"], button["ButtonPayload"]) == ("Sí", "Sí", "op-1")
    assert (button["MessageType"], button["Forwarded"]) == ("interactive", "false")
    assert button["OriginalRepliedMessageSid"].startswith("SM")
    assert (item["Body"], item["ListTitle"], item["ListId"]) == ("Lunes", "Lunes", "op-2")


def test_what_is_not_on_the_screen_cannot_be_tapped(stage):
    ana = stage.emulator.phone(ANA)
    ana.says("hola")
    with pytest.raises(AssertionError, match="there is: nothing"):
        ana.taps("Sí")


def test_by_default_a_refused_message_is_lost_and_the_debugger_says_so(stage):
    stage.bridge.answers.append(Response(status_code=500))
    sent = stage.emulator.phone(ANA).says("hola")
    assert sent["message"]["tick"] == "failed"
    assert len(stage.bridge.at("/inbound")) == 1
    assert stage.emulator.debugger()[0]["code"] == 11200


def test_overrides_ask_for_retries_and_all_tries_are_the_same_message():
    with staged("#rc=3&rp=5xx&rt=4000") as stage:
        stage.bridge.answers += [Response(status_code=500), Response(status_code=503)]
        sent = stage.emulator.phone(ANA).says("hola")
        tries = stage.bridge.at("/inbound")
        assert (sent["message"]["tick"], len(tries)) == ("delivered", 3)
        assert len({each.headers["i-twilio-idempotency-token"] for each in tries}) == 1
        assert len({each.form["MessageSid"] for each in tries}) == 1
        assert all(each.signature_ok for each in tries)


def test_when_nobody_listens_it_is_tried_twice_and_then_dropped(stage):
    answer = stage.emulator.forge("signed", url="http://127.0.0.1:9/nobody")
    assert (answer["status"], answer["attempts"][0]["failure"], answer["error_code"]) == (None, "ct", 11205)


def test_the_fallback_gets_what_the_bridge_could_not_take():
    with staged() as first, staged(fallback_url=f"{first.bridge.base_url}/elsewhere") as stage:
        stage.bridge.answers.append(Response(status_code=500))
        assert stage.emulator.phone(ANA).says("hola")["message"]["tick"] == "delivered"
        form = first.bridge.at("/elsewhere")[0].form
        assert (form["Body"], form["ErrorCode"]) == ("hola", "11200")


def test_a_redirect_becomes_a_get_without_the_message(stage):
    stage.bridge.answers.append(RedirectResponse("/elsewhere"))
    stage.emulator.phone(ANA).says("hola")
    assert stage.bridge.at("/elsewhere")[0].form == {}


def test_twiml_in_the_answer_is_a_reply(stage):
    xml = "<Response><Message>uno</Message><Message>dos</Message></Response>"
    stage.bridge.answers.append(Response(xml, media_type="text/xml"))
    ana = stage.emulator.phone(ANA)
    ana.says("hola")
    assert [seen.body for seen in ana.waits_for_reply(messages=2)] == ["uno", "dos"]


def test_an_answer_of_another_type_is_noted(stage):
    stage.bridge.answers.append(PlainTextResponse("hola"))
    stage.emulator.phone(ANA).says("hola")
    assert stage.emulator.debugger()[0]["code"] == 12300


@pytest.mark.parametrize(
    ("kind", "valid"), [("signed", True), ("forged", False), ("unsigned", False), ("altered", False)]
)
def test_forgeries(stage, kind, valid):
    assert stage.emulator.forge(kind, form={"Extra": ""})["status"] == 204
    assert stage.bridge.at("/inbound")[0].signature_ok is valid


def test_a_replay_is_the_same_request_again(stage):
    sid = stage.emulator.phone(ANA).says("hola")["sid"]
    stage.emulator.forge("replayed", sid=sid)
    first, second = stage.bridge.at("/inbound")
    assert second.signature_ok
    assert first.form == second.form


def test_duplicates_on_demand(stage):
    stage.emulator.faults(inbound_duplicates=1)
    stage.emulator.phone(ANA).says("hola", duplicates=1, extra={"NewParameter": ""})
    received = stage.bridge.at("/inbound")
    assert len(received) == 3
    assert all(each.signature_ok and each.form["NewParameter"] == "" for each in received)


def test_webhooks_of_one_phone_overtake_each_other_unless_they_keep_their_order(stage):
    ana = stage.emulator.phone(ANA)
    ana.says("uno", wait=False, delay_ms=400)
    ana.says("dos")
    stage.bridge.waits_for("/inbound", 2)
    ana.says("tres", wait=False, delay_ms=400, in_order=True)
    ana.says("cuatro", in_order=True)
    assert [each.form["Body"] for each in stage.bridge.at("/inbound")] == ["dos", "uno", "tres", "cuatro"]
    assert [seen.body for seen in ana.transcript()] == ["uno", "dos", "tres", "cuatro"]
