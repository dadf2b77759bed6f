"""What somebody wants to book, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from latido.care.booking.ledger import Origin
from latido.care.booking.patients import Person
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers, Priority
from latido.care.rules.service_rules import Facts, ServiceRules
from latido.care.views import Json


@dataclass(frozen=True)
class Booking:
    """A request to book or hold. `key` makes it harmless to repeat; the priority is worked out from the answers.

    `priority` stands in for the answers where an earlier appointment or a waiting-list entry keeps one; `replaces` is
    the id of the Appointment that ends once this one is booked; `minutes` (of a hold; None: the setting) are real time.
    """

    key: str
    resident: str
    slot_id: str
    service: str
    person: Person
    age: GestationalAge | None = None
    answers: Answers = field(default_factory=Answers)
    priority: Priority | None = None
    replaces: str | None = None
    minutes: float | None = None
    origin: Origin = "resident"

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        person = self.person.fingerprint()
        same = {"resident": self.resident, "slot": self.slot_id, "service": self.service, "person": person}
        return same | ({"replaces": self.replaces} if self.replaces else {})

    @property
    def facts(self) -> Facts:
        """What the rules may know of the person."""
        return Facts(self.age, self.person.birth_date)

    def priority_by(self, rules: ServiceRules, today: date) -> Priority:
        """The priority that was kept, or the one the answers give."""
        return self.priority or rules.priority_on(today, self.facts, self.answers)
