"""Which wording a reminder is told in: the plain one, or a resident's arm of an experiment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from latido.care.people.pregnancies import all_pregnancies
from latido.care.people.record import all_people
from latido.care.services import BUENOS_AIRES
from latido.experiments.exposing import Told, are_approved, told_to
from latido.experiments.rules.arms import Arm, of_template
from latido.reminders.parts import Reminders


def wording_of(
    reminders: Reminders, connection: Connection, resident: str, template: str, now: datetime
) -> tuple[str, Told | None]:
    """The variant to say, and what she is told of an experiment, if it is one: that is kept when it is queued."""
    day = now.astimezone(BUENOS_AIRES).date()
    experiment = of_template(reminders.experiments.all, template, day) if reminders.experiments else None
    if experiment is None or has_lost(reminders, connection, resident):
        return "", None
    adopted = experiment.adopted_on(day)
    if adopted is not None:
        arm = Arm(adopted, 1)
        return (arm.variant if are_approved(connection, template, [arm]) else ""), None
    told = told_to(connection, experiment, resident)
    return (told.variant if told else ""), told


def has_lost(reminders: Reminders, connection: Connection, resident: str) -> bool:
    """Whether a pregnancy or child of hers was lost, however long ago: nothing is tried out on her."""
    vault = reminders.care.vault
    if any(each.why == "loss" for each in all_pregnancies(connection, vault, resident)):
        return True
    return any(each.state == "stopped" for each in all_people(connection, vault, resident))
