"""Doing alike things together: what several threads or requests want of the database at once goes in one transaction.

No message waits for company. Whoever comes while a transaction is under way is in the next one, so that groups grow
with the load and are of one when it is low (docs/adr/0024).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeAlias, TypeVar, cast

from sqlalchemy.exc import DBAPIError

Job = TypeVar("Job")
Result = TypeVar("Result")

# What is done for a group, in its order; a result may be the exception that this job alone deserves.
Work = Callable[[Sequence[Job]], Sequence["Result | Exception"]]
LARGEST_GROUP = 64
_Group: TypeAlias = "list[tuple[Job, asyncio.Future[Result]]]"


def done_together(work: Work[Job, Result], jobs: Sequence[Job]) -> list[Result | Exception]:
    """The results in the order of the jobs; when the group fails, each is tried alone: one must not spoil all."""
    try:
        return list(work(jobs))
    except Exception as error:
        if len(jobs) > 1:
            return [result for job in jobs for result in done_together(work, [job])]
        return [error]


def once_more(work: Work[Job, Result]) -> Work[Job, Result]:
    """The same, tried a second time when the connection was lost; only for work that may be done twice."""

    def tried(jobs: Sequence[Job]) -> Sequence[Result | Exception]:
        try:
            return work(jobs)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return work(jobs)

    return tried


class _Place(Generic[Job, Result]):
    """A thread's place among those who wait: it is called when its job is done, or to lead those behind it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.result: Result | Exception | None = None
        self.is_done = False
        self._called = threading.Event()

    def settle(self, result: Result | Exception) -> None:
        self.result, self.is_done = result, True
        self._called.set()

    def lead(self) -> None:
        self._called.set()

    def wait(self) -> None:
        self._called.wait()


class ThreadsTogether(Generic[Job, Result]):
    """For threads: the first to come does what all who came meanwhile want, then the first of the next group leads."""

    def __init__(self, work: Work[Job, Result], largest: int = LARGEST_GROUP) -> None:
        self._work, self._largest = work, largest
        self._lock = threading.Lock()
        self._waiting: list[_Place[Job, Result]] = []
        self._busy = False

    def do(self, job: Job) -> Result:
        """The result for this job, or the exception it deserves."""
        place: _Place[Job, Result] = _Place(job)
        with self._lock:
            self._waiting.append(place)
            leads, self._busy = not self._busy, True
        if not leads:
            place.wait()
        if not place.is_done:
            self._lead()
        if isinstance(place.result, Exception):
            raise place.result
        return cast(Result, place.result)

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        try:
            results = done_together(self._work, [place.job for place in group])
            for place, result in zip(group, results, strict=True):
                place.settle(result)
        finally:
            self._call_the_next()

    def _call_the_next(self) -> None:
        with self._lock:
            self._busy = bool(self._waiting)
            if self._waiting:
                self._waiting[0].lead()


class RequestsTogether(Generic[Job, Result]):
    """For requests of an event loop: one thread at a time does the work of all that came meanwhile.

    `gather` lets a group grow for so many seconds: for what nobody waits for.
    """

    def __init__(self, work: Work[Job, Result], largest: int = LARGEST_GROUP, gather: float = 0.0) -> None:
        self._work, self._largest, self._gather = work, largest, gather
        self._waiting: list[tuple[Job, asyncio.Future[Result]]] = []
        self._busy = False
        # One thread of its own: a pool of many, asked anew for each group, costs more than the group's own work.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="together")

    async def do(self, job: Job) -> Result:
        """The result for this job, or the exception it deserves."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((job, future))
        if not self._busy:
            self._busy = True
            self._begin(loop)
        return await future

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._gather:
            loop.call_later(self._gather, self._hand_over, loop)
        else:
            self._hand_over(loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        group, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        self._thread.submit(self._work_off, loop, group)

    def _work_off(self, loop: asyncio.AbstractEventLoop, group: _Group[Job, Result]) -> None:
        results = done_together(self._work, [job for job, _ in group])
        try:
            loop.call_soon_threadsafe(self._settle, loop, group, results)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits any more
            self._busy = False

    def _settle(
        self, loop: asyncio.AbstractEventLoop, group: _Group[Job, Result], results: list[Result | Exception]
    ) -> None:
        self._busy = bool(self._waiting)
        if self._busy:
            self._begin(loop)
        for (_, future), result in zip(group, results, strict=True):
            if future.done():  # its request was given up meanwhile
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
