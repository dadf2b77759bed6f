"""Twilio's webhooks over real HTTP and a real Postgres: what is stored, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from sqlalchemy import Engine, func, insert, select
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.messaging.tables import alert, lane, message, receipt, resident
from latido.web import Area, create_app
from tests.serving import served

ACCOUNT = "AC" + "0" * 32
TOKEN = "12345"
PUBLIC = "https://latido.example"
INBOUND = "/webhooks/twilio/inbound"
STATUS = "/webhooks/twilio/status"
PHONE = "whatsapp:+5491151234567"

COMMON = {
    "AccountSid": ACCOUNT,
    "From": PHONE,
    "To": "whatsapp:+5491150500147",
    "NumMedia": "0",
    "ProfileName": "Ana",
    "WaId": "5491151234567",
    "ApiVersion": "2010-04-01",
    "AParameterOfTomorrow": "",
}


class Twilio:
    """Posts webhooks to the bridge and signs them as Twilio does."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.woken: list[str] = []

    def posts(self, path: str, form: dict[str, str], signature: str | None = None) -> int:
        signed = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if signature != "":
            headers["X-Twilio-Signature"] = signature or signed
        answer = requests.post(self.base + path, data=urlencode(form).encode(), headers=headers, timeout=10)
        return answer.status_code

    def delivers(self, sid: str, **parameters: str) -> int:
        return self.posts(INBOUND, COMMON | {"MessageSid": sid, "Body": ""} | parameters)

    def reports(self, sid: str, status: str, query: str = "", **parameters: str) -> int:
        return self.posts(
            STATUS + query, {"AccountSid": ACCOUNT, "MessageSid": sid, "MessageStatus": status} | parameters
        )


@pytest.fixture
def twilio(engine: Engine, vault: Vault) -> Iterator[Twilio]:
    woken: list[str] = []
    bridge = Bridge(SignatureCheck([TOKEN, "the-old-token"], PUBLIC), ACCOUNT, engine, vault, woken.append)
    with served(Starlette(routes=routes(bridge))) as base:
        client = Twilio(base)
        client.woken = woken
        yield client


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(message).order_by(message.c.id)))


def content(vault: Vault, row: Any) -> dict[str, Any]:
    return json.loads(vault.open(row.content_sealed))


KINDS = [
    ("text", {"Body": "¡Hola! 🤰"}),
    ("text", {"Body": "/restart"}),
    ("location", {"Latitude": "-34.603722", "Longitude": "-58.381592", "Address": "Corrientes 2500", "Label": "Casa"}),
    ("button", {"Body": "Sí", "ButtonText": "Sí", "ButtonPayload": "12.0", "MessageType": "interactive"}),
    ("button", {"Body": "Jueves 9:30", "ListTitle": "Jueves 9:30", "ListId": "12.1", "MessageType": "interactive"}),
    ("image", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg"}),
    (
        "audio",
        {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "audio/ogg; codecs=opus"},
    ),
    ("video", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "video/mp4"}),
    ("document", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "application/pdf"}),
    ("sticker", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/webp"}),
    ("contact", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "text/vcard"}),
    ("unknown", {"MessageType": "reaction"}),
    ("unknown", {"Latitude": "nan", "Longitude": "1e400"}),
]


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_every_kind_is_stored_once_with_all_it_carries(
    twilio: Twilio, engine: Engine, vault: Vault, kind: str, parameters: dict[str, str]
) -> None:
    assert twilio.delivers("SM1", **parameters) == 204
    assert twilio.delivers("SM1", **parameters) == 204

    [row] = rows(engine)
    assert (row.kind, row.state, row.direction, row.provider_sid) == (kind, "received", "in", "SM1")
    stored = content(vault, row)
    assert stored["text"] == parameters.get("Body", "")
    assert stored["button_id"] == (parameters.get("ButtonPayload") or parameters.get("ListId"))
    if kind == "location":
        assert (stored["location"]["latitude"], stored["location"]["longitude"]) == (-34.603722, -58.381592)
    assert (stored["media"] is not None) == ("MediaUrl0" in parameters)
    assert twilio.woken == ["turn"]


@pytest.mark.parametrize("signature", ["", "bm90IHRoZSBzaWduYXR1cmU=", "ñ"])
def test_a_forged_or_unsigned_webhook_is_refused_and_not_stored(twilio: Twilio, engine: Engine, signature: str) -> None:
    form = COMMON | {"MessageSid": "SM1", "Body": "/restart"}
    assert twilio.posts(INBOUND, form, signature=signature.encode().decode("latin-1")) == 403
    assert rows(engine) == []


def test_a_webhook_altered_after_signing_is_refused(twilio: Twilio, engine: Engine) -> None:
    form = COMMON | {"MessageSid": "SM1", "Body": "hola"}
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + INBOUND, form)
    assert twilio.posts(INBOUND, form | {"From": "whatsapp:+5491100000000"}, signature=signature) == 403
    assert twilio.posts(INBOUND, form, signature=signature) == 204
    assert len(rows(engine)) == 1


def test_another_account_and_an_oversized_body_are_refused(twilio: Twilio, engine: Engine) -> None:
    assert twilio.delivers("SM1", AccountSid="AC" + "1" * 32, Body="hola") == 403
    assert twilio.delivers("SM1", Body="x" * 70_000) == 413
    assert twilio.posts(INBOUND, {"AccountSid": ACCOUNT, "Body": "hola"}) == 400
    assert rows(engine) == []


