"""Hospitals, early-childhood centres and her rights, as the stand-in for care answers them: docs/wires.md."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]

TRAVEL = {
    "walking": {"minutes": 20, "assumption": "estimate"},
    "bus": {"minutes": 12, "assumption": "estimate"},
    "car": {"minutes": 6, "assumption": "estimate"},
}
SECTIONS = [
    {"title": "Tu permiso", "lines": ["Aceptaste que guarde tus datos el 1 de noviembre de 2026."]},
    {"title": "Nuestra charla", "lines": [f"Mensaje {number} " + "x" * 100 for number in range(20)]},
]


def hospital(slug: str, maternity: bool = True) -> Json:
    """A hospital as care shows it."""
    return {
        "slug": slug,
        "name": f"Hospital {slug}",
        "short_name": slug,
        "address": "Esteban de Luca 2151",
        "phones": ["11 4943-3567"],
        "emergency_phones": ["11 4943-4250"],
        "maternity": maternity,
        "distance_m": 1200,
        "travel": TRAVEL,
    }


def childhood_centre(name: str, takes: bool | None, from_days: int | None = 45, to_months: int | None = 36) -> Json:
    """An early-childhood centre as care shows it."""
    return {
        "slug": name,
        "kind": "CPI",
        "name": name,
        "address": "Finochietto 473",
        "phones": [] if name == "Sin Teléfono" else ["11 4361-3736"],
        "latitude": -34.62,
        "longitude": -58.37,
        "age_from_days": from_days,
        "age_to_months": to_months,
        "takes_the_age": takes,
        "distance_m": 640,
        "travel": TRAVEL,
        "unknown": ["hours", "places"],
    }


class FakeRights:
    """Who wants to be written to, who was forgotten, and what was said of the service."""

    STEPS = frozenset({"reminders", "data", "erase", "feedback", "ask"})

    def __init__(self) -> None:
        self.reminders: dict[str, str] = {}
        self.content: dict[str, str] = {}
        self.may_ask: set[str] = set()  # what she may be asked for, once
        self.next: dict[str, Json] = {}
        self.erased: list[str] = []
        self.opinions: list[Json] = []

    def answer(self, resident: str, step: str, body: Json) -> Answer:
        """Status and content for one of STEPS."""
        if step == "reminders":
            kept = self.content if body.get("scope") == "content" else self.reminders
            kept[resident] = body["answer"]
            return 200, {"resident": resident}
        if step == "ask":
            may, self.may_ask = body["scope"] in self.may_ask, self.may_ask - {body["scope"]}
            return 200, {"ask": may}
        if step == "data":
            return 200, {"sections": SECTIONS}
        if step == "erase":
            self.erased.append(resident)
            return 200, {"erased": [], "kept": [], "appointments": []}
        return self._feedback(body)

    def _feedback(self, body: Json) -> Answer:
        if body.get("about"):
            self.opinions[body["about"] - 1]["center_number"] = body["center_number"]
            return 201, {"id": body["about"]}
        if body["center_number"] is not None and not 1 <= body["center_number"] <= 50:
            return 404, {"error": {"code": "not_found", "message": "no such centre"}}
        self.opinions.append(body)
        return 201, {"id": len(self.opinions)}
