"""Wake-ups over Redis: they make work start at once; without Redis the workers' own clocks still find it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

import redis

from latido.messaging.lanes import LaneName

logger = logging.getLogger(__name__)

CHANNEL = "latido:wake"


class Wakeups:
    """Publishes and hears which lane has new work. Redis may be gone at any moment: nothing here raises."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=0.5)
        self._own: Mapping[str, threading.Event] = {}

    def notify(self, name: LaneName) -> None:
        """Tell a worker that a lane of this name has work: this process's own, or else every other."""
        own = self._own.get(name)
        if own is not None:
            own.set()
            return
        try:
            self._client.publish(CHANNEL, name)
        except redis.RedisError:
            logger.debug("no wake-up: redis is away")

    def listen(self, events: Mapping[str, threading.Event], stop: threading.Event) -> None:
        """Set the event of each lane named by a wake-up until `stop` is set; connects again after an outage."""
        self._own = events
        while not stop.is_set():
            try:
                self._hear(events, stop)
            except redis.RedisError:
                stop.wait(0.5)

    def _hear(self, events: Mapping[str, threading.Event], stop: threading.Event) -> None:
        with self._client.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(CHANNEL)
            while not stop.is_set():
                heard = channel.get_message(timeout=0.5)
                if heard and (event := events.get(heard["data"].decode())):
                    event.set()
