"""A stand-in for care over real loopback HTTP: the shapes of docs/wires.md, and failures on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from typing import Any

from fake_calendar import FakeCalendar
from fake_people import FakePeople, schedule
from fake_reminders import FakeReminders
from fake_rights import TRAVEL, FakeRights, childhood_centre, hospital

from tests.webserver import WebServer

Json = dict[str, Any]
Answer = tuple[int, Any]

TOKEN = "token-of-the-test"
VERSION = "2026-11"
LOCAL = timezone(timedelta(hours=-3))
FIRST_SLOT = datetime(2026, 11, 26, 9, 30, tzinfo=LOCAL)
PRIORITY = {
    "class": "top",
    "fhir_priority": 1,
    "reasons": ["no_checkup_after_20_weeks"],
    "reason_text": "Te damos prioridad porque todavía no tuviste ningún control.",
    "target_days": 3,
    "rule_set": "2026-11",
}
PLACES = {"barracas": (-34.646, -58.384, "Barracas"), "flores": (-34.63, -58.46, "Flores")}


def center(number: int, distance: int | None = 640) -> Json:
    """A centre as care shows it."""
    return {
        "number": number,
        "name": f"CeSAC N° {number} - San Telmo",
        "address": f"Balcarce {1000 + number}",
        "neighbourhood": "San Telmo",
        "commune": 1,
        "phones": [] if number == 42 else [f"11 2821-36{number:02d}"],
        "latitude": -34.62,
        "longitude": -58.37,
        "distance_m": distance,
        "walking_minutes": None if distance is None else max(1, round(distance * 1.4 / 80)),
        "travel": None if distance is None else TRAVEL,
        "travel_assumption": "straight_line_x1.4_at_80_m_per_min",
        "services": ["obstetrics"],
        "has_prenatal": None if number == 42 else True,
        "hospital": "Argerich",
        "hours": None,
        "unknown": ["hours"],
        "notes": [],
        "as_of": "2026-08",
    }


class FakeCare:
    """Residents, slots and appointments in memory; fails as often as it is told to."""

    def __init__(self) -> None:
        self.reset()
        self._lock = threading.Lock()
        self._server = WebServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def reset(self) -> None:
        """Nobody known, nothing booked, nothing asked."""
        self.residents: dict[str, Json] = {}
        self.appointments: dict[str, Json] = {}
        self.taken: set[str] = set()
        self.calls: list[tuple[str, str, Json]] = []
        self.failures: list[Answer] = []
        self.places: dict[str, Answer] = {}
        self.entries: dict[str, Json] = {}
        self.people = FakePeople()
        self.rights = FakeRights()
        self.reminders = FakeReminders()
        self.calendar = FakeCalendar()
        self.hospitals = [hospital("Sardá")]
        self.childhood_centres = [childhood_centre("Pamperito", True), childhood_centre("Sin Teléfono", None, None)]
        self.hold_minutes = 10.0
        self.waiting_advised = False
        self.offers_with_refusals = True

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/care/v1"

    def close(self) -> None:
        """Stops listening: from now on care cannot be reached."""
        self._server.shutdown()
        self._server.server_close()

    def fail(self, times: int = 1, status: int = 503, code: str = "health_service_unavailable") -> None:
        """The next calls are answered with this error."""
        self.failures += [(status, {"error": {"code": code, "message": "told to fail"}})] * times

    def consented(self, resident: str, **known: Any) -> None:
        """A resident who agreed before."""
        self.residents[resident] = {"consent": {"version": VERSION, "given_at": "2026-11-01T10:00:00-03:00"}, **known}

    def sent(self, path: str) -> list[Json]:
        """The bodies sent to a path."""
        return [body for _, called, body in self.calls if called == path]

    def sent_to(self, ending: str) -> list[tuple[str, Json]]:
        """Path and body of what was sent to paths that end like this."""
        return [(called, body) for _, called, body in self.calls if called.endswith(ending)]

    def answer(self, method: str, path: str, body: Json) -> Answer:
        """Status and content for one request."""
        with self._lock:
            self.calls.append((method, path, body))
            if self.failures:
                return self.failures.pop(0)
            return self._route(path.strip("/").split("/"))(body)

    def _route(self, parts: list[str]) -> Callable[[Json], Answer]:
        if parts[0] == "residents" and parts[-1] == "consent":
            return lambda body: self._consent(parts[1], body)
        if parts[0] == "residents" and parts[-1] == "calendar":
            return lambda body: (200, self.calendar.answer())
        if parts[0] == "residents" and parts[-1] == "appointments":
            return lambda body: (200, {"appointments": self._live(parts[1]), "missable": self._past(parts[1])})
        if parts[0] == "residents" and len(parts) > 2 and parts[2].split("?")[0] in self.people.STEPS:
            return lambda body: self.people.answer(parts[1], parts[2:], body, self._live(parts[1]))
        if parts[0] == "residents" and parts[-1].startswith("next?scope="):
            return lambda body: (200, {"next": self.rights.next.get(parts[-1].partition("=")[2])})
        if parts[0] == "residents" and parts[-1] in self.rights.STEPS:
            return lambda body: self.rights.answer(parts[1], parts[-1], body)
        if parts[0] == "reminders":
            return lambda body: self.reminders.answer(parts[1:], body)
        if parts == ["places", "hospitals"]:
            return lambda body: (200, {"status": "found", "hospitals": self.hospitals})
        if parts == ["places", "childhood-centres"]:
            return lambda body: (200, {"status": "found", "childhood_centres": self.childhood_centres})
        if parts[0] == "schedules":
            return lambda body: (200, schedule(None, exact="birth_date" in body))
        if parts[0] == "residents" and parts[-1] == "waiting-list":
            return lambda body: (200, {"entries": self._waiting(parts[1])})
        if parts[0] == "residents":
            return lambda body: (200, self._resident(parts[1]))
        if parts[0] == "places":
            return self._search
        if parts[0] == "centers":
            return lambda body: self._center(int(parts[1]))
        if parts[0] == "offers":
            return self._offers
        if parts[0] == "holds":
            return self._hold if len(parts) == 1 else lambda body: self._end_hold(parts[1], parts[2], body)
        if parts[0] == "waiting-list":
            return self._join if len(parts) == 1 else lambda body: self._answer_waiting(parts[1], parts[2], body)
        return lambda body: self._change(parts[1], parts[2], body)

    def _resident(self, resident: str) -> Json:
        known = self.residents.get(resident, {})
        return {
            "resident": resident,
            "consent": known.get("consent"),
            "current_consent_version": VERSION,
            "place": known.get("place"),
            "open_appointments": len(self._live(resident)),
            "people": self.people.of(resident),
            "reminders": {"consent": None},
            "content": {"consent": None},
        }

    def _consent(self, resident: str, body: Json) -> Answer:
        self.consented(resident)
        return 200, self._resident(resident)

    def _live(self, resident: str) -> list[Json]:
        live = [a for a in self.appointments.values() if a["owner"] == resident and a["status"] == "booked"]
        live = [a for a in live if not a["past"]]
        return sorted(live, key=lambda a: a["start"])

    def _past(self, resident: str) -> list[Json]:
        of_hers = [a for a in self.appointments.values() if a["owner"] == resident and a["status"] == "booked"]
        return [a for a in reversed(of_hers) if a["past"]]

    def _waiting(self, resident: str) -> list[Json]:
        return [e for e in self.entries.values() if e["owner"] == resident and e["state"] in ("waiting", "offered")]

    def _search(self, body: Json) -> Answer:
        near = body["near"]
        told = self.places.get(str(near.get("text") or near.get("address")))
        if told:
            return told
        if near.get("neighbourhood") in PLACES:
            latitude, longitude, label = PLACES[near["neighbourhood"]]
            return 200, self._found(label, latitude, longitude, approximate=True)
        if "latitude" in near:
            return 200, self._found("tu ubicación", near["latitude"], near["longitude"], approximate=False)
        return 200, {"status": "not_found", "place": None, "candidates": [], "centers": []}

    def _found(self, label: str, latitude: float, longitude: float, approximate: bool) -> Json:
        place = {"label": label, "latitude": latitude, "longitude": longitude, "approximate": approximate}
        centers = [center(15, 640), center(9, 1260), center(42, 2400)]
        return {"status": "found", "place": place, "candidates": [], "centers": centers}

    def _center(self, number: int) -> Answer:
        if not 1 <= number <= 50:
            return 404, {"error": {"code": "not_found", "message": "no such centre"}}
        return 200, center(number, None)

    def _offers(self, body: Json) -> Answer:
        free = [slot for slot in self._slots() if slot["slot_id"] not in self.taken]
        free = [slot for slot in free if slot["center"]["number"] not in body["exclude_centers"]]
        if body.get("center_number"):
            free = [slot for slot in free if slot["center"]["number"] == body["center_number"]]
        if body["after"]:
            free = [slot for slot in free if slot["start"] > body["after"]]
        if body.get("day"):
            free = [slot for slot in free if slot["start"][:10] == body["day"]]
        if body.get("part"):
            free = [slot for slot in free if (slot["start"][11:13] < "12") == (body["part"] == "morning")]
        shown = free[: body["limit"]]
        more = len(free) > len(shown)
        entry = next(iter(self._waiting(body["resident"])), None)
        return 200, {
            "priority": PRIORITY,
            "slots": shown,
            "more": more,
            "within_target": not self.waiting_advised,
            "waiting_list": {"advised": self.waiting_advised, "entry": entry},
        }

    def _slots(self) -> list[Json]:
        made = []
        for index in range(8):
            start = FIRST_SLOT + timedelta(days=index // 2, minutes=30 * (index % 2))
            made.append(
                {
                    "slot_id": f"slot-{index + 1}",
                    "version": "1",
                    "start": start.isoformat(),
                    "end": (start + timedelta(minutes=30)).isoformat(),
                    "center": center(15 if index % 2 == 0 else 9),
                }
            )
        return made

    def _hold(self, body: Json) -> Answer:
        unknown = [name for name in ("replaces", "waiting_entry") if name in body and not self._knows(name, body)]
        if unknown:
            return 404, {"error": {"code": "not_found", "message": "not hers"}}
        self._let_go_of_others(body["resident"])
        slot = next(slot for slot in self._slots() if slot["slot_id"] == body["slot_id"])
        if slot["slot_id"] in self.taken:
            return self._gone("slot_taken", body["resident"])
        patient = self._patient(body)
        for live in self._live(body["resident"]):
            if live["patient"] == patient and live["id"] != body.get("replaces"):
                return 409, {"error": {"code": "already_booked", "message": "has one"}, "appointment": live}
        held = self.add(body["resident"], slot, patient)
        held.update(status="pending", replaces=body.get("replaces"), entry=body.get("waiting_entry"))
        return 201, {"hold": self._keep(held), "appointment": held}

    def _knows(self, name: str, body: Json) -> bool:
        known = (self.appointments if name == "replaces" else self.entries).get(body[name])
        return known is not None and known["owner"] == body["resident"]

    def _patient(self, body: Json) -> Json:
        if "replaces" in body:
            return self.appointments[body["replaces"]]["patient"]
        given = body.get("patient") or {}
        if given.get("person"):
            child = next(one for one in self.people.of(body["resident"]) if one["id"] == given["person"])
            return {"for_whom": "other", "given_name": child["given_name"], "person": child["id"]}
        return {"for_whom": given.get("for_whom", "self"), "given_name": given.get("given_name")}

    def _keep(self, held: Json) -> Json:
        expires = datetime.now(LOCAL) + timedelta(minutes=self.hold_minutes)
        return {"id": held["id"], "expires_at": expires.isoformat(), "minutes": self.hold_minutes}

    def _let_go_of_others(self, resident: str) -> None:
        for held in self.appointments.values():
            if held["owner"] == resident and held["status"] == "pending":
                self._free(held)

    def _free(self, appointment: Json) -> None:
        appointment["status"] = "cancelled"
        self.taken.discard(appointment["slot_id"])

    def _gone(self, code: str, resident: str) -> Answer:
        offers = None
        if self.offers_with_refusals:
            asked = {"resident": resident, "exclude_centers": [], "after": None, "limit": 3}
            offers = self._offers(asked)[1]
        return 409, {"error": {"code": code, "message": "somebody was quicker"}, "offers": offers}

    def lose_holds(self) -> None:
        """Every hold has run out and somebody else has its slot."""
        for held in self.appointments.values():
            if held["status"] == "pending":
                held["status"] = "cancelled"

    def _end_hold(self, hold_id: str, step: str, body: Json) -> Answer:
        held = self.appointments.get(hold_id)
        if held is None or held["owner"] != body["resident"]:
            return 404, {"error": {"code": "not_found", "message": "not hers"}}
        if step == "release":
            self._free(held)
            return 200, {"appointment": held}
        if held["status"] != "pending":
            return self._gone("hold_expired", body["resident"])
        for live in self._live(body["resident"]):
            if live["patient"] == held["patient"] and live["id"] != held["replaces"]:
                return 409, {"error": {"code": "already_booked", "message": "has one"}, "appointment": live}
        held["status"] = "booked"
        if held["entry"]:
            self.entries[held["entry"]]["state"] = "booked"
        replaced = self.appointments.get(held["replaces"] or "")
        if replaced is None:
            return 200, {"appointment": held}
        self._free(replaced)
        return 200, {"appointment": held, "replaced": replaced}

    def _join(self, body: Json) -> Answer:
        known = self._waiting(body["resident"])
        return (200, {"entry": known[0]}) if known else (201, {"entry": self.wait(body["resident"])})

    def wait(self, resident: str, position: int = 3, offered: Json | None = None) -> Json:
        """An entry on the waiting list, as if she had joined; with this appointment kept for her."""
        offer = {"hold": self._keep(offered), "appointment": offered} if offered else None
        entry = {
            "id": f"entry-{len(self.entries) + 1}",
            "owner": resident,
            "state": "offered" if offered else "waiting",
            "since": "2026-11-20T10:00:00-03:00",
            "priority": PRIORITY,
            "position": position,
            "offer": offer,
        }
        self.entries[entry["id"]] = entry
        return entry

    def offer_released(self, resident: str, number: int) -> Json:
        """Her entry with a released slot kept for her."""
        held = self.add(resident, number=number)
        entry = self.wait(resident, 1, held)
        held.update(status="pending", entry=entry["id"])
        return entry

    def _answer_waiting(self, entry_id: str, answer: str, body: Json) -> Answer:
        entry = self.entries.get(entry_id)
        if entry is None or entry["owner"] != body["resident"] or entry["state"] in ("left", "booked"):
            return 404, {"error": {"code": "not_found", "message": "not hers"}}
        offer, entry["offer"] = entry["offer"], None
        if answer == "accept":
            if offer is None:
                return self._gone("hold_expired", body["resident"])
            return self._end_hold(offer["hold"]["id"], "confirm", body)
        entry["state"] = "left" if answer == "leave" else "waiting"
        return 200, {"entry": entry}

    def add(self, resident: str, slot: Json | None = None, patient: Json | None = None, number: int = 0) -> Json:
        """An appointment, as if it had been booked; at the slot with this number when none is given."""
        slot = slot or self._slots()[number - 1 if number else len(self.appointments)]
        self.taken.add(slot["slot_id"])
        appointment = {
            "id": f"appointment-{len(self.appointments) + 1}",
            "version": "1",
            "owner": resident,
            "status": "booked",
            "service": "prenatal",
            "start": slot["start"],
            "end": slot["end"],
            "center": slot["center"],
            "priority": PRIORITY,
            "patient": patient or {"for_whom": "self", "given_name": None},
            "slot_id": slot["slot_id"],
            "attendance": "needs-action",
            "past": False,
            "replaces": None,
            "entry": None,
        }
        self.appointments[appointment["id"]] = appointment
        return appointment

    def _change(self, appointment_id: str, step: str, body: Json) -> Answer:
        appointment = self.appointments.get(appointment_id)
        if appointment is None or appointment["owner"] != body["resident"]:
            return 404, {"error": {"code": "not_found", "message": "not hers"}}
        if step == "cancel":
            self._free(appointment)
        elif step == "attendance":
            appointment["attendance"] = body["answer"]
        elif step == "missed":
            appointment["status"] = "noshow"
        return 200, {"appointment": appointment}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        care = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Json) -> None:
                path = self.path.removeprefix("/care/v1")
                authorised = self.headers.get("Authorization") == f"Bearer {TOKEN}"
                status, content = care.answer(self.command, path, body) if authorised else (401, {"error": "token"})
                raw = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        return Handler
