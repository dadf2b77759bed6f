"""Rasa's tracker store on Redis or Valkey: the current session only, append-only, of a bounded size.

One list a resident, one event an item. A turn costs one LRANGE and one write, however long the resident's history
(docs/adr/0004). The archive of conversations is the message log, not this store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import redis.asyncio as redis
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from redis.exceptions import RedisError

from bot.errors import LostRace, StoreUnavailable, WrongSetUp
from bot.events import dump_event, load_events
from bot.sessions import compact, current_session, starts_session
from bot.trackers import SessionTracker

KEY_PREFIX = "latido:tracker:"
MAX_EVENTS = 80
TURNS_KEPT = 3
TIMEOUT_SECONDS = 2.0
TTL_DAYS = 30

# KEYS[1] the list; ARGV: events expected, last event expected, 1 to replace, seconds to live, events to write.
# Answers the new length, or -1 when the list is not the one this turn began with.
_WRITE = """
if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return -1 end
if ARGV[2] ~= '' and redis.call('LINDEX', KEYS[1], -1) ~= ARGV[2] then return -1 end
if ARGV[3] == '1' then redis.call('DEL', KEYS[1]) end
for i = 5, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[4]))
return redis.call('LLEN', KEYS[1])
"""

# KEYS[1] the list. Answers its length, its last item, and all of it as one JSON array: one string is read in a
# fraction of the time of many.
_READ = """
local items = redis.call('LRANGE', KEYS[1], 0, -1)
return {#items, items[#items] or '', '[' .. table.concat(items, ',') .. ']'}
"""


class RedisSessionStore(TrackerStore):
    """Keeps the current session of each resident; raises TurnNotMade errors instead of going on without it."""

    def __init__(
        self,
        domain: Domain | None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        ttl_days: float = TTL_DAYS,
        max_events: int = MAX_EVENTS,
        turns_kept: int = TURNS_KEPT,
        timeout_seconds: float = TIMEOUT_SECONDS,
        **kwargs: Any,
    ) -> None:
        """Connects lazily to the URL `host`; WrongSetUp when it is no Redis URL."""
        super().__init__(domain, event_broker)
        self._blank: SessionTracker | None = None
        self._redis = _client(host, timeout_seconds)
        self._write_script = self._redis.register_script(_WRITE)
        self._read_script = self._redis.register_script(_READ)
        self._ttl_seconds = int(ttl_days * 86_400)
        self._max_events = max_events
        self._turns_kept = turns_kept

    @property
    def domain(self) -> Domain:
        """The domain whose slots the trackers have."""
        return self._domain

    @domain.setter
    def domain(self, domain: Domain | None) -> None:
        self._domain = domain or Domain.empty()
        self._blank = None

    async def ping(self) -> None:
        """Raises StoreUnavailable when the server does not answer."""
        await _reach(self._redis.ping())

    async def retrieve(self, sender_id: str) -> SessionTracker | None:
        """The tracker of the current session, or None; StoreUnavailable when it cannot be read."""
        length, last, items = await _reach(self._read_script(keys=[KEY_PREFIX + sender_id]))
        if not length:
            return None
        tracker = self.init_tracker(sender_id)
        for event in load_events(items):
            tracker.update(event, self.domain)
        tracker.stored_length, tracker.stored_last, tracker.stored_events = length, last, length
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> SessionTracker | None:
        """The same as `retrieve`: earlier sessions are in the message log."""
        return await self.retrieve(conversation_id)

    def init_tracker(self, sender_id: str) -> SessionTracker:
        """An empty tracker that knows what of it is stored."""
        if self._blank is None:
            self._blank = SessionTracker("", self.domain.slots)
        return self._blank.blank_for(sender_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Appends what is new; LostRace when somebody else wrote since, StoreUnavailable when nobody can."""
        events = list(tracker.events)
        new = events[getattr(tracker, "stored_events", 0) :]
        if not new:
            return
        replacement = self._replacement(events, new)
        written = [dump_event(event) for event in (new if replacement is None else replacement)]
        length = await self._write(tracker, written, replace=replacement is not None)
        if isinstance(tracker, SessionTracker):
            tracker.stored_length, tracker.stored_last, tracker.stored_events = length, written[-1], len(events)

    async def forget(self, sender_id: str) -> None:
        """Drops all that is stored of a resident; StoreUnavailable when it cannot be dropped."""
        await _reach(self._redis.delete(KEY_PREFIX + sender_id))

    async def keys(self) -> Iterable[str]:
        """The residents with a session."""
        found = await _reach(_scan(self._redis))
        return [key[len(KEY_PREFIX) :] for key in found]

    def _replacement(self, events: Sequence[Event], new: Sequence[Event]) -> list[Event] | None:
        if starts_session(new):
            return compact(current_session(events), self._turns_kept)
        if len(events) > self._max_events:
            return compact(current_session(events), self._turns_kept)
        return None

    async def _write(self, tracker: DialogueStateTracker, items: Sequence[str], replace: bool) -> int:
        expected = getattr(tracker, "stored_length", 0)
        last = getattr(tracker, "stored_last", "")
        args = [expected, last, 1 if replace else 0, self._ttl_seconds, *items]
        length: int = await _reach(self._write_script(keys=[KEY_PREFIX + tracker.sender_id], args=args))
        if length < 0:
            raise LostRace("Another turn of this resident was saved meanwhile: send the message again.")
        return length


def _client(url: str | None, timeout: float) -> redis.Redis[str]:
    if not url or not url.startswith(("redis://", "rediss://", "unix://")):
        raise WrongSetUp("The tracker store has no Redis URL: set LATIDO_REDIS_URL, e.g. redis://127.0.0.1:6379/0.")
    return redis.Redis.from_url(
        url, decode_responses=True, socket_timeout=timeout, socket_connect_timeout=timeout, health_check_interval=30
    )


async def _reach(operation: Any) -> Any:
    try:
        return await operation
    except (RedisError, OSError, asyncio.TimeoutError) as error:
        raise StoreUnavailable(f"The tracker store does not answer ({type(error).__name__}).") from error


async def _scan(client: redis.Redis[str]) -> list[str]:
    return [key async for key in client.scan_iter(match=KEY_PREFIX + "*", count=500)]
