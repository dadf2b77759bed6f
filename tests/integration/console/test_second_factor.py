"""A second factor: enrolled, asked for, taken once, lost, and taken away; and where an operator is inside."""

from __future__ import annotations

import base64
import re
import threading
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Engine, select

from latido.console.audit.tables import audit_entry
from latido.console.command import operator_group
from latido.console.tables import operator, operator_halfway, recovery_code
from tests.integration.console.conftest import PASSWORD, Clock, Visitor


class StandingClock(Clock):
    """Passes only when a test says so: no code grows old while a busy machine takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self._began = super().now()

    def now(self) -> datetime:
        return self._began + self.moved


@pytest.fixture
def clock() -> Clock:
    return StandingClock()


class Phone:
    """An authenticator that was given the secret of the page."""

    def __init__(self, page: str, clock: Clock) -> None:
        found = re.search(r'class="qr-words">([A-Z2-7 ]+)<', page)
        assert found
        self._codes = TOTP(base64.b32decode(found[1].replace(" ", "")), 6, SHA1(), 30)
        self._clock = clock

    def shows(self, steps: int = 0) -> str:
        return self._codes.generate(int(self._clock.now().timestamp()) + 30 * steps).decode()


def enrols(visitor: Visitor, clock: Clock) -> tuple[Phone, list[str]]:
    """Switch it on; the authenticator and the recovery codes."""
    page = visitor.opens("/account/second-factor").text
    phone = Phone(page, clock)
    kept = re.search(r'name="kept" value="([^"]+)"', page)
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert kept and csrf
    fields = {"kept": kept[1], "csrf": csrf[1]}
    assert "no es esa" in visitor.sends("/account/second-factor", code=phone.shows(), password="otra", **fields).text
    wrong = visitor.sends("/account/second-factor", code="000000", password=PASSWORD, **fields)
    assert wrong.status_code == 400 and kept[1] not in wrong.text and "no es" in wrong.text
    page = visitor.sends("/account/second-factor", code=phone.shows(), password=PASSWORD, **fields).text
    codes = re.findall(r"<li><code>([a-z0-9-]+)</code>", page)
    assert len(codes) == 8
    return phone, codes


def gives(visitor: Visitor, code: str, target: str = "") -> int:
    answer = visitor.sends("/login/code", code=code, next=target, csrf=visitor.csrf("/login/code"))
    return answer.status_code


def actions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(audit_entry.c.action).order_by(audit_entry.c.id)).scalars())


def test_once_enrolled_the_password_alone_lets_nobody_in(
    agent: Visitor, base: str, clock: Clock, engine: Engine
) -> None:
    page = agent.opens("/account/second-factor")
    assert "<svg" in page.text and "otpauth://totp/Latido:laura" in page.text and "style=" not in page.text
    phone, _ = enrols(agent, clock)
    with engine.connect() as connection:
        row = connection.execute(select(operator)).one()
        hashes = connection.execute(select(recovery_code.c.code_hash)).scalars().all()
    assert phone.shows().encode() not in bytes(row.second_factor_sealed)
    assert all(each.startswith("$argon2id$") for each in hashes)

    visitor = Visitor(base)
    assert visitor.opens("/login/code").headers["Location"] == "/console/login", "the password first"
    answer = visitor.logs_in("laura", next="/alerts")
    assert answer.headers["Location"] == "/console/login/code?next=%2Falerts"
    assert visitor.opens("/").status_code == 303, "half-way is not inside"
    assert gives(visitor, phone.shows()) == 401, "taken at the enrolment"
    clock.moved += timedelta(seconds=30)
    answer = visitor.sends("/login/code", code=phone.shows(), next="/alerts", csrf=visitor.csrf("/login/code"))
    assert answer.headers["Location"] == "/console/alerts"
    assert visitor.opens("/").status_code == 200
    with engine.connect() as connection:
        assert connection.execute(select(operator_halfway)).first() is None

    replay = Visitor(base)
    replay.logs_in("laura")
    assert gives(replay, phone.shows()) == 401, "a code opens once"
    assert replay.sends("/login/code", code=phone.shows(1)).status_code == 403, "without its form"
    assert replay.sends("/login/code", code="1", csrf=replay.csrf("/login/code"), next="//evil").status_code == 401
    assert {"second_factor_on", "second_factor_failed", "logged_in"} <= set(actions(engine))


def test_of_two_browsers_with_the_same_code_one_gets_in(agent: Visitor, base: str, clock: Clock) -> None:
    phone, _ = enrols(agent, clock)
    clock.moved += timedelta(seconds=60)
    visitor, code = Visitor(base), phone.shows()
    visitor.logs_in("laura")
    token, inside, go = visitor.csrf("/login/code"), list[bool](), threading.Barrier(2)
    cookies = visitor.http.cookies.get_dict()

    def tries() -> None:
        one = Visitor(base)
        one.http.cookies.update(cookies)
        go.wait()
        one.sends("/login/code", code=code, csrf=token)
        inside.append("latido_console" in one.http.cookies)

    threads = [threading.Thread(target=tries) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(inside) == [False, True]


def test_guesses_are_paused_and_half_an_entry_ends(agent: Visitor, base: str, clock: Clock) -> None:
    phone, _ = enrols(agent, clock)
    clock.moved += timedelta(seconds=60)
    visitor = Visitor(base)
    visitor.logs_in("laura")
    assert [gives(visitor, "000000") for _ in range(6)] == [401] * 5 + [429]
    assert gives(visitor, phone.shows()) == 429
    clock.moved += timedelta(minutes=5)
    assert visitor.opens("/login/code").headers["Location"] == "/console/login"
    clock.moved += timedelta(minutes=11)
    visitor.logs_in("laura")
    assert gives(visitor, phone.shows()) == 303


def test_a_lost_telephone_a_recovery_code_once_or_the_command(
    agent: Visitor, base: str, clock: Clock, engine: Engine
) -> None:
    _, codes = enrols(agent, clock)
    visitor = Visitor(base)
    visitor.logs_in("laura")
    assert gives(visitor, codes[0].upper()) == 303
    assert "Te quedan 7 códigos" in visitor.opens("/account").text
    again = Visitor(base)
    again.logs_in("laura")
    assert gives(again, codes[0]) == 401
    renewed = visitor.sends("/account/second-factor/codes", password=PASSWORD, csrf=visitor.csrf("/account"))
    assert len(re.findall(r"<li><code>", renewed.text)) == 8
    assert gives(again, codes[1]) == 401, "the old ones are worth nothing"
    done = CliRunner().invoke(operator_group(lambda: engine), ["reset-second-factor", "laura"])
    assert done.exit_code == 0, done.output
    assert visitor.opens("/").status_code == 303, "every session ends"
    assert Visitor(base).logs_in("laura").headers["Location"] == "/console/"
    assert actions(engine)[-2:] == ["second_factor_reset", "logged_in"]


def test_it_is_switched_off_with_the_password_only(agent: Visitor, base: str, clock: Clock) -> None:
    enrols(agent, clock)
    token = agent.csrf("/account")
    assert agent.sends("/account/second-factor/off", password="otra cosa", csrf=token).status_code == 403
    assert agent.sends("/account/second-factor/off", password=PASSWORD, csrf=token).status_code == 303
    assert Visitor(base).logs_in("laura").headers["Location"] == "/console/"


def test_another_operators_secret_cannot_be_put_in(agent: Visitor, reader: Visitor, clock: Clock) -> None:
    page = agent.opens("/account/second-factor").text
    kept = re.search(r'name="kept" value="([^"]+)"', page)
    assert kept
    code = Phone(page, clock).shows()
    for one in (kept[1], "nada"):
        fields = {"kept": one, "code": code, "password": PASSWORD, "csrf": reader.csrf("/account")}
        assert reader.sends("/account/second-factor", **fields).status_code == 400


def test_she_sees_where_she_is_inside_and_closes_the_others(agent: Visitor, base: str, clock: Clock) -> None:
    elsewhere = Visitor(base)
    elsewhere.http.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    elsewhere.logs_in("laura")
    page = agent.opens("/account").text
    assert "Firefox en Windows" in page and page.count("Esta</span>") == 1
    assert agent.sends("/account/sessions/close-others", csrf=agent.csrf("/account")).status_code == 303
    assert elsewhere.opens("/").status_code == 303
    assert agent.opens("/").status_code == 200
    assert "Firefox en Windows" not in agent.opens("/account").text


@pytest.mark.parametrize("new", ["corta", "una contraseña nueva"])
def test_a_new_password_takes_the_old_one_and_ends_every_session(agent: Visitor, base: str, new: str) -> None:
    wrong = agent.sends("/account/password", password="no es esta", new=new, csrf=agent.csrf("/account"))
    assert wrong.status_code == 403
    done = agent.sends("/account/password", password=PASSWORD, new=new, csrf=agent.csrf("/account"))
    if new == "corta":
        assert done.status_code == 400 and "12 a 256" in done.text
        return
    assert done.headers["Location"] == "/console/login"
    assert agent.opens("/").status_code == 303
    assert Visitor(base).logs_in("laura").status_code == 401
    assert Visitor(base).logs_in("laura", new).status_code == 303
