"""Odd calls of the emulator's REST API and of its control: answered, and never by a fault of its own."""

from __future__ import annotations

import json
from urllib.parse import quote

import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.trying import odd_texts, trying
from tests.unit.emulator.stage import Stage

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | odd_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("To", "From", "Body", "ContentSid", "ContentVariables", "MediaUrl", "StatusCallback", "PersistentAction")
phones = st.sampled_from(["whatsapp:+5491155667788", "whatsapp:+", "whatsapp:AR.x", "+1", ""])
numbers = st.sampled_from(["0", "-1", "1", "9" * 30, "x", "٣"])
texts = odd_texts | phones | st.sampled_from(['{"1": "a"}', '{"1":' * 3000, "[" * 3000, "HX" + "0" * 32, "geo:1,2"])
forms = st.dictionaries(st.sampled_from(FIELDS), texts, max_size=5)
sids = st.sampled_from(["SM" + "0" * 32, "x", "%00", "a%2Fb", "ñ"])
queries = st.dictionaries(
    st.sampled_from(["To", "PageSize", "Page", "PageToken", "DateSent>"]), texts | numbers, max_size=3
)
REST = (
    "/2010-04-01/Accounts/{account}/Messages.json",
    "/2010-04-01/Accounts/{account}/Messages/{sid}.json",
    "/v1/Content",
)
CONTROL = (
    "phones",
    "phones/x",
    "phones/x/messages",
    "clock",
    "faults",
    "limits",
    "forge",
    "contents/x/approval",
    "reset",
)
raw = odd.map(lambda value: json.dumps(value).encode()) | st.sampled_from([b"[" * 5_000, b"9" * 5000, b"\xff", b"{"])


def _sendable(pairs: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode("utf-8", "replace") for name, text in pairs.items()}


def test_odd_rest_calls_are_answered_as_twilio_would(stage: Stage) -> None:
    config = stage.config
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (config.account_sid, config.auth_token)

        @given(path=st.sampled_from(REST), sid=sids, form=forms, query=queries, method=st.sampled_from(["GET", "POST"]))
        @trying(60)
        def fire(path: str, sid: str, form: dict[str, str], query: dict[str, str], method: str) -> None:
            at = config.base_url + path.format(account=config.account_sid, sid=quote(sid, safe="%"))
            answer = session.request(method, at, params=_sendable(query), data=_sendable(form), timeout=60)
            assert answer.status_code < 500, (method, at, form, query, answer.text)
            # What is no HTTP, the server beneath refuses in its own words.
            if answer.status_code >= 400 and answer.headers["Content-Type"].startswith("application/json"):
                assert set(answer.json()) >= {"code", "message", "status"}

        @given(body=raw)
        @trying(30)
        def make(body: bytes) -> None:
            told = {"Content-Type": "application/json"}
            assert session.post(config.base_url + "/v1/Content", data=body, headers=told, timeout=60).status_code < 500

        fire()
        make()


def test_odd_commands_are_answered(stage: Stage) -> None:
    with requests.Session() as session:
        session.trust_env = False

        @given(
            path=st.sampled_from(CONTROL), body=raw, method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"])
        )
        @trying(60)
        def fire(path: str, body: bytes, method: str) -> None:
            at = f"{stage.config.base_url}/emulator/{path}"
            answer = session.request(method, at, data=body, timeout=60)
            assert answer.status_code < 500, (method, path, body[:80], answer.text)

        fire()
