"""Bringing template files to Twilio and WhatsApp, as often as one likes: what is there already is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, Protocol

from sqlalchemy import Engine

from latido.messaging.templates.model import Approval, Definition, Template, definition_of
from latido.messaging.templates.store import GONE, Version, keep_version, note_approval, versions

UNSUBMITTED = "unsubmitted"


@dataclass(frozen=True)
class Content:
    """A content as Twilio lists it."""

    sid: str
    friendly_name: str
    language: str
    types: Mapping[str, object]


class TemplateHost(Protocol):
    """Whoever keeps contents and asks WhatsApp to approve them; each call raises a SendProblem."""

    def create_content(
        self, friendly_name: str, types: dict[str, object], language: str, variables: Mapping[str, str] | None
    ) -> str:
        """Make a content and return its sid."""
        ...

    def submit_for_approval(self, content_sid: str, name: str, category: str) -> Approval:
        """Ask WhatsApp to approve it."""
        ...

    def approval_of(self, content_sid: str) -> Approval | None:
        """What WhatsApp thinks of it; None when it is gone."""
        ...

    def contents(self) -> Iterator[Content]:
        """Every content of the account."""
        ...


@dataclass(frozen=True)
class Pushed:
    """What came of one template: was it new, found at Twilio, or there already?"""

    version: Version
    how: Literal["made", "found", "unchanged"]


@dataclass
class Pushing:
    """One push of all files."""

    engine: Engine
    host: TemplateHost
    now: Callable[[], datetime]

    def push(self, template: Template) -> Pushed:
        """Make and submit this template unless that was done; raises a SendProblem, and may then be called again."""
        definition = definition_of(template)
        with self.engine.connect() as connection:
            known = [each for each in versions(connection) if (each.name, each.variant) == _key(template)]
        mine = next((each for each in known if each.definition == definition), None)
        approval = self.host.approval_of(mine.content_sid) if mine else None
        if mine is not None and approval is not None:
            return Pushed(self._submitted(replace(mine, approval=approval)), "unchanged")
        return self._new(template, definition, {each.number for each in known})

    def _new(self, template: Template, definition: Definition, taken: set[int]) -> Pushed:
        """Found at Twilio, made by another installation or a push that died, or made now under the next free number."""
        listed = {number: content for content in self._listed if (number := _number(template, content)) is not None}
        for number, content in sorted(listed.items()):
            if content.types == definition.types() and content.language == definition.language:
                approval = self.host.approval_of(content.sid)
                if approval is not None:
                    return Pushed(self._kept(template, definition, number, content.sid, approval), "found")
        number = max(template.version, *(each + 1 for each in taken | set(listed)), 1)
        samples = {str(at): template.samples[name] for at, name in enumerate(definition.names, 1)}
        name = _content_name(template, number)
        sid = self.host.create_content(name, definition.types(), definition.language, samples or None)
        unsubmitted = Approval(UNSUBMITTED, definition.category)
        return Pushed(self._kept(template, definition, number, sid, unsubmitted), "made")

    def _kept(self, template: Template, definition: Definition, number: int, sid: str, approval: Approval) -> Version:
        name = _content_name(template, number)
        made = Version(name, template.name, template.variant, number, definition, sid, approval, self.now())
        with self.engine.begin() as connection:
            keep_version(connection, template, made)
        return self._submitted(made)

    def _submitted(self, version: Version) -> Version:
        """Submit it if that has not been done, and keep what WhatsApp says."""
        approval = version.approval
        if approval.status == UNSUBMITTED:
            approval = self.host.submit_for_approval(
                version.content_sid, version.content_name, version.definition.category
            )
        with self.engine.begin() as connection:
            note_approval(connection, version.content_name, approval, self.now())
        return replace(version, approval=approval, checked_at=self.now())

    @cached_property
    def _listed(self) -> list[Content]:
        return list(self.host.contents())


def refresh(engine: Engine, host: TemplateHost, now: Callable[[], datetime]) -> list[Version]:
    """Ask WhatsApp about every version and keep the answers; raises a SendProblem."""
    with engine.connect() as connection:
        known = versions(connection)
    asked = [replace(each, approval=_asked(host, each), checked_at=now()) for each in known]
    with engine.begin() as connection:
        for each in asked:
            note_approval(connection, each.content_name, each.approval, each.checked_at)
    return asked


def _asked(host: TemplateHost, version: Version) -> Approval:
    approval = host.approval_of(version.content_sid) or replace(version.approval, status=GONE)
    return approval if approval.category else replace(approval, category=version.approval.category)


def current(known: Iterable[Version], template: Template) -> Version | None:
    """The version that has exactly the text of this file; None when it was never pushed."""
    definition = definition_of(template)
    same = (each for each in known if (each.name, each.variant) == _key(template) and each.definition == definition)
    return next(same, None)


def _key(template: Template) -> tuple[str, str]:
    return template.name, template.variant


def _content_name(template: Template, number: int) -> str:
    return f"{template.label}_v{number}"


def _number(template: Template, content: Content) -> int | None:
    """The version that a content's name says, if it is one of this template."""
    head, _, number = content.friendly_name.rpartition("_v")
    return int(number) if head == template.label and number.isascii() and number.isdigit() else None
