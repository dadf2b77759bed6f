"""What a worker does again and again: plan whoever is stale or due, settle, queue what is due, see to the silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from latido.messaging.lanes import LaneName
from latido.reminders.parts import Reminders
from latido.reminders.planning import plan_due
from latido.reminders.queuing import queue_due
from latido.reminders.settling import settle
from latido.reminders.unconfirmed import heed_words, release_due

MOST_ROUNDS = 1000
MOVED = ("queued", "listed", "cancelled", "expired", "failed")


def plan_all(reminders: Reminders) -> int:
    """Plan until nobody is stale or due, or the health service does not answer; returns how many were planned."""
    planned = 0
    heed_words(reminders)
    for _ in range(MOST_ROUNDS):
        done = plan_due(reminders)
        planned += done
        if done < reminders.limits.at_once:
            break
    return planned


def send_round(reminders: Reminders, wake: Callable[[LaneName], None] = lambda name: None) -> Counter[str]:
    """Settle what was sent, then queue what is due while there is room; returns how many went to which state."""
    outcomes: Counter[str] = Counter()
    for _ in range(MOST_ROUNDS):
        settle(reminders)
        these = queue_due(reminders)
        outcomes += these
        if these["queued"]:
            wake("send")
        if not any(these[state] for state in MOVED):
            break
    if released := release_due(reminders):
        outcomes["released"] += released
    return outcomes
