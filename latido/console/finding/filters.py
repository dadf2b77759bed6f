"""The filters of the list of conversations, as they stand in its address. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from urllib.parse import urlencode

from latido.console.finding.facts import ARRIVED, OUTCOMES, PRIORITIES, percent_steps
from latido.console.review.tables import REVIEW_STATES
from latido.messaging.redaction import masked

SIGNS = ("urgent", "not_understood", "set_aside", "danger")
BY_REMINDER = ("answered", "attended")
"""What is asked of the reminders themselves, for it comes after the day on which they were sent."""

REMINDER_STEPS = (*ARRIVED, *BY_REMINDER)
ANY = "*"
LONGEST = 100
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,80}")
_TAG = re.compile(r"[\w ñáéíóú\-]{1,24}")
_NUMBER = re.compile(r"\d{1,3}")


class WrongFilter(ValueError):
    """The address asks for something that the list does not know."""


class Covered(WrongFilter):
    """A document, phone or mail was searched for, which nobody can read in a message."""


@dataclass(frozen=True)
class Filters:
    """What is asked for; what is empty does not restrict. Days and what is found on them hold for one same day."""

    filter: str = ""
    q: str = ""
    since: date | None = None
    until: date | None = None
    journey: str = ""
    outcome: str = ""
    step: str = ""
    intent: str = ""
    sure_from: int | None = None
    sure_to: int | None = None
    tag: str = ""
    review: str = ""
    reminder: str = ""
    priority: str = ""
    center: int | None = None
    model: str = ""

    @property
    def query(self) -> str:
        """As it stands in the address, without a question mark."""
        return urlencode({name: str(value) for name, value in self.given.items()})

    @property
    def given(self) -> dict[str, object]:
        """What is asked for, by name."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    def without(self, *names: str) -> Filters:
        """The same without some of it."""
        blank = Filters()
        return replace(self, **{name: getattr(blank, name) for name in names})

    @property
    def needs_index(self) -> bool:
        """Whether days of conversations have to be looked at."""
        return bool(self.facts or self.any_of or self.q or self.since or self.until)

    @property
    def facts(self) -> tuple[str, ...]:
        """What has to be true of the day, all of it."""
        signs = {"not_understood": "flag:not_understood", "set_aside": "state:set_aside"}
        found = (
            signs.get(self.filter, ""),
            f"journey:{self.journey}" if self.journey else "",
            ":".join(filter(None, ("outcome", self.journey, self.outcome))) if self.outcome else "",
            f"left:{self.journey}:{self.step}" if self.step else "",
            f"intent:{self.intent}" if self.intent and not self._is_sure else "",
            f"reminder:{self.reminder}" if self.reminder in ARRIVED else "reminder" if self.reminder else "",
            f"priority:{self.priority}" if self.priority else "",
            f"center:{self.center}" if self.center else "",
            f"model:{self.model}" if self.model else "",
        )
        return tuple(fact for fact in found if fact)

    @property
    def any_of(self) -> tuple[tuple[str, ...], ...]:
        """Groups of which one each has to be true of the day: a kind of danger, an intent as sure as asked for."""
        danger = ("flag:danger", "flag:violence", "flag:self_harm") if self.filter == "danger" else ()
        low, high = self.sure_from or 0, 100 if self.sure_to is None else self.sure_to
        steps = percent_steps(low, high) if self._is_sure else ()
        return tuple(group for group in (danger, tuple(f"sure:{self.intent or ANY}:{step}" for step in steps)) if group)

    @property
    def _is_sure(self) -> bool:
        return self.sure_from is not None or self.sure_to is not None


def read_filters(given: Mapping[str, str]) -> Filters:
    """The filters of an address; WrongFilter where it asks for what there is not."""
    filters = Filters(
        filter=_one_of(given, "filter", SIGNS),
        q=_text(given.get("q", "")),
        since=_day(given, "since"),
        until=_day(given, "until"),
        journey=_named(given, "journey"),
        outcome=_one_of(given, "outcome", OUTCOMES),
        step=_named(given, "step"),
        intent=_named(given, "intent"),
        sure_from=_number(given, "sure_from"),
        sure_to=_number(given, "sure_to"),
        tag=_matching(given, "tag", _TAG).lower(),
        review=_one_of(given, "review", REVIEW_STATES),
        reminder=_one_of(given, "reminder", ("yes", *REMINDER_STEPS)),
        priority=_one_of(given, "priority", PRIORITIES),
        center=_number(given, "center"),
        model=_named(given, "model"),
    )
    return filters if filters.journey else filters.without("step")


def _text(given: str) -> str:
    text = " ".join(given.split())[:LONGEST]
    if masked(text) != text:
        raise Covered("q")
    return text


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = given.get(name, "")
    if value not in ("", *known):
        raise WrongFilter(name)
    return value


def _named(given: Mapping[str, str], name: str) -> str:
    return _matching(given, name, _NAME)


def _matching(given: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = given.get(name, "").strip()
    if value and not pattern.fullmatch(value):
        raise WrongFilter(name)
    return value


def _number(given: Mapping[str, str], name: str) -> int | None:
    value = given.get(name, "").strip()
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise WrongFilter(name)
    return int(value)


def _day(given: Mapping[str, str], name: str) -> date | None:
    value = given.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise WrongFilter(name) from error
