"""Odd calls of the turn channel and of the action server over HTTP: answered, bounded, and silent about residents."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bot_parts import DOMAIN, NOW, free_port
from hypothesis import example, given
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain
from sanic import Sanic
from test_odd_words import trying

from actions.__main__ import LARGEST_CALL, build_app
from bot.channel import LARGEST_TURN, LatidoChannel
from bot.errors import BadTurn
from bot.incoming import MAX_TEXT, read_resident, read_turn, structured_input
from vitals.bounds import ANSWER_SECONDS, HEAD_SECONDS

TOO_LARGE = 413
TOKEN = "the-service-token"
MARK = "Ñusta-Secreta-77"
BODY = {
    "message_sid": "SM1",
    "resident": "ana",
    "kind": "text",
    "text": "hola",
    "payload": None,
    "location": {"latitude": -34.6, "longitude": -58.4, "label": None, "address": None},
    "media": {"kind": "audio", "content_type": "audio/ogg"},
    "context": {"now": NOW, "profile_name": "Ana", "ticket": None, "held": False, "reminder": None, "unasked": False},
}
odd_texts = st.text(max_size=20) | st.sampled_from(
    [MARK, "", " ", "/", "/restart", "/\u2003/restart", "/greet", "/inform{", "\x00", "\ud800", "x" * 5000, "1e999"]
)
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd_texts | st.sampled_from([10**400, -1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=5,
)
payloads = st.builds(
    "/{}{}".format,
    st.sampled_from(["greet", "inform", "restart", "back", "session_start", "", "greet ", "unheard_of"]),
    odd.map(lambda value: json.dumps({"neighbourhood": value}))
    | st.sampled_from(["", "{", "{}", "[]", '{"a":' * 3000]),
)


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """A turn with a field or two that are odd, missing or too many."""
    found: dict[str, Any] = dict(BODY)
    for name in draw(st.lists(st.sampled_from([*BODY, "unheard_of"]), min_size=1, max_size=3)):
        if draw(st.booleans()):
            found[name] = draw(payloads if name == "payload" else odd)
        else:
            found.pop(name, None)
    return draw(odd) if draw(st.integers(0, 9)) == 0 else found


@given(body=bodies())
@trying(400)
def test_a_body_is_a_turn_or_refused(domain: object, body: Any) -> None:
    try:
        turn = read_turn(body)
        structured = structured_input(turn, domain)
    except BadTurn as refused:
        assert str(refused)
        assert MARK not in str(refused)
        return
    assert not turn.text.startswith("/")
    assert len(turn.text) <= 3 * MAX_TEXT
    assert turn.message_sid.encode() and read_resident({"resident": turn.resident}) == turn.resident
    if structured is not None:
        assert structured.intent not in ("restart", "back", "session_start", "nlu_fallback")
        assert structured.as_text().startswith("/")


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


@pytest.fixture
async def door(agent: Any) -> AsyncIterator[int]:
    """The port of the turn channel, on a real agent."""
    app = Sanic(f"door-{free_port()}", log_config={"version": 1, "disable_existing_loggers": False})
    app.blueprint(LatidoChannel(TOKEN).blueprint(None), url_prefix="/webhooks/latido")
    app.ctx.agent, app.ctx.latido_ready = agent, True
    port = free_port()
    server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    yield port
    server.close()
    await server.wait_closed()


async def call(
    port: int, path: str, body: bytes, token: bytes = TOKEN.encode(), more: bytes = b""
) -> tuple[int, bytes]:
    """The status and body of the answer to one POST."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" % path.encode())
    writer.write(b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (token, len(body)))
    writer.write(body)
    try:
        answer = await asyncio.wait_for(reader.read(), 60)
    except ConnectionResetError:  # it hung up before the end of what was sent
        return TOO_LARGE, b""
    writer.close()
    head, _, told = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), told


raw = st.one_of(
    bodies().map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=40),
    st.sampled_from(
        [b"[" * 50_000, b'{"a":' * 50_000, b"9" * 5000, b"", b"NaN", b"\xff\xfe{}", b'"' + b"\\ud800" + b'"']
    ),
)


tokens = st.binary(max_size=30).filter(lambda token: not set(token) & set(b"\r\n\x00"))
A_TURN = json.dumps({**BODY, "location": None, "media": None}).encode()


# One test for all of it: Sanic rewrites its own methods when a server starts, and can do so once in a process.
@given(body=raw, path=st.sampled_from(["turn", "turn", "turn", "forget"]), token=st.just(TOKEN.encode()) | tokens)
@example(A_TURN.replace(b"hola", f"/\u2003/restart {MARK}".encode()), "turn", TOKEN.encode())
@example(A_TURN, "turn", b"\xff\xfe")
@example(A_TURN, "turn", TOKEN[:-1].encode())
@example(b"x" * (LARGEST_TURN + 1), "turn", TOKEN.encode())
@example(A_TURN, "turn", b"x" * 20_000)
@trying(80)
async def test_odd_calls_are_answered_and_told_to_nobody(
    door: int, caplog: pytest.LogCaptureFixture, body: bytes, path: str, token: bytes
) -> None:
    caplog.set_level(logging.INFO)
    status, told = await call(door, f"/webhooks/latido/{path}", body, token)
    if len(body) > LARGEST_TURN or len(token) > 16_384:
        assert status == TOO_LARGE
    elif token.strip() != TOKEN.encode():
        assert status in (400, 401)
    else:
        assert status in (200, 400), (status, told)
    if status == 200 and path == "turn":
        assert json.loads(told)["replies"]
        assert "restart" not in json.loads(told)["actions"]
    assert MARK not in caplog.text


def test_the_action_server_has_its_bounds() -> None:
    app = build_app()
    assert app.config.REQUEST_MAX_SIZE == LARGEST_CALL
    assert (app.config.REQUEST_TIMEOUT, app.config.RESPONSE_TIMEOUT) == (HEAD_SECONDS, ANSWER_SECONDS)
