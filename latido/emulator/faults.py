"""Faults that can be switched on: at the REST API, in delivery, in status callbacks, in inbound webhooks."""

from dataclasses import dataclass, field, fields
from typing import Any

REST_FAULTS = (
    "too_many_requests",
    "server_error",
    "reset",
    "timeout",
    "timeout_after_accepting",
    "reset_after_accepting",
    "error_after_accepting",
)
RESOURCES = ("any", "messages", "contents", "typing", "media")
WINDOWS = ("auto", "open", "closed")
FAILED_AS = ("undelivered", "failed")


class FaultError(ValueError):
    """A fault was asked for that does not exist; the message lists what there is."""


@dataclass
class RestFault:
    """What happens to the next `times` calls of a resource (None: to all of them)."""

    kind: str
    resource: str = "messages"
    times: int | None = 1
    method: str = "POST"
    hold_seconds: float = 30.0

    def hits(self, resource: str, method: str) -> bool:
        """Whether this call is one of those meant."""
        return self.times != 0 and self.resource in ("any", resource) and self.method in ("any", method)


@dataclass
class Faults:
    """Everything off by default; `lose` names statuses, so that a test knows which callback is missing."""

    rest: RestFault | None = None
    window: str = "auto"
    window_fails_as: str = "undelivered"
    fail_code: int | None = None
    fail_times: int | None = None
    rest_delay_ms: int = 0
    status_delay_ms: int = 0
    lose: list[str] = field(default_factory=list)
    duplicates: int = 0
    shuffle: bool = False
    read_receipts: bool = True
    inbound_duplicates: int = 0
    retry_on_timeout: bool = False

    def rest_fault(self, resource: str, method: str) -> RestFault | None:
        """The fault of this call, counted; None when there is none left."""
        fault = self.rest
        if fault is None or not fault.hits(resource, method):
            return None
        if fault.times is not None:
            fault.times -= 1
        return fault

    def delivery_failure(self) -> int | None:
        """The failure code of this message, counted."""
        if self.fail_code is None or self.fail_times == 0:
            return None
        if self.fail_times is not None:
            self.fail_times -= 1
        return self.fail_code

    def update(self, wanted: dict[str, Any]) -> None:
        """Switch what is named, leave the rest; FaultError for what does not exist."""
        known = {item.name: getattr(self, item.name) for item in fields(self)}
        if unknown := set(wanted) - set(known):
            raise FaultError(f"no fault called {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        checked = {name: _checked(name, value, known[name]) for name, value in wanted.items()}
        for name, value in checked.items():
            setattr(self, name, value)


def _checked(name: str, value: Any, now: Any) -> Any:
    if name == "rest":
        return _rest(value)
    choices = {"window": WINDOWS, "window_fails_as": FAILED_AS}.get(name)
    if choices and value not in choices:
        raise FaultError(f"{name} is one of {', '.join(choices)}")
    if name in ("fail_code", "fail_times"):
        return None if value is None else int(value)
    if isinstance(now, bool):
        return bool(value)
    if isinstance(now, int):
        return int(value)
    return [str(status) for status in value] if name == "lose" else value


def _rest(value: Any) -> RestFault | None:
    if not value:
        return None
    wanted = {"kind": value} if isinstance(value, str) else dict(value)
    if unknown := set(wanted) - {item.name for item in fields(RestFault)}:
        raise FaultError(f"a rest fault has no {', '.join(sorted(unknown))}")
    fault = RestFault(**wanted)
    if fault.kind not in REST_FAULTS or fault.resource not in RESOURCES:
        raise FaultError(f"kind is one of {', '.join(REST_FAULTS)}; resource one of {', '.join(RESOURCES)}")
    return fault
