"""Real parts under their own roles of the database: each does its work, and what is not its own is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import ProgrammingError
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.bridge.routes import Bridge
from latido.bridge.routes import routes as bridge_routes
from latido.bridge.signature import SignatureCheck
from latido.console.routes import Console
from latido.console.routes import routes as console_routes
from latido.crypto import Vault
from latido.database import create_engine
from latido.messaging.conversation import RasaConversation
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message
from latido.messaging.turns import Turns
from latido.privileges.roles import PREFIX, load_roles, statements
from latido.schema import metadata
from latido.sealing.lasting import kept_keys
from tests.integration.bridge.test_webhooks import ACCOUNT, PUBLIC, TOKEN, Twilio
from tests.integration.console.insiders import inside, works_here
from tests.integration.messaging.conftest import TEXTS, Inbox, LoopbackBot, bot
from tests.serving import served

__all__ = ["bot"]


@pytest.fixture(scope="module")
def parts(schema_engine: Engine) -> Iterator[dict[str, Engine]]:
    """An engine for each role, by a user who is in it alone."""
    users = {name: f"{name}_{uuid.uuid4().hex[:8]}" for name in load_roles().about}
    with schema_engine.begin() as owner:
        for statement in statements(load_roles()):
            owner.exec_driver_sql(statement)
        for name, user in users.items():
            owner.exec_driver_sql(f"CREATE USER {user} PASSWORD 'secret' IN ROLE {PREFIX}{name}")
    urls = {name: schema_engine.url.set(username=user, password="secret") for name, user in users.items()}
    engines = {name: create_engine(url.render_as_string(hide_password=False), 5) for name, url in urls.items()}
    yield engines
    for engine in engines.values():
        engine.dispose()
    with schema_engine.begin() as owner:
        for user in users.values():
            owner.exec_driver_sql(f"DROP USER {user}")


def test_every_table_says_who_may_do_what():
    assert set(load_roles().tables) == set(metadata.tables)


def test_a_message_comes_in_is_answered_and_is_read_each_part_in_its_role(
    engine: Engine, parts: dict[str, Engine], vault: Vault, bot: LoopbackBot
):
    bridge = Bridge(SignatureCheck([TOKEN], PUBLIC), ACCOUNT, parts["web"], vault, lambda name: None)
    with served(Starlette(routes=bridge_routes(bridge))) as url:
        assert Twilio(url).delivers("SM1", Body="hola") == 204
    conversation = RasaConversation(bot.url, "service-token", 10.0, requests.Session())
    turns = Turns(parts["worker"], vault, conversation, lambda name: None, TEXTS, attempts=3, lease_seconds=30.0)
    Inbox(parts["worker"], vault, turns).works_until_done(60)
    with engine.connect() as connection:
        replies = connection.execute(select(message.c.content_sealed).where(message.c.direction == "out")).scalars()
        assert [opened_reply(vault, sealed).text for sealed in replies] == ["eco: hola"]
    works_here(engine, "laura", "agent")
    console = Console(parts["console"], vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=console_routes(console))])) as url:
        page = inside(f"{url}/console", engine, "laura").opens("/")
        assert page.status_code == 200
        assert "hola" in page.text


REFUSED = [
    ("web", "SELECT * FROM operator"),
    ("web", "SELECT * FROM audit_entry"),
    ("web", "INSERT INTO operator_session SELECT * FROM operator_session"),
    ("web", "DELETE FROM message"),
    ("web", "CREATE TABLE mine (id int)"),
    ("worker", "SELECT * FROM operator"),
    ("worker", "SELECT * FROM recovery_code"),
    ("worker", "UPDATE audit_entry SET action = 'x'"),
    ("worker", "DELETE FROM audit_entry"),
    ("worker", "UPDATE lasting_key SET since = now()"),
    ("console", "UPDATE audit_entry SET action = 'x'"),
    ("console", "DELETE FROM audit_entry"),
    ("console", "TRUNCATE audit_entry"),
    ("console", "ALTER TABLE audit_entry DISABLE TRIGGER USER"),
    ("console", "DELETE FROM message"),
    ("console", "DELETE FROM operator"),
    ("console", "DROP TABLE message"),
    ("reader", "SELECT * FROM message"),
    ("reader", "SELECT key FROM resident"),
    ("reader", "DELETE FROM indicator_figure"),
]


@pytest.mark.parametrize(("role", "statement"), REFUSED, ids=[f"{role}-{sql[:24]}" for role, sql in REFUSED])
def test_what_is_not_its_own_is_refused(engine: Engine, parts: dict[str, Engine], role: str, statement: str):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), parts[role].begin() as connection:
        connection.execute(text(statement))


def test_only_the_owner_makes_the_keys_that_name_residents(engine: Engine, parts: dict[str, Engine], vault: Vault):
    with pytest.raises(ProgrammingError, match="permission denied"):
        kept_keys(parts["web"], vault)
    made = kept_keys(engine, vault)
    assert kept_keys(parts["web"], vault) == made
