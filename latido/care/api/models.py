"""Requests of the care API as docs/wires.md has them. Answers are made by the use cases' views."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from latido.care.booking.patients import Person, person_of
from latido.care.errors import Invalid
from latido.care.places.geometry import Point
from latido.care.places.locate import Near
from latido.care.rules.gestation import GestationalAge as Age
from latido.care.rules.gestation import age_by_last_period
from latido.care.rules.priority import Answers

# A key becomes part of a FHIR search: nothing that means something there.
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.\-]{0,127}$")]
Resident = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,64}$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^(self(-[2-4])?|other-[1-8]|child-([1-9]|1[0-2]))$")]
FhirId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.\-]{1,64}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Service = Literal["prenatal", "pediatric"]
YesNo = Literal["yes", "no", "undisclosed"]


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset, such as -03:00")
    return instant


Instant = Annotated[datetime, AfterValidator(_aware)]


class Request(BaseModel):
    """A request; unknown fields are refused, so that a slip in a name does not go unnoticed."""

    model_config = ConfigDict(extra="forbid")


class NearModel(Request):
    """One way to say a place."""

    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    neighbourhood: Words | None = None
    center_number: int | None = Field(None, ge=0, le=9999)
    address: Words | None = None
    text: Words | None = None

    @model_validator(mode="after")
    def _one_way(self) -> NearModel:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        ways = (self.latitude, self.neighbourhood, self.center_number, self.address, self.text)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("say the place in exactly one way")
        return self

    def value(self) -> Near:
        """As the rules take it."""
        point = None
        if self.latitude is not None and self.longitude is not None:
            point = Point(self.latitude, self.longitude)
        return Near(point, self.neighbourhood, self.center_number, self.address, self.text)


class GestationalAge(BaseModel):
    """The entity of the dialogue; only its upper bound decides a priority."""

    model_config = ConfigDict(extra="ignore")

    weeks_min: int | None = Field(None, ge=0, le=45)
    weeks_max: int | None = Field(None, ge=0, le=45)
    source: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")] = "weeks"
    lmp: date | None = None

    def exact_value(self, today: date) -> Age | None:
        """As the rules take it; Invalid when the last period cannot be so. For what is about the pregnancy itself."""
        try:
            return age_by_last_period(self.lmp, today) if self.lmp else self.value(today)
        except ValueError as error:
            raise Invalid(str(error)) from None

    def value(self, today: date) -> Age | None:
        """As the rules take it; None without a number. Nobody is refused an appointment for a slip in a date."""
        if self.lmp is not None:
            with suppress(ValueError):
                return age_by_last_period(self.lmp, today)
        latest = self.weeks_max if self.weeks_max is not None else self.weeks_min
        if latest is None:
            return None
        earliest = latest if self.weeks_min is None else min(self.weeks_min, latest)
        return Age(earliest, latest, today, self.source)


class AnswersModel(Request):
    """The optional priority questions."""

    prior_checkups: Literal["none", "some", "overdue", "undisclosed"] | None = None
    age_band: Literal["under_15", "15_17", "18_35", "over_35", "undisclosed"] | None = None
    conditions: YesNo | None = None
    history: YesNo | None = None

    def value(self) -> Answers:
        """As the rules take it."""
        return Answers(self.prior_checkups, self.age_band, self.conditions, self.history)


class ConsentRequest(Request):
    """She consents."""

    idempotency_key: Key
    version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.\-]{1,32}$")]
    scope: Literal["chat"] = "chat"


class RemindersRequest(Request):
    """Whether she wants to be written to; `waiting_list_only`: of free slots she waits for, and of nothing else.

    `later` and `refused`: what she said when she was asked.
    """

    idempotency_key: Key
    answer: Literal["in", "out", "waiting_list_only", "later", "refused"]
    scope: Literal["reminders", "content"] = "reminders"

    @model_validator(mode="after")
    def _of_reminders(self) -> RemindersRequest:
        if self.scope == "content" and self.answer == "waiting_list_only":
            raise ValueError("waiting_list_only is an answer about reminders")
        return self


class AskRequest(Request):
    """May she be asked for this consent now?"""

    idempotency_key: Key
    scope: Literal["reminders", "content"]


class EraseRequest(Request):
    """Forget her."""

    idempotency_key: Key


class FeedbackRequest(Request):
    """What she thinks; `about` is the id of an earlier opinion whose centre she tells now."""

    idempotency_key: Key
    kind: Literal["praise", "complaint", "other"]
    center_number: int | None = Field(None, ge=0, le=9999)
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4096)] | None = None
    about: int | None = Field(None, ge=1)


class PlacesRequest(Request):
    """Which centres are near."""

    resident: Resident | None = None
    near: NearModel
    service: Service | None = None
    limit: int = Field(3, ge=1, le=10)


class HospitalsRequest(Request):
    """Which hospitals are near; with `maternity` true, only those where children are born."""

    near: NearModel
    maternity: Literal[True] | None = None
    limit: int = Field(2, ge=1, le=10)


class ChildhoodCentresRequest(Request):
    """Which early-childhood centres are near, for a child of so many days."""

    near: NearModel
    age_days: int | None = Field(None, ge=0, le=20 * 366)
    limit: int = Field(3, ge=1, le=10)


class DocumentModel(Request):
    """Her document; nobody needs one to book."""

    status: Literal["dni", "in_process", "none", "foreign"]
    number: Annotated[str, StringConstraints(max_length=40)] | None = None

    @property
    def dni(self) -> str | None:
        """The digits of a DNI; None when what was written cannot be one: nobody is refused for it."""
        digits = re.sub(r"[^0-9]", "", self.number or "")
        return digits if self.status == "dni" and 6 <= len(digits) <= 9 else None


class PatientModel(Request):
    """Who the appointment is for; `person` names one of her people, the rest completes what is known of that one."""

    person: PersonId | None = None
    for_whom: Literal["self", "other"] = "self"
    given_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] | None = None
    document: DocumentModel | None = None

    def value(self) -> Person:
        """As the use case takes it; only a DNI's number is kept."""
        whom = self.for_whom if self.person is None else person_of(self.person).for_whom
        return Person(whom, self.given_name or None, self.document.dni if self.document else None, self.person)


