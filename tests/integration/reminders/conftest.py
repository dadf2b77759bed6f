"""Ana's reminders on a real Postgres and the embedded FHIR server, with the plan and policy that ship with Latido."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import pytest
import requests
from sqlalchemy import Row, delete, func, select, text, update

from latido.care.booking.appointments import residents_appointments
from latido.care.booking.attendance import confirm_attendance, mark_missed
from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.move import reschedule
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.life_course import births, losses, pregnancies
from latido.care.residents import CHAT, CURRENT_CONSENT, REMINDERS, give_consent
from latido.care.rights.reminders import set_reminders
from latido.care.rules.gestation import GestationalAge
from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.client import FhirClient
from latido.messaging.notices import Notices
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message, resident
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.forgetting import KeptReminders
from latido.reminders.last_moment import still_wanted
from latido.reminders.parts import Limits, Reminders
from latido.reminders.policy_data import load_policy
from latido.reminders.rounds import plan_all, send_round
from latido.reminders.rules.plan import plan
from latido.reminders.rules.policy import Policy
from latido.reminders.settling import settle
from latido.reminders.tables import changes, plans, reminder
from tests.integration.care.conftest import Clock
from tests.integration.care.conftest import bare_care as bare_care
from tests.integration.care.conftest import care as care
from tests.integration.care.conftest import clock as clock
from tests.integration.care.conftest import fhir as fhir
from tests.integration.care.waiting_story import key
from tests.kept_rows import KeptRows

# Tuesday the 1st of December, and the day after.
VISIT = "cesac-1-prenatal-20261201T1100"
OTHER = "cesac-1-prenatal-20261202T1100"
SCRIBBLE = count(1)


def at(day: int, hour: int = 10, minute: int = 0, month: int = 12) -> datetime:
    """A moment on the city's clocks."""
    return datetime(2026, month, day, hour, minute, tzinfo=BUENOS_AIRES)


