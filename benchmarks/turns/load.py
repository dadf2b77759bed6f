"""Residents who write through the emulator: each waiting for her answer, or at a given rate whatever comes back."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import aiohttp

TEXTS = ("hola", "¿es gratis?", "qué tengo que llevar?", "busco un cesac en barracas", "gracias")
POLL = 5.0
PATIENCE = 60.0
FIRST_NUMBER = 30_000_000
# After a measurement: long enough for a second answer to the same message to show itself.
ECHO = 0.5


class Mismatch(RuntimeError):
    """Somebody got more than one message for hers: replies can no longer be told apart, and no time is true."""


@dataclass(frozen=True)
class Load:
    """What came of it: seconds of each answered turn, how many were never answered, and how long it all took."""

    turns: Sequence[float]
    lost: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Answered turns a second."""
        return len(self.turns) / self.seconds


def percentile(values: Sequence[float], percent: int) -> float:
    """That percentile, in the values' own unit; nan of nothing."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


class Resident:
    """A phone at the emulator; what she wrote is answered in order."""

    def __init__(self, http: aiohttp.ClientSession, number: str, turned: int) -> None:
        self.number, self.turned = number, turned
        self._http = http
        self._path = f"/emulator/phones/{quote(number, safe='')}/messages"
        self._cursor = 0
        self._heard: deque[dict[str, Any]] = deque()
        self._turn = asyncio.Lock()

    async def arrives(self) -> None:
        """The emulator knows her."""
        async with self._http.post("/emulator/phones", json={"phone": self.number, "name": "Ana"}) as answer:
            answer.raise_for_status()

    async def asks(self, text: str, since: float | None = None) -> float | None:
        """Seconds from writing (or from `since`) to her answer; None when none came in time."""
        began = time.perf_counter() if since is None else since
        async with self._http.post(self._path, json={"kind": "text", "text": text, "wait": False}) as answer:
            answer.raise_for_status()
        async with self._turn:
            return time.perf_counter() - began if await self._hears(PATIENCE) else None

    async def settles(self, quiet: float) -> int:
        """Put aside what still comes until nothing has come for that many seconds; how many messages it was."""
        count = 0
        while await self._hears(quiet):
            count += 1
        return count

    async def _hears(self, patience: float) -> bool:
        deadline = time.perf_counter() + patience
        while not self._heard and (left := deadline - time.perf_counter()) > 0:
            query: dict[str, str | float] = {
                "after": self._cursor,
                "wait": round(min(left, POLL), 2),
                "direction": "outbound",
            }
            async with self._http.get(self._path, params=query) as answer:
                found = await answer.json()
            self._cursor = found["cursor"]
            self._heard.extend(found["messages"])
        return bool(self._heard and self._heard.popleft())


class Town:
    """Residents of one emulator, for one measurement after the other."""

    def __init__(self, emulator_url: str, residents: int, first: int = FIRST_NUMBER) -> None:
        self._runner = asyncio.Runner()
        self._http = self._runner.run(_session(emulator_url))
        self.numbers = [f"+54911{first + n}" for n in range(residents)]
        self._residents = [Resident(self._http, number, turned) for turned, number in enumerate(self.numbers)]

    def __enter__(self) -> Self:
        """Everybody has a phone, and Twilio's limits on a sender are off: they are not what is measured."""
        self._runner.run(self._opens())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._http.close())
        self._runner.close()

    def greets(self, texts: Sequence[str] = ("hola",), quiet: float = 1.0) -> None:
        """Everybody writes these, and all that comes is awaited: nothing of it is measured."""

        async def one(resident: Resident) -> None:
            for text in texts:
                await resident.asks(text)
                await resident.settles(quiet)

        self._runner.run(self._each(one))

    def twilio_answers_after(self, milliseconds: int) -> None:
        """From now on, there and back: 0 is the loopback's own speed."""
        self._runner.run(self._put("/emulator/faults", {"rest_delay_ms": milliseconds}))

    def chats(self, rounds: int, seconds: float) -> Load:
        """Closed loop: everybody goes through the texts so often, waiting each time, until the seconds are over."""
        until = time.perf_counter() + seconds

        async def one(resident: Resident) -> list[float | None]:
            spent: list[float | None] = []
            for number in range(rounds * len(TEXTS)):
                if time.perf_counter() > until or (spent and spent[-1] is None):
                    break
                spent.append(await resident.asks(_text(resident.turned + number)))
            return spent

        return self._measured(lambda: self._each(one))

    def writes(self, rate: float, seconds: float) -> Load:
        """Open loop: a message every 1/rate seconds, each from the next resident, answered or not."""

        async def all_of_them() -> list[list[float | None]]:
            start, turns = time.perf_counter(), []
            for number, resident in zip(range(int(rate * seconds)), itertools.cycle(self._residents), strict=False):
                due = start + number / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                turns.append(asyncio.create_task(resident.asks(_text(number), due)))
            return [list(await asyncio.gather(*turns))]

        return self._measured(all_of_them)

    async def _opens(self) -> None:
        await self._put("/emulator/limits", {"pair": False, "sender_per_second": None, "concurrent_requests": None})
        await self._each(Resident.arrives)

    async def _put(self, path: str, wanted: dict[str, Any]) -> None:
        async with self._http.put(path, json=wanted) as answer:
            answer.raise_for_status()

    def _measured(self, run: Callable[[], Awaitable[list[list[float | None]]]]) -> Load:
        started = time.perf_counter()
        spent = list(itertools.chain.from_iterable(self._runner.run(_awaited(run))))
        seconds = time.perf_counter() - started
        answered = [each for each in spent if each is not None]
        lost = len(spent) - len(answered)
        extra = sum(self._runner.run(self._each(lambda resident: resident.settles(ECHO))))
        if extra > lost:
            raise Mismatch(f"{extra} more messages came than were written ({lost} unanswered): choose other texts")
        return Load(answered, lost, seconds)

    async def _each(self, one: Callable[[Resident], Awaitable[Any]]) -> list[Any]:
        return list(await asyncio.gather(*(one(resident) for resident in self._residents)))


async def _session(url: str) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0)
    return aiohttp.ClientSession(url, connector=connector, timeout=aiohttp.ClientTimeout(total=2 * PATIENCE))


async def _awaited(run: Callable[[], Awaitable[list[list[float | None]]]]) -> list[list[float | None]]:
    return await run()


def _text(number: int) -> str:
    """Residents are never all at the same question: each begins with another."""
    return TEXTS[number % len(TEXTS)]
