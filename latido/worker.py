"""The worker: dispatchers that claim due lanes and work on several residents at once."""

from __future__ import annotations

import heapq
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from latido.messaging.lanes import LaneName, Lease, claim
from latido.messaging.wakeups import Wakeups
from latido.telemetry.counting import counted_chore

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5
# What comes within this time is claimed together: a claim costs the same for one lane as for many.
GATHER = 0.004


@dataclass(frozen=True)
class LaneWork:
    """One kind of work: whose lanes, how many at once, for how long a lease, and what to do with it.

    `work` is given the lease, and what `find` found to begin with; it returns the seconds after which its lane is due
    again, if it put something off. `opens` is told of the dispatcher, which also takes work that comes with its lease.
    """

    name: LaneName
    engine: Engine
    concurrency: int
    lease_seconds: float
    work: Callable[..., float | None]
    find: Callable[[Sequence[Lease]], Mapping[str, Any]] | None = None
    opens: Callable[[Dispatcher], None] | None = None


@dataclass(frozen=True)
class Chore:
    """Housekeeping that some worker does now and then; doing it twice does no harm.

    `when_sure`: nobody waits for it, or it cannot be taken back: it rests while nobody knows what time it is.
    """

    name: str
    every_seconds: float
    action: Callable[[], object]
    when_sure: bool = False


class Dispatcher:
    """Claims due lanes while there is room, when woken or twice a second, and works on each in its own thread."""

    def __init__(self, lane_work: LaneWork, stop: threading.Event) -> None:
        self.woken = threading.Event()
        self._lane_work = lane_work
        self._stop = stop
        self._room = threading.Semaphore(lane_work.concurrency)
        # As many again for work that comes with its lease: a claim takes all the room there is, and gives it back late.
        self._places = threading.Semaphore(lane_work.concurrency if lane_work.opens else 0)
        threads = lane_work.concurrency * (2 if lane_work.opens else 1)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=lane_work.name)
        self._put_off: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._look_at: list[float] = []  # a heap of moments at which something put off is due again

    def run(self) -> None:
        """Work until `stop` is set, then let what has begun come to its end."""
        while not self._stop.is_set():
            self.woken.clear()
            try:
                may_be_more = self._dispatch()
            except SQLAlchemyError as error:
                logger.warning("the database is away: %s", type(error).__name__)
                may_be_more = False
            if not may_be_more:
                self.woken.wait(self._seconds_to_rest())
            self._stop.wait(GATHER)
        if self._lane_work.opens:
            for _ in range(self._lane_work.concurrency):  # a place that is taken may still be for work to come
                self._places.acquire()
        self._pool.shutdown(wait=True)

    def _dispatch(self) -> bool:
        """Claim as many lanes as there is room for; whether there may be more of them."""
        free = self._take_room()
        leases: list[Lease] = []
        try:
            leases = claim(self._lane_work.engine, self._lane_work.name, free, self._lane_work.lease_seconds)
        finally:
            for _ in range(free - len(leases)):
                self._room.release()
        found = self._found(leases) if leases else {}
        for lease in leases:
            self._pool.submit(self._work, self._room, lease, found.get(lease.resident))
        return len(leases) == free

    def _found(self, leases: Sequence[Lease]) -> Mapping[str, Any]:
        """What each begins with, looked up for all at once; whoever is not among them looks again."""
        if self._lane_work.find is None:
            return {}
        try:
            return self._lane_work.find(leases)
        except SQLAlchemyError as error:
            logger.warning("the database is away: %s", type(error).__name__)
            return {}

    def take(self) -> bool:
        """Take a place for work that comes with its lease, if one is free."""
        return not self._stop.is_set() and self._places.acquire(blocking=False)

    def give_back(self) -> None:
        """Give back a place that was taken and is not needed."""
        self._places.release()

    def begin(self, lease: Lease, first: Any) -> None:
        """Work in a place that was taken."""
        self._pool.submit(self._work, self._places, lease, first)

    def _seconds_to_rest(self) -> float:
        """Until something that was put off is due again, but not long: others' lanes become due, too."""
        while not self._put_off.empty():
            heapq.heappush(self._look_at, self._put_off.get())
        now = time.monotonic()
        while self._look_at and self._look_at[0] <= now:
            heapq.heappop(self._look_at)
        return min(LOOK_EVERY, self._look_at[0] - now) if self._look_at else LOOK_EVERY

    def _take_room(self) -> int:
        """Wait for one free place, then take all there are."""
        while not self._room.acquire(timeout=LOOK_EVERY):
            if self._stop.is_set():
                return 0
        taken = 1
        while self._room.acquire(blocking=False):
            taken += 1
        return taken

    def _work(self, room: threading.Semaphore, lease: Lease, first: Any) -> None:
        try:
            delay = self._lane_work.work(lease, first)
            if delay is not None and delay < LOOK_EVERY:
                self._put_off.put(time.monotonic() + delay)
                self.woken.set()
        except Exception:  # one resident's fault must not end the worker; the lease runs out and it is tried again
            logger.exception("work on a %s lane failed", lease.name)
        finally:
            room.release()


def run_worker(
    works: list[LaneWork],
    chores: list[Chore],
    wakeups: Wakeups,
    stop: threading.Event,
    in_doubt: Callable[[], bool] = lambda: False,
) -> None:
    """Run all dispatchers and chores until `stop` is set; `in_doubt` says whether nobody knows what time it is."""
    dispatchers = {work.name: Dispatcher(work, stop) for work in works}
    for work in works:
        if work.opens is not None:
            work.opens(dispatchers[work.name])
    events: dict[str, threading.Event] = {name: dispatcher.woken for name, dispatcher in dispatchers.items()}
    threads = [threading.Thread(target=dispatcher.run, name=name) for name, dispatcher in dispatchers.items()]
    threads += [threading.Thread(target=_repeat, args=(chore, stop, in_doubt), name=chore.name) for chore in chores]
    for thread in threads:
        thread.start()
    wakeups.listen(events, stop)
    for thread in threads:
        thread.join()


def _repeat(chore: Chore, stop: threading.Event, in_doubt: Callable[[], bool]) -> None:
    while not stop.wait(chore.every_seconds):
        try:
            if chore.when_sure and in_doubt():
                continue
            with counted_chore(chore.name):
                chore.action()
        except Exception:  # a chore that fails is tried again; residents are served meanwhile
            logger.exception("the chore %s failed", chore.name)