@dataclass
class Story:
    """Ana and her phone: what she tells, what is planned and queued for her, and a sender who does as told."""

    reminders: Reminders
    clock: Clock
    name: str = "ana"

    @property
    def care(self) -> Care:
        return self.reminders.care

    @property
    def resident(self) -> str:
        return key(self.name)

    def fresh(self) -> str:
        return f"SM{next(SCRIBBLE)}:story"

    # What she does.

    def agrees(self, reminders: bool = True) -> Story:
        moment = self.care.now()
        sealed = self.care.vault.seal("whatsapp:+5491150000000")
        row = {"key": self.resident, "address_sealed": sealed, "last_inbound_at": moment}
        with self.care.engine.begin() as connection:
            connection.execute(resident.insert().values(row))
            for scope in (CHAT, *([REMINDERS] if reminders else [])):
                give_consent(connection, self.resident, scope, CURRENT_CONSENT, moment)
        return self

    def is_pregnant(self, lmp: date) -> None:
        today = self.care.local_now().date()
        weeks = (today - lmp).days // 7
        age = GestationalAge(weeks, weeks, today, "lmp", lmp)
        pregnancies.tell(self.care, pregnancies.Telling(self.fresh(), self.resident, "self", age=age))

    def books(self, slot: str = VISIT) -> str:
        booking = Booking(self.fresh(), self.resident, slot, "prenatal", Person("self"))
        return str(book(self.care, booking)[0]["appointment"]["id"])

    def moves(self, appointment: str, slot: str = OTHER) -> str:
        return str(reschedule(self.care, appointment, self.resident, slot, self.fresh())["appointment"]["id"])

    def cancels(self, appointment: str) -> None:
        cancel(self.care, appointment, self.resident, self.fresh())

    def confirms(self, appointment: str) -> None:
        confirm_attendance(self.care, appointment, self.resident, "accepted", self.fresh())

    def appointments(self) -> list[str]:
        """The ids of those that stand."""
        return [each["id"] for each in residents_appointments(self.care, self.resident)["appointments"]]

    def without_fhir(self) -> Story:
        """The same while the health service cannot be reached."""
        session = requests.Session()
        session.trust_env = False
        away = FhirClient("http://127.0.0.1:9/fhir", session)
        return replace(self, reminders=replace(self.reminders, care=replace(self.care, fhir=away)))

    def misses(self, appointment: str) -> None:
        mark_missed(self.care, appointment, self.resident, self.fresh())

    def loses_it(self) -> None:
        losses.tell(self.care, losses.Loss(self.fresh(), self.resident, "pregnancy"))

    def gives_birth(self, born: date) -> None:
        births.tell(self.care, births.Birth(self.fresh(), self.resident, "self", born, ("Luz",)))

    def says_stop(self) -> None:
        set_reminders(self.care, self.resident, "out", self.fresh())

    def says_start(self) -> None:
        set_reminders(self.care, self.resident, "in", self.fresh())

    def takes_back_the_loss(self) -> None:
        losses.undo(self.care, self.resident, self.fresh())

    def came(self, appointment: str) -> None:
        self.desk_sets(appointment, "fulfilled")

    def desk_sets(self, appointment: str, status: str) -> None:
        """The centre's desk writes it down: nothing of it passes through Latido."""
        found = self.care.fhir.read("Appointment", appointment)
        self.care.fhir.update({**found, "status": status})

    def desk_moves(self, appointment: str, slot: str = OTHER) -> None:
        found = self.care.fhir.read("Appointment", appointment)
        times = self.care.fhir.read("Slot", slot)
        taken = {"slot": [{"reference": f"Slot/{slot}"}], "start": times["start"], "end": times["end"]}
        self.care.fhir.update({**found, **taken})

    # What a worker does.

    def plans(self) -> int:
        return plan_all(self.reminders)

    def round(self) -> Counter[str]:
        return send_round(self.reminders)

    def works(self, moment: datetime | None = None) -> Counter[str]:
        """A worker's chores once, at that moment."""
        if moment is not None:
            self.clock.now = moment
        self.plans()
        return self.round()

    def sends(self) -> list[str]:
        """The sender's part: asks about each queued message, hands it over or withdraws it; returns the answers."""
        answers = []
        for row in self.messages("queued"):
            answer = still_wanted(self.reminders, row.reminder_id) if row.reminder_id else "send"
            answers.append(answer)
            over = {"state": "failed", "failed_at": func.now(), "last_error": "withdrawn before it was sent"}
            done = {"state": "handed_over", "handed_over_at": func.now()}
            if answer != "wait":
                self.marks(row.id, **(done if answer == "send" else over))
        settle(self.reminders)
        return answers

    def marks(self, message_id: int, **values: Any) -> None:
        with self.care.engine.begin() as connection:
            connection.execute(update(message).where(message.c.id == message_id).values(values))

    # What there is.

    def rows(self, *names: str) -> list[Row[Any]]:
        query = select(reminder).where(reminder.c.resident == self.resident).order_by(reminder.c.due_at, reminder.c.id)
        with self.care.engine.connect() as connection:
            return [row for row in connection.execute(query) if not names or row.name in names]

    def states(self, *names: str) -> dict[str, str]:
        """The state of each step of her appointment, or of the steps named."""
        return {row.name: row.state for row in self.rows(*names) if names or row.kind == "appointment"}

    def row(self, name: str) -> Row[Any]:
        return self.rows(name)[-1]

    def messages(self, *states: str) -> list[Row[Any]]:
        query = select(message).where(message.c.direction == "out").order_by(message.c.id)
        with self.care.engine.connect() as connection:
            return [row for row in connection.execute(query) if not states or row.state in states]

    def said(self) -> list[str]:
        """What was handed to Twilio, in order."""
        sent = self.messages("handed_over")
        return [opened_reply(self.care.vault, row.content_sealed).text for row in sent]

    def alerts(self) -> list[str]:
        with self.care.engine.connect() as connection:
            return list(connection.execute(select(alert.c.kind).order_by(alert.c.id)).scalars())

    def stale(self) -> int:
        with self.care.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(changes)).scalar_one())

    def lapses(self, table: Any = reminder) -> None:
        """Every lease runs out."""
        with self.care.engine.begin() as connection:
            connection.execute(update(table).values(lease_until=text("now() - interval '1 second'")))

    def forgets_plan_time(self) -> None:
        """The plan is too old to be believed by the sender."""
        with self.care.engine.begin() as connection:
            connection.execute(update(plans).values(planned_at=None))

    def empties(self) -> None:
        with self.care.engine.begin() as connection:
            connection.execute(delete(changes))


@cache
def shipped_policy() -> Policy:
    """The policy that ships with Latido, read once."""
    return load_policy()


@pytest.fixture
def reminders(december: KeptRows, care: Care) -> Reminders:
    december.put_back(care.engine)
    care = replace(care, messenger=Notices(care.vault), reminders=KeptReminders())
    policy = shipped_policy()
    return Reminders(
        care,
        lambda known, now: plan(known, care.calendars, policy, BUENOS_AIRES, now),
        policy,
        reminder_reply,
        Limits(),
    )


@pytest.fixture
def ana(reminders: Reminders, clock: Clock) -> Story:
    """Ana, who wrote to us and wants reminders."""
    return Story(reminders, clock).agrees()


@pytest.fixture
def booked(ana: Story) -> Story:
    """Ana with a prenatal appointment on the 1st of December at 11, and no pregnancy told of."""
    ana.books()
    return ana


@pytest.fixture
def others(reminders: Reminders, clock: Clock) -> Callable[[str], Story]:
    """Other residents, by name."""
    return lambda name: Story(reminders, clock, name).agrees()


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
