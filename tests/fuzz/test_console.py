"""Odd addresses and forms sent to the console by somebody who is inside: never a 5xx, never without the headers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.headers import SECURE
from latido.console.routes import Address, Console, routes
from latido.crypto import Vault
from latido.messaging.tables import message
from tests.fuzz.trying import MARK, odd_texts, trying
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log
from tests.serving import served

PHONE = "whatsapp:+5491155667788"
# What ends the session, or the operator's own entry, and so the test.
ENDS_IT = re.compile(r"/logout|/account/.*|/login.*|/operators.*|/conversations/\{resident\}/data/erase")
NAMES = (
    *(
        "q",
        "text",
        "words",
        "from",
        "until",
        "day",
        "month",
        "since",
        "before",
        "after",
        "page",
        "seen",
        "state",
        "order",
    ),
    *("intent", "sure", "outcome", "left", "center", "centre", "model", "tag", "tags", "kind", "box", "view", "reply"),
    *("role", "service", "action", "operator", "next", "part", "indicator", "experiment", "campaign", "limit", "why"),
    *(
        "id",
        "name",
        "note",
        "reason",
        "result",
        "slot",
        "template",
        "to",
        "revision",
        "do",
        "wording",
        "query",
        "shared",
    ),
)
values = odd_texts | st.sampled_from(
    [
        *("2026-11", "2026-11-24", "9999-12-31", "0001-01-01", "2026-02-30", "prenatal", "1", "2147483648"),
        *("9223372036854775808", "-9223372036854775809", "0x10", "٣", "1_000", "1.5", "danger", "\ud800", "%"),
    ]
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | odd_texts, values), max_size=5)
places = st.sampled_from(["self", "prenatal", "1", "0", "-1", "9" * 20, "x" * 300, "%00", "%ff", "a%2Fb", "ñ"])


@dataclass(frozen=True)
class Inside:
    """The console's addresses and the browser of an administrator."""

    url: str
    addresses: list[Address]
    key: str
    browser: Visitor
    csrf: str


@pytest.fixture
def administrator(engine: Engine, vault: Vault) -> Iterator[Inside]:
    log = Log(engine, vault)
    log.receives(PHONE, "mi dni es 28.345.671")
    console = Console(engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    every = [one for one in routes(console) if isinstance(one, Address)]
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        works_here(engine, "ada", "admin")
        browser = inside(f"{url}/console", engine, "ada")
        csrf = browser.csrf("/")
        yield Inside(f"{url}/console", every, log.key(PHONE), browser, csrf)


def _path(address: Address, draw: st.DataObject, key: str) -> str:
    def filled(found: re.Match[str]) -> str:
        known = {"resident": key, "file": "conversations.csv"}.get(found[1])
        return known if known and draw.draw(st.booleans()) else draw.draw(places)

    return re.sub(r"\{(\w+)(?::\w+)?\}", filled, address.path)


def _judge(answer: requests.Response) -> None:
    # 503: the console of this test has no health service behind it.
    assert answer.status_code < 500 or answer.status_code == 503, (answer.request.method, answer.url)
    for name, value in SECURE.items():
        assert answer.headers[name] == value
    assert "28345671" not in answer.text.replace(".", "")
    assert "<script>alert(1)" not in answer.text


def test_odd_filters_are_answered_and_change_nothing(
    administrator: Inside, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "latido")
    asked = [one for one in administrator.addresses if "GET" in (one.methods or ())]
    before = _messages(engine)

    @given(data=st.data(), address=st.sampled_from(asked), query=pairs)
    @trying(120)
    def fire(data: st.DataObject, address: Address, query: list[tuple[str, str]]) -> None:
        path, given_ = _path(address, data, administrator.key), [(n, _sendable(v)) for n, v in query]
        answer = administrator.browser.http.get(
            administrator.url + path, params=given_, allow_redirects=False, timeout=60
        )
        _judge(answer)

    fire()
    assert _messages(engine) == before
    assert MARK not in caplog.text


def test_odd_forms_are_answered(administrator: Inside, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "latido")
    sent = [one for one in administrator.addresses if "POST" in (one.methods or ()) and not ENDS_IT.fullmatch(one.path)]

    @given(data=st.data(), address=st.sampled_from(sent), fields=pairs)
    @trying(100)
    def fire(data: st.DataObject, address: Address, fields: list[tuple[str, str]]) -> None:
        form = [("csrf", administrator.csrf), *((name, _sendable(value)) for name, value in fields)]
        path = _path(address, data, administrator.key)
        _judge(administrator.browser.http.post(administrator.url + path, data=form, allow_redirects=False, timeout=60))

    fire()
    assert administrator.browser.opens("/").status_code == 200
    assert MARK not in caplog.text


def _sendable(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _messages(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(message)).scalar_one()
