"""One REST call as it came, kept for the tests that judge our requests against Twilio's OpenAPI."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class RestRecord:
    """`form` keeps repeated fields as lists; `fault` names the fault that hit the call, if any."""

    number: int
    at: datetime
    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, list[str]] | None
    json: Any
    status: int | None = None
    response: Any = None
    fault: str | None = None
