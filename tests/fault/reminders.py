"""Thousands of due reminders while everything dies, answers are lost and residents change their minds; then an audit.

`python -m tests.fault.reminders --minutes 30 --rows 10000` runs until all are said or dropped; it prints what was done
to them, and every violation: a reminder accepted twice, one that nobody accounts for, one said to whom it was wrong.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from latido.care.booking.cancel import cancel
from latido.care.life_course import losses, pregnancies
from latido.care.rights.reminders import set_reminders
from latido.care.rules.gestation import age_by_last_period
from latido.care.services import BUENOS_AIRES, Care
from latido.messaging.tables import message
from latido.reminders.tables import reminder
from tests.fault.reminder_town import WORKERS, Town, a_town

log = logging.getLogger(__name__)

T = TypeVar("T")
# Between the sender's last question and Twilio's answer; what only the health service knows is seen a little later.
IN_THAT_MOMENT = timedelta(seconds=5)
SEEN_WITHIN = timedelta(seconds=25)
AT_THE_END_S = 180.0


@dataclass(frozen=True)
class Plan:
    """`rows`: residents, each with one due reminder; `changing`: how many of them tell what makes it wrong.

    `planned_first`: all of them are due when the workers begin, instead of becoming so one after the other.
    """

    rows: int
    changing: int
    seconds: float
    kills: int = 8
    pause: tuple[float, float] = (0.0, 1.0)
    parts: tuple[str, ...] = ("worker", "postgres", "worker", "valkey")
    lost_answers: int = 10
    seed: int = 20261123
    planned_first: bool = False


@dataclass(frozen=True)
class Report:
    """What was done, every violation, and how many nobody has come to in the time."""

    figures: dict[str, object]
    violations: list[str]
    not_reached: int


def run(town: Town, plan: Plan) -> Report:
    """Everything at once until all is settled, then the audit."""
    town.move_in(plan.rows)
    log.info("%d residents moved in", plan.rows)
    changing = random.Random(plan.seed).sample(town.numbers, plan.changing)
    _are_pregnant(town, changing[0::4])
    if plan.planned_first:
        town.plan_everybody()
        log.info("planned: %s", dict(town.states()))
    over, started = threading.Event(), time.monotonic()
    _lose_answers(town, plan)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(WORKERS):
            town.start_worker()
        killing = pool.submit(_kills, town, plan, over)
        telling = pool.submit(_tells, town, plan, changing, over)
        wait([killing, telling], plan.seconds, FIRST_EXCEPTION)
        over.set()
        killing.result(AT_THE_END_S)
        telling.result(AT_THE_END_S)
        town.leases_run_out()
        if not town.waits_until_settled(plan.seconds - (time.monotonic() - started)):
            town.closes(AT_THE_END_S)
    return _audit(town, time.monotonic() - started)


def _lose_answers(town: Town, plan: Plan) -> None:
    """From now on, some after each kill; receipts come twice and in any order, those of delivery not at all."""
    times = -(-plan.lost_answers // (plan.kills + 1))
    faults = {"kind": "timeout_after_accepting", "times": times, "hold_seconds": 2.0}
    town.client.faults(rest=faults, duplicates=1, shuffle=True, lose=["delivered"])


def _kills(town: Town, plan: Plan, over: threading.Event) -> None:
    """One part after the other, each a moment after something has moved on: so nothing depends on a machine's speed.

    Spread over all of the run: one more whenever as many more were settled.
    """
    chance, turn, before = random.Random(plan.seed), 0, Counter[str]()
    to_settle = plan.rows - plan.changing
    while not over.is_set() and turn < plan.kills:
        now = _again(town.progress)
        if now == before or _again(town.settled) * plan.kills < to_settle * turn:
            if turn and town.is_settled():
                return
            over.wait(0.2)
            continue
        over.wait(chance.uniform(*plan.pause))
        town.kill(plan.parts[turn % len(plan.parts)], chance)
        _again(town.leases_run_out)
        _lose_answers(town, plan)
        before, turn = now, turn + 1
        log.info("killed %d of %d: %s", turn, plan.kills, dict(now))


def _are_pregnant(town: Town, numbers: list[str]) -> None:
    today = datetime.now(BUENOS_AIRES).date()
    age = age_by_last_period(today - timedelta(weeks=20), today)
    for number in numbers:
        telling = pregnancies.Telling(f"SMpreg{number}:t", town.key(number), "self", age=age)
        pregnancies.tell(town.care, telling)


def _tells(town: Town, plan: Plan, numbers: list[str], over: threading.Event) -> None:
    """A loss, BAJA, a cancelled visit, one that happened: first those whose reminder is claimed or queued just then."""
    care, chance = replace(town.care, now=lambda: datetime.now(UTC)), random.Random(plan.seed + 1)
    todo = {town.key(number): (number, *KINDS[index % len(KINDS)]) for index, number in enumerate(numbers)}
    to_settle, told = plan.rows - plan.changing, 0
    while todo and not over.is_set():
        under_way, settled = _again(town.under_way), _again(town.settled)
        chosen = [key for key in todo if key in under_way]
        # The others one by one, so that some tell before it is their turn and some after.
        if not chosen and told * to_settle <= settled * plan.changing and (under_way or settled):
            chosen = [chance.choice(list(todo))]
        for key in chosen:
            number, kind, tells = todo.pop(key)
            _again(lambda tells=tells, number=number: tells(care, town, number))  # type: ignore[misc]
            town.told[number] = (kind, datetime.now(UTC))
            town.told_in_time += key in under_way
            told += 1
        over.wait(chance.uniform(0.0, plan.pause[1] / 5))


def _loses_it(care: Care, town: Town, number: str) -> None:
    losses.tell(care, losses.Loss(f"SMloss{number}:t", town.key(number), "pregnancy"))


def _says_stop(care: Care, town: Town, number: str) -> None:
    set_reminders(care, town.key(number), "out", f"SMstop{number}:t")


def _cancels(care: Care, town: Town, number: str) -> None:
    cancel(care, town.appointments[number], town.key(number), f"SMcancel{number}:t")


def _came(care: Care, town: Town, number: str) -> None:
    """The centre's desk writes that she was there: nothing of it passes through Latido."""
    found = care.fhir.read("Appointment", town.appointments[number])
    if found["status"] != "fulfilled":
        care.fhir.update({**found, "status": "fulfilled"})


