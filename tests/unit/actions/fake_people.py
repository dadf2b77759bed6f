"""The people of a phone, as the stand-in for care keeps them: the shapes of docs/wires.md."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]


def schedule(person: Json | None, exact: bool = True) -> Json:
    """One of each kind, now and later."""
    items = [
        _item("checkup", "Control de los 2 meses", "2026-11-20", "2026-12-05", "now"),
        _item("vaccine", "Quíntuple, 1.ª dosis", "2026-11-20", "2026-11-20", "past"),
        _item("vaccine", "Neumococo, 1.ª dosis", "2026-11-30", "2026-11-30", "next"),
        _item("study", "Ecografía morfológica", "2026-12-01", "2026-12-20", "later"),
        _item("checkup", "Control de los 3 meses", "2026-12-20", "2027-01-05", "later"),
    ]
    return {
        "person": person,
        "as_of": "2026-11-23",
        "on_exact_dates": exact,
        "items": items,
        "counts": {"official_minimum": 7},
        "version": "2026-11",
        "sources": [],
    }


def _item(kind: str, title: str, first: str, last: str, state: str) -> Json:
    whole = {"kind": kind, "code": title, "title": title, "detail": None, "from": first, "to": last, "state": state}
    return {**whole, "appointment": None}


class FakePeople:
    """Pregnancies and children in memory."""

    STEPS = frozenset({"pregnancies", "children", "births", "losses", "people", "schedule"})

    def __init__(self) -> None:
        self._by_resident: dict[str, list[Json]] = {}
        self._stopped: list[Json] = []

    def of(self, resident: str) -> list[Json]:
        """Everybody on record."""
        return self._by_resident.setdefault(resident, [])

    def add_child(self, resident: str, name: str | None, birth_date: str | None) -> Json:
        """A child on record."""
        number = 1 + sum(one["kind"] == "child" for one in self.of(resident))
        child = {"id": f"child-{number}", "kind": "child", "given_name": name, "birth_date": birth_date}
        self.of(resident).append({**child, "pregnancy": None})
        return self.of(resident)[-1]

    def add_pregnancy(self, resident: str, person: str = "self", name: str | None = None) -> Json:
        """A pregnancy that goes on."""
        age = {"weeks_min": 20, "weeks_max": 20, "source": "lmp", "lmp": "2026-07-06"}
        pregnancy = {"gestational_age": age, "due": None, "since": "2026-11-01"}
        adult = {"id": person, "kind": "adult", "given_name": name, "birth_date": None, "pregnancy": pregnancy}
        self.of(resident).append(adult)
        return adult

    def answer(self, resident: str, step: list[str], body: Json, appointments: list[Json]) -> Answer:
        """Status and content for one request below /residents/{resident}."""
        name = "_".join(step if step[0] == "losses" else step[:1]).split("?")[0]
        if name == "schedule":
            wanted = re.search(r"person=([\w-]+)", step[0])
            return 200, schedule(self._known(resident, wanted[1] if wanted else None))
        return getattr(self, f"_{name}")(resident, body, appointments)

    def _known(self, resident: str, person: str | None) -> Json | None:
        return next((one for one in self.of(resident) if one["id"] == person), None)

    def _children(self, resident: str, body: Json, _: list[Json]) -> Answer:
        if (body["birth_date"] or "2026") < "2008-11-24":
            return 409, {"error": {"code": "impossible_birth_date", "message": "a grown-up"}}
        known = self._known(resident, body["child"])
        if known is None:
            known = self.add_child(resident, body["given_name"], body["birth_date"])
        known.update(given_name=body["given_name"], birth_date=body["birth_date"])
        return 201, {"person": known}

    def _births(self, resident: str, body: Json, appointments: list[Json]) -> Answer:
        mother = self._known(resident, body["mother"]) or next((p for p in self.of(resident) if p["pregnancy"]), None)
        if mother:
            mother["pregnancy"] = None
        born = [self.add_child(resident, one["given_name"], body["born_on"]) for one in body["children"]]
        left = [one for one in appointments if one["service"] == "prenatal"]
        whole = {"mother": mother, "children": born, "pregnancy_closed": bool(mother), "appointments": left}
        return 201, whole

    def _losses(self, resident: str, body: Json, appointments: list[Json]) -> Answer:
        child = body["of"] == "child"
        meant = [one for one in self.of(resident) if (one["kind"] == "child") == child]
        stopped = [one for one in meant if body["person"] in (None, one["id"])]
        self._stopped = [dict(one) for one in stopped]
        for one in stopped:
            if child:
                self.of(resident).remove(one)
            one["pregnancy"] = None
        return 201, {"stopped": [one["id"] for one in stopped], "appointments": appointments}

    def _losses_undo(self, resident: str, body: Json, _: list[Json]) -> Answer:
        back = {one["id"]: one for one in [*self.of(resident), *self._stopped]}
        self._by_resident[resident] = list(back.values())
        return 200, {"people": self.of(resident)}
