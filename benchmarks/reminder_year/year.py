"""The course of a simulated year: from one moment at which something happens to the next."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count, islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Engine, Row, func, select, text

from benchmarks.reminder_year.clock import GRID, on_grid
from benchmarks.reminder_year.diary import Diary, Heard, Listed
from benchmarks.reminder_year.faults import Faults
from benchmarks.reminder_year.habits import Action, hears, lives
from benchmarks.reminder_year.lives import life_of
from benchmarks.reminder_year.neighbours import Neighbour, settle_rows
from benchmarks.reminder_year.town import Town
from latido.care.desk.ledger_entry import correct_ledger
from latido.care.desk.round import watch_desk
from latido.care.desk.texts import load_texts
from latido.care.errors import CareError, HealthServiceUnavailable
from latido.emulator.model import Message
from latido.fhir.errors import FhirError
from latido.messaging.lanes import claim
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message
from latido.reminders.queuing import queue_due
from latido.reminders.rounds import MOVED, plan_all
from latido.reminders.settling import settle
from latido.reminders.standing import start_in
from latido.reminders.tables import reminder

TRY_AGAIN = timedelta(hours=4)
AT_THE_DESK = ("visited", "noshow", "cancelled by the desk")
LANES_AT_ONCE = 100
# What a desk wrote is settled after some seconds, and an outcome that is not known: so often is a stop looked at again.
LOOKS, A_WHILE = 3, timedelta(seconds=25)
ANALYZE_EVERY = timedelta(days=20)
DRAINED_WITHIN = timedelta(hours=36)
_NEXT = text("""
SELECT min(at) FROM (
    SELECT min(due_at) AS at FROM reminder WHERE state = 'pending'
    UNION ALL SELECT min(lease_until) FROM reminder WHERE state = 'claimed'
    UNION ALL SELECT min(greatest(next_at, lease_until)) FROM reminder_plan WHERE next_at IS NOT NULL
    UNION ALL SELECT min(due_at) FROM lane WHERE name = 'send') AS moments
