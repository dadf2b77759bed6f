"""Operators and the command that makes them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from click.testing import CliRunner
from sqlalchemy import Engine, select

from latido.console.command import operator_group
from latido.console.operators import (
    OperatorRefused,
    create_operator,
    ensure_demo_operator,
    list_operators,
    set_password,
    verify,
)
from latido.console.tables import operator

PASSWORD = "una contraseña larga"


def test_what_is_shipped_costs_who_guesses_as_much_as_owasp_and_rfc_9106_ask(
    shipped_hashers: dict[str, PasswordHasher],
) -> None:
    least = {"password": (3, 65_536), "code": (2, 19_456)}
    for name, (time_cost, memory_cost) in least.items():
        hasher = shipped_hashers[name]
        assert hasher.type is Type.ID and hasher.time_cost >= time_cost and hasher.memory_cost >= memory_cost


def test_a_password_is_stored_as_argon2id_and_opens_for_itself_alone(engine: Engine) -> None:
    made = create_operator(engine, " Laura ", PASSWORD, "reviewer")
    assert (made.username, made.role, made.last_login_at) == ("laura", "reviewer", None)
    with engine.connect() as connection:
        stored = connection.execute(select(operator.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$")
    assert verify(engine, "LAURA", PASSWORD) == made.id
    assert verify(engine, "laura", PASSWORD + " ") is None
    assert verify(engine, "laur", PASSWORD) is None
    assert verify(engine, "laura", "") is None


@pytest.mark.parametrize(
    ("username", "password", "role", "says"),
    [
        ("l", PASSWORD, "reader", "username"),
        ("la ura", PASSWORD, "reader", "username"),
        ("laura", "corta", "reader", "12"),
        ("laura", PASSWORD, "boss", "role"),
        ("pablo", PASSWORD, "reader", "already"),
    ],
)
def test_what_cannot_be_an_operator_is_refused_with_what_to_do(
    engine: Engine, username: str, password: str, role: str, says: str
) -> None:
    create_operator(engine, "pablo", PASSWORD, "reader")
    with pytest.raises(OperatorRefused, match=says):
        create_operator(engine, username, password, role)


def test_the_demo_operator_keeps_its_password_whatever_happens_to_the_database(engine: Engine, tmp_path: Path) -> None:
    name, password = ensure_demo_operator(engine, tmp_path / "data")
    assert ensure_demo_operator(engine, tmp_path / "data") == (name, password)
    kept = next((tmp_path / "data").iterdir())
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(list_operators(engine)) == 1
    set_password(engine, "demo", PASSWORD)
    assert ensure_demo_operator(engine, tmp_path / "data") == (name, password)
    assert verify(engine, name, password) is not None
    kept.unlink()
    again = ensure_demo_operator(engine, tmp_path / "data")
    assert again[1] != password
    assert verify(engine, *again) is not None


def test_the_command_adds_lists_and_gives_new_passwords(engine: Engine) -> None:
    group, run = operator_group(lambda: engine), CliRunner()
    added = run.invoke(group, ["add", "laura", "--role", "agent"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    assert run.invoke(group, ["add", "pablo", "--password-stdin"], input=PASSWORD + "\n").exit_code == 0
    listed = run.invoke(group, ["list"]).output.splitlines()
    assert [line.split()[:2] for line in listed] == [["laura", "agent"], ["pablo", "reader"]]
    assert run.invoke(group, ["password", "pablo", "--password-stdin"], input="otra contraseña larga\n").exit_code == 0
    assert verify(engine, "pablo", "otra contraseña larga") is not None


def test_the_command_says_what_is_wrong_in_a_line(engine: Engine) -> None:
    group, run = operator_group(lambda: engine), CliRunner()
    short = run.invoke(group, ["add", "laura", "--password-stdin"], input="corta\n")
    assert short.exit_code == 1
    assert "Error: a password has 12 to 256 signs" in short.output
    nobody = run.invoke(group, ["password", "nadie", "--password-stdin"], input=PASSWORD + "\n")
    assert "there is no operator nadie" in nobody.output
