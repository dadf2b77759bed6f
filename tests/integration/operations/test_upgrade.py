"""A new release's schema comes while the release before goes on: messages are taken meanwhile, nothing taken away."""

from __future__ import annotations

import ast
import re
import threading
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, text

import latido
from latido.crypto import Vault
from latido.database import alembic_config, create_engine, migrate
from latido.messaging.inbox import store_inbound
from latido.messaging.lanes import claim
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import message

MIGRATIONS = sorted((Path(latido.__file__).parent / "migrations" / "versions").glob("*.py"))
RELEASED = "0027"
# What the release before may still read or leave out. A column is widened or annotated freely; an index is no contract.
TAKES_AWAY = re.compile(r"drop_table|drop_column|rename|drop_constraint|SET NOT NULL|DROP (TABLE|COLUMN)")
# Before anything was released.
EARLIER = {"0005_bookings"}


def upgrade_of(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    found = [part for part in ast.parse(source).body if isinstance(part, ast.FunctionDef) and part.name == "upgrade"]
    return ast.get_source_segment(source, found[0]) or ""


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_takes_nothing_away_that_the_release_before_needs(path: Path) -> None:
    assert bool(TAKES_AWAY.search(upgrade_of(path))) == (path.stem in EARLIER)


def test_messages_are_taken_while_the_schema_changes(fresh_database: str, vault: Vault) -> None:
    command.upgrade(alembic_config(fresh_database), RELEASED)
    engine, over = create_engine(fresh_database), threading.Event()
    stored: list[str] = []

    def writes(who: int) -> None:
        while not over.is_set():
            sid = f"SM{who}-{len(stored)}-{threading.get_ident()}"
            assert store_inbound(engine, vault, InboundMessage(sid, f"whatsapp:+54911{who:08}", "text", "hola"))
            stored.append(sid)

    writers = [threading.Thread(target=writes, args=(who,)) for who in range(3)]
    for writer in writers:
        writer.start()
    migrate(fresh_database)
    before = len(stored)
    while len(stored) < before + 10:
        assert any(writer.is_alive() for writer in writers), "nobody writes any more"
    over.set()
    for writer in writers:
        writer.join(60)
    with engine.connect() as connection:
        kept = connection.execute(select(func.count()).select_from(message)).scalar_one()
    assert kept == len(stored) == len(set(stored))
    assert {lease.resident for lease in claim(engine, "turn", 10, 30.0)} == {
        vault.resident_key(f"whatsapp:+54911{who:08}") for who in range(3)
    }
    engine.dispose()


def test_the_release_before_leaves_a_newer_schema_as_it_is(
    fresh_database: str, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    migrate(fresh_database)
    engine = create_engine(fresh_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of-tomorrow'"))
        connection.execute(text("ALTER TABLE message ADD COLUMN of_tomorrow text"))
    migrate(fresh_database)
    assert "newer release" in caplog.text
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "of-tomorrow"
    assert store_inbound(engine, vault, InboundMessage("SM1", "whatsapp:+5491145550199", "text", "hola"))
    engine.dispose()
