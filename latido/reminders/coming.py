"""What will be said to her first, as the plan has it now: nothing else may be promised."""

from __future__ import annotations

from typing import Literal

from latido.care.services import local
from latido.care.views import Json
from latido.reminders.knowing import known_of
from latido.reminders.parts import Reminders
from latido.reminders.rules.steps import Step

Scope = Literal["reminders", "content"]


def first_of(reminders: Reminders, resident: str, scope: Scope) -> Json | None:
    """When the first reminder (or piece of content) comes and of what kind it is; None where the plan has none yet."""
    now = reminders.care.now()
    steps = [step for step in reminders.plan(known_of(reminders.care, resident), now) if _is_of(step, scope)]
    if not steps:
        return None
    moments = {step.key: max(step.due_at, reminders.allowed_from(step.name, now)) for step in steps}
    first = min(steps, key=lambda step: moments[step.key])
    return {"moment": local(moments[first.key]), "kind": first.kind, "name": first.name}


def _is_of(step: Step, scope: Scope) -> bool:
    return not step.is_listed and (step.kind == "content") == (scope == "content")
