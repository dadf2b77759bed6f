"""Two workers on two hosts: one is cut off at the worst moments, the other takes over, the first comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text

from tests.fault.namespaces import DATABASE, WORLD, Host, LinkName, hosts
from tests.fault.own_postgres import OwnPostgres
from tests.fault.small_town import PROJECT, Town, Worker, small_town
from tests.fault.waiting import until

# More residents than one worker serves at once, so that the other always gets some.
RESIDENTS = 12
# Of a worker that never gives its connections up, nor the server on its behalf: it comes back with an old lease.
STUBBORN = "keepalives=0&tcp_user_timeout=0&options=" + quote("-c tcp_keepalives_idle=7200 -c tcp_user_timeout=0")
# How many a worker claims to send at once; as many again may go straight on from its turns.
SENDING = 4
REFUSED = "another worker has it"


@dataclass(frozen=True)
class TwoHosts:
    """A town served by two workers; `first` is the one that is cut off, and clings to its connections."""

    town: Town
    first: Host
    second: Host
    first_worker: Worker
    second_worker: Worker

    def everybody_chats(self, text: str) -> None:
        """A message of each, answered."""
        self.town.everybody_says(text)
        self.town.waits_until_quiet()

    def cut_in_mid_turn(self, *links: LinkName, refused: bool = True) -> None:
        """Both wait for the bot when the first is cut off; the second answers everybody, then the links are healed.

        `refused`: the first still had something to write, and is seen not to write it.
        """
        self.town.bot.asked.clear()
        self.town.bot.shut = True
        self.town.everybody_says("dos")
        self.town.everybody_says("tres")
        until(lambda: {self.first.address("world"), self.second.address("world")} <= self._asking(), "both ask the bot")
        self.first.cut(*links)
        self.town.bot.shut = False
        self._takes_over(links, refused)

    def cut_in_mid_send(self, *links: LinkName, refused: bool = True) -> None:
        """Twilio takes what both hand over, but its answers are late: the first is cut off while it waits for them."""
        before = self._handed_over()
        late = {"kind": "timeout_after_accepting", "method": "POST", "times": None, "hold_seconds": 4}
        # Without receipts nobody but the list of messages can tell what became of them.
        self.town.emulator.faults(rest=late, lose=["queued", "sent", "delivered", "read"])
        self.town.everybody_says("cuatro")
        until(lambda: self._handed_over() > before + 2 * SENDING, "both wait for Twilio")
        self.first.cut(*links)
        self.town.emulator.faults(rest=None)
        self._takes_over(links, refused)
        self.town.emulator.no_faults()

    def _takes_over(self, links: Sequence[LinkName], refused: bool) -> None:
        before = self._refused()
        self.town.waits_until_quiet()
        self.first.heal(*links)
        if refused:
            until(lambda: self._refused() > before, "the first comes back, and is refused")

    def _asking(self) -> set[str]:
        return {address for address, _ in list(self.town.bot.asked)}

    def _handed_over(self) -> int:
        """How many messages stand on the phones of those who wrote."""
        seen = [one for phone in self.town.phones for one in phone.transcript()]
        return sum(one.direction != "inbound" for one in seen)

    def _refused(self) -> int:
        return sum(REFUSED in line for line in list(self.first_worker.output))


@contextmanager
def two_hosts(directory: Path) -> Iterator[TwoHosts]:
    """Two hosts with a worker each, both at work; raises NotAllowed where there are no namespaces."""
    with ExitStack() as stack:
        first, second = stack.enter_context(hosts(2))
        postgres = OwnPostgres(directory / "postgres", DATABASE)
        postgres.start()
        stack.callback(postgres.stop)
        postgres.create("latido")
        urls = (postgres.local_url("latido"), postgres.url("latido"))
        town = stack.enter_context(small_town(*urls, WORLD, directory))
        few = {"LATIDO_SEND_CONCURRENCY": str(SENDING)}
        clinging = {"LATIDO_DATABASE_URL": postgres.url("latido", STUBBORN)}
        workers = [
            stack.enter_context(town.worker(first.command(), **few, **clinging)),
            stack.enter_context(town.worker(second.command(), **few)),
        ]
        town.settle(RESIDENTS)
        two = TwoHosts(town, first, second, *workers)
        for host in (first, second):
            until(lambda host=host: _connections(town, host), "both workers reach Postgres")
        yield two


def _connections(town: Town, host: Host) -> int:
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE client_addr = CAST(:address AS inet)")
    with town.engine.connect() as connection:
        return int(connection.execute(asked, {"address": host.address("database")}).scalar_one())


HOLDER = """
import sys, time
from sqlalchemy import text
from latido.database import create_engine
with create_engine(sys.argv[1]).begin() as connection:
    hers = text("SELECT name FROM lane WHERE resident = :key FOR UPDATE")
    print(len(connection.execute(hers, {"key": sys.argv[2]}).all()), flush=True)
    time.sleep(3600)
"""


@contextmanager
def holding(host: Host, town: Town, number: str) -> Iterator[None]:
    """A process on that host in the middle of a transaction, which has this resident's lanes locked."""
    url, key = town.environment["LATIDO_DATABASE_URL"], town.vault.resident_key(number)
    process = subprocess.Popen(
        host.command(sys.executable, "-c", HOLDER, url, key), cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "2\n", "her lanes, once she has been answered"
        yield
    finally:
        process.kill()
        process.wait()
