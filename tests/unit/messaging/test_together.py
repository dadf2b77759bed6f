"""Groups: what comes while one is under way goes in the next, in order, and one bad job spoils only itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import DBAPIError

from latido.messaging.together import RequestsTogether, ThreadsTogether, done_together, once_more
from tests.loops import run_apart


class Work:
    """Doubles numbers; the first group waits until `goes_on` is set, and 13 is refused."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.began = threading.Event()
        self.goes_on = threading.Event()

    def __call__(self, jobs: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(jobs))
        self.began.set()
        assert self.goes_on.wait(60)
        if 13 in jobs:
            raise ValueError("13")
        return [LookupError("seven") if job == 7 else 2 * job for job in jobs]


def test_what_comes_while_a_group_is_under_way_goes_in_the_next() -> None:
    work = Work()
    together: ThreadsTogether[int, int] = ThreadsTogether(work)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(together.do, 1)
        assert work.began.wait(60)
        rest = [pool.submit(together.do, number) for number in (2, 3, 4, 5)]
        while len(together._waiting) < 4:
            pass
        work.goes_on.set()
        assert [one.result(60) for one in (first, *rest)] == [2, 4, 6, 8, 10]
    assert work.groups[0] == [1]
    assert sorted(work.groups[1]) == [2, 3, 4, 5]
    assert len(work.groups) == 2


def test_a_large_group_is_cut_and_the_next_in_line_leads_the_rest() -> None:
    work = Work()
    together: ThreadsTogether[int, int] = ThreadsTogether(work, largest=2)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(together.do, 1)
        assert work.began.wait(60)
        rest = [pool.submit(together.do, number) for number in (2, 3, 4, 5, 6)]
        while len(together._waiting) < 5:
            pass
        work.goes_on.set()
        assert [one.result(60) for one in (first, *rest)] == [2, 4, 6, 8, 10, 12]
    assert [len(group) for group in work.groups] == [1, 2, 2, 1]
    assert together.do(8) == 16  # and who comes after them leads again


def test_one_bad_job_spoils_only_itself() -> None:
    work = Work()
    work.goes_on.set()
    results = done_together(work, [1, 13, 7])
    assert results[0] == 2
    assert isinstance(results[1], ValueError)
    assert isinstance(results[2], LookupError)
    assert work.groups == [[1, 13, 7], [1], [13], [7]]


def test_the_one_who_deserves_it_gets_the_exception() -> None:
    work = Work()
    work.goes_on.set()
    together: ThreadsTogether[int, int] = ThreadsTogether(work)
    with pytest.raises(LookupError):
        together.do(7)
    assert together.do(1) == 2


async def _ask(together: RequestsTogether[int, int], work: Work) -> list[object]:
    first = asyncio.create_task(together.do(1))
    await asyncio.to_thread(work.began.wait, 60)
    rest = [asyncio.create_task(together.do(number)) for number in (2, 13, 7)]
    given_up = asyncio.create_task(together.do(5))
    await asyncio.sleep(0)
    given_up.cancel()
    work.goes_on.set()
    return list(await asyncio.gather(first, *rest, return_exceptions=True))


def test_requests_of_a_loop_go_together_and_one_that_is_given_up_spoils_nothing() -> None:
    work = Work()
    results = run_apart(_ask(RequestsTogether(work), work))
    assert results[:2] == [2, 4]
    assert isinstance(results[2], ValueError)
    assert isinstance(results[3], LookupError)
    assert work.groups[:2] == [[1], [2, 13, 7, 5]]


def test_work_is_done_once_more_only_when_the_connection_was_lost() -> None:
    for lost, tries in ((True, 2), (False, 1)):
        seen: list[Sequence[int]] = []

        def work(jobs: Sequence[int], lost: bool = lost, seen: list[Sequence[int]] = seen) -> list[int | Exception]:
            seen.append(jobs)
            if len(seen) == 1:
                raise DBAPIError("SELECT 1", {}, Exception(), connection_invalidated=lost)
            return list(jobs)

        results = once_more(work)([1]) if lost else done_together(once_more(work), [1])
        assert len(seen) == tries
        assert (results == [1]) is lost
