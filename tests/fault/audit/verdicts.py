"""The judgement: pure rules over what the witnesses say, each with its count and its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.fault.audit import agenda, flood, log, order
from tests.fault.audit.witnesses import Witnesses

Rule = Callable[[Witnesses], Iterator[str]]


@dataclass(frozen=True)
class Report:
    """What was counted, and what is wrong by the guarantee that it breaks; `troubles`: what was done to the parts."""

    name: str
    counts: Mapping[str, int]
    problems: Mapping[str, Sequence[str]]
    troubles: Mapping[str, int]
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether every guarantee held."""
        return not any(self.problems.values())

    def lines(self) -> list[str]:
        """Every problem as a line."""
        return [f"{guarantee}: {problem}" for guarantee, found in self.problems.items() for problem in found]


RULES: Mapping[str, Rule] = {
    "lost": log.lost,
    "unanswered": log.unanswered,
    "answered twice": log.answered_twice,
    "not sent": log.not_sent,
    "sent twice": log.sent_twice,
    "out of order": order.out_of_order,
    "booked twice": agenda.booked_twice,
    "booking lost": agenda.lost,
    "forged entered": log.entered,
    "starved": flood.starved,
}


def audit(name: str, heard: Witnesses, troubles: Mapping[str, int] | None = None, seconds: float = 0.0) -> Report:
    """The judgement of one run; `seconds` of load."""
    problems = {guarantee: list(rule(heard)) for guarantee, rule in RULES.items()}
    return Report(name, _counts(heard), problems, dict(troubles or {}), seconds)


def _counts(heard: Witnesses) -> dict[str, int]:
    inbound = [row for row in heard.log if row.direction == "in"]
    ledger = heard.agenda.ledger if heard.agenda else ()
    return {
        "written": len(heard.written),
        "stored": len(inbound),
        "answered": sum(row.state == "answered" for row in inbound),
        "set aside": sum(row.state == "set_aside" for row in inbound),
        "open": sum(row.state == "received" for row in inbound),
        "accepted": len(heard.accepted),
        "phones": len(heard.phones),
        "appointments": sum(row.ours and row.state in ("held", "booked") for row in ledger),
        "refused": len(heard.refused),
        "flood": sum(each.phone == heard.flooder for each in heard.written),
        "overtaken": flood.most_overtaken(heard),
        "usually overtaken": flood.usually_overtaken(heard),
    }
