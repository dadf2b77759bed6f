"""Latido under measurement: every real process, durable Postgres, the emulator for Twilio."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from benchmarks.turns.load import Town
from latido.console.review.queue import collect_all
from latido.embedded.postgres import EmbeddedPostgres
from tests.conversation.running import Latido, running_latido

TURNS_A_SESSION = 10
# What each resident and Latido said first, again on earlier days: the same words, sealed for the same resident.
_EARLIER = text(
    "INSERT INTO message (resident, direction, kind, state, provider_sid, text, content_sealed, nlu, slots, actions,"
    " active_form, status, attempts, created_at, answered_at, handed_over_at)"
    " SELECT m.resident, m.direction, m.kind, m.state, 'SM' || m.id || '-' || n, m.text, m.content_sealed, m.nlu,"
    " m.slots, m.actions, m.active_form, m.status, m.attempts, m.created_at - day, m.answered_at - day,"
    " m.handed_over_at - day"
    " FROM (SELECT DISTINCT ON (resident, direction) * FROM message WHERE resident = ANY(:whose)"
    " ORDER BY resident, direction, id) m"
    " CROSS JOIN generate_series(1, :turns) n, LATERAL (SELECT (:sessions - (n - 1) / :a_session) * interval '1 day'"
    " + n * interval '1 second' AS day) earlier ORDER BY n, m.direction"
)


@contextmanager
def latido_up() -> Iterator[Latido]:
    """All processes on free ports with a data directory of their own, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as folder, running_latido(Path(folder)) as latido:
        yield latido


def roots(latido: Latido) -> list[int]:
    """The ids of the supervisor and of Postgres, whose descendants are all there is."""
    return [latido.process.pid, EmbeddedPostgres(latido.data_dir / "postgres").pid or latido.process.pid]


def lived(latido: Latido, town: Town, sessions: int) -> None:
    """Everybody has chatted that many times before, ten turns each, and has now come back."""
    vault = latido.vault
    whose = [vault.resident_key(f"whatsapp:{number}") for number in town.numbers]
    with latido.engine.begin() as connection:
        # Nobody is to be woken for what was answered long ago.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        turns = {"turns": sessions * TURNS_A_SESSION, "sessions": sessions, "a_session": TURNS_A_SESSION}
        connection.execute(_EARLIER, turns | {"whose": whose})
    # The worker would search these days for what is worth a review, in the middle of what is measured.
    collect_all(latido.engine)
    with latido.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Otherwise Postgres does it by itself a minute later, in the middle of what is measured.
        connection.execute(text("VACUUM (ANALYZE) message"))
    town.greets()
