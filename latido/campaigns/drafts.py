"""What an operator writes down for a campaign, and whether it can be sent at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from latido.campaigns.rules.segment import Segment
from latido.messaging.messages import Reply
from latido.messaging.redaction import masked
from latido.messaging.templates.filling import TemplateUnfit, cleaned
from latido.messaging.templates.model import Template
from latido.messaging.templates.reading import templates
from latido.messaging.templates.replies import reminder_reply

LONGEST_NAME = 80
LONGEST_VALUE = 120
MOST_A_DAY = 100_000
LONGEST = timedelta(days=90)
MARKETING = "MARKETING"


class DraftInvalid(ValueError):
    """A campaign cannot be like this; `field` names what to correct."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Draft:
    """A campaign as it is written down. Days are local; both are included."""

    name: str
    segment: Segment
    template: str
    variables: Mapping[str, str]
    daily_cap: int
    first_day: date
    last_day: date


def notice_templates() -> dict[str, Template]:
    """The templates that are for campaigns, by name, in their plain wording."""
    return {name: each for (name, variant), each in templates().items() if each.notice is not None and not variant}


def needs_content(template: str) -> bool:
    """Whether only those may get it who agreed to more than reminders: Meta counts it as marketing."""
    return notice_templates()[template].category == MARKETING


def checked(draft: Draft, today: date) -> Draft:
    """The draft with tidy words; DraftInvalid when it could not be sent."""
    found = notice_templates().get(draft.template)
    if found is None or found.notice is None:
        raise DraftInvalid("template", "there is no such template for campaigns")
    name, variables = masked(" ".join(draft.name.split())), cleaned(draft.variables)
    if not 0 < len(name) <= LONGEST_NAME:
        raise DraftInvalid("name", f"a name of 1 to {LONGEST_NAME} characters")
    if not 1 <= draft.daily_cap <= MOST_A_DAY:
        raise DraftInvalid("daily_cap", f"1 to {MOST_A_DAY} a day")
    if not today <= draft.last_day or not draft.first_day <= draft.last_day <= draft.first_day + LONGEST:
        raise DraftInvalid("last_day", f"the last day is to come, and at most {LONGEST.days} days after the first")
    _speaks_to_them(found, draft.segment)
    _filled(found, variables)
    return Draft(name, draft.segment, draft.template, variables, draft.daily_cap, draft.first_day, draft.last_day)


def filled(template: str, variables: Mapping[str, str], recipient_id: int) -> Reply:
    """The notice for one recipient, in both wordings; TemplateUnfit."""
    return reminder_reply(template, variables, None, recipient_id=recipient_id)


def _speaks_to_them(template: Template, segment: Segment) -> None:
    """Words that speak of pregnancies or children go to those alone of whom we know that."""
    about = template.notice.about if template.notice else frozenset()
    asked = {name for name, span in (("weeks", segment.weeks), ("months", segment.months)) if span}
    if about and not asked & about:
        raise DraftInvalid("segment", "its words speak of pregnancies or children: choose weeks or ages")


def _filled(template: Template, variables: Mapping[str, str]) -> None:
    asks = template.notice.asks if template.notice else {}
    if set(variables) - set(asks):
        raise DraftInvalid("variables", f"the template says only {', '.join(asks)}")
    if any(len(value) > LONGEST_VALUE for value in variables.values()):
        raise DraftInvalid("variables", f"at most {LONGEST_VALUE} characters each")
    try:
        filled(template.name, variables, 0)
    except TemplateUnfit as error:
        raise DraftInvalid("variables", str(error)) from error
