"""Every change that a plan depends on says so in its own transaction, whoever writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, delete, text, update

from latido.care.people.tables import people, pregnancies
from latido.care.tables import bookings, consents, silences
from latido.database import create_engine, migrate
from tests.integration.reminders.conftest import DAY, Story

CHANGES: dict[str, Callable[[Story], object]] = {
    "told of a pregnancy": lambda ana: ana.is_pregnant(date(2026, 7, 6)),
    "a loss": lambda ana: ana.loses_it(),
    "a booking": lambda ana: ana.books(),
    "stop": lambda ana: ana.says_stop(),
}
TABLES = {"care_person": people, "care_pregnancy": pregnancies, "care_booking": bookings, "care_consent": consents}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_plan_stale(ana: Story, change: str) -> None:
    ana.plans()
    assert ana.stale() == 0
    CHANGES[change](ana)
    assert ana.stale() > 0
    ana.plans()
    assert ana.stale() == 0


def test_deleting_is_a_change_too(ana: Story) -> None:
    ana.is_pregnant(date(2026, 7, 6))
    ana.books()
    for table in TABLES.values():
        ana.empties()
        with ana.care.engine.begin() as connection:
            connection.execute(delete(table))
        assert ana.stale() > 0, table.name
    ana.says_stop()
    ana.empties()
    with ana.care.engine.begin() as connection:
        connection.execute(delete(silences))
    assert ana.stale() == 1


def test_a_change_that_is_taken_back_leaves_no_trace(ana: Story) -> None:
    ana.plans()
    with ana.care.engine.connect() as connection:
        connection.execute(delete(consents))
        connection.rollback()
    assert ana.stale() == 0


def test_a_sweep_that_only_looks_changes_no_plan(booked: Story) -> None:
    booked.plans()
    with booked.care.engine.begin() as connection:
        connection.execute(update(bookings).values(looked_at=booked.clock.now + DAY))
    assert booked.stale() == 0


def triggers(engine: Engine) -> tuple[set[str], set[str]]:
    """The definitions of the triggers of reminders and of what they run."""
    defined = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE 'reminder%'"
    runs = "SELECT prosrc FROM pg_proc WHERE proname LIKE 'reminder%'"
    with engine.connect() as connection:
        return tuple(set(connection.execute(text(each)).scalars()) for each in (defined, runs))  # type: ignore[return-value]


def test_the_migrations_make_the_triggers_that_the_tables_declare(engine: Engine, fresh_database: str) -> None:
    migrate(fresh_database)
    migrated = create_engine(fresh_database, pool_size=1)
    assert triggers(migrated) == triggers(engine)
    assert len(triggers(migrated)[0]) == 11
    migrated.dispose()
