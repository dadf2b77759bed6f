"""What every surface of web and worker refuses: bodies, heads, slowness and haste; and the headers it always sends."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from latido.areas import AREAS, chosen_areas
from latido.bridge.routes import Bridge
from latido.bridge.routes import routes as bridge_routes
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.front.bodies import Hurried
from latido.front.paces import PACES, Allowed, Paced, stranger
from latido.front.pacing import MOST_ADDRESSES, Pace
from latido.front.protocol import LARGEST_HEAD, BoundedProtocol
from latido.front.serving import bounds, fronted
from latido.settings import Settings
from latido.web import create_app
from latido.wiring import Wiring
from tests.integration.security.surfaces import ACCOUNT, SURFACES, TOKEN, Surface, connection_to, named, rest_of
from tests.serving import served

YEAR = 31_536_000
STRANGER = {"X-Forwarded-For": "1.2.3.4"}
every_surface = pytest.mark.parametrize("surface", SURFACES, ids=named)


def settings_of(engine: Engine, folder: Path, **more: object) -> Settings:
    url = engine.url.render_as_string(hide_password=False)
    kept = {"data_dir": folder, "secret_key": "x" * 43, "service_token": TOKEN, "redis_url": "redis://127.0.0.1:1"}
    account = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": "12345", "hsts_seconds": YEAR}
    return Settings(_env_file=None, database_url=url, **kept, **account, **more)


@pytest.fixture(scope="module")
def web(schema_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All areas, as `latido web` serves them."""
    settings = settings_of(schema_engine, tmp_path_factory.mktemp("data"))
    app = create_app(chosen_areas(Wiring(settings), AREAS), schema_engine, TOKEN)
    with served(fronted(app, settings), **bounds(settings)) as url:
        yield url


def ask(web: str, surface: Surface, body: bytes = b"", **headers: str) -> requests.Response:
    told = STRANGER | ({"Content-Type": surface.kind} if surface.method == "POST" else {}) | headers
    return requests.request(
        surface.method, web + surface.path, data=body, headers=told, allow_redirects=False, timeout=60
    )


@every_surface
def test_strangers_are_told_no_more_than_they_may_know_and_every_answer_has_its_headers(
    web: str, surface: Surface
) -> None:
    answer = ask(web, surface)
    assert answer.status_code == surface.to_strangers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Strict-Transport-Security"] == f"max-age={YEAR}"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Server" not in answer.headers
    if surface.path.startswith(("/console/static", "/open-data", "/.well-known")):
        assert "public" in answer.headers["Cache-Control"]
    else:
        assert answer.headers["Cache-Control"] == "no-store"
    if surface.html:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_each_area_is_among_the_surfaces(web: str) -> None:
    prefixes = {"/webhooks", "/media", "/care", "/fhir", "/.well-known", "/open-data", "/console"}
    assert len(prefixes) == len(AREAS)
    for prefix in {*prefixes, *PACES}:
        assert any(surface.path.startswith(prefix) for surface in SURFACES), prefix


@pytest.mark.parametrize("surface", [one for one in SURFACES if one.largest is not None], ids=named)
def test_a_body_is_bounded(web: str, surface: Surface) -> None:
    bearer = {} if surface.public else {"Authorization": f"Bearer {TOKEN}"}
    answer = ask(web, surface, b"x" * (surface.largest + 1), **bearer)
    assert answer.status_code == surface.too_large
    # One that fits is refused for another reason, if at all.
    assert ask(web, surface, b"x" * 1000, **bearer).status_code not in (413, 500)


@every_surface
def test_a_head_is_bounded(web: str, surface: Surface) -> None:
    answer = ask(web, surface, **{"X-Long": "x" * LARGEST_HEAD})
    assert answer.status_code == 431
    assert ask(web, replace(surface, path=f"{surface.path}?{'x' * LARGEST_HEAD}")).status_code == 431


@pytest.mark.parametrize(
    "begins",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Endless: ",
        b"GET /livez?",
        b"POST /webhooks/twilio/inbound HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Endless: ",
    ],
    ids=["field", "address", "trailer"],
)
def test_a_field_without_end_is_not_kept(web: str, begins: bytes) -> None:
    with connection_to(web) as opened:
        opened.sendall(begins)
        try:
            for _ in range(64):
                opened.sendall(b"x" * LARGEST_HEAD)
        except (BrokenPipeError, ConnectionResetError):
            return
        assert b" 200 " not in rest_of(opened)


def test_many_small_fields_are_too_much_as_well(web: str) -> None:
    with connection_to(web) as opened:
        opened.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * LARGEST_HEAD + b"\r\n")
        assert rest_of(opened).startswith(b"HTTP/1.1 431 ")


class Impatient(BoundedProtocol):
    """The same, not willing to wait for a test."""

    head_seconds = 0.1


async def _echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


@pytest.fixture(scope="module")
def impatient() -> Iterator[str]:
    app: ASGIApp = Hurried(Starlette(routes=[Route("/", _echo, methods=["POST", "GET"])]), seconds=0.1)
    with served(app, http=Impatient, ws="none") as url:
        yield url


