"""The operators' roles and what each may do: the one table that every page asks."""

from __future__ import annotations

from typing import Literal

Right = Literal[
    "read",
    "resolve_alerts",
    "attend",
    "release_others",
    "edit_team_replies",
    "call",
    "reveal",
    "annotate",
    "review",
    "approve_review",
    "plan_campaigns",
    "approve_campaigns",
    "export",
    "read_audit",
    "data_rights",
    "manage_operators",
]


def _rights(*names: Right) -> frozenset[Right]:
    return frozenset(names)


_READS = _rights("read")
_REVIEWS = _READS | _rights("annotate", "review")
_APPROVES = _REVIEWS | _rights("approve_review")
_ATTENDS = _READS | _rights("annotate", "resolve_alerts", "attend", "call", "reveal", "plan_campaigns")
_LEADS = _rights("release_others", "edit_team_replies", "approve_campaigns", "export", "read_audit", "data_rights")
_SUPERVISES = _ATTENDS | _APPROVES | _LEADS

RIGHTS: dict[str, frozenset[Right]] = {
    "reader": _READS,
    "reviewer": _REVIEWS,
    "approver": _APPROVES,
    "agent": _ATTENDS,
    "supervisor": _SUPERVISES,
    "admin": _SUPERVISES | _rights("manage_operators"),
}
ROLES = tuple(RIGHTS)


def may(role: str, right: Right) -> bool:
    """Whether this role has this right; a role that is not known has none."""
    return right in RIGHTS.get(role, frozenset())
