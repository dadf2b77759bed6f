"""The filters of the overdue list, in its address. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from latido.console.overdue.cases import STATES, Case

SERVICES = ("prenatal", "pediatric")
KINDS = ("checkup", "missed", "unconfirmed", "unreached")
SINCE_DAYS = (3, 7, 14, 30)
NEVER = "never"


class WrongFilter(ValueError):
    """The address asks for something the list does not know."""


@dataclass(frozen=True)
class Sieve:
    """What to show; what is empty or None does not restrict. `since`: overdue for at least so many days."""

    state: str = "open"
    kind: str = ""
    service: str = ""
    commune: int | None = None
    center: int | None = None
    since: int | None = None
    result: str = ""
    mine: bool = False

    @property
    def query(self) -> str:
        """As it stands in the address."""
        given = {name: int(value) if value is True else value for name, value in asdict(self).items()}
        kept = {name: value for name, value in given.items() if value not in ("", None, False, 0)}
        return urlencode({name: value for name, value in kept.items() if (name, value) != ("state", "open")})

    def lets(self, case: Case, operator_id: int, now: datetime) -> bool:
        """Whether this person is shown."""
        last = case.last_call
        result = last.result if last else NEVER
        claimed = case.claim is not None and case.claim.operator_id == operator_id
        conditions = (
            case.state == self.state,
            not self.kind or any(due.kind == self.kind for due in case.dues),
            self.service in ("", case.whom.service),
            self.commune in (None, case.standing.commune),
            self.center in (None, case.standing.center),
            self.since is None or case.since <= now - timedelta(days=self.since),
            self.result in ("", result),
            not self.mine or claimed or (last is not None and last.operator_id == operator_id),
        )
        return all(conditions)


def read_sieve(given: Mapping[str, str]) -> Sieve:
    """The filters of an address; WrongFilter."""
    state, kind, service = given.get("state") or "open", given.get("kind", ""), given.get("service", "")
    if state not in STATES or kind not in ("", *KINDS) or service not in ("", *SERVICES):
        raise WrongFilter("no such state, kind or service")
    numbers = {name: _number(given.get(name, "")) for name in ("commune", "center", "since")}
    return Sieve(state, kind, service, **numbers, result=given.get("result", ""), mine=given.get("mine") == "1")


def counts_of(cases: Iterable[Case]) -> Counter[str]:
    """How many there are of each state, and of each kind among those to call now."""
    counted: Counter[str] = Counter()
    for case in cases:
        counted[case.state] += 1
        if case.state == "open":
            counted.update({due.kind for due in case.dues})
    return counted


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 4:
        raise WrongFilter("no number")
    return int(text)
