"""The residents of a simulated year, and what each can do: through care's own use cases, or at a centre's desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from urllib.parse import quote

from sqlalchemy import func, text, update

from benchmarks.reminder_year.diary import Diary
from benchmarks.reminder_year.lives import Life, day, months_as_weeks
from benchmarks.reminder_year.town import CENTERS, Town
from latido.care.booking.attendance import confirm_attendance, mark_missed
from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.move import reschedule
from latido.care.booking.patients import Person, find_patients
from latido.care.booking.wish import Booking
from latido.care.life_course import births, children, losses, pregnancies
from latido.care.residents import CHAT, CONTENT, CURRENT_CONSENT, REMINDERS, give_consent
from latido.care.rights.erasing import erase
from latido.care.rights.reminders import set_reminders
from latido.care.rules.gestation import GestationalAge
from latido.care.services import BUENOS_AIRES, local
from latido.messaging.tables import lane, message
from latido.reminders import talking

NAMES = ("Luz", "Sol", "Mar")
SLOT_MINUTES = 20


@dataclass
class Visit:
    """An appointment of hers as she knows it."""

    appointment: str
    role: str
    service: str
    center: int
    start: datetime
    stands: bool = True
    went: bool | None = None


@dataclass
class Neighbour:
    """One resident: her life, her dice, her phone, and what she has told so far."""

    life: Life
    town: Town
    diary: Diary
    key: str
    number: str
    dice: Random
    roles: dict[str, str] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    center: int = CENTERS[0]
    has_left: bool = False
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        """The town's time."""
        return self.town.clock.now

    @property
    def today(self) -> date:
        """The town's day."""
        return self.now.astimezone(BUENOS_AIRES).date()

    def note(self, what: str, **data: Any) -> None:
        """Into the diary."""
        self.diary.note(self.now, self.life.number, what, **data)

    def fresh(self) -> str:
        """A key for one request."""
        return f"SM{self.life.number}y{next(self.numbers)}:year"

    def says(self, words: str) -> None:
        """Write to Latido, which opens the window; that the dialogue answers is taken for done."""
        self.town.phones.phone(self.number).says(words)
        mine = (message.c.resident == self.key, message.c.state == "received")
        with self.town.engine.begin() as connection:
            connection.execute(update(message).where(*mine).values(state="answered", answered_at=func.now()))
            hers = (lane.c.resident == self.key, lane.c.name == "turn")
            connection.execute(update(lane).where(*hers).values(due_at=None))

    def agrees(self) -> None:
        """Her first message, and what she agrees to."""
        self.says("hola")
        wanted = {CHAT: True, REMINDERS: self.life.wants_reminders, CONTENT: self.life.wants_content}
        with self.town.engine.begin() as connection:
            for scope in (scope for scope, is_wanted in wanted.items() if is_wanted):
                give_consent(connection, self.key, scope, CURRENT_CONSENT, self.now)
        self.note("agrees", reminders=self.life.wants_reminders, content=self.life.wants_content)

    def tells_pregnancy(self) -> None:
        """As well as she knows it."""
        life = self.life
        lmp = day(self._first_day(), life.lmp_day)
        self._pregnant("pregnant", lmp, life.knows)

    def corrects(self) -> None:
        """The date was wrong; now it is known by a scan or by the last period."""
        if "self" not in self.roles:
            return
        lmp = day(self._first_day(), self.life.lmp_day + self.life.corrected_by)
        if lmp + timedelta(weeks=4) < self.today < lmp + timedelta(weeks=42):
            self._pregnant("corrected", lmp, "ultrasound" if self.life.knows != "ultrasound" else "lmp")

    def _pregnant(self, what: str, lmp: date, how: str) -> None:
        age = _age(lmp, how, self.today)
        telling = pregnancies.Telling(self.fresh(), self.key, "self", age=age)
        pregnancies.tell(self.town.care, telling)
        self.roles["self"] = "prenatal"
        first, last = age.last_period if age else (None, None)
        begins = first + (last - first) // 2 if first and last else None
        self.note(what, role="self", begins=begins, is_exact=age is not None and age.weeks_min == age.weeks_max)

    def _first_day(self) -> date:
        return self.diary.start.astimezone(BUENOS_AIRES).date()

    def tells_child(self) -> None:
        """Each of her babies."""
        born = day(self._first_day(), self.life.born_on or 0)
        for name in NAMES[: self.life.babies]:
            told = children.tell(self.town.care, children.Child(self.fresh(), self.key, None, name, born))[0]
            self._has(told["person"]["id"], born)

    def gives_birth(self) -> None:
        """She tells of it some days later."""
        if "self" not in self.roles:
            return
        born = day(self._first_day(), self.life.born_on or 0)
        birth = births.Birth(self.fresh(), self.key, "self", born, NAMES[: self.life.babies])
        told = births.tell(self.town.care, birth)[0]
        if told["pregnancy_closed"]:
            del self.roles["self"]
            self.note("born", role="self")
        for child in told["children"]:
            self._has(child["id"], born)

    def _has(self, role: str, born: date) -> None:
        self.roles[role] = "pediatric"
        self.note("child", role=role, begins=born)

    def loses_it(self) -> None:
        """The pregnancy ends."""
        if "self" in self.roles:
            self.says("perdí el embarazo")
            losses.tell(self.town.care, losses.Loss(self.fresh(), self.key, "pregnancy", "self"))
            del self.roles["self"]
            self.note("lost", role="self")

    def takes_loss_back(self) -> None:
        """It was a mistake."""
        losses.undo(self.town.care, self.key, self.fresh())
        self.roles["self"] = "prenatal"
        self.note("lost_taken_back", role="self")

    def stops(self) -> None:
        """BAJA."""
        self.says("baja")
        set_reminders(self.town.care, self.key, "out", self.fresh())
        self.note("stops")

    def starts(self) -> None:
        """ALTA."""
        self.says("alta")
        set_reminders(self.town.care, self.key, "in", self.fresh())
        self.note("starts")

    def forgets(self) -> None:
        """BORRAR: everything; she does not come back."""
        self.says("borrar")
        erase(self.town.care, self.key, self.fresh())
        self.has_left = True
        self.note("forgotten")

    def blocks(self, blocked: bool) -> None:
        """Her phone takes nothing of ours any more; or it does again, and she writes."""
        path = f"/emulator/phones/{quote(self.number, safe='')}"
        self.town.phones.call("PATCH", path, {"blocked": blocked})
        if not blocked:
            self.says("volví")
        self.note("unreachable" if blocked else "reachable")

    def books(self, role: str, slot: tuple[int, datetime], key: str) -> Visit:
        """An appointment for one of her people."""
        center, start = slot
        service = self.roles[role]
        for_whom = Person("self" if role == "self" else "other", role=role)
        wish = Booking(key, self.key, slot_id(center, service, start), service, for_whom)
        made = book(self.town.care, wish)[0]["appointment"]["id"]
        return self._keeps(made, role, service, slot)

    def moves(self, visit: Visit, slot: tuple[int, datetime], key: str) -> Visit:
        """To another time, or another centre."""
        wanted = slot_id(slot[0], visit.service, slot[1])
        made = reschedule(self.town.care, visit.appointment, self.key, wanted, key)["appointment"]["id"]
        self._ends(visit, "moved")
        return self._keeps(made, visit.role, visit.service, slot)

    def _keeps(self, made: str, role: str, service: str, slot: tuple[int, datetime]) -> Visit:
        visit = Visit(made, role, service, *slot)
        self.visits.append(visit)
        self.note("booked", appointment=made, role=role, service=service, start=visit.start)
        return visit

    def _ends(self, visit: Visit, why: str) -> None:
        visit.stands = False
        self.note(why, appointment=visit.appointment)

    def cancels(self, visit: Visit) -> None:
        """She cannot come."""
        if visit.start > self.now:
            cancel(self.town.care, visit.appointment, self.key, self.fresh())
            self._ends(visit, "cancelled")

    def confirms(self, visit: Visit) -> None:
        """She comes."""
        if visit.start > self.now:
            confirm_attendance(self.town.care, visit.appointment, self.key, "accepted", self.fresh())
            self.note("accepted", appointment=visit.appointment)

    def says_not_went(self, visit: Visit) -> None:
        """She could not go, and says so."""
        mark_missed(self.town.care, visit.appointment, self.key, self.fresh())
        self._ends(visit, "noshow")

    def answers(self, reminder: int, answer: str, role: str, codes: tuple[str, ...]) -> None:
        """A button of a reminder."""
        talking.answer(self.town.reminders, self.key, reminder, answer, self.fresh())
        if answer == "went":
            self.note("went", role=role, codes=codes)

    def asks_again(self, reminder: int, step: str, days: int) -> None:
        """ "Recordame en tres días"."""
        told = talking.ask_again(self.town.reminders, self.key, reminder, talking.Moment(in_days=days), self.fresh())
        self.note("asked_again", step=step, moment=datetime.fromisoformat(told["moment"]))

    # At the desk.

    def desk_sets(self, visit: Visit, status: str) -> None:
        """The centre writes it down: nothing of it passes through Latido."""
        fhir = self.town.care.fhir
        fhir.update({**fhir.read("Appointment", visit.appointment), "status": status})
        if status == "fulfilled":
            self.note("visited", role=visit.role, service=visit.service, start=visit.start, how="appointment")
        else:
            self._ends(visit, {"noshow": "noshow", "cancelled": "cancelled by the desk"}[status])

    def is_seen(self, role: str, service: str, start: datetime) -> None:
        """A visit without an appointment, or one the centre keeps as an Encounter alone."""
        patient = find_patients(self.town.care.fhir, self.key).get(role)
        if patient is None:
            return
        seen = {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "serviceType": self.town.care.agendas.service_type(service),
            "subject": {"reference": f"Patient/{patient['id']}"},
            "period": {"start": local(start), "end": local(start + timedelta(minutes=SLOT_MINUTES))},
        }
        self.town.care.fhir.create(seen)
        self.note("visited", role=role, service=service, start=start, how="encounter")


def slot_id(center: int, service: str, start: datetime) -> str:
    """The id of an agenda's slot."""
    return f"cesac-{center}-{service}-{start.astimezone(BUENOS_AIRES):%Y%m%dT%H%M}"


def _age(lmp: date, how: str, today: date) -> GestationalAge | None:
    weeks = (today - lmp).days // 7
    if how == "unknown":
        return None
    if how == "months":
        least, most = months_as_weeks(int((today - lmp).days / 30.44))
        return GestationalAge(least, most, today, "months")
    return GestationalAge(weeks, weeks, today, how, lmp if how == "lmp" else None)


def settle_rows(town: Town) -> None:
    """Let the database forget nothing and count anew: its plans follow a year's growth."""
    with town.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
