"""The addresses of campaigns, and the right each needs."""

from __future__ import annotations

from latido.console.campaigns import rooms
from latido.console.roles import Right
from latido.console.visits import Handler

_ONE = "/campaigns/{campaign}"

CAMPAIGNS: tuple[tuple[str, str, Handler, Right], ...] = (
    ("/campaigns", "GET", rooms.campaigns, "plan_campaigns"),
    ("/campaigns/new", "GET", rooms.new, "plan_campaigns"),
    ("/campaigns", "POST", rooms.create, "plan_campaigns"),
    (_ONE, "GET", rooms.campaign, "plan_campaigns"),
    (_ONE, "POST", rooms.change, "plan_campaigns"),
    (f"{_ONE}/edit", "GET", rooms.edit, "plan_campaigns"),
    (f"{_ONE}/count", "POST", rooms.count, "plan_campaigns"),
    (f"{_ONE}/propose", "POST", rooms.step("propose"), "plan_campaigns"),
    (f"{_ONE}/pause", "POST", rooms.step("pause"), "plan_campaigns"),
    (f"{_ONE}/cancel", "POST", rooms.step("cancel"), "plan_campaigns"),
    (f"{_ONE}/approve", "POST", rooms.step("approve"), "approve_campaigns"),
    (f"{_ONE}/reject", "POST", rooms.step("reject"), "approve_campaigns"),
    (f"{_ONE}/resume", "POST", rooms.step("resume"), "approve_campaigns"),
)
