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

DEFAULT_URL = "http://127.0.0.1:8000/care/v1"
TIMEOUT_SECONDS = (1.0, 8.0)  # connect, read: an address search may wait for the city's geocoder
CONNECTIONS = 32

Json = dict[str, Any]


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

    def center(self, number: int) -> Json:
        """One centre by its number; CareRefused `not_found` when there is none."""
        return self._call("GET", f"/centers/{int(number)}")

    def offers(self, request: Json) -> Json:
        """Free slots that suit, best first, with the priority they were chosen by."""
        return self._call("POST", "/offers", request)

    def book(self, request: Json) -> Json:
        """Books a slot; CareRefused `slot_taken` or `already_booked` when it cannot."""
        return self._call("POST", "/appointments", request)["appointment"]

    def appointments(self, resident: str) -> list[Json]:
        """Her future appointments, earliest first."""
        return self._call("GET", f"/residents/{resident}/appointments")["appointments"]

    def cancel(self, resident: str, appointment_id: str, key: str) -> Json:
        """Cancels an appointment of hers; its slot is free again."""
        body = {"idempotency_key": key, "resident": resident}
        return self._call("POST", f"/appointments/{appointment_id}/cancel", body)["appointment"]

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        try:
            answer = self._http.request(method, self._base_url + path, json=body, timeout=TIMEOUT_SECONDS)
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise CareUnavailable(type(error).__name__) from None
        if answer.ok and isinstance(content, dict):
            return content
        raise _refusal(answer.status_code, content)


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
