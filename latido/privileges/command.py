"""`latido database`: bring it to the newest schema, and give each part its own role there."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import Engine

from latido.crypto import Vault
from latido.database import migrate
from latido.fhir.server.tables import resource
from latido.messaging.tables import resident
from latido.privileges.roles import load_roles, statements
from latido.sealing.lasting import begin_empty


def database_group(open_log: Callable[[], tuple[Engine, Vault]]) -> click.Group:
    """The group; `open_log` connects to Latido's database when a command needs it."""

    @click.group("database")
    def group() -> None:
        """The database's schema and roles (docs/security.md). Run these as its owner, not as a part of Latido."""

    @group.command("migrate")
    def migrate_() -> None:
        """Bring LATIDO_DATABASE_URL to the newest schema, and give an empty one the keys that name residents."""
        engine, vault = open_log()
        migrate(engine.url.render_as_string(hide_password=False))
        begin_empty(engine, vault, (resident, resource))
        vault.lasting  # noqa: B018 - kept now: the parts' own roles may only read them
        click.echo("The schema is the newest. If the parts have roles of their own: latido database roles --apply")

    @group.command("roles")
    @click.option("--apply", "applied", is_flag=True, help="Run the SQL on LATIDO_DATABASE_URL instead of printing it.")
    def roles_(applied: bool) -> None:
        """Print the SQL of the least-privilege roles latido_web, latido_worker, latido_console and latido_reader.

        They cannot log in: make users with passwords of your own IN ROLE one of them. Again after each migration.
        """
        told = list(statements(load_roles()))
        if not applied:
            click.echo(";\n".join(told) + ";")
            return
        engine, _ = open_log()
        with engine.begin() as connection:
            for statement in told:
                connection.exec_driver_sql(statement)
        click.echo(f"{len(told)} statements: every part may do what data/database_roles.yml says, and no more.")

    return group
