"""Latido while the disk of Postgres is full: first no file can grow, then its log of changes has no room either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests

from tests.fault.own_postgres import OwnPostgres
from tests.fault.small_disk import SmallDisk, small_disk
from tests.fault.small_town import Town, Worker, small_town
from tests.fault.waiting import until

MEGABYTES = 192
RESIDENTS = 4
# So many messages fill the pages that are begun already, whatever their number.
MOST = 400
LONG = "ñandú " * 200
NO_ROOM = "no room left on its disk"
AWAY = "does not answer"


@dataclass(frozen=True)
class Cramped:
    """A town whose Postgres is on a small disk, and its one worker."""

    town: Town
    disk: SmallDisk
    postgres: OwnPostgres
    worker: Worker

    def everybody_writes_at_length(self) -> None:
        """Some messages of each, whose answers will need new pages."""
        for number in range(3):
            self.town.everybody_says(f"{number}: {LONG}")

    def everybody_writes_until_refused(self) -> int:
        """Long messages, one after the other, until the bridge has to refuse some; returns how many were written."""
        for number in range(MOST):
            self.town.phones[number % len(self.town.phones)].says(f"{number} {LONG}")
            if self.town.missing():
                return number + 1
        raise AssertionError(f"the disk is full, and {MOST} messages were taken")

    def ready(self) -> tuple[int, str]:
        """What the web process says of itself."""
        answer = requests.get(self.town.base + "/readyz", timeout=60)
        return answer.status_code, answer.text

    def takes_the_log_too(self) -> None:
        """Have Postgres begin new files of its log until it stops: what it can no longer write down it cannot do."""
        for _ in range(20):
            try:
                with psycopg.connect(self.postgres.local_url("latido"), autocommit=True, connect_timeout=5) as one:
                    one.execute("SELECT pg_switch_wal()")
                    one.execute("SELECT pg_logical_emit_message(false, 'latido', repeat('x', 100000))")
            except psycopg.OperationalError:
                break
        until(lambda: not self.postgres.is_running(), "Postgres has stopped")

    def makes_room(self) -> None:
        """As the operators do it: room first, then Postgres, if it is down."""
        self.disk.make_room()
        if not self.postgres.is_running():
            self.postgres.stop()
            self.postgres.start()


@contextmanager
def cramped(directory: Path) -> Iterator[Cramped]:
    """The town with its worker at work; raises NotAllowed where nothing may be mounted."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(directory / "disk", MEGABYTES))
        postgres = OwnPostgres(disk.root / "postgres", durable=True)
        stack.callback(postgres.stop)
        postgres.start()
        postgres.create("latido")
        urls = (postgres.local_url("latido"), postgres.url("latido"))
        town = stack.enter_context(small_town(*urls, "127.0.0.1", directory))
        town.settle(RESIDENTS)
        # Its log goes to a full disk from the start: there is no room for a line.
        worker = stack.enter_context(town.worker(log="/dev/full"))
        yield Cramped(town, disk, postgres, worker)
