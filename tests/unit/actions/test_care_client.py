"""The client of care against a real loopback server."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from fake_care import TOKEN, FakeCare

from actions.care_client import CareClient, CareRefused, CareUnavailable


@pytest.fixture
def client(care: FakeCare) -> CareClient:
    return CareClient(care.url, TOKEN)


def test_a_resident_never_seen_before(client: CareClient) -> None:
    resident = client.resident("abc")
    assert resident["consent"] is None and resident["current_consent_version"] == "2026-11"


def test_consent_carries_its_key_and_version(client: CareClient, care: FakeCare) -> None:
    assert client.give_consent("abc", "2026-11", "SM1:consent")["consent"]["version"] == "2026-11"
    assert care.sent("/residents/abc/consent") == [
        {"idempotency_key": "SM1:consent", "version": "2026-11", "scope": "chat"}
    ]


def test_a_refusal_says_why_and_what_is_in_the_way(client: CareClient, care: FakeCare) -> None:
    care.failures.append((409, {"error": {"code": "already_booked", "message": "x"}, "appointment": {"id": "1"}}))
    with pytest.raises(CareRefused) as refused:
        client.hold({})
    assert refused.value.code == "already_booked" and refused.value.body["appointment"] == {"id": "1"}


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_care_is_unavailable(client: CareClient, care: FakeCare, status: int) -> None:
    care.fail(status=status)
    with pytest.raises(CareUnavailable):
        client.offers({})
    assert client.center(15)["number"] == 15


def test_an_answer_that_is_not_ours_is_unavailable(client: CareClient, care: FakeCare) -> None:
    care.failures.append((404, ["no object"]))
    with pytest.raises(CareUnavailable):
        client.resident("abc")


def test_a_wrong_token_is_unavailable_and_says_nothing_personal(care: FakeCare) -> None:
    with pytest.raises(CareUnavailable) as error:
        CareClient(care.url, "wrong").resident("secret-key-of-ana")
    assert "secret-key-of-ana" not in str(error.value)


def test_a_care_that_is_gone_is_unavailable(client: CareClient, care: FakeCare) -> None:
    care.close()
    with pytest.raises(CareUnavailable) as error:
        client.resident("secret-key-of-ana")
    assert "secret-key-of-ana" not in str(error.value)


class HangsUp(BaseHTTPRequestHandler):
    """Ends the first connections without a word, as a process does that was stopped."""

    hang_ups = 1
    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if len(self.asked) > self.hang_ups:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize(("hang_ups", "calls"), [(1, 2), (2, 2)])
def test_a_broken_connection_is_tried_once_more_with_the_same_key(hang_ups: int, calls: int) -> None:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("H", (HangsUp,), {"hang_ups": hang_ups, "asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = CareClient(f"http://127.0.0.1:{server.server_port}", TOKEN)
    with nullcontext() if hang_ups < calls else pytest.raises(CareUnavailable):
        assert client.release_hold("abc", "1", "SM1:release") == {}
    server.shutdown()
    server.server_close()
    assert len(asked) == calls
    assert set(asked) == {'{"idempotency_key": "SM1:release", "resident": "abc"}'}
