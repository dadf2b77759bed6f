"""Postgres' clock is set by an hour, forward and back, while two workers are in the middle of turns and of sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import temporary_database
from tests.fault.audit import remember
from tests.fault.jumping_clock import JumpingClock
from tests.fault.small_town import Town, Worker, small_town
from tests.fault.waiting import until

RESIDENTS = 12
HOUR = timedelta(hours=1)
JUMPS = [HOUR, -HOUR, timedelta(0)]

pytestmark = pytest.mark.timeout(900)


class Clocked:
    """A town with two workers, one of which may be killed and started again, and the clock of its database."""

    def __init__(self, town: Town, clock: JumpingClock, stack: ExitStack) -> None:
        self.town, self.clock, self._stack = town, clock, stack
        self.workers: list[Worker] = []
        self.starts_a_worker()
        self.starts_a_worker()

    def starts_a_worker(self) -> None:
        """One more, at once."""
        self.workers.append(self._stack.enter_context(self.town.worker()))

    def kills_a_worker(self) -> None:
        """The older one, with all that it holds."""
        killed = self.workers.pop(0)
        remaining = self.workers[0]
        assert remaining.process.poll() is None, remaining.output[-20:]
        killed.process.kill()
        killed.process.wait()


@pytest.fixture(scope="module")
def clocked(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Clocked]:
    with temporary_database(postgres_url) as url, ExitStack() as stack:
        clock = JumpingClock(url)
        clock.begin()
        town = stack.enter_context(small_town(url, url, "127.0.0.1", tmp_path_factory.mktemp("clocked")))
        town.settle(RESIDENTS)
        made = Clocked(town, clock, stack)
        town.everybody_says("hola")
        town.waits_until_quiet()
        yield made


@pytest.mark.parametrize("ahead", JUMPS, ids=str)
def test_set_in_the_middle_of_turns(clocked: Clocked, ahead: timedelta) -> None:
    town = clocked.town
    town.bot.asked.clear()
    town.bot.shut = True
    town.everybody_says("uno")
    until(lambda: len(town.bot.asked) >= RESIDENTS, "both workers are in the middle of their turns")
    clocked.clock.set(ahead)
    town.everybody_says("dos")
    until(lambda: len(town.bot.asked) > 0, "somebody asks")
    town.bot.shut = False
    town.waits_until_quiet()
    assert town.problems() == []


@pytest.mark.parametrize("ahead", JUMPS, ids=str)
def test_set_in_the_middle_of_sending(clocked: Clocked, ahead: timedelta) -> None:
    town = clocked.town
    late = {"kind": "timeout_after_accepting", "method": "POST", "times": RESIDENTS, "hold_seconds": 4}
    town.emulator.faults(rest=late, lose=["queued", "sent", "delivered", "read"])
    town.everybody_says("tres")
    until(lambda: any(row.state in ("sending", "unknown") for row in town.rows()), "Twilio is waited for")
    clocked.clock.set(ahead)
    town.waits_until_quiet()
    town.emulator.no_faults()
    assert town.problems() == []


def test_set_back_when_a_worker_has_just_been_killed(
    clocked: Clocked, record_property: Callable[[str, object], None]
) -> None:
    town = clocked.town
    town.bot.asked.clear()
    town.bot.shut = True
    town.everybody_says("cuatro")
    until(lambda: len(town.bot.asked) >= RESIDENTS, "both workers are in the middle of their turns")
    clocked.kills_a_worker()  # nobody gives back what it held
    clocked.clock.set(-HOUR)
    town.bot.shut = False
    town.waits_until_quiet()
    assert town.problems() == []
    # The moments in the log are those of a clock that was set: the order on the phones is judged above.
    report = town.audited("clock jumps", {"clock set": 2 * len(JUMPS) + 1, "worker killed": 1})
    report = remember(record_property, replace(report, problems=dict(report.problems) | {"out of order": []}))
    assert report.sound, report.lines()
