"""Twilio's and Meta's limits: sender queue, pair bucket, new conversations a day, concurrent REST calls."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

QUEUE_HOURS = 4
PAIR_BURST = 45
PAIR_SECONDS = 6.0
DAY = timedelta(hours=24)


@dataclass
class Limits:
    """The switches; None means no limit."""

    sender_per_second: float | None = 80.0
    pair: bool = True
    conversations_per_day: int | None = None
    concurrent_requests: int | None = 100


@dataclass
class SenderQueue:
    """The queue of one sender, emptied at a fixed pace; times in seconds of any steady clock."""

    free_at: float = 0.0

    def delay(self, now: float, per_second: float | None) -> float | None:
        """Seconds until this message's turn, or None when it would wait longer than Twilio's four hours."""
        if not per_second:
            return 0.0
        starts = max(self.free_at, now)
        if starts - now > QUEUE_HOURS * 3600:
            return None
        self.free_at = starts + 1.0 / per_second
        return starts - now


@dataclass
class PairBucket:
    """One message each six seconds to one user, with a burst of 45 (source: Meta, throughput)."""

    tokens: float = PAIR_BURST
    at: datetime | None = None

    def take(self, now: datetime) -> bool:
        """Spend one message; False when the allowance is used up."""
        if self.at is not None:
            gained = max((now - self.at).total_seconds(), 0.0) / PAIR_SECONDS
            self.tokens = min(PAIR_BURST, self.tokens + gained)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass
class Meters:
    """How much of the limits has been used."""

    queue: SenderQueue = field(default_factory=SenderQueue)
    pairs: dict[str, PairBucket] = field(default_factory=dict)
    opened: dict[str, datetime] = field(default_factory=dict)
    concurrent: int = 0

    def pair_allows(self, phone: str, now: datetime) -> bool:
        """Whether one more message may go to this user now."""
        return self.pairs.setdefault(phone, PairBucket()).take(now)

    def conversation_allowed(self, phone: str, now: datetime, limit: int | None) -> bool:
        """Whether one more user may be written to outside the window in these 24 hours."""
        self.opened = {user: at for user, at in self.opened.items() if now - at < DAY}
        if phone not in self.opened and limit is not None and len(self.opened) >= limit:
            return False
        self.opened[phone] = now
        return True