@pytest.mark.parametrize("begins", [b"", b"GET / HT", b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_head_that_does_not_come_is_not_waited_for(impatient: str, begins: bytes) -> None:
    with connection_to(impatient) as opened:
        opened.sendall(begins)
        assert rest_of(opened) == b""


def test_nor_the_second_one_of_a_connection(impatient: str) -> None:
    with connection_to(impatient) as opened:
        opened.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert opened.recv(65536).startswith(b"HTTP/1.1 200 ")
        opened.sendall(b"GET / HT")
        assert rest_of(opened) == b""


def test_a_body_that_comes_drop_by_drop_is_given_up(impatient: str) -> None:
    with connection_to(impatient) as opened:
        opened.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\ndrop")
        answer = rest_of(opened)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_who_hangs_up_in_the_middle_leaves_no_fault_in_the_log(web: str, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/console/login", "/webhooks/twilio/inbound", "/care/v1/places/search"):
        with connection_to(web) as opened:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 99\r\n\r\ndrop"
            opened.sendall(head.encode())
    assert requests.get(f"{web}/livez", timeout=60).ok
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("path", ["/livez", "/.well-known/jwks.json", "/console/login"])
def test_one_address_is_made_to_wait_and_others_are_not(path: str) -> None:
    app = Paced(Starlette(routes=[Route(path, _echo)]), {path: Allowed(3)})
    with served(app, forwarded_allow_ips="127.0.0.1") as url:
        told = [requests.get(url + path, headers={"X-Forwarded-For": "9.9.9.9"}, timeout=60) for _ in range(5)]
        assert [one.status_code for one in told] == [200, 200, 200, 429, 429]
        assert int(told[-1].headers["Retry-After"]) > 0
        # Behind a proxy that appends, what the caller wrote itself counts for nothing.
        forged = {"X-Forwarded-For": "8.8.8.8, 9.9.9.9"}
        assert requests.get(url + path, headers=forged, timeout=60).status_code == 429
        assert requests.get(url + path, headers=STRANGER, timeout=60).status_code == 200
        assert all(requests.get(url + path, timeout=60).ok for _ in range(5)), "this machine is never made to wait"


def test_whoever_guesses_pictures_is_made_to_wait_and_who_fetches_is_not() -> None:
    async def picture(request: Request) -> Response:
        return PlainTextResponse("", 200 if request.path_params["token"] == "right" else 404)

    app = Paced(Starlette(routes=[Route("/media/{token}", picture)]), {"/media": Allowed(3, misses=True)})
    with served(app, forwarded_allow_ips="127.0.0.1") as url:

        def fetch(token: str, address: str) -> int:
            return requests.get(f"{url}/media/{token}", headers={"X-Forwarded-For": address}, timeout=60).status_code

        assert [fetch("right", "1.2.3.4") for _ in range(9)] == [200] * 9
        assert [fetch("wrong", "9.9.9.9") for _ in range(5)] == [404, 404, 404, 429, 429]
        assert fetch("right", "1.2.3.4") == 200


def test_a_proxy_that_is_not_named_is_not_believed() -> None:
    app = Paced(Starlette(routes=[Route("/livez", _who)]), {})
    with served(app, forwarded_allow_ips="10.0.0.0/8") as url:
        assert requests.get(f"{url}/livez", headers=STRANGER, timeout=60).text == "127.0.0.1"
    with served(app, forwarded_allow_ips="127.0.0.0/8") as url:
        assert requests.get(f"{url}/livez", headers=STRANGER, timeout=60).text == "1.2.3.4"


async def _who(request: Request) -> Response:
    return PlainTextResponse(request.client.host if request.client else "")


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2800:810:1:2:3:4:5:6", "2800:810:1:2::"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("::1", None),
        ("fd00::1", None),
    ],
)
def test_whom_an_address_is_counted_as(host: str, counted_as: str | None) -> None:
    assert stranger({"client": (host, 1)}) == counted_as


def test_a_pace_keeps_no_more_addresses_than_fit_and_forgets_them_in_a_minute() -> None:
    now = 0.0
    pace = Pace(1, lambda: now)
    assert not any(pace.wait_for(str(number)) for number in range(MOST_ADDRESSES))
    assert pace.wait_for("one more") and pace.wait_until_free("0")
    now = 61.0
    assert not pace.wait_until_free("0") and not pace.wait_for("one more")


def test_forged_webhooks_are_soon_refused_in_silence_and_twilio_is_never_made_to_wait(
    engine: Engine, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    from twilio.request_validator import RequestValidator

    public, path = "https://latido.example", "/webhooks/twilio/inbound"
    bridge = Bridge(SignatureCheck(["12345"], public), ACCOUNT, engine, vault, lambda name: None)
    with served(Starlette(routes=bridge_routes(bridge)), forwarded_allow_ips="127.0.0.1") as url:

        def post(number: int, signature: str | None) -> int:
            form = {"AccountSid": ACCOUNT, "MessageSid": f"SM{number}", "From": "whatsapp:+5491151234567", "Body": "a"}
            signed = signature or RequestValidator("12345").compute_signature(public + path, form)
            headers = {"X-Twilio-Signature": signed, "X-Forwarded-For": "9.9.9.9"}
            return requests.post(url + path, data=form, headers=headers, timeout=60).status_code

        told = [post(number, "forged") for number in range(65)]
        assert told == [403] * 60 + [429] * 5
        assert len([one for one in caplog.records if "signature" in one.getMessage()]) == 60
        assert [post(number, None) for number in range(5)] == [204] * 5
