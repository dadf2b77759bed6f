"""Who is told which wording: decided when a reminder is queued, kept in the transaction that queues it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, delete, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.experiments.rules.arms import Arm, Experiment, arm_of
from latido.experiments.tables import arms, exposures
from latido.messaging.tables import message, message_template
from latido.messaging.templates.store import APPROVED

LIVE = ("queued", "sending", "unknown", "handed_over")


@dataclass(frozen=True)
class Told:
    """The arm a resident is told now; `fell_back`: the plain wording instead, as not every arm's is approved."""

    experiment: str
    arm: Arm
    fell_back: bool

    @property
    def variant(self) -> str:
        """The variant of the template to say."""
        return "" if self.fell_back else self.arm.variant


def told_to(connection: Connection, experiment: Experiment, resident: str) -> Told | None:
    """What she is told, always the same; None when her arm was stopped, or no other one is left to compare with."""
    stopped = _stopped(connection, experiment)
    live = [arm for arm in experiment.arms if arm.name not in stopped]
    mine = _kept_arm(connection, experiment, resident) or arm_of(experiment, resident)
    if mine not in live or len(live) < 2:
        return None
    return Told(experiment.name, mine, fell_back=not are_approved(connection, experiment.template, live))


def are_approved(connection: Connection, template: str, wanted: Sequence[Arm]) -> bool:
    """Whether WhatsApp has approved the wording of every arm: with one missing, they could not be told alike."""
    variants = {arm.variant for arm in wanted}
    mine = (message_template.c.name == template, message_template.c.variant.in_(variants))
    query = select(message_template.c.variant).where(*mine, message_template.c.status == APPROVED).distinct()
    return set(connection.execute(query).scalars()) == variants


def note_exposure(connection: Connection, told: Told, resident: str, reminder_id: int, now: datetime) -> None:
    """Keep her first message of it, in the transaction that queues it.

    One never sent, or told the plain wording for want of approval, is no exposure: the next one takes its place.
    """
    values = {
        "experiment": told.experiment,
        "resident": resident,
        "arm": told.arm.name,
        "first_at": now,
        "reminder_id": reminder_id,
        "fell_back": told.fell_back,
    }
    first = upsert(exposures).values(values)
    anew = {name: first.excluded[name] for name in ("first_at", "reminder_id", "fell_back")}
    nothing = {"booked_at": None, "attended_at": None, "looked_at": None}
    replaceable = (exposures.c.fell_back & literal(not told.fell_back)) | ~_may_be_said(exposures.c.reminder_id)
    connection.execute(
        first.on_conflict_do_update(
            index_elements=["experiment", "resident"], set_={**anew, **nothing}, where=replaceable
        )
    )


def forget_exposures(connection: Connection, resident: str) -> None:
    """Keep nothing of her; that somebody of her arm asked to be forgotten is counted, without whom or when."""
    hers = exposures.c.resident == resident
    compared = select(exposures.c.experiment, exposures.c.arm, literal(1)).where(
        hers, ~exposures.c.fell_back, _was_sent(exposures.c.reminder_id)
    )
    one_more = upsert(arms).from_select(["experiment", "arm", "forgotten"], compared.order_by(exposures.c.experiment))
    connection.execute(
        one_more.on_conflict_do_update(
            index_elements=["experiment", "arm"], set_={"forgotten": arms.c.forgotten + one_more.excluded.forgotten}
        )
    )
    connection.execute(delete(exposures).where(hers))


def _kept_arm(connection: Connection, experiment: Experiment, resident: str) -> Arm | None:
    """The arm she was told before, whatever the shares are by now."""
    hers = (exposures.c.experiment == experiment.name, exposures.c.resident == resident)
    name = connection.execute(select(exposures.c.arm).where(*hers)).scalar()
    return next((arm for arm in experiment.arms if arm.name == name), None)


def _stopped(connection: Connection, experiment: Experiment) -> frozenset[str]:
    over = (arms.c.experiment == experiment.name, arms.c.stopped_at.is_not(None))
    return frozenset(connection.execute(select(arms.c.arm).where(*over)).scalars())


def _may_be_said(reminder_id: Column[int]) -> ColumnElement[bool]:
    """Whether a message of this reminder is on its way, or was sent."""
    live = or_(message.c.state.in_(LIVE), message.c.handed_over_at.is_not(None))
    return exists().where(message.c.reminder_id == reminder_id, live)


def _was_sent(reminder_id: Column[int]) -> ColumnElement[bool]:
    return exists().where(message.c.reminder_id == reminder_id, message.c.handed_over_at.is_not(None))
