"""What the pages of campaigns ask and order, which the console may not do itself: passed in by the wiring.

Every number here may be shown: None stands for fewer than ten, and larger ones are rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

Step = Literal["propose", "approve", "reject", "pause", "resume", "cancel"]
Count = int | None


@dataclass(frozen=True)
class Form:
    """A campaign as it is written down: the segment as docs/campaigns.md has it, days as dates."""

    name: str
    segment: Mapping[str, object]
    template: str
    variables: Mapping[str, str]
    daily_cap: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Notice:
    """A template for campaigns: `asks` are its variables with their words."""

    name: str
    title: str
    asks: Mapping[str, str]
    needs: frozenset[str]
    about: frozenset[str]
    needs_content: bool


@dataclass(frozen=True)
class Choices:
    """What a form offers: neighbourhoods by slug, comunas, centres by number."""

    notices: tuple[Notice, ...] = ()
    neighbourhoods: Mapping[str, str] = field(default_factory=dict)
    communes: tuple[int, ...] = ()
    centers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bubbles:
    """A notice as she sees it: outside the window, and inside it or after her tap. Buttons by their titles."""

    outside: str
    outside_buttons: tuple[str, ...]
    inside: str
    inside_buttons: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """The last count: who belongs, who of these may be written to, and why the others may not."""

    belong: Count
    may: Count
    later: Count
    why_not: Mapping[str, Count]
    days: Count
    at: datetime


@dataclass(frozen=True)
class Results:
    """What came of it so far; `tenths` of the list are settled (None: the list is too short to say)."""

    chosen: Count
    waiting: Count
    sent: Count
    failed: Count
    delivered: Count
    read: Count
    answered: Count
    booked: Count
    opted_out: Count
    left_out: Mapping[str, Count]
    tenths: int | None


@dataclass(frozen=True)
class Summary:
    """A line of the list."""

    id: int
    name: str
    title: str
    state: str
    reason: str | None
    daily_cap: int
    first_day: date
    last_day: date
    results: Results | None


@dataclass(frozen=True)
class Campaign:
    """One campaign; `steps` are those its state allows this operator, `is_hers` that she made or proposed it."""

    summary: Summary
    form: Form
    revision: int
    made_by: str
    proposed_by: str | None
    approved_by: str | None
    is_hers: bool
    needs_content: bool
    preview: Preview | None
    bubbles: Bubbles
    steps: frozenset[str]


class DeskRefusal(Exception):
    """It cannot be done; `reason` is a word of labels.yml, `status` what the page answers."""

    def __init__(self, reason: str, status: int = 409) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class FormWrong(DeskRefusal):
    """The form cannot be kept like this; `reason` is the field to correct."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, 422)


class CampaignDesk(Protocol):
    """What the pages need; all raise DeskRefusal. What is done stands in the audit log, in the same transaction."""

    def choices(self) -> Choices:
        """What a form offers."""

    def every(self) -> Sequence[Summary]:
        """All campaigns, the newest first."""

    def one(self, campaign_id: int, operator_id: int) -> Campaign:
        """One campaign as this operator sees it."""

    def keep(self, operator_id: int, form: Form, campaign_id: int | None) -> int:
        """Write a new draft, or one anew; returns its number. FormWrong."""

    def look(self, form: Form) -> Bubbles:
        """How its notice would look. FormWrong."""

    def count(self, operator_id: int, campaign_id: int) -> None:
        """Count its segment as things are now."""

    def take(self, operator_id: int, campaign_id: int, step: Step, revision: int, reason: str) -> None:
        """Take a step."""


class NoCampaigns:
    """A console that was started without campaigns: their pages say so."""

    def choices(self) -> Choices:
        """Nothing."""
        return Choices()

    def every(self) -> Sequence[Summary]:
        """None."""
        return ()

    def one(self, campaign_id: int, operator_id: int) -> Campaign:
        """Refuse."""
        raise DeskRefusal("unknown", 404)

    def keep(self, operator_id: int, form: Form, campaign_id: int | None) -> int:
        """Refuse."""
        raise DeskRefusal("away", 503)

    def look(self, form: Form) -> Bubbles:
        """Refuse."""
        raise DeskRefusal("away", 503)

    def count(self, operator_id: int, campaign_id: int) -> None:
        """Refuse."""
        raise DeskRefusal("away", 503)

    def take(self, operator_id: int, campaign_id: int, step: Step, revision: int, reason: str) -> None:
        """Refuse."""
        raise DeskRefusal("away", 503)
