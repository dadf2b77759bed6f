"""The operators' page: added with a code, given another role, switched off, never removed, all in the audit."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from latido.console.audit.tables import audit_entry
from latido.console.command import operator_group
from latido.console.operators import list_operators, verify
from latido.console.tables import first_entry, operator
from tests.integration.console.conftest import PASSWORD, Clock, Visitor
from tests.integration.console.insiders import inside, works_here

NEW = "una contraseña elegida"


@pytest.fixture
def admin(base: str, engine: Engine) -> Visitor:
    works_here(engine, "ada", "admin")
    return inside(base, engine, "ada")


def does(admin: Visitor, username: str, do: str, **more: str) -> Any:
    return admin.sends(f"/operators/{username}", do=do, csrf=admin.csrf("/operators"), **more)


def code_in(page: str) -> str:
    found = re.search(r'class="entry-code">([a-z0-9-]+)<', page)
    assert found
    return found[1]


def chooses(visitor: Visitor, username: str, code: str, password: str = NEW, again: str = NEW) -> int:
    fields = {"username": username, "code": code, "password": password, "again": again}
    answer = visitor.sends("/login/first", csrf=visitor.csrf("/login/first"), **fields)
    return answer.status_code


def test_who_is_added_chooses_her_password_with_a_code_once(
    admin: Visitor, stranger: Visitor, engine: Engine, clock: Clock
) -> None:
    page = admin.sends("/operators", username="Nora", role="agent", csrf=admin.csrf("/operators")).text
    code = code_in(page)
    assert "nora" in page and code not in admin.opens("/operators").text, "shown once"
    with engine.connect() as connection:
        assert connection.execute(select(first_entry.c.code_hash)).scalar_one().startswith("$argon2id$")
    assert stranger.logs_in("nora", code).status_code == 401, "the code is no password"
    assert chooses(stranger, "nora", "aaaa-bbbb-cccc") == 401
    assert chooses(stranger, "nadie", code) == 401
    assert chooses(stranger, "nora", code, again="otra cosa, larga") == 400
    assert chooses(stranger, "nora", code, "corta", "corta") == 400
    assert chooses(stranger, "nora", code.upper()) == 303
    assert stranger.logs_in("nora", NEW).status_code == 303
    assert chooses(Visitor(stranger.base), "nora", code) == 401, "once"
    taken = admin.sends("/operators", username="nora", role="agent", csrf=admin.csrf("/operators"))
    assert taken.status_code == 409 and "Ya hay un usuario" in taken.text
    # A new code: the old password opens no more, and the code ends after two days.
    code = code_in(does(admin, "nora", "code").text)
    assert stranger.opens("/").status_code == 303
    assert verify(engine, "nora", NEW) is None
    clock.moved = timedelta(hours=49)
    assert chooses(Visitor(stranger.base), "nora", code) == 401


def test_guessing_the_code_is_paused(admin: Visitor, stranger: Visitor) -> None:
    page = admin.sends("/operators", username="nora", role="agent", csrf=admin.csrf("/operators")).text
    assert [chooses(stranger, "nora", "aaaa-bbbb-cccc") for _ in range(6)] == [401] * 5 + [429]
    assert chooses(stranger, "nora", code_in(page)) == 429


def test_another_role_and_switching_off_end_every_session(admin: Visitor, agent: Visitor, engine: Engine) -> None:
    assert does(admin, "laura", "role", role="reader").status_code == 303
    assert agent.opens("/").status_code == 303
    agent.logs_in("laura")
    assert agent.opens("/replies").status_code == 403
    assert does(admin, "laura", "off").status_code == 303
    assert agent.opens("/").status_code == 303
    assert agent.logs_in("laura").status_code == 401
    assert "Desactivado" in admin.opens("/operators").text
    assert does(admin, "laura", "on").status_code == 303
    assert agent.logs_in("laura").status_code == 303
    with engine.connect() as connection:
        done = connection.execute(
            select(audit_entry.c.action, audit_entry.c.subject)
            .where(audit_entry.c.operator == "ada", audit_entry.c.subject.is_not(None))
            .order_by(audit_entry.c.id)
        ).all()
    assert [(row.action, row.subject) for row in done] == [
        ("role_changed", "laura"),
        ("operator_disabled", "laura"),
        ("operator_enabled", "laura"),
    ]


def test_nobody_changes_herself_so_that_one_who_administers_is_left(admin: Visitor, engine: Engine) -> None:
    for do, more in (("role", {"role": "reader"}), ("off", {}), ("code", {})):
        answer = does(admin, "ada", do, **more)
        assert answer.status_code == 409 and "Nadie cambia su propio rol" in answer.text
    assert [(one.role, one.is_disabled) for one in list_operators(engine)] == [("admin", False)]
    assert does(admin, "nadie", "off").status_code == 409
    assert does(admin, "ada", "otra").status_code == 400
    assert does(admin, "ada", "role", role="reina").status_code == 409


def test_the_command_changes_roles_and_keeps_out(engine: Engine) -> None:
    works_here(engine, "laura", "agent")
    group, run = operator_group(lambda: engine), CliRunner()
    assert run.invoke(group, ["role", "laura", "supervisor"]).exit_code == 0
    assert run.invoke(group, ["disable", "laura"]).exit_code == 0
    assert "supervisor" in run.invoke(group, ["list"]).output and "switched off" in run.invoke(group, ["list"]).output
    assert verify(engine, "laura", PASSWORD) is None
    assert run.invoke(group, ["enable", "laura"]).exit_code == 0
    assert verify(engine, "laura", PASSWORD) is not None
    assert "there is no operator nadie" in run.invoke(group, ["disable", "nadie"]).output
    with engine.connect() as connection:
        entries = connection.execute(select(audit_entry.c.action, audit_entry.c.operator)).all()
        assert connection.execute(select(operator.c.id)).all() != []
    assert {row.operator for row in entries} == {""} and len(entries) == 3