class OffersRequest(Request):
    """Which slots are free and suit."""

    resident: Resident
    service: Service = "prenatal"
    near: NearModel | None = None
    center_number: int | None = Field(None, ge=0, le=9999)
    patient: PatientModel | None = None
    gestational_age: GestationalAge | None = None
    answers: AnswersModel = Field(default_factory=AnswersModel)
    replaces: FhirId | None = None
    waiting_entry: FhirId | None = None
    after: Instant | None = None
    day: date | None = None
    part: Literal["morning", "afternoon"] | None = None
    exclude_centers: list[int] = Field(default_factory=list, max_length=60)
    limit: int = Field(3, ge=1, le=10)


class BookingRequest(Request):
    """Take this slot. The priority comes along as it was offered; it is worked out again from the answers."""

    idempotency_key: Key
    resident: Resident
    slot_id: FhirId
    service: Service = "prenatal"
    priority: dict[str, Any] | None = None
    patient: PatientModel = Field(default_factory=PatientModel)
    gestational_age: GestationalAge | None = None
    answers: AnswersModel = Field(default_factory=AnswersModel)


class HoldRequest(BookingRequest):
    """Keep this slot for a while: in place of one of her appointments, or for who waits, where she says so."""

    replaces: FhirId | None = None
    waiting_entry: FhirId | None = None


class JoinRequest(Request):
    """Put her on the waiting list; the same again brings her entry up to date."""

    idempotency_key: Key
    resident: Resident
    service: Service = "prenatal"
    near: NearModel | None = None
    center_number: int | None = Field(None, ge=0, le=9999)
    patient: PatientModel = Field(default_factory=PatientModel)
    gestational_age: GestationalAge | None = None
    answers: AnswersModel = Field(default_factory=AnswersModel)


class KeyedRequest(Request):
    """What needs no more than to say who asks."""

    idempotency_key: Key
    resident: Resident


class ConfirmRequest(KeyedRequest):
    """Book the held slot, for this person."""

    patient: PatientModel | None = None


class RescheduleRequest(KeyedRequest):
    """Move an appointment to this slot."""

    slot_id: FhirId


class AttendanceRequest(KeyedRequest):
    """Whether she comes; to decline is to cancel."""

    answer: Literal["accepted", "tentative"]
