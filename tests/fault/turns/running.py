"""One run: residents and troubles at once, then everything is left in peace until it is settled, then the audit."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from tests.fault.audit import Report, audit, gather
from tests.fault.turns import mischief, residents, troubles
from tests.fault.turns.town import Town

log = logging.getLogger(__name__)

FAULTS = ("twilio", "bot", "health", "webhooks", "flood", "kills")
SETTLE_S = 240.0
END_S = 240.0


@dataclass(frozen=True)
class Plan:
    """`rounds`: how often each trouble comes at least, however slow the machine; `pause`: seconds between messages."""

    name: str
    faults: frozenset[str]
    seconds: float
    chatters: int = 6
    bookers: int = 0
    flood: int = 0
    rounds: int = 1
    pause: tuple[float, float] = (0.3, 1.2)
    between_kills: tuple[float, float] = (0.5, 2.5)
    seed: int = 20261124


def run(town: Town, plan: Plan) -> Report:
    """Everything at once, and what the audit says of it."""
    town.forget()
    began = time.monotonic()
    _everything_at_once(town, plan)
    seconds = time.monotonic() - began
    log.info("left in peace: %s", dict(town.done))
    _settles(town)
    log.info("the witnesses are heard")
    heard = gather(
        town.engine,
        town.vault,
        town.emulator,
        town.numbers,
        town.fhir,
        town.deliveries,
        town.refused,
        town.flooder,
    )
    return audit(plan.name, heard, town.done, seconds)


def _everything_at_once(town: Town, plan: Plan) -> None:
    over, closed = threading.Event(), threading.Event()
    chance = random.Random(plan.seed)
    with ThreadPoolExecutor(64) as pool:
        seeds = [random.Random(chance.random()) for _ in range(plan.chatters)]
        writing = [pool.submit(residents.chats, town, closed, plan.pause, each) for each in seeds]
        writing += [pool.submit(residents.books, town, closed) for _ in range(plan.bookers)]
        if "flood" in plan.faults:
            writing.append(pool.submit(residents.floods, town, plan.flood, closed))
        breaking = [pool.submit(each) for each in _troubles(town, plan, over, chance)]
        try:
            _until(breaking, plan.seconds, over)
        finally:
            over.set()
            closed.set()
        for each in writing:
            each.result(END_S)


def _until(breaking: list[Future[None]], seconds: float, over: threading.Event) -> None:
    """Until the time is over and every trouble has come as often as it should; at once when one cannot."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up and not any(each.done() for each in breaking):
        time.sleep(0.2)
    log.info("the time is over; waiting for troubles that have not come often enough")
    over.set()
    for each in as_completed(breaking, END_S):
        each.result()


def _troubles(town: Town, plan: Plan, over: threading.Event, chance: random.Random) -> list[Callable[[], None]]:
    rolls = {name: random.Random(chance.random()) for name in FAULTS}
    known: dict[str, Callable[[], None]] = {
        "twilio": lambda: troubles.breaks_twilio(town, over, plan.rounds, rolls["twilio"]),
        "bot": lambda: troubles.breaks(town, "bot", town.bot, over, plan.rounds),
        "health": lambda: troubles.breaks(town, "health service", town.health, over, plan.rounds),
        "webhooks": lambda: mischief.sends_odd_webhooks(town, over, 3 * plan.rounds, rolls["webhooks"]),
        "kills": lambda: troubles.kills(town, over, plan.rounds, plan.between_kills, rolls["kills"]),
    }
    return [known[name] for name in FAULTS if name in plan.faults and name in known]


def _settles(town: Town) -> None:
    """Until all is said, but not longer than it may take; what is open then is for the audit to tell."""
    give_up = time.monotonic() + SETTLE_S
    while not town.is_settled() and time.monotonic() < give_up:
        for number in town.numbers:
            town.sends_freely(number)
        time.sleep(0.5)
