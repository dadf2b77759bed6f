"""The operators' roles and what each may do besides reading."""

from __future__ import annotations

ROLES = ("reader", "reviewer", "approver", "agent", "supervisor", "admin")
ATTENDS_TO_RESIDENTS = frozenset({"agent", "supervisor", "admin"})


def may_resolve_alerts(role: str) -> bool:
    """Whether this role may take an alert out of the urgent queue."""
    return role in ATTENDS_TO_RESIDENTS
