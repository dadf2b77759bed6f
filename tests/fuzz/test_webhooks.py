"""Odd webhooks over HTTP: what Twilio signed is stored or refused for good, what it did not sign leaves no trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_plus

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from latido.bridge.parsing import parse_form
from latido.bridge.routes import LARGEST_BODY, Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.messaging.tables import message, receipt
from tests.fuzz.trying import MARK, odd_texts, trying
from tests.serving import served

ACCOUNT = "AC" + "0" * 32
TOKEN = "12345"
PUBLIC = "https://latido.example"
INBOUND = "/webhooks/twilio/inbound"
STATUS = "/webhooks/twilio/status"
REFUSED_FOR_GOOD = (400, 403, 413)
TOO_MANY = 429  # of those without a signature; among few examples there are not so many


@dataclass(frozen=True)
class Webhook:
    """One POST; `signature` None: as Twilio would sign it."""

    path: str
    body: bytes
    signature: str | None = None


NAMES = (
    *("MessageSid", "From", "To", "Body", "AccountSid", "ProfileName", "WaId", "NumMedia", "MediaUrl0"),
    *("MediaContentType0", "MessageType", "ButtonPayload", "ButtonText", "ListId", "Latitude", "Longitude", "Label"),
    *("Address", "OriginalRepliedMessageSid", "MessageStatus", "ErrorCode", "SmsStatus", "ChannelPrefix", ""),
)
sids = st.from_regex(r"\ASM[0-9a-f]{32}\Z") | st.sampled_from(["SM1", "SM" + "9" * 80, "SM\x00", "", "é"])
senders = st.sampled_from(["whatsapp:+5491151234567", "whatsapp:AR.abc", "whatsapp:", "+", "", "\x00", MARK, "x" * 400])
statuses = st.sampled_from(["queued", "sent", "delivered", "read", "failed", "undelivered", "unheard-of", "", "x" * 99])
numbers = st.sampled_from(["63016", "3000000000", "-1", "9" * 30, "٣", "1.5", "", "0"])
points = st.sampled_from(["-34.6", "91", "nan", "inf", "1e400", "", "٣", "-58.4"])
VALUES = {
    "MessageSid": sids,
    "From": senders,
    "AccountSid": st.sampled_from([ACCOUNT] * 8 + ["", "AC1"]),
    "MessageStatus": statuses,
    "ErrorCode": numbers,
    "Latitude": points,
    "Longitude": points,
    "MessageType": st.sampled_from(["text", "image", "contacts", "sticker", "interactive", "unheard-of"]),
}


def _encoded(text: str, way: str) -> bytes:
    if way == "percent":
        return quote_plus(text).encode()
    if way == "latin-1":
        return quote_plus(text.encode("latin-1", "replace")).encode()
    return text.encode().replace(b"&", b"%26").replace(b"=", b"%3D")


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A form as Twilio's or not quite: fields repeated, left out, in other encodings, without end."""
    fields = [("AccountSid", ACCOUNT), ("MessageSid", draw(sids)), ("From", draw(senders))]
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=5)):
        fields.append((name, draw(VALUES.get(name, odd_texts))))
    way = draw(st.sampled_from(["percent", "percent", "percent", "latin-1", "raw"]))
    body = b"&".join(_encoded(name, way) + b"=" + _encoded(value, way) for name, value in draw(st.permutations(fields)))
    damage = draw(st.sampled_from(["none"] * 6 + ["cut", "noise", "long", "bare"]))
    if damage == "cut":
        return body[: draw(st.integers(0, len(body)))]
    if damage == "noise":
        return body + draw(st.sampled_from([b"&%", b"&%zz=1", b"&=&=&", b"&\xff\xfe=\xff", b";a=b"]))
    if damage == "long":
        return body + b"&Body=" + b"x" * draw(st.sampled_from([4096, LARGEST_BODY - len(body), LARGEST_BODY * 2]))
    return draw(st.binary(max_size=40)) if damage == "bare" else body


_KNOWN = f"AccountSid={ACCOUNT}&MessageSid=SM1&From=whatsapp%3A%2B5491151234567".encode()

webhooks = st.builds(
    Webhook,
    st.sampled_from([INBOUND, INBOUND, STATUS, STATUS + "?ref=1", STATUS + "?ref=%00", STATUS + "?ref=" + "9" * 40]),
    bodies(),
    st.sampled_from([None] * 9 + ["", "x", "A" * 3000, MARK.encode().decode("latin-1")]),
)


@pytest.fixture
def base(engine: Engine, vault: Vault) -> Iterator[str]:
    bridge = Bridge(SignatureCheck([TOKEN, "the-old-token"], PUBLIC), ACCOUNT, engine, vault, lambda name: None)
    with served(Starlette(routes=routes(bridge))) as url:
        yield url


def test_odd_webhooks_are_stored_or_refused(
    base: str, engine: Engine, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    """Never a 5xx, a 204 only for what is in the log, nothing without a signature, and no word of it in our logs."""
    caplog.set_level(logging.DEBUG, "latido")
    outcomes: set[int] = set()

    @given(sent=webhooks)
    @example(Webhook(INBOUND, _KNOWN + b"&Body=" + b"x" * LARGEST_BODY))
    @example(Webhook(INBOUND, _KNOWN + b"&Body=a%00b&ProfileName=%00"))
    @example(Webhook(INBOUND, _KNOWN + b"&MessageSid=SM" + b"9" * 80))
    @example(Webhook(STATUS, _KNOWN + b"&MessageStatus=failed&ErrorCode=3000000000"))
    @trying(200)
    def fire(sent: Webhook) -> None:
        before = _counts(engine)
        answer = _post(base, sent)
        outcomes.add(answer.status_code)
        assert answer.status_code == 204 or answer.status_code in (*REFUSED_FOR_GOOD, TOO_MANY), (sent, answer.text)
        if answer.status_code != 204:
            assert _counts(engine) == before
        elif sent.path == INBOUND:
            sid = parse_form(sent.body)["MessageSid"].replace("\x00", "")
            assert _stored(engine, sid), sent
        if sent.signature is not None:
            assert answer.status_code in (403, 413, TOO_MANY)

    with requests.Session() as session:
        _sessions[base] = session
        fire()
    assert outcomes - {TOO_MANY} == {204, *REFUSED_FOR_GOOD}
    assert MARK not in caplog.text
    assert "5491151234567" not in caplog.text


_sessions: dict[str, requests.Session] = {}


def _post(base: str, sent: Webhook) -> requests.Response:
    signed = RequestValidator(TOKEN).compute_signature(PUBLIC + sent.path, parse_form(sent.body))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": (signed if sent.signature is None else sent.signature).encode("latin-1"),
    }
    return _sessions[base].post(base + sent.path, data=sent.body, headers=headers, timeout=60)


def _counts(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (message, receipt)
        ]


def _stored(engine: Engine, sid: str) -> bool:
    with engine.connect() as connection:
        return connection.execute(select(message.c.id).where(message.c.provider_sid == sid)).first() is not None
