"""`latido operator`: who may enter the console."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Engine

from latido.console.operators import OperatorRefused, list_operators
from latido.console.roles import ROLES
from latido.console.staff.changes import (
    add_with_password,
    change_role,
    reset_second_factor,
    set_password,
    switch_off,
    switch_on,
)

_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it."
)


def operator_group(open_engine: Callable[[], Engine]) -> click.Group:
    """The group; `open_engine` connects to Latido's database when a command needs it."""

    @click.group()
    def operator() -> None:
        """The people who may enter the console."""

    @operator.command()
    @click.argument("name")
    @click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True)
    @_from_stdin
    def add(name: str, role: str, password_stdin: bool) -> None:
        """Let NAME in, with a password of 12 signs or more."""
        with _refusals():
            new = _password(password_stdin)
            with open_engine().begin() as connection:
                add_with_password(connection, name, role, new)
        click.echo(f"{name.strip().lower()} may enter the console as {role}.")

    @operator.command()
    @click.argument("name")
    @_from_stdin
    def password(name: str, password_stdin: bool) -> None:
        """Give NAME a new password; ends every session of that operator."""
        with _refusals():
            new = _password(password_stdin)
            with open_engine().begin() as connection:
                set_password(connection, name, new)
        click.echo(f"{name} has a new password and must log in again.")

    @operator.command("list")
    def list_() -> None:
        """Who may enter, as what, and when each was last inside."""
        for one in list_operators(open_engine()):
            last = f"{one.last_login_at:%Y-%m-%d %H:%M} UTC" if one.last_login_at else "never"
            more = ", second factor" * one.has_second_factor + ", switched off" * one.is_disabled
            click.echo(f"{one.username:<24} {one.role:<12} last log-in {last}{more}")

    for command in _changes(open_engine):
        operator.add_command(command)
    return operator


def _changes(open_engine: Callable[[], Engine]) -> tuple[click.Command, ...]:
    """What changes an operator, in nobody's name: whoever may run commands here has all power anyway."""

    @click.command()
    @click.argument("name")
    @click.argument("role_", metavar="ROLE", type=click.Choice(ROLES))
    def role(name: str, role_: str) -> None:
        """Give NAME another role; ends every session of that operator."""
        with _refusals(), open_engine().begin() as connection:
            change_role(connection, None, name, role_)
        click.echo(f"{name} is {role_} now and must log in again.")

    @click.command()
    @click.argument("name")
    def disable(name: str) -> None:
        """Keep NAME out; the operator stays on record."""
        with _refusals(), open_engine().begin() as connection:
            switch_off(connection, None, name, datetime.now(UTC))
        click.echo(f"{name} may not enter any more.")

    @click.command()
    @click.argument("name")
    def enable(name: str) -> None:
        """Let NAME in again."""
        with _refusals(), open_engine().begin() as connection:
            switch_on(connection, None, name)
        click.echo(f"{name} may enter again.")

    @click.command("reset-second-factor")
    @click.argument("name")
    def reset(name: str) -> None:
        """Ask no code of NAME any more: for a lost telephone. See first that it is really she who asks."""
        with _refusals(), open_engine().begin() as connection:
            reset_second_factor(connection, None, name)
        click.echo(f"{name} enters with the password alone, and should enrol again.")

    return role, disable, enable, reset


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal is one clear line."""
    try:
        yield
    except OperatorRefused as error:
        raise click.ClickException(str(error)) from error


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
