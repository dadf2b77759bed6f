"""The one client of care: the internal HTTP API described in docs/wires.md.

CareError
├── CareUnavailable     care (or what stands behind it) cannot answer now: try again later
└── CareRefused         care answered no: `code` says why, `body` may hold what is in the way
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tracelog import traceparent

DEFAULT_URL = "http://127.0.0.1:8000/care/v1"
TIMEOUT_SECONDS = (1.0, 8.0)  # connect, read: an address search may wait for the city's geocoder
CONNECTIONS = 32

Json = dict[str, Any]
Patience = tuple[float, float]


class CareError(Exception):
    """Something kept care from doing what was asked."""


class CareUnavailable(CareError):
    """Care cannot answer now: nothing is known to have happened; say so and try again later."""


class CareRefused(CareError):
    """Care answered with an error code of docs/wires.md, such as `slot_taken`."""

    def __init__(self, code: str, body: Json) -> None:
        super().__init__(f"care refused: {code}; the codes are listed in docs/wires.md")
        self.code = code
        self.body = body


class CareClient:
    """Calls care; blocking, safe to use from several threads."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._http.trust_env = False  # loopback: a proxy from the environment must not see these calls
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS))

    def resident(self, resident: str) -> Json:
        """Consent, remembered place and number of open appointments of a resident; nulls when unknown."""
        return self._call("GET", f"/residents/{resident}")

    def give_consent(self, resident: str, version: str, key: str) -> Json:
        """Records her consent to the chat; returns the same object as `resident`."""
        return self._call(
            "POST",
            f"/residents/{resident}/consent",
            {"idempotency_key": key, "version": version, "scope": "chat"},
        )

    def search_places(self, resident: str | None, near: Json, service: str | None = None, limit: int = 3) -> Json:
        """The nearest centres to a point, neighbourhood, centre, address or words."""
        body: Json = {"near": near, "service": service, "limit": limit}
        if resident is not None:
            body["resident"] = resident
        return self._call("POST", "/places/search", body)

    def hospitals(self, near: Json, maternity: bool, limit: int, patience: Patience = TIMEOUT_SECONDS) -> Json:
        """The nearest hospitals, with `maternity` only those where children are born (a proxy: docs/wires.md)."""
        body = {"near": near, "maternity": True if maternity else None, "limit": limit}
        return self._call("POST", "/places/hospitals", body, patience)

    def childhood_centres(self, near: Json, age_days: int | None, limit: int) -> Json:
        """The nearest early-childhood centres for a child of so many days; None: of any age."""
        return self._call("POST", "/places/childhood-centres", {"near": near, "age_days": age_days, "limit": limit})

    def set_reminders(self, resident: str, answer: str, key: str, scope: str = "reminders") -> Json:
        """`in`, `out` (of reminders: only answers from now on), `waiting_list_only`, `later`, `refused`."""
        body = {"idempotency_key": key, "answer": answer, "scope": scope}
        return self._call("POST", f"/residents/{resident}/reminders", body)

    def may_ask(self, resident: str, scope: str, key: str) -> bool:
        """Whether to ask her now for `reminders` or `content`; a yes is noted, so that it is asked once."""
        body = {"idempotency_key": key, "scope": scope}
        return bool(self._call("POST", f"/residents/{resident}/ask", body)["ask"])

    def next_reminder(self, resident: str, scope: str = "reminders") -> Json | None:
        """`moment` and `kind` of the first one that the plan holds; None where it holds none."""
        found: Json | None = self._call("GET", f"/residents/{resident}/reminders/next?scope={scope}")["next"]
        return found

    def data_kept(self, resident: str) -> list[Json]:
        """All that is kept of her: sections of lines, to be shown as they are."""
        return self._call("GET", f"/residents/{resident}/data")["sections"]

    def erase(self, resident: str, key: str) -> Json:
        """Forgets her: what was erased, what stays and where."""
        return self._call("POST", f"/residents/{resident}/erase", {"idempotency_key": key})

    def give_feedback(self, resident: str, opinion: Json, key: str) -> Json:
        """Keeps an opinion, or the centre of an earlier one (`about`); its id."""
        return self._call("POST", f"/residents/{resident}/feedback", {"idempotency_key": key, **opinion})

    def center(self, number: int) -> Json:
        """One centre by its number; CareRefused `not_found` when there is none."""
        return self._call("GET", f"/centers/{int(number)}")

    def offers(self, request: Json) -> Json:
        """Free slots that suit, best first, with the priority they were chosen by."""
        return self._call("POST", "/offers", request)

    def hold(self, request: Json) -> Json:
        """Keeps a slot while she decides; CareRefused `slot_taken` or `already_booked` when it cannot."""
        return self._call("POST", "/holds", request)

    def confirm_hold(self, resident: str, hold_id: str, key: str, patient: Json | None = None) -> Json:
        """Books what was kept: the appointment, and the one it replaced; CareRefused `hold_expired`, `slot_taken`."""
        body: Json = {"idempotency_key": key, "resident": resident}
        if patient is not None:
            body["patient"] = patient
        return self._call("POST", f"/holds/{hold_id}/confirm", body)

    def release_hold(self, resident: str, hold_id: str, key: str) -> Json:
        """Lets go of what was kept; the slot is free again."""
        return self._write(f"/holds/{hold_id}/release", resident, key)

    def appointments(self, resident: str) -> list[Json]:
        """Her future appointments, earliest first."""
        return self._call("GET", f"/residents/{resident}/appointments")["appointments"]

    def missable(self, resident: str) -> list[Json]:
        """Her appointments of the last weeks of which nobody said yet whether she came, latest first."""
        return self._call("GET", f"/residents/{resident}/appointments").get("missable") or []

    def attend(self, resident: str, appointment_id: str, key: str) -> Json:
        """Keeps that she will come; CareRefused `not_live` when the appointment does not stand."""
        body = {"idempotency_key": key, "resident": resident, "answer": "accepted"}
        return self._call("POST", f"/appointments/{appointment_id}/attendance", body)["appointment"]

    def missed(self, resident: str, appointment_id: str, key: str) -> Json:
        """Keeps that she did not come; CareRefused `not_missable` before its start."""
        return self._write(f"/appointments/{appointment_id}/missed", resident, key)["appointment"]

    def waiting_list(self, resident: str) -> list[Json]:
        """Her entries on the waiting list that wait or have a slot offered."""
        return self._call("GET", f"/residents/{resident}/waiting-list")["entries"]

    def join_waiting_list(self, request: Json) -> Json:
        """Puts her on the waiting list; her entry, also when she is on it already."""
        return self._call("POST", "/waiting-list", request)["entry"]

    def answer_waiting_list(self, resident: str, entry_id: str, answer: str, key: str) -> Json:
        """`accept`, `decline` or `leave`; accepting is refused as the confirmation of a hold is."""
        return self._write(f"/waiting-list/{entry_id}/{answer}", resident, key)

    def cancel(self, resident: str, appointment_id: str, key: str) -> Json:
        """Cancels an appointment of hers; its slot is free again."""
        return self._write(f"/appointments/{appointment_id}/cancel", resident, key)["appointment"]

    def record_child(self, resident: str, child: Json, key: str) -> Json:
        """Puts a child on record or corrects one; CareRefused `impossible_birth_date`."""
        return self._call("POST", f"/residents/{resident}/children", {"idempotency_key": key, **child})["person"]

    def record_pregnancy(self, resident: str, pregnancy: Json, key: str) -> Json:
        """Records or updates a pregnancy; the person who is pregnant."""
        return self._call("POST", f"/residents/{resident}/pregnancies", {"idempotency_key": key, **pregnancy})["person"]

    def record_birth(self, resident: str, birth: Json, key: str) -> Json:
        """Closes the pregnancy and puts the children on record: docs/wires.md, births."""
        return self._call("POST", f"/residents/{resident}/births", {"idempotency_key": key, **birth})

    def record_loss(self, resident: str, loss: Json, key: str) -> Json:
        """Stops everything about a pregnancy or a child at once: docs/wires.md, losses."""
        return self._call("POST", f"/residents/{resident}/losses", {"idempotency_key": key, **loss})

    def undo_loss(self, resident: str, key: str) -> list[Json]:
        """It was a mistake: her people, with what was stopped."""
        return self._call("POST", f"/residents/{resident}/losses/undo", {"idempotency_key": key})["people"]

    def forget_person(self, resident: str, person_id: str, key: str) -> list[Json]:
        """Takes somebody off the record; the people left."""
        path = f"/residents/{resident}/people/{person_id}/forget"
        return self._call("POST", path, {"idempotency_key": key})["people"]

    def schedule_of(self, resident: str, person_id: str) -> Json:
        """Check-ups, studies and vaccines of somebody on record, with dates."""
        return self._call("GET", f"/residents/{resident}/schedule?person={person_id}")

    def calendar(self, resident: str, key: str) -> Json:
        """What comes next for each of her people, and the id of its picture: docs/wires.md, her calendar."""
        return self._call("POST", f"/residents/{resident}/calendar", {"idempotency_key": key})

    def schedule_for(self, basis: Json) -> Json:
        """The same for a gestational age or a birth date that was only told; nothing is kept."""
        return self._call("POST", "/schedules", basis)

    def reminder(self, resident: str, reminder_id: str) -> Json:
        """What a reminder of hers said and what has become of that; CareRefused `not_found` when it is not hers."""
        return self._call("GET", f"/reminders/{reminder_id}?resident={resident}")["reminder"]

    def answer_reminder(self, resident: str, reminder_id: str, answer: str, key: str) -> None:
        """Keeps which step she answered and how: `went` clears what it was about."""
        body = {"idempotency_key": key, "resident": resident, "answer": answer}
        self._call("POST", f"/reminders/{reminder_id}/answer", body)

    def remind_again(self, resident: str, reminder_id: str, wish: Json, key: str) -> str:
        """When she is told again, by `day` or `in_days`, `part`, `time`; CareRefused `too_late`, `no_reminders`."""
        body = {"idempotency_key": key, "resident": resident, **wish}
        return str(self._call("POST", f"/reminders/{reminder_id}/again", body)["moment"])

    def _write(self, path: str, resident: str, key: str) -> Json:
        return self._call("POST", path, {"idempotency_key": key, "resident": resident})

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, patience: Patience = TIMEOUT_SECONDS
    ) -> Json:
        try:
            answer = self._asked(method, path, body, patience)
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise CareUnavailable(type(error).__name__) from None
        if answer.ok and isinstance(content, dict):
            return content
        raise _refusal(answer.status_code, content)

    def _asked(self, method: str, path: str, body: Mapping[str, Any] | None, patience: Patience) -> requests.Response:
        """The answer; asked again where a connection broke: that process of care may be leaving, another is there."""
        try:
            return self._request(method, path, body, patience)
        except requests.Timeout:
            raise
        except requests.ConnectionError:  # every call may come twice: writes carry their key
            return self._request(method, path, body, patience)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None, patience: Patience) -> requests.Response:
        url = self._base_url + path
        return self._http.request(method, url, json=body, timeout=patience, headers=traceparent())


def _refusal(status: int, content: Any) -> CareError:
    error = content.get("error") if isinstance(content, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if status >= 500 or code is None:
        return CareUnavailable(f"{status} {code or 'without a code'}")
    return CareRefused(str(code), content)


@lru_cache(maxsize=1)
def shared_client() -> CareClient:
    """The client of this process, set up from LATIDO_CARE_URL and LATIDO_SERVICE_TOKEN."""
    return CareClient(
        os.environ.get("LATIDO_CARE_URL", DEFAULT_URL),
        os.environ.get("LATIDO_SERVICE_TOKEN", ""),
    )
