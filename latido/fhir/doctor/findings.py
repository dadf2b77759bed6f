"""What is found out about a server, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import requests

from latido.fhir.client import FhirClient
from latido.fhir.errors import FhirError
from latido.fhir.features import Features

Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: `detail` says what was seen, `without` what Latido does where it is missing.

    `needed`: without it Latido cannot work with this server.
    """

    subject: str
    verdict: Verdict
    detail: str = ""
    without: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Report:
    """All findings about one server."""

    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether nothing that Latido needs is missing."""
        return not any(each.needed and each.verdict == "no" for each in self.findings)


@dataclass(frozen=True)
class Visit:
    """What a probe may use: the client, its session for what the client does not show, and what the server says."""

    client: FhirClient
    session: requests.Session
    features: Features
    now: Callable[[], datetime]


Probe = Callable[[Visit], Finding | Iterable[Finding]]


def tried(subject: str, probe: Callable[[], Finding], without: str = "", needed: bool = False) -> Finding:
    """The probe's finding; "unknown" when the server would not answer the question."""
    try:
        return probe()
    except FhirError as error:
        return Finding(subject, "unknown", type(error).__name__ + _status(error), without, needed)


def verdict(found: bool | None) -> Verdict:
    """Yes, no, or unknown for None."""
    return "unknown" if found is None else "yes" if found else "no"


def _status(error: FhirError) -> str:
    return f" {error.status}" if error.status else ""