""")
_STALE = text("SELECT EXISTS (SELECT FROM reminder_change)")


class Year:
    """One run. The dice are thrown by seed, so that a fault can be found again."""

    def __init__(self, town: Town, diary: Diary, days: int, numbers: Iterable[int]) -> None:
        self._town, self._diary = town, diary
        self._faults = Faults(town, diary, days)
        self._waiting: list[tuple[datetime, int, Neighbour, Action]] = []
        self._numbers = count()
        self._seen = 0
        self._desk_texts = load_texts()
        self._desk_wrote = False
        self._people: dict[str, Neighbour] = {}
        self._by_key: dict[str, int] = {}
        self._listed: dict[int, Listed] = {}
        self._analyze_at = diary.start + timedelta(days=2)
        for number in numbers:
            self._moves_in(number, days)

    def _moves_in(self, number: int, days: int) -> None:
        phone = f"+54911{50_000_000 + number}"
        life = life_of(number, self._diary.seed, days)
        key = self._town.care.vault.resident_key(phone)
        person = Neighbour(life, self._town, self._diary, key, phone, life.random(self._diary.seed))
        self._people[f"whatsapp:{phone}"] = person
        self._by_key[key] = number
        lives(person, self._at)

    def _at(self, moment: datetime, neighbour: Neighbour, action: Action) -> None:
        heappush(self._waiting, (on_grid(moment), next(self._numbers), neighbour, action))

    def passes(self) -> None:
        """From the first moment to the last, and then until nothing is under way."""
        began = time.monotonic()
        while (moment := self._next()) < self._diary.end:
            self._stop(moment)
        self._stop(self._diary.end)
        self._drain()
        self._diary.seconds = time.monotonic() - began
        self._sum_up()

    def _stop(self, moment: datetime) -> None:
        clock = self._town.clock
        clock.move(moment)
        self._diary.stops += 1
        if moment >= self._analyze_at:
            settle_rows(self._town)
            self._analyze_at = moment + ANALYZE_EVERY
        self._faults.until(clock.now)
        facts = len(self._diary.facts)
        while self._waiting and self._waiting[0][0] <= clock.now:
            _, _, neighbour, action = heappop(self._waiting)
            self._try(neighbour, action)
        self._desk_wrote |= any(fact.what in AT_THE_DESK for fact in self._diary.facts[facts:])
        if not self._faults.workers_away:
            self._watch_desk()
            self._work()
            self._read_lists()
        self._read_phones()

    def _watch_desk(self) -> None:
        """See what a desk wrote since the last look, and look again once it is sure that it was not Latido's own."""
        if self._desk_wrote and not self._town.fhir.is_away:
            watch_desk(self._town.care, self._desk_texts, correct_ledger)
            self._town.clock.move(self._town.clock.now + A_WHILE)
            watch_desk(self._town.care, self._desk_texts, correct_ledger)
            self._desk_wrote = False

    def _next(self) -> datetime:
        """The next moment at which anything happens; while no worker runs, nothing of theirs does."""
        soonest = [self._waiting[0][0]] if self._waiting else [self._diary.end]
        if fault := self._faults.next_at():
            soonest.append(on_grid(fault))
        if not self._faults.workers_away:
            with self._town.engine.connect() as connection:
                due = connection.execute(_NEXT).scalar()
            if due is not None:
                soonest.append(max(on_grid(due), on_grid(self._town.clock.now + timedelta(seconds=1))))
        return max(min(soonest), self._town.clock.now)

    def _try(self, neighbour: Neighbour, action: Action) -> None:
        """Let her do it; while the health service is away she tries again some hours later."""
        if neighbour.has_left:
            return
        try:
            action()
        except (HealthServiceUnavailable, FhirError):
            self._at(self._town.clock.now + TRY_AGAIN, neighbour, action)
        except CareError as refusal:
            neighbour.note("refused", code=refusal.code)

    def _work(self) -> None:
        """All that a worker's chores do, until nothing moves; some seconds later again if an outcome is unknown."""
        for _ in range(LOOKS):
            with self._town.engine.connect() as connection:
                due = connection.execute(_NEXT).scalar()
                stale = connection.execute(_STALE).scalar()
            if not stale and (due is None or due > self._town.clock.now):
                return
            self._round()
            if not self._is_unknown():
                return
            self._town.clock.move(self._town.clock.now + A_WHILE)

    def _round(self) -> None:
        """Plan, check and queue what is due, send it, and settle, until nothing moves."""
        town, moved = self._town, True
        plan_all(town.reminders)
        while moved:
            outcomes = queue_due(town.reminders)
            leases = claim(town.engine, "send", LANES_AT_ONCE, 30.0)
            for lease in leases:
                town.sender.work(lease)
            town.quiet()
            settled = settle(town.reminders)
            moved = bool(leases) or bool(settled) or any(outcomes[state] for state in MOVED)

    def _is_unknown(self) -> bool:
        in_hand = select(message.c.id).where(message.c.state.in_(("queued", "sending", "unknown"))).limit(1)
        with self._town.engine.connect() as connection:
            return connection.execute(in_hand).first() is not None

    def _drain(self) -> None:
        """The year is over: nothing goes wrong any more, and what is under way comes to its end."""
        self._faults.until(self._diary.end + timedelta(days=1000))
        self._town.phones.no_faults()
        until = self._diary.end + DRAINED_WITHIN
        while self._town.clock.now < until and _under_way(self._town.engine):
            self._town.clock.move(self._town.clock.now + GRID)
            self._work()
        self._read_phones()

    def _read_phones(self) -> None:
        """What came since the last look; each may have her do something."""
        known = self._town.emulator.messages
        fresh = list(islice(reversed(known.values()), len(known) - self._seen))
        self._seen = len(known)
        ours = {reference(each): each for each in reversed(fresh) if not each.inbound and reference(each)}
        for row in _reminders_of(self._town.engine, list(ours)):
            sent = ours[row.message]
            neighbour = self._people[sent.to]
            words = opened_reply(self._town.care.vault, row.content_sealed).text
            heard = _heard(neighbour, sent, row, words)
            self._diary.heard.append(heard)
            if heard.is_shown and not neighbour.has_left:
                hears(neighbour, self._at, heard, row.id)

    def _read_lists(self) -> None:
        """What the operators see on their list: what is new there, and what has left it."""
        with self._town.engine.connect() as connection:
            rows = {row.id: row for row in connection.execute(select(reminder).where(reminder.c.state == "listed"))}
        for number in self._listed.keys() - rows.keys():
            self._listed.pop(number).until = self._town.clock.now
        for number in rows.keys() - self._listed.keys():
            self._listed[number] = _listed(self._by_key[rows[number].resident], rows[number], self._town.clock.now)
            self._diary.listed.append(self._listed[number])

    def _sum_up(self) -> None:
        with self._town.engine.connect() as connection:
            states = select(reminder.c.state, func.count().label("number")).group_by(reminder.c.state)
            self._diary.rows = Counter({row.state: row.number for row in connection.execute(states)})
            kinds = select(alert.c.kind, func.count().label("number")).group_by(alert.c.kind)
            self._diary.alerts = Counter({row.kind: row.number for row in connection.execute(kinds)})
        self._diary.unsettled = _under_way(self._town.engine)


def reference(sent: Message) -> int:
    """The id in our message log that a message's callback names; 0 for none."""
    named = parse_qs(urlsplit(sent.status_callback or "").query).get("ref", ["0"])
    return int(named[0])


def _reminders_of(engine: Engine, ids: list[int]) -> Sequence[Row[Any]]:
    if not ids:
        return []
    query = (
        select(reminder, message.c.id.label("message"), message.c.content_sealed)
        .join(reminder, reminder.c.id == message.c.reminder_id)
        .where(message.c.id.in_(ids))
        .order_by(message.c.id)
    )
    with engine.connect() as connection:
        return connection.execute(query).all()


def _heard(neighbour: Neighbour, sent: Message, row: Row[Any], words: str) -> Heard:
    return Heard(
        at=sent.created.astimezone(UTC),
        resident=neighbour.life.number,
        sid=sent.sid,
        step=row.key,
        kind=row.kind,
        name=row.name,
        role=row.role,
        service=row.service,
        codes=tuple(row.codes),
        appointment=row.appointment_id,
        starts=start_in(row.group_key),
        text=words,
        is_template=sent.approved_template,
        is_shown=sent.visible,
        error=sent.error_code,
    )


def _listed(resident: int, row: Row[Any], now: datetime) -> Listed:
    appointment, starts = row.appointment_id, start_in(row.group_key)
    return Listed(now, resident, row.kind, row.name, row.role, row.service, tuple(row.codes), appointment, starts)


def _under_way(engine: Engine) -> list[str]:
    """What is not settled: by table and state."""
    messages = select(message.c.id, message.c.state).where(message.c.state.in_(("queued", "sending", "unknown")))
    rows = select(reminder.c.id, reminder.c.state).where(reminder.c.state.in_(("claimed", "queued")))
    with engine.connect() as connection:
        found = [f"message {each.id}: {each.state}" for each in connection.execute(messages)]
        found += [f"reminder {each.id}: {each.state}" for each in connection.execute(rows)]
    return found
