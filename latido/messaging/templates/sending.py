"""The form a message takes outside the 24-hour window, and the words under which Twilio lists it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine

from latido.messaging.messages import Reply
from latido.messaging.templates.filling import TemplateUnfit, cleaned, numbered
from latido.messaging.templates.model import rendered
from latido.messaging.templates.store import APPROVED, Version, best_version, version_called


class NoWayOutside(Exception):
    """The window is closed and nothing may be sent; the message says why and what to do, without personal data."""


@dataclass(frozen=True)
class TemplateForm:
    """An approved version with its values."""

    version: Version
    values: Mapping[str, str]


def form_outside(engine: Engine, reply: Reply) -> TemplateForm:
    """What to send instead of a reply; raises NoWayOutside."""
    if reply.template is None:
        raise NoWayOutside("the 24-hour window is closed")
    with engine.connect() as connection:
        version = best_version(connection, reply.template, reply.variant)
    if version is None:
        raise NoWayOutside(
            f"the 24-hour window is closed and {reply.template} is not at Twilio: run `latido templates push`"
        )
    if version.approval.status != APPROVED:
        raise NoWayOutside(
            f"the 24-hour window is closed and {version.content_name} is {version.approval.status}, not approved:"
            " see `latido templates status`"
        )
    try:
        names, body = version.definition.names, version.definition.body
        return TemplateForm(version, numbered(version.content_name, names, body, reply.variables))
    except TemplateUnfit as problem:
        raise NoWayOutside(f"the 24-hour window is closed and {problem}") from problem


def listed_texts(engine: Engine, reply: Reply, sent_as: str | None, was_tried: bool) -> set[str]:
    """What Twilio may show: the form it was tried in; for one that this log never tried (it was restored), any."""
    bodies = {listed_text(engine, reply, sent_as).strip()}
    if not was_tried and reply.template is not None:
        with suppress(NoWayOutside):
            bodies.add(listed_text(engine, reply, form_outside(engine, reply).version.content_name).strip())
    return bodies


def listed_text(engine: Engine, reply: Reply, sent_as: str | None) -> str:
    """What Twilio shows as the body of a message that went in this form."""
    if sent_as is None:
        return reply.text
    with engine.connect() as connection:
        version = version_called(connection, sent_as)
    if version is None:
        return reply.text
    known = cleaned(reply.variables)
    values = {str(number): known.get(name, "") for number, name in enumerate(version.definition.names, 1)}
    return rendered(version.definition.body, values)