KINDS: Sequence[tuple[str, Callable[[Care, Town, str], None]]] = (
    ("loss", _loses_it),
    ("stop", _says_stop),
    ("cancel", _cancels),
    ("visit", _came),
)


def _again(act: Callable[[], T]) -> T:
    """Until it works, as a resident's phone would: every use case may be repeated with its key."""
    give_up = time.monotonic() + 180
    while True:
        try:
            return act()
        except Exception:  # the database is away: as many errors as there are layers above it
            if time.monotonic() > give_up:
                raise
            time.sleep(0.3)


def _audit(town: Town, seconds: float) -> Report:
    accepted: dict[str, list[datetime]] = {number: [] for number in town.numbers}
    sids: Counter[str] = Counter()
    for each in list(town.emulator.messages.values()):
        if not each.inbound:
            accepted[each.to.removeprefix("whatsapp:")].append(each.created)
            sids[each.sid] += 1
    waiting = town.not_reached()
    left = {number for number in town.numbers if number not in town.told and town.key(number) in waiting}
    violations = [
        problem
        for number in town.numbers
        if number not in left or len(accepted[number]) > 1
        for problem in _wrong(town, number, accepted[number])
    ]
    violations += _unaccounted(town, sids) + _not_once(town, left)
    figures: dict[str, object] = {
        "rows": len(town.numbers),
        "accepted by Twilio": sum(len(each) for each in accepted.values()),
        "told of meanwhile": dict(Counter(kind for kind, _ in town.told.values())),
        "of these, while it was claimed or queued": town.told_in_time,
        "of these, said before": sum(1 for number in town.told if accepted[number]),
        "kills": dict(town.kills),
        "states": dict(town.states()),
        "not reached in the time": len(left),
        "seconds": round(seconds),
    }
    return Report(figures, violations, len(left))


def _wrong(town: Town, number: str, accepted: list[datetime]) -> list[str]:
    if number not in town.told:
        return [] if len(accepted) == 1 else [f"{number}: {len(accepted)} messages, not one"]
    kind, moment = town.told[number]
    allowed = moment + (SEEN_WITHIN if kind == "visit" else IN_THAT_MOMENT)
    late = [at - moment for at in accepted if at > allowed]
    return [f"{number}: said {late[0].total_seconds():.1f} s after {kind}"] if late else []


def _not_once(town: Town, left: set[str]) -> list[str]:
    """Those who told nothing and whose confirmation was not said, or is not known to have been."""
    mine = (reminder.c.name == "confirm", reminder.c.state == "sent")
    with town.engine.connect() as connection:
        said = set(connection.execute(select(reminder.c.resident).where(*mine)).scalars())
    return [
        f"{each}: its row is not sent"
        for each in town.numbers
        if each not in town.told and each not in left and town.key(each) not in said
    ]


def _unaccounted(town: Town, sids: Counter[str]) -> list[str]:
    """What Twilio has and the log has not, or the other way round; rows that do not know it."""
    said = select(message.c.provider_sid, message.c.reminder_id, reminder.c.state).join(
        reminder, reminder.c.id == message.c.reminder_id
    )
    with town.engine.connect() as connection:
        rows = connection.execute(said.where(message.c.provider_sid.is_not(None))).all()
    known = {row.provider_sid for row in rows}
    twice = [key for key, count in Counter(row.reminder_id for row in rows).items() if count > 1]
    return [
        *(f"{sid}: Twilio has it, the log does not" for sid in set(sids) - known),
        *(f"{sid}: the log has it, Twilio does not" for sid in known - set(sids)),
        *(f"reminder {key}: two messages were accepted" for key in twice),
        *(f"{row.provider_sid}: accepted, but its row is {row.state}" for row in rows if row.state != "sent"),
    ]


def main() -> int:
    """Run it at the size asked for; 1 when there is a violation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="at most")
    parser.add_argument("--rows", type=int, default=10_000, help="residents with a due reminder each")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--planned-first", action="store_true", help="all are due before the workers begin")
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    plan = Plan(
        rows=options.rows,
        changing=options.rows // 10,
        seconds=options.minutes * 60,
        kills=max(options.rows // 100, 12),
        pause=(0.0, 5.0),
        lost_answers=options.rows // 50,
        seed=options.seed,
        planned_first=options.planned_first,
    )
    with tempfile.TemporaryDirectory(prefix="latido-fault-") as name, a_town(Path(name)) as town:
        report = run(town, plan)
    for name, value in report.figures.items():
        print(f"{name}: {value}")
    print(f"violations: {len(report.violations)}", *report.violations[:50], sep="\n  ")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
