"""People to plan for, and plans as tables that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from latido.care.rules.calendar_data import load_calendars
from latido.care.rules.gestation import GestationalAge, age_by_last_period
from latido.reminders.policy_data import load_policy
from latido.reminders.rules.plan import plan
from latido.reminders.rules.steps import Appointment, AppointmentStatus, Known, Step, Subject

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
CALENDARS, POLICY = load_calendars(), load_policy()
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# A Monday.
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=ZONE)
TODAY = NOW.date()
# All but the check-ups: whose table is about check-ups alone has had them.
VACCINES_AND_STUDIES = frozenset(
    item.code for calendar in CALENDARS.values() for item in calendar.items if item.kind != "checkup"
)
MESSAGES = ("book", "book_again", "tell")


def at(words: str, zone: ZoneInfo = ZONE) -> datetime:
    """ "2026-12-03 11:00", local."""
    return datetime.fromisoformat(words).replace(tzinfo=zone)


def pregnant(weeks: int, days: int = 0, on: date = TODAY, since: datetime = NOW, **more: object) -> Subject:
    """So far on a day, by the first day of the last period; told of at `since`."""
    age = age_by_last_period(on - timedelta(weeks=weeks, days=days), on)
    return replace(Subject("self", "pregnancy-1", "prenatal", since, age=age), **more)  # type: ignore[arg-type]


def pregnant_about(weeks_min: int, weeks_max: int, since: datetime = NOW) -> Subject:
    """Somebody who knows it as a range on the day of `since`."""
    age = GestationalAge(weeks_min, weeks_max, since.astimezone(ZONE).date(), "months")
    return Subject("self", "pregnancy-1", "prenatal", since, age=age)


def child(born_on: date, since: datetime = NOW, role: str = "child-1", name: str = "Ana", **more: object) -> Subject:
    """A child told of at `since`."""
    subject = Subject(role, role, "pediatric", since, given_name=name, birth_date=born_on)
    return replace(subject, **more)  # type: ignore[arg-type]


def visit(when: str, status: AppointmentStatus = "booked", service: str = "prenatal", **more: object) -> Appointment:
    """An appointment at a local moment."""
    appointment = Appointment("a1", service, at(when), status, "CeSAC N° 15")
    return replace(appointment, **more)  # type: ignore[arg-type]


def known(*subjects: Subject, said: Mapping[str, datetime] | None = None, **more: object) -> Known:
    """Somebody who wants reminders."""
    return replace(Known("r", True, False, subjects, said=said or {}), **more)  # type: ignore[arg-type]


def planned(whom: Known | Subject, now: datetime = NOW, zone: ZoneInfo = ZONE) -> list[Step]:
    """The plan, by the calendars and the policy that ship with Latido."""
    return plan(whom if isinstance(whom, Known) else known(whom), CALENDARS, POLICY, zone, now)


def table(steps: Iterable[Step], zone: ZoneInfo = ZONE) -> list[str]:
    """One line a step: the local moment, then its key without resident, person and pregnancy."""
    return [f"{step.due_at.astimezone(zone):%d/%m %H:%M} {short(step)}" for step in steps]


def short(step: Step) -> str:
    """ "prenatal-20 book", "appointment confirm"."""
    return f"{step.kind if step.appointment_id else step.code} {step.name}"


def find(steps: Iterable[Step], name: str, code: str | None = None) -> Step:
    """The only step of that name, of that code if one is given."""
    found = [step for step in steps if step.name == name and code in (None, step.code)]
    assert len(found) == 1, f"{len(found)} steps {name} {code or ''}: {table(steps)}"
    return found[0]


def names(steps: Iterable[Step]) -> list[str]:
    """The short names, in order of time."""
    return [short(step) for step in steps]


def local_day(moment: datetime, zone: ZoneInfo = ZONE) -> date:
    """The local day."""
    return moment.astimezone(zone).date()


def in_utc(words: str) -> datetime:
    """A local moment in UTC."""
    return at(words).astimezone(UTC)
