"""News for those who wait: the phone page's event stream and the long polls of tests."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Feed:
    """Publishes events to every stream, and wakes the waiters of one topic (a phone's address)."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self._waiters: dict[str, set[asyncio.Future[None]]] = defaultdict(set)

    @property
    def watched(self) -> bool:
        """Whether any page listens, so that nobody renders for nobody."""
        return bool(self._streams)

    def publish(self, event: dict[str, Any]) -> None:
        """Give an event to every stream."""
        for stream in self._streams:
            stream.put_nowait(event)

    def wake(self, topic: str) -> None:
        """Wake whoever waits for news of a topic."""
        for waiter in self._waiters.pop(topic, ()):
            if not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """End every stream and every wait: the emulator stops."""
        for stream in self._streams:
            stream.put_nowait(None)
        for waiter in [waiter for waiters in self._waiters.values() for waiter in waiters]:
            waiter.cancel()

    async def wait(self, topic: str, timeout: float) -> bool:
        """True when something happened on the topic within `timeout` seconds."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[topic].add(waiter)
        try:
            await asyncio.wait_for(waiter, timeout)
            return True
        except TimeoutError:
            return False
        except asyncio.CancelledError:
            if waiter.cancelled():
                return False
            raise
        finally:
            self._waiters.get(topic, set()).discard(waiter)

    @contextmanager
    def subscribed(self) -> Iterator[asyncio.Queue[dict[str, Any] | None]]:
        """A queue that gets every event from now on, and None at the end."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._streams.add(queue)
        try:
            yield queue
        finally:
            self._streams.discard(queue)
