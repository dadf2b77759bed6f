"""The embedded servers keep their data through a clean stop and through a kill."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psycopg
import redis

from latido.embedded.postgres import EmbeddedPostgres
from latido.embedded.valkey import EmbeddedValkey


def test_postgres_keeps_committed_rows_through_stop_and_kill(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    server.stop()
    assert not server.is_running()

    url = server.start()
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    os.kill(server.pid or 0, signal.SIGKILL)
    _until(lambda: not server.is_running())

    try:
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT n FROM kept ORDER BY n").fetchall() == [(1,), (2,)]
    finally:
        server.stop()


def test_valkey_keeps_its_data_and_its_address_when_its_owner_was_killed(tmp_path: Path) -> None:
    abandoned = EmbeddedValkey(tmp_path)
    url = abandoned.start()
    client = redis.Redis.from_url(url)
    client.set("kept", "yes")
    client.execute_command("WAITAOF", 1, 0, 2000)

    successor = EmbeddedValkey(tmp_path)
    try:
        assert successor.start() == url
        assert redis.Redis.from_url(url).get("kept") == b"yes"
    finally:
        successor.stop()
    assert not abandoned.is_running()


def _until(condition, patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
