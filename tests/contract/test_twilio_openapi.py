"""Twilio's description judges what its unmodified library sends here, and what the emulator answers."""

from __future__ import annotations

import pytest
import requests
from twilio.rest.content.v1.content import ContentList

from tests.contract.conftest import SERVICE
from tests.contract.twilio_openapi import TwilioJudge
from tests.unit.emulator.stage import ACCOUNT, ANA, SENDER, Stage

TO = f"whatsapp:{ANA}"


def entry(method="POST", path=f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", **more):
    return {"method": method, "path": path, "form": {}, "query": {}, "json": None, "status": None, **more}


def test_every_call_and_answer_of_a_conversation(stage: Stage, judge: TwilioJudge):
    ana = stage.emulator.phone(ANA)
    ana.says("hola")
    sid = ana.sends_media("audio")["sid"]
    send_everything(stage)
    read_everything(stage, sid)
    log = stage.emulator.requests()
    assert len(log) > 20
    assert {call["status"] for call in log} <= {200, 201, 204, 307}
    described = [call for call in log if call["status"] != 307]
    assert judge.problems(described) == []


def send_everything(stage: Stage) -> None:
    messages, contents = stage.twilio.messages, stage.twilio.content.v1.contents
    callback = "https://latido.example/webhooks/twilio/status?ref=1"
    message = messages.create(to=TO, from_=SENDER, body="¡Hola! 👋", status_callback=callback)
    messages.create(to=TO, messaging_service_sid=SERVICE, body="por el servicio", validity_period=600)
    messages.create(to=TO, from_=SENDER, media_url=["https://latido.example/mapa.png"])
    messages.create(to=TO, from_=SENDER, body="CeSAC 15", persistent_action=["geo:-34.62,-58.36|CeSAC 15"])
    for sid in [contents.create(request).sid for request in content_requests()]:
        messages.create(to=TO, from_=SENDER, content_sid=sid, content_variables='{"1": "Ana"}')
    typing = {"channel": "whatsapp", "messageId": stage.bridge.at("/inbound")[0].form["MessageSid"]}
    post(stage, "/v2/Indicators/Typing.json", data=typing)
    stage.bridge.received.clear()
    messages(message.sid).update(body="")


def content_requests() -> list[ContentList.ContentCreateRequest]:
    quick = {"body": "Hola {{1}}", "actions": [{"type": "QUICK_REPLY", "title": "Sí", "id": "a"}]}
    picker = {"body": "¿Cuál?", "button": "Ver", "items": [{"id": "b", "item": "Lunes", "description": "9:30"}]}
    place = {"latitude": -34.62, "longitude": -58.36, "label": "CeSAC 15", "address": "Humberto Primo 470", "id": "c"}
    made = ({"twilio/quick-reply": quick}, {"twilio/list-picker": picker}, {"twilio/location": place})
    # The library writes null for what is left out, and the description allows no null here: leave nothing out.
    head = {"language": "es_AR", "friendly_name": "latido", "variables": {"1": "vecina"}}
    return [ContentList.ContentCreateRequest({**head, "types": types}) for types in made]


def read_everything(stage: Stage, media_message: str) -> None:
    messages, contents = stage.twilio.messages, stage.twilio.content.v1.contents
    everything = messages.list(to=TO, page_size=3)
    messages.list(to=SENDER, date_sent_after=everything[0].date_created, limit=5)
    messages(media_message).fetch()
    medium = messages(media_message).media.list()[0]
    messages(media_message).media(medium.sid).fetch()
    messages(media_message).media(medium.sid).delete()
    sids = [content.sid for content in contents.list()]
    contents(sids[0]).fetch()
    post(stage, f"/v1/Content/{sids[0]}/ApprovalRequests/whatsapp", json={"name": "aviso", "category": "UTILITY"})
    contents(sids[0]).approval_fetch().fetch()
    contents(sids[0]).delete()
    list(stage.twilio.content.v1.content_and_approvals.list())


def post(stage: Stage, path: str, **what: object) -> None:
    answer = requests.post(stage.config.base_url + path, auth=(ACCOUNT, stage.config.auth_token), timeout=5, **what)
    assert answer.ok, answer.text


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"To": [TO], "From": [SENDER], "Body": ["x"]}, None),
        ({"From": [SENDER], "Body": ["x"]}, "To: missing"),
        ({"To": [TO], "Body": ["x"]}, "one of From, MessagingServiceSid is required"),
        ({"To": [TO], "From": [SENDER]}, "one of Body, MediaUrl, ContentSid is required"),
        ({"To": [TO], "From": [SENDER], "Body": ["x"], "Text": ["x"]}, "Text: unknown parameter"),
        ({"To": [TO], "From": [SENDER], "ContentSid": ["HX1"]}, "ContentSid"),
        ({"To": [TO], "From": [SENDER], "Body": ["x"], "ValidityPeriod": ["long"]}, "ValidityPeriod"),
    ],
)
def test_the_judge_finds_what_is_wrong_with_a_message(judge: TwilioJudge, form, problem):
    found = judge.of_request(entry(form=form))
    assert found == [] if problem is None else any(problem in each for each in found)


def test_the_judge_knows_contents_paths_and_answers(judge: TwilioJudge):
    button = {"type": "QUICK_REPLY", "title": "Sí", "payload": "x"}
    types = {"twilio/quick-reply": {"body": "x", "actions": [button]}}
    assert "payload" in judge.of_request(entry(path="/v1/Content", json={"language": "es", "types": types}))[0]
    assert "no such call" in judge.of_request(entry(path="/v1/Contents"))[0]
    wrong = {"sid": "SM1", "num_media": 0, "status": "on its way"}
    found = " ".join(judge.of_answer(entry(status=201, response=wrong)))
    assert all(name in found for name in ("sid:", "num_media:", "status:"))
