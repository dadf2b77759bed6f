"""What a worker does for campaigns again and again: begin, settle, queue, end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from latido.campaigns.parts import Campaigns
from latido.campaigns.queuing import queue_due
from latido.campaigns.settling import finish, settle, stop_the_refused
from latido.campaigns.starting import start_due
from latido.messaging.lanes import LaneName

MOST_ROUNDS = 1000
MOVED = ("queued", "skipped", "failed")


def campaign_round(campaigns: Campaigns, wake: Callable[[LaneName], None] = lambda name: None) -> Counter[str]:
    """Everything that can be done now; returns how many recipients went to which state."""
    start_due(campaigns)
    outcomes: Counter[str] = Counter()
    for _ in range(MOST_ROUNDS):
        settle(campaigns)
        stop_the_refused(campaigns)
        these = queue_due(campaigns)
        outcomes += these
        if these["queued"]:
            wake("send")
        if not any(these[state] for state in MOVED):
            break
    finish(campaigns)
    return outcomes
