"""Replacing LATIDO_SECRET_KEY while operators work: who is inside stays inside, and what she has open can be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.account.second_factor import enrol, new_secret, take_code
from latido.console.routes import Console, routes
from latido.console.throttle import FROM_ONE_ADDRESS
from latido.schema import metadata
from latido.sealing.lasting import vault_of
from latido.sealing.rotation import rotate
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.visitor import Visitor
from tests.serving import served

OLD, NEW = "the secret of last year", "the secret of this year"
# docs/security.md, "Replacing the secret": what a process is given at each step.
BEFORE, BOTH, REPLACED, AFTER = (OLD, ()), (OLD, (NEW,)), (NEW, (OLD,)), (NEW, ())
Step = tuple[str, tuple[str, ...]]
Serve = Callable[[Step], str]


@pytest.fixture
def serve(engine: Engine) -> Iterator[Serve]:
    """The console of a process at one step, beside those of the others."""
    with ExitStack() as stack:

        def console_at(step: Step) -> str:
            console = Console(engine, vault_of(engine, *step), secure_cookies=False, now=lambda: datetime.now(UTC))
            app = Starlette(routes=[Mount("/console", routes=routes(console))])
            return f"{stack.enter_context(served(app))}/console"

        yield console_at


@pytest.fixture
def laura(serve: Serve, engine: Engine) -> Visitor:
    """An operator who came in before anything was replaced."""
    works_here(engine, "laura", "agent")
    return inside(serve(BEFORE), engine, "laura")


def sends_at(visitor: Visitor, base: str, csrf: str) -> int:
    visitor.base = base
    return visitor.sends("/account/sessions/close-others", csrf=csrf).status_code


def test_a_form_stays_good_from_one_step_to_the_next_and_no_longer(laura: Visitor, serve: Serve) -> None:
    opened = laura.csrf("/account")
    for step in (BOTH, REPLACED):
        assert sends_at(laura, serve(step), opened) == 303
    assert sends_at(laura, serve(AFTER), opened) == 403
    assert sends_at(laura, laura.base, laura.csrf("/account")) == 303, "she is still inside, with a new form"


def test_processes_at_neighbouring_steps_take_each_others_forms(laura: Visitor, serve: Serve) -> None:
    before, after = serve(BOTH), serve(REPLACED)
    for shown, sent in ((before, after), (after, before)):
        laura.base = shown
        assert sends_at(laura, sent, laura.csrf("/account")) == 303


def test_neither_a_form_of_another_secret_nor_of_another_session_is_taken(
    laura: Visitor, serve: Serve, engine: Engine
) -> None:
    works_here(engine, "pablo", "agent")
    here = serve(REPLACED)
    other = inside(here, engine, "pablo").csrf("/account")
    elsewhere = serve(("the secret of a stranger", (OLD,)))
    laura.base = elsewhere
    forged = laura.csrf("/account")
    assert [sends_at(laura, here, csrf) for csrf in (other, forged, "", "ñ")] == [403] * 4


def test_failed_log_ins_are_counted_on(laura: Visitor, serve: Serve) -> None:
    guesser = Visitor(laura.base)
    for _ in range(FROM_ONE_ADDRESS):
        assert guesser.logs_in("laura", "wrong").status_code == 401
    guesser.base = serve(REPLACED)
    assert guesser.logs_in("laura", "wrong").status_code == 429


def test_the_second_factor_is_asked_for_as_before(engine: Engine) -> None:
    number, now, secret = works_here(engine, "laura", "agent"), datetime.now(UTC), new_secret()
    codes = TOTP(secret, 6, SHA1(), 30)
    at = now.timestamp()
    with engine.begin() as connection:
        recovery = enrol(connection, vault_of(engine, *BEFORE), number, secret, codes.generate(int(at)).decode(), now)
        assert recovery is not None
        later = codes.generate(int(at) + 30).decode()
        assert take_code(connection, vault_of(engine, *REPLACED), number, later, now) == "code"
    assert list(rotate(engine, vault_of(engine, *REPLACED), metadata, lambda count: None, 100))
    with engine.begin() as connection:
        assert take_code(connection, vault_of(engine, *AFTER), number, recovery[0], now) == "recovery"
