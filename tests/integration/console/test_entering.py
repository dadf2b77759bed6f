"""Getting in, being kept out, and getting out again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import create_operator, set_password
from latido.console.routes import Console, routes
from latido.console.tables import login_attempt, operator, operator_session
from latido.crypto import Vault
from tests.integration.console.conftest import PASSWORD, Clock, Visitor
from tests.integration.console.log import Log
from tests.serving import served

PAGES = (
    "/",
    "/alerts",
    "/requests",
    "/audit",
    "/overdue",
    "/conversations/" + "a" * 32 + "/phone",
    "/overdue/" + "a" * 32 + "/self/prenatal",
    "/campaigns",
    "/campaigns/new",
    "/conversations/" + "a" * 32,
    "/?filter=urgent",
    "/nada",
    "/alerts/1/seen",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_sends_a_stranger_to_the_log_in(stranger: Visitor, path: str) -> None:
    answer = stranger.opens(path)
    assert answer.status_code == 303
    assert "/console/login" in answer.headers["Location"]
    assert answer.text == ""


@pytest.mark.parametrize("path", ["/alerts/1/seen", "/logout"])
def test_every_action_sends_a_stranger_to_the_log_in(stranger: Visitor, path: str) -> None:
    assert stranger.sends(path).headers["Location"].endswith("/console/login")


def test_polling_without_a_session_sends_the_whole_page_to_the_log_in(stranger: Visitor) -> None:
    answer = stranger.opens("/", **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/console/login"


def test_after_the_log_in_she_is_where_she_wanted_to_go(stranger: Visitor, engine: Engine) -> None:
    create_operator(engine, "Laura", PASSWORD, "reader")
    refused = stranger.opens("/?filter=urgent")
    assert refused.headers["Location"] == "/console/login?next=%2F%3Ffilter%3Durgent"
    answer = stranger.logs_in("laura", next="/?filter=urgent")
    assert answer.headers["Location"] == "/console/?filter=urgent"
    page = stranger.opens("/?filter=urgent")
    assert page.status_code == 200
    assert "Conversaciones" in page.text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_log_in_never_leads_to_another_site(stranger: Visitor, engine: Engine, target: str) -> None:
    create_operator(engine, "laura", PASSWORD, "reader")
    assert stranger.logs_in("laura", next=target).headers["Location"] == "/console/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(stranger: Visitor, engine: Engine) -> None:
    create_operator(engine, "laura", PASSWORD, "reader")
    wrong = stranger.logs_in("laura", "otra contraseña larga")
    unknown = stranger.logs_in("nadie", "otra contraseña larga")
    assert wrong.status_code == unknown.status_code == 401
    assert "no coinciden" in wrong.text
    assert wrong.text.replace("laura", "X") == unknown.text.replace("nadie", "X")
    assert stranger.opens("/").status_code == 303


def test_guessing_is_paused_for_known_and_unknown_names_and_the_pause_ends(
    stranger: Visitor, engine: Engine, clock: Clock
) -> None:
    create_operator(engine, "laura", PASSWORD, "reader")
    for name in ("laura", "nadie"):
        assert [stranger.logs_in(name, "no es esta, tampoco").status_code for _ in range(6)] == [401] * 5 + [429]
    assert stranger.logs_in("laura").status_code == 429
    clock.moved = timedelta(minutes=16)
    assert stranger.logs_in("laura").status_code == 303
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).where(login_attempt.c.id > 0)).scalar_one() <= 1


def test_names_that_were_tried_are_not_stored_as_written(stranger: Visitor, engine: Engine) -> None:
    stranger.logs_in("laura@example.com", "no es esta, tampoco")
    with engine.connect() as connection:
        subjects = connection.execute(select(login_attempt.c.subject)).scalars().all()
    assert subjects
    assert all(len(subject) == 64 and "laura" not in subject for subject in subjects)


def test_a_log_in_without_its_token_or_with_another_browsers_is_refused(
    base: str, stranger: Visitor, engine: Engine
) -> None:
    create_operator(engine, "laura", PASSWORD, "reader")
    stranger.opens("/login")
    assert stranger.sends("/login", username="laura", password=PASSWORD).status_code == 403
    theirs = Visitor(base).csrf("/login")
    assert stranger.sends("/login", username="laura", password=PASSWORD, csrf=theirs).status_code == 403


def test_the_cookie_is_hidden_from_scripts_and_other_sites(agent: Visitor, engine: Engine) -> None:
    agent.http.cookies.clear()
    cookie = agent.logs_in("laura").headers["Set-Cookie"]
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/console", "Max-Age=43200"):
        assert attribute in cookie
    token = agent.http.cookies["latido_console"]
    with engine.connect() as connection:
        assert token not in connection.execute(select(operator_session.c.token_hash)).scalars().all()


def test_behind_https_every_cookie_is_secure(engine: Engine, vault: Vault, clock: Clock) -> None:
    console = Console(engine, vault, secure_cookies=True, now=clock.now)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        assert "Secure" in Visitor(f"{url}/console").opens("/login").headers["Set-Cookie"]


def test_a_session_ends_when_idle_but_polling_does_not_keep_it(agent: Visitor, clock: Clock) -> None:
    for minutes in (50, 100, 150):
        clock.moved = timedelta(minutes=minutes)
        assert agent.opens("/").status_code == 200
    clock.moved = timedelta(minutes=200)
    assert agent.opens("/", **{"HX-Request": "true"}).status_code == 200
    clock.moved = timedelta(minutes=215)
    assert agent.opens("/", **{"HX-Request": "true"}).status_code == 401
    assert agent.opens("/").status_code == 303


def test_a_session_ends_after_twelve_hours_however_busy(agent: Visitor, clock: Clock) -> None:
    for hours in range(24):
        clock.moved = timedelta(minutes=30 * hours)
        assert agent.opens("/").status_code == 200
    clock.moved = timedelta(hours=12, minutes=1)
    assert agent.opens("/").status_code == 303


def test_logging_out_ends_the_session_itself(agent: Visitor) -> None:
    token = agent.http.cookies["latido_console"]
    assert agent.sends("/logout").status_code == 403
    assert agent.opens("/").status_code == 200
    assert agent.sends("/logout", csrf=agent.csrf("/")).status_code == 303
    agent.http.cookies.set("latido_console", token, path="/console")
    assert agent.opens("/").status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old_one(agent: Visitor, engine: Engine) -> None:
    set_password(engine, "laura", "otra contraseña larga")
    assert agent.opens("/").status_code == 303


def test_weaker_hashes_of_the_past_are_renewed_at_the_next_log_in(stranger: Visitor, engine: Engine) -> None:
    from argon2 import PasswordHasher

    create_operator(engine, "laura", PASSWORD, "reader")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with engine.begin() as connection:
        connection.execute(update(operator).values(password_hash=weak))
    assert stranger.logs_in("laura").status_code == 303
    with engine.connect() as connection:
        renewed = connection.execute(select(operator.c.password_hash)).scalar_one()
    assert renewed.startswith("$argon2id$")
    assert renewed != weak


def test_every_answer_carries_the_headers_that_keep_it_private(agent: Visitor, log: Log) -> None:
    key = log.key("whatsapp:+5491155667710")
    log.receives("whatsapp:+5491155667710", "hola")
    for path in ("/", "/alerts", "/requests", f"/conversations/{key}", "/login", "/nada"):
        headers = agent.opens(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_no_page_has_a_script_or_style_of_its_own(agent: Visitor, log: Log) -> None:
    first = log.receives("whatsapp:+5491155667710", "hola")
    log.alerts("danger", first)
    for path in ("/", "/alerts", "/requests", f"/conversations/{log.key('whatsapp:+5491155667710')}", "/nada"):
        text = agent.opens(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script src=")


def test_a_form_that_is_too_large_is_refused(agent: Visitor) -> None:
    assert agent.sends("/login", username="x" * 20_000).status_code == 413
