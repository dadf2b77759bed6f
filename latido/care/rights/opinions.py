"""What she thinks of the service or of a centre: kept sealed, for the people who run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, update

from latido.care.errors import Missing
from latido.care.idempotency import Write, once
from latido.care.rights.tables import feedback
from latido.care.services import Care
from latido.care.views import Json

OpinionKind = Literal["praise", "complaint", "other"]


@dataclass(frozen=True)
class Opinion:
    """One opinion; `about` is an earlier one whose centre she tells now."""

    resident: str
    kind: OpinionKind
    center_number: int | None
    text: str | None
    about: int | None = None


def keep_opinion(care: Care, opinion: Opinion, key: str) -> tuple[Json, bool]:
    """Its id, and whether it was kept now; Missing for an earlier one that is not hers, or a centre there is none."""
    request = {"resident": opinion.resident, "kind": opinion.kind, "center": opinion.center_number}
    write = Write(key, "feedback", request | {"about": opinion.about, "text": opinion.text})
    return once(care.engine, care.vault, write, care.now, lambda _: _keep(care, opinion))


def _keep(care: Care, opinion: Opinion) -> Json:
    if opinion.center_number is not None and opinion.center_number not in care.directory.centers:
        raise Missing("no centre has this number")
    if opinion.about is not None:
        return _complete(care, opinion, opinion.about)
    values = {
        "resident": opinion.resident,
        "kind": opinion.kind,
        "center_number": opinion.center_number,
        "text_sealed": care.vault.seal(opinion.text or ""),
        "created_at": care.now(),
    }
    with care.engine.begin() as connection:
        kept = connection.execute(insert(feedback).values(values).returning(feedback.c.id)).scalar_one()
    return {"id": kept}


def _complete(care: Care, opinion: Opinion, about: int) -> Json:
    hers = (feedback.c.id == about, feedback.c.resident == opinion.resident)
    with care.engine.begin() as connection:
        changed = connection.execute(update(feedback).where(*hers).values(center_number=opinion.center_number))
    if not changed.rowcount:
        raise Missing("she gave no such opinion")
    return {"id": about}