def test_while_the_token_is_being_changed_both_are_believed(twilio: Twilio, engine: Engine) -> None:
    form = COMMON | {"MessageSid": "SM1", "Body": "hola"}
    old = RequestValidator("the-old-token").compute_signature(PUBLIC + INBOUND, form)
    assert twilio.posts(INBOUND, form, signature=old) == 204
    assert len(rows(engine)) == 1


def test_neither_phone_nor_document_can_be_read_in_the_database(twilio: Twilio, engine: Engine) -> None:
    twilio.delivers("SM1", Body="soy Ana, mi dni es 30.111.222 y mi cel 11 5123-4567, ana@mail.com")
    with engine.connect() as connection:
        everything = repr(connection.execute(select(message)).all() + connection.execute(select(resident)).all())
    assert rows(engine)[0].text == "soy Ana, mi dni es [documento] y mi cel [teléfono], [mail]"
    for secret in ("30.111.222", "5123", "ana@mail.com", "51234567"):
        assert secret not in everything


def test_a_replayed_webhook_does_not_reopen_the_window(twilio: Twilio, engine: Engine) -> None:
    twilio.delivers("SM1", Body="hola")
    with engine.begin() as connection:
        connection.execute(resident.update().values(last_inbound_at=func.now() - func.make_interval(0, 0, 0, 2)))
        before = connection.execute(select(resident.c.last_inbound_at)).scalar_one()
    twilio.delivers("SM1", Body="hola")
    with engine.connect() as connection:
        assert connection.execute(select(resident.c.last_inbound_at)).scalar_one() == before
    twilio.delivers("SM2", Body="hola")
    with engine.connect() as connection:
        assert connection.execute(select(resident.c.last_inbound_at)).scalar_one() > before


def outbox(engine: Engine, vault: Vault, state: str = "handed_over", sid: str | None = "SMout") -> int:
    with engine.begin() as connection:
        connection.execute(insert(resident).values(key="r", address_sealed=vault.seal(PHONE)))
        return connection.execute(
            insert(message)
            .values(
                resident="r",
                direction="out",
                kind="text",
                state=state,
                provider_sid=sid,
                content_sealed=vault.seal("{}"),
            )
            .returning(message.c.id)
        ).scalar_one()


def test_receipts_in_any_order_leave_the_highest_status(twilio: Twilio, engine: Engine, vault: Vault) -> None:
    outbox(engine, vault)
    for status in ("read", "sent", "delivered", "sent", "a_status_of_tomorrow"):
        assert twilio.reports("SMout", status) == 204
    [row] = rows(engine)
    assert row.status == "read"
    assert row.sent_at and row.delivered_at and row.read_at


def test_a_failure_is_kept_with_its_code_and_reaches_the_operators(
    twilio: Twilio, engine: Engine, vault: Vault
) -> None:
    outbox(engine, vault)
    twilio.reports("SMout", "undelivered", ErrorCode="63016")
    twilio.reports("SMout", "sent")
    [row] = rows(engine)
    assert (row.state, row.status, row.error_code) == ("failed", "undelivered", 63016)
    with engine.connect() as connection:
        assert connection.execute(select(alert.c.kind, alert.c.detail)).all() == [("undelivered", "undelivered 63016")]


def test_a_receipt_settles_a_send_whose_answer_was_lost(twilio: Twilio, engine: Engine, vault: Vault) -> None:
    outbox_id = outbox(engine, vault, state="unknown", sid=None)
    assert twilio.reports("SMfound", "delivered", query=f"?ref={outbox_id}") == 204
    [row] = rows(engine)
    assert (row.state, row.provider_sid, row.status) == ("handed_over", "SMfound", "delivered")


def test_receipts_of_messages_nobody_knows_are_kept_and_answered(twilio: Twilio, engine: Engine) -> None:
    assert twilio.reports("SMnobody", "delivered", query="?ref=99999999999999999999999") == 204
    assert twilio.reports("SMnobody", "delivered") == 204
    with engine.connect() as connection:
        assert connection.execute(select(receipt.c.provider_sid, receipt.c.status)).all() == [("SMnobody", "delivered")]
        assert connection.execute(select(func.count()).select_from(lane)).scalar_one() == 0


def test_before_the_middlewares_webhooks_are_taken_as_behind_them_and_counted(engine: Engine, vault: Vault) -> None:
    bridge = Bridge(SignatureCheck([TOKEN], PUBLIC), ACCOUNT, engine, vault, lambda name: None)
    area = Area("bridge-at-the-front", "/webhooks", routes(bridge), direct=True)
    with served(create_app([area], engine, "service-token")) as base:
        twilio = Twilio(base)
        assert twilio.delivers("SM1", Body="hola") == 204
        assert twilio.reports("SM1", "delivered", query="?ref=1") == 204
        assert twilio.posts(INBOUND, COMMON | {"MessageSid": "SM2"}, signature="x") == 403
        assert requests.get(base + INBOUND, timeout=10).status_code == 405
        metrics = requests.get(base + "/metrics", timeout=10).text
    assert len(rows(engine)) == 1
    for status, count in (("2xx", 2), ("4xx", 2), ("5xx", 0)):
        assert f'latido_http_requests_total{{area="bridge-at-the-front",status="{status}"}} {count}.0' in metrics
    assert 'latido_http_seconds_count{area="bridge-at-the-front"} 4.0' in metrics
