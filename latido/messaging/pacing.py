"""Token buckets: how fast one sender may send, and how fast one resident may be sent to.

Twilio takes 80 messages a second per WhatsApp sender; Meta one message each six seconds to one person, with a burst of
45 that is paid back. The buckets are in Redis, shared by all senders; without Redis each process keeps its own.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

import redis

logger = logging.getLogger(__name__)

# Takes one token from each bucket or from none; answers the seconds to wait. Time is Redis's own, so hosts may differ.
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local wait, levels = 0, {}
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local kept = redis.call('HMGET', key, 'level', 'at')
  -- A clock that was set back must not take tokens away.
  local passed = math.max(0, now - (tonumber(kept[2]) or now))
  local level = math.min(burst, (tonumber(kept[1]) or burst) + passed * rate)
  levels[i] = level
  if level < 1 then wait = math.max(wait, (1 - level) / rate) end
end
for i, key in ipairs(KEYS) do
  local taken = (wait > 0) and 0 or 1
  redis.call('HSET', key, 'level', tostring(levels[i] - taken), 'at', tostring(now))
  redis.call('EXPIRE', key, 900)
end
return tostring(wait)
"""


@dataclass(frozen=True)
class Limit:
    """A bucket's refill in tokens a second and its size in tokens."""

    rate: float
    burst: float


PER_SENDER = Limit(rate=70.0, burst=70.0)
# What nobody waits for takes at most this part of a sender's tokens, so that replies always find some.
BULK = Limit(rate=50.0, burst=50.0)
PER_RESIDENT = Limit(rate=1 / 6, burst=40.0)


class Pacer:
    """Says how many seconds to wait before the next send to a resident; 0 means go, and the token is taken."""

    def __init__(
        self,
        url: str,
        per_sender: Limit = PER_SENDER,
        per_resident: Limit = PER_RESIDENT,
        bulk: Limit = BULK,
    ) -> None:
        client = redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=0.5)
        self._take = client.register_script(_TAKE)
        self._per_sender, self._per_resident = per_sender, per_resident
        self._bulk = bulk
        self._own = _OwnBuckets()

    def wait(self, sender: str, resident: str, bulk: bool = False) -> float:
        """Seconds until a send is allowed; a token of every bucket is taken only when it is 0. `bulk`: no reply."""
        keys = [f"latido:pace:sender:{sender}", f"latido:pace:resident:{resident}"]
        limits = [self._per_sender, self._per_resident]
        if bulk:
            keys.append(f"latido:pace:bulk:{sender}")
            limits.append(self._bulk)
        try:
            args = [number for limit in limits for number in (limit.rate, limit.burst)]
            return float(self._take(keys=keys, args=args))
        except redis.RedisError:
            logger.debug("pacing without redis")
            return self._own.wait(dict(zip(keys, limits, strict=True)))


class _OwnBuckets:
    """The same buckets in this process, for as long as Redis is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def wait(self, limits: dict[str, Limit]) -> float:
        with self._lock:
            now = time.monotonic()
            levels = {key: self._level(key, limit, now) for key, limit in limits.items()}
            waits = [(1 - levels[key]) / limit.rate for key, limit in limits.items() if levels[key] < 1]
            for key, level in levels.items():
                self._levels[key] = (level - (0 if waits else 1), now)
            return max(waits, default=0.0)

    def _level(self, key: str, limit: Limit, now: float) -> float:
        level, at = self._levels.get(key, (limit.burst, now))
        return min(limit.burst, level + (now - at) * limit.rate)
