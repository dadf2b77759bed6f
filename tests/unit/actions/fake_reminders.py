"""Reminders of the care stand-in: what one said, what has become of it, and what was answered."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]

NOT_HERS = (404, {"error": {"code": "not_found", "message": "no such reminder for this resident"}})


class FakeReminders:
    """Reminders in memory, by id, as they stand now."""

    def __init__(self) -> None:
        self.known: dict[str, Json] = {}
        self.answers: list[tuple[str, str]] = []
        self.asked: list[Json] = []
        self.refusal: str | None = None

    def add(self, owner: str, name: str, appointment: Json | None = None, **fields: Any) -> str:
        """A reminder that was sent; returns its id."""
        kind = fields.pop("kind", "appointment" if appointment else "checkup")
        number = str(len(self.known) + 101)
        self.known[number] = {
            "owner": owner,
            "id": number,
            "kind": kind,
            "name": name,
            "role": "self",
            "given_name": None,
            "service": "prenatal",
            "what": "Control del embarazo",
            "codes": [],
            "now": "stands",
            "appointment": appointment,
            "answered": None,
            "message": {
                "text": "Hola, somos Latido. *Qué:* Control del embarazo",
                "buttons": [{"title": "Otra cosa", "payload": payload("other", number)}],
            },
            **fields,
        }
        return number

    def answer(self, parts: list[str], body: Json) -> Answer:
        """GET /reminders/{id}, POST /reminders/{id}/answer and /again."""
        number, _, query = parts[0].partition("?resident=")
        known = self.known.get(number)
        if known is None or known["owner"] != (body.get("resident") or query):
            return NOT_HERS
        if parts[1:] == ["answer"]:
            self.answers.append((number, body["answer"]))
            known["answered"] = body["answer"]
            return 200, {"answer": body["answer"]}
        if parts[1:] == ["again"]:
            return self._again(body)
        return 200, {"reminder": {name: value for name, value in known.items() if name != "owner"}}

    def _again(self, body: Json) -> Answer:
        if self.refusal:
            return 409, {"error": {"code": self.refusal, "message": "told to refuse"}}
        self.asked.append({name: body[name] for name in ("day", "in_days", "part", "time") if name in body})
        day = body.get("day") or f"2026-11-{23 + body.get('in_days', 0)}"
        time = body.get("time") or {"afternoon": "16:00"}.get(body.get("part"), "10:00")
        return 200, {"moment": f"{day}T{time}:00-03:00"}


def payload(answer: str, reminder: str, **more: str) -> str:
    """What a button of a reminder says."""
    rest = "".join(f', "{name}": "{value}"' for name, value in more.items())
    return f'/reminder_answer{{"answer": "{answer}", "reminder": "{reminder}"{rest}}}'
