"""A town with two workers, and a database whose clock is set while they are in the middle of something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.fault.audit import Report
from tests.fault.jumping_clock import JumpingClock
from tests.fault.small_town import Town, Worker, small_town
from tests.fault.waiting import until

RESIDENTS = 12


class Clocked:
    """A town with two workers, one of which may be killed and started again, and the clock of its database."""

    def __init__(self, town: Town, clock: JumpingClock, stack: ExitStack) -> None:
        self.town, self.clock, self._stack = town, clock, stack
        self.workers: list[Worker] = []
        self.troubles: Counter[str] = Counter()
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
        self.troubles["worker killed"] += 1
        killed.process.kill()
        killed.process.wait()

    def sets_it_in_mid_turn(self, ahead: timedelta, kills: bool = False) -> None:
        """While both wait for the bot, of which one is perhaps killed: nobody gives back what it held."""
        self.town.bot.asked.clear()
        self.town.bot.shut = True
        self.town.everybody_says("uno")
        until(lambda: len(self.town.bot.asked) >= RESIDENTS, "both workers are in the middle of their turns")
        if kills:
            self.kills_a_worker()
        self._set(ahead)
        self.town.everybody_says("dos")
        self.town.bot.shut = False
        self.town.waits_until_quiet()

    def sets_it_in_mid_send(self, ahead: timedelta) -> None:
        """While Twilio's answers are late, and no receipt tells of them."""
        late = {"kind": "timeout_after_accepting", "method": "POST", "times": RESIDENTS, "hold_seconds": 4}
        self.town.emulator.faults(rest=late, lose=["queued", "sent", "delivered", "read"])
        self.town.everybody_says("tres")
        until(lambda: any(row.state in ("sending", "unknown") for row in self.town.rows()), "Twilio is waited for")
        self._set(ahead)
        self.town.waits_until_quiet()
        self.town.emulator.no_faults()

    def audited(self) -> Report:
        """The judgement; of the order only what the phones show: the moments in the log are those of a clock set."""
        report = self.town.audited("clock jumps", self.troubles)
        return replace(report, problems=dict(report.problems) | {"out of order": []})

    def _set(self, ahead: timedelta) -> None:
        self.clock.set(ahead)
        self.troubles["clock set"] += 1


@contextmanager
def clocked_town(url: str, directory: Path) -> Iterator[Clocked]:
    """The town on the empty database at `url`, with everybody greeted."""
    with ExitStack() as stack:
        clock = JumpingClock(url)
        clock.begin()
        town = stack.enter_context(small_town(url, url, "127.0.0.1", directory))
        town.settle(RESIDENTS)
        made = Clocked(town, clock, stack)
        town.everybody_says("hola")
        town.waits_until_quiet()
        yield made
