"""The worker: dispatchers that claim due lanes and work on several residents at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from latido.messaging.lanes import LaneName, Lease, claim
from latido.messaging.wakeups import Wakeups
from latido.telemetry.counting import counted_chore

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5


@dataclass(frozen=True)
class LaneWork:
    """One kind of work: whose lanes, how many at once, for how long a lease, and what to do with it."""

    name: LaneName
    engine: Engine
    concurrency: int
    lease_seconds: float
    work: Callable[[Lease], None]


@dataclass(frozen=True)
class Chore:
    """Housekeeping that some worker does now and then; doing it twice does no harm."""

    name: str
    every_seconds: float
    action: Callable[[], object]


class Dispatcher:
    """Claims due lanes while there is room, when woken or twice a second, and works on each in its own thread."""

    def __init__(self, lane_work: LaneWork, stop: threading.Event) -> None:
        self.woken = threading.Event()
        self._lane_work = lane_work
        self._stop = stop
        self._room = threading.Semaphore(lane_work.concurrency)
        self._pool = ThreadPoolExecutor(lane_work.concurrency, thread_name_prefix=lane_work.name)

    def run(self) -> None:
        """Work until `stop` is set, then let what has begun come to its end."""
        while not self._stop.is_set():
            self.woken.clear()
            try:
                found = self._dispatch()
            except SQLAlchemyError as error:
                logger.warning("the database is away: %s", type(error).__name__)
                found = 0
            if not found:
                self.woken.wait(LOOK_EVERY)
        self._pool.shutdown(wait=True)

    def _dispatch(self) -> int:
        free = self._take_room()
        leases: list[Lease] = []
        try:
            leases = claim(self._lane_work.engine, self._lane_work.name, free, self._lane_work.lease_seconds)
        finally:
            for _ in range(free - len(leases)):
                self._room.release()
        for lease in leases:
            self._pool.submit(self._work, lease)
        return len(leases)

    def _take_room(self) -> int:
        """Wait for one free place, then take all there are."""
        while not self._room.acquire(timeout=LOOK_EVERY):
            if self._stop.is_set():
                return 0
        taken = 1
        while self._room.acquire(blocking=False):
            taken += 1
        return taken

    def _work(self, lease: Lease) -> None:
        try:
            self._lane_work.work(lease)
        except Exception:  # one resident's fault must not end the worker; the lease runs out and it is tried again
            logger.exception("work on a %s lane failed", lease.name)
        finally:
            self._room.release()
            self.woken.set()


def run_worker(works: list[LaneWork], chores: list[Chore], wakeups: Wakeups, stop: threading.Event) -> None:
    """Run all dispatchers and chores until `stop` is set."""
    dispatchers = {work.name: Dispatcher(work, stop) for work in works}
    events: dict[str, threading.Event] = {name: dispatcher.woken for name, dispatcher in dispatchers.items()}
    threads = [threading.Thread(target=dispatcher.run, name=name) for name, dispatcher in dispatchers.items()]
    threads += [threading.Thread(target=_repeat, args=(chore, stop), name=chore.name) for chore in chores]
    for thread in threads:
        thread.start()
    wakeups.listen(events, stop)
    for thread in threads:
        thread.join()


def _repeat(chore: Chore, stop: threading.Event) -> None:
    while not stop.wait(chore.every_seconds):
        try:
            with counted_chore(chore.name):
                chore.action()
        except Exception:  # a chore that fails is tried again; residents are served meanwhile
            logger.exception("the chore %s failed", chore.name)
