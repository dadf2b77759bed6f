"""Every address of the console as every role and as nobody: rights, forms, headers, and nobody's name or number.

The addresses are asked of `routes()` itself: one that is added later is tried too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.headers import SECURE
from latido.console.roles import ROLES, may
from latido.console.routes import Address, Console, routes
from latido.crypto import Vault
from latido.messaging.tables import alert, resident
from latido.messaging.tickets import ask_for_person
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log, nlu
from tests.serving import served

# What every operator may send, for it is about herself alone.
OWN = re.compile(r"/logout|/account(/.*)?|/views(/drop)?")
# What whoever is not inside may open.
OUTSIDE = {"/login", "/login/code", "/login/first"}
ROSA = "whatsapp:+5491155667788"
SECRETS = (
    *(b"28345671", b"28.345.671", b"55667788", b"5566-7788", b"5491155667788", b"whatsapp:+"),
    *(b"Rosa Quiroga", b"Quiroga", b"rosa@example.com", b"-34.6431", b"-58.3826"),
)
LIVE = {"HX-Request": "true"}


class Everything:
    """The console with a resident in it, and a browser of each role."""

    def __init__(self, url: str, addresses: list[Address], key: str, visitors: dict[str, Visitor]) -> None:
        self.url, self.addresses, self.key, self.visitors = url, addresses, key, visitors

    def path(self, address: Address) -> str:
        """The address with something in each of its places, the resident where one is meant."""
        given = {"resident": self.key, "role": "self", "service": "prenatal", "file": "conversations.csv"}
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: given.get(found[1], "1"), address.path)

    def asks(self, who: str, address: Address, headers: dict[str, str] | None = None) -> requests.Response:
        method = "POST" if "POST" in (address.methods or ()) else "GET"
        http = self.visitors[who].http
        return http.request(method, self.url + self.path(address), headers=headers, allow_redirects=False, timeout=60)


@pytest.fixture(scope="module")
def world(schema_engine: Engine, vault: Vault) -> Iterator[Everything]:
    # One database for the module: these tests change nothing.
    log = Log(schema_engine, vault)
    key = log.key(ROSA)
    console = Console(schema_engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    every = routes(console)
    with served(Starlette(routes=[Mount("/console", routes=every)])) as url:
        yield Everything(f"{url}/console", [one for one in every if isinstance(one, Address)], key, {})


@pytest.fixture
def everything(world: Everything, engine: Engine, vault: Vault) -> Everything:
    """All roles inside, and Rosa, of whom everything is known that must not be shown."""
    _rosa(Log(engine, vault), engine, vault, world.key)
    world.visitors = {"nobody": Visitor(world.url)}
    for role in ROLES:
        works_here(engine, role, role)
        world.visitors[role] = inside(world.url, engine, role)
    return world


def _rosa(log: Log, engine: Engine, vault: Vault, key: str) -> None:
    text = "soy Rosa Q., dni 28.345.671, llamame al 5566-7788 o rosa@example.com"
    first = log.receives(ROSA, text)
    place = {"label": "Barracas", "latitude": -34.6431, "longitude": -58.3826}
    slots = {"dni": "28345671", "patient_name": "Rosa Quiroga", "place": place, "other": ["1155667788"]}
    found = nlu("inform", 0.4, ("affirm", 0.35), dni="28345671", phone="1155667788", latitude=-34.6431)
    log.answers(first, ["Anotado, te busco un turno."], nlu=found, slots=slots, flags=["not_understood"])
    log.alerts("danger", first, "DNI 28345671, 5566-7788")
    summary = [{"label": "patient_name", "value": "Rosa Quiroga"}, {"label": "other", "value": "dni 28345671"}]
    with engine.begin() as connection:
        sealed = vault.seal("Rosa Quiroga")
        connection.execute(update(resident).where(resident.c.key == key).values(profile_name_sealed=sealed))
        ask_for_person(connection, vault, key, first, "asked", summary)
        connection.execute(update(alert).values(created_at=datetime.now(UTC) - timedelta(minutes=5)))


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_each_role_opens_what_the_table_says_and_sends_no_form_that_is_not_ours(
    everything: Everything, who: str
) -> None:
    for address in everything.addresses:
        answer = everything.asks(who, address)
        said = f"{who} {address.methods} {address.path}: {answer.status_code}"
        assert answer.status_code != 500, said
        for name, value in SECURE.items():
            assert answer.headers.get(name) == value, (said, name)
        assert answer.headers["Cache-Control"] == "no-store", said
        _check(who, address, answer, said)


def _check(who: str, address: Address, answer: requests.Response, said: str) -> None:
    sends = "POST" in (address.methods or ())
    if address.right is None:
        assert answer.status_code == 403 if sends else answer.status_code in (200, 303), said
    elif who == "nobody":
        assert answer.status_code == 303 and "/console/login" in answer.headers["Location"], said
        assert answer.text == "", said
    elif not may(who, address.right):
        assert answer.status_code == 403 and "formulario no es de la consola" not in answer.text, said
    elif sends:
        assert answer.status_code == 403 and "formulario no es de la consola" in answer.text, said
    else:
        assert answer.status_code != 403 and "/login" not in answer.headers.get("Location", ""), said


def test_an_answer_to_another_method_carries_the_headers_too(world: Everything) -> None:
    for path in ("/", "/login", "/alerts/1/seen"):
        answer = requests.delete(f"{world.url}{path}", timeout=60)
        assert answer.status_code == 405 and answer.headers["X-Frame-Options"] == "DENY"


def test_who_looks_for_words_all_the_time_is_made_to_wait(
    everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latido.console.finding.room.SEARCHES", 3)
    reader = everything.visitors["reader"]
    assert [reader.opens(f"/?q=turno{number}").status_code for number in range(4)] == [200, 200, 200, 429]
    assert reader.opens("/").status_code == 200
    assert reader.opens("/?q=turno1", **LIVE).status_code == 200, "a page left open goes on"
    assert everything.visitors["agent"].opens("/?q=turno1").status_code == 200


def test_whoever_may_only_read_changes_nothing_but_her_own_account(world: Everything) -> None:
    for address in world.addresses:
        if address.right == "read" and "POST" in (address.methods or ()):
            assert OWN.fullmatch(address.path), f"{address.path} needs a right of its own in routes.py"
    assert {one.path for one in world.addresses if one.right is None} == OUTSIDE


def test_every_answer_forbids_what_a_page_does_not_need(everything: Everything) -> None:
    for path in ("/", "/login", "/nada", "/static/console.js", "/static/nada"):
        answer = everything.visitors["reader"].opens(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, path
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|<style|javascript:", answer.text), path


@pytest.mark.parametrize("who", ROLES)
def test_nothing_that_identifies_her_is_in_the_bytes_of_any_page(everything: Everything, who: str) -> None:
    for address in everything.addresses:
        if "GET" not in (address.methods or ()):
            continue
        for headers in ({}, LIVE):
            answer = everything.asks(who, address, headers)
            whole = answer.content + str(answer.headers).encode() + answer.url.encode()
            for secret in SECRETS:
                assert secret not in whole, (who, address.path, secret)
            assert not re.search(rb"<script(?![^>]*src=)|\son(click|load|error)=|\sstyle=", answer.content), (
                address.path
            )


def test_every_form_and_link_of_a_page_leads_to_a_page(everything: Everything) -> None:
    known = [(address.path_regex, address.methods or set()) for address in everything.addresses]

    def leads(path: str, method: str) -> bool:
        # The last address takes what no other one does, to say that it is not there.
        return any(regex.match(path) and method in methods for regex, methods in known[:-1])

    for address in everything.addresses:
        if "GET" not in (address.methods or ()):
            continue
        text = everything.asks("admin", address).text
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="/console([^"?#]*)', text)
        links = re.findall(r'<a [^>]*href="/console([^"?#]*)', text)
        assert all(leads(path, "POST") for path in forms), (address.path, forms)
        assert all(leads(path, "GET") for path in links), (address.path, links)


def test_the_log_holds_no_phone_document_or_name_either(
    everything: Everything, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        for address in everything.addresses:
            everything.asks("supervisor", address)
    for secret in ("28345671", "5566-7788", "Quiroga"):
        assert secret not in caplog.text
