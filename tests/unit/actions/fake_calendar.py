"""The calendar of the care stand-in: what comes next for her people."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
PLACE = "CeSAC N° 15 - San Telmo, Balcarce 1150"


def line(state: str, what: str, when: str, where: str | None = None) -> Json:
    """One thing that comes."""
    return {"state": state, "what": what, "when": when, "where": where}


DUE = line("due", "Control de la semana 24", "te toca ahora, hasta el 6 de diciembre")
BOOKED = line("booked", "Control de la semana 24", "el jueves 26 de noviembre, a las 9:30", PLACE)


class FakeCalendar:
    """Nothing to show at first."""

    def __init__(self) -> None:
        self.people: list[Json] = []
        self.after_loss = False
        self.reminders = "on"
        self.picture: int | None = 7

    def shows(self, *lines: Json, person: str = "self", service: str | None = "prenatal", **more: Any) -> None:
        """From now on this person has these lines."""
        heading = more.pop("heading", "Embarazo, semana 24")
        shown = {"person": person, "service": service, "heading": heading, "done": None, "note": None, **more}
        self.people.append({**shown, "lines": list(lines)})

    def answer(self) -> Json:
        """As docs/wires.md has it."""
        return {
            "people": self.people,
            "unknown": None,
            "after_loss": self.after_loss,
            "reminders": self.reminders,
            "picture": self.picture if self.people else None,
        }
