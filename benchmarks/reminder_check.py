"""What the check before a reminder is sent costs: her plan made anew from Postgres and the FHIR server, in one thread.

The resident has an appointment and nothing else; each is checked several times, as it is before her reminder is queued
and again just before the call. Processor time, not the clock, is what a busy machine tells truly.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import event

from latido.care.services import BUENOS_AIRES
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.content_data import load_content
from latido.reminders.knowing import known_of
from latido.reminders.parts import Limits, Reminders
from latido.reminders.planning import plan_resident
from latido.reminders.policy_data import load_policy
from latido.reminders.rules.content import plan_with_content
from tests.fault.reminder_town import Town, a_town


def main() -> None:
    """Move in, check, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=60, help="residents, each with an appointment")
    parser.add_argument("--rounds", type=int, default=5, help="checks of each")
    parser.add_argument("--profile", action="store_true", help="where the time goes, function by function")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name, a_town(Path(name)) as town:
        town.move_in(options.residents)
        reminders = reminders_of(town)
        keys = [town.key(number) for number in town.numbers]
        parts: dict[str, Callable[[str], object]] = {
            "what is true of her is read": lambda key: known_of(reminders.care, key),
            "her plan is made from it, and her rows follow": lambda key: plan_resident(reminders, key),
        }
        print("| for one resident, in one thread | wall, ms | processor: Latido, ms | Postgres, ms | statements |")
        print("|---|---|---|---|---|")
        for part, act in parts.items():
            _measure(town, part, act, keys, options.rounds)
        if options.profile:
            _profile(parts["her plan is made from it, and her rows follow"], keys * options.rounds)


def reminders_of(town: Town) -> Reminders:
    """Those of the town's residents, by the real clock and the town's policy, in this process."""
    care = replace(town.care, now=lambda: datetime.now(UTC))
    policy, content = load_policy(Path(town.environment["LATIDO_REMINDERS_POLICY"])), load_content()
    return Reminders(
        care,
        lambda known, now: plan_with_content(known, care.calendars, policy, content, BUENOS_AIRES, now),
        policy,
        reminder_reply,
        Limits(),
    )


def _measure(town: Town, name: str, act: Callable[[str], object], keys: list[str], rounds: int) -> None:
    for key in keys[:20]:
        act(key)
    statements = _Counted(town)
    wall, mine, theirs = time.perf_counter(), time.thread_time(), _postgres(town)
    for key in keys * rounds:
        act(key)
    count = len(keys) * rounds
    spent = (time.perf_counter() - wall, time.thread_time() - mine, _postgres(town) - theirs)
    figures = " | ".join(f"{each / count * 1000:.1f}" for each in spent)
    print(f"| {name} | {figures} | {statements.end() / count:.1f} |", flush=True)


class _Counted:
    """Statements sent to Postgres from now on."""

    def __init__(self, town: Town) -> None:
        self._engine, self._count = town.care.engine, 0
        event.listen(self._engine, "before_cursor_execute", self._note)

    def _note(self, *_: object) -> None:
        self._count += 1

    def end(self) -> int:
        """How many there were."""
        event.remove(self._engine, "before_cursor_execute", self._note)
        return self._count


def _postgres(town: Town) -> float:
    """Seconds of processor time so far."""
    processes = psutil.Process(town.postgres.pid or 0).children(recursive=True)
    return float(sum(sum(each.cpu_times()[:2]) for each in processes))


def _profile(act: Callable[[str], object], keys: list[str]) -> None:
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    for key in keys:
        act(key)
    profile.disable()
    pstats.Stats(profile).sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
