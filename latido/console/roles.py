"""The operators' roles and what each may do besides reading."""

from __future__ import annotations

ROLES = ("reader", "reviewer", "approver", "agent", "supervisor", "admin")
ATTENDS_TO_RESIDENTS = frozenset({"agent", "supervisor", "admin"})
ANSWERS_FOR_OTHERS = frozenset({"supervisor", "admin"})


def may_attend(role: str) -> bool:
    """Whether this role may take a conversation and write in it."""
    return role in ATTENDS_TO_RESIDENTS


def may_release_others(role: str) -> bool:
    """Whether this role may give back or close a conversation that another operator has."""
    return role in ANSWERS_FOR_OTHERS


def may_resolve_alerts(role: str) -> bool:
    """Whether this role may take an alert out of the urgent queue."""
    return role in ATTENDS_TO_RESIDENTS
