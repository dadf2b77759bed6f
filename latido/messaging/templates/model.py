"""Templates as values. Bodies name their variables, `{day}`; WhatsApp gets them numbered, `{{1}}`. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from latido.messaging.templates.answers import static_id

VARIABLE = re.compile(r"\{([a-z_]{1,16})\}")
NUMBER = re.compile(r"\{\{(\d{1,3})\}\}")


@dataclass(frozen=True)
class TemplateButton:
    """A quick-reply button; `answer` is what a tap on it says (see `answers`)."""

    title: str
    answer: str


@dataclass(frozen=True)
class Form:
    """One wording: its text with variables, its buttons."""

    body: str
    buttons: tuple[TemplateButton, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the text in the order in which each first appears."""
        return tuple(dict.fromkeys(VARIABLE.findall(self.body)))


@dataclass(frozen=True)
class Notice:
    """That a template is for campaigns: its `title` and what its variables are called (`asks`), for operators.

    `about`: whom the words speak to, so that a segment must ask for them ("weeks", "months").
    """

    title: str
    asks: Mapping[str, str]
    about: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Template:
    """One message in two wordings: `outside` the 24-hour window, neutral and approved; `inside`, with the detail.

    `needs`: the variables without which neither may be sent; a line of `inside` that lacks another is left out.
    """

    name: str
    category: str
    language: str
    version: int
    outside: Form
    inside: Form
    samples: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    variant: str = ""
    notice: Notice | None = None

    @property
    def label(self) -> str:
        """The name with the variant, as WhatsApp's name begins."""
        return f"{self.name}_{self.variant}" if self.variant else self.name


@dataclass(frozen=True)
class Approval:
    """What WhatsApp thinks of a content: `approved`, `pending`, `rejected` …; Meta may move it to another category."""

    status: str
    category: str
    rejection_reason: str = ""


@dataclass(frozen=True)
class Definition:
    """What Twilio and WhatsApp are given of a template; `names` says which variable each number stands for."""

    language: str
    category: str
    body: str
    names: tuple[str, ...]
    actions: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """Changes exactly when WhatsApp has to approve anew."""
        return hashlib.sha256(json.dumps(self.stored(), sort_keys=True).encode()).hexdigest()

    def types(self) -> dict[str, object]:
        """The `types` of a Content: quick replies where there are buttons, else text."""
        if not self.actions:
            return {"twilio/text": {"body": self.body}}
        actions = [{"type": "QUICK_REPLY", "title": title, "id": identifier} for title, identifier in self.actions]
        return {"twilio/quick-reply": {"body": self.body, "actions": actions}}

    def stored(self) -> dict[str, object]:
        """As JSON, for the table."""
        head = {"language": self.language, "category": self.category, "body": self.body}
        return head | {"names": list(self.names), "actions": [list(action) for action in self.actions]}

    @staticmethod
    def read(stored: Mapping[str, object]) -> Definition:
        """What `stored` wrote."""
        names, actions = stored["names"], stored["actions"]
        if not isinstance(names, list) or not isinstance(actions, list):
            raise TypeError("a stored definition holds lists of names and actions")
        pairs = tuple((str(title), str(identifier)) for title, identifier in actions)
        texts = (str(stored["language"]), str(stored["category"]), str(stored["body"]))
        return Definition(*texts, tuple(map(str, names)), pairs)


def definition_of(template: Template) -> Definition:
    """The outside wording as Twilio gets it: variables numbered without gaps, each button with an id of its own."""
    names = template.outside.variables
    body = VARIABLE.sub(lambda found: f"{{{{{names.index(found[1]) + 1}}}}}", template.outside.body)
    actions = tuple((button.title, static_id(template.name, button.answer)) for button in template.outside.buttons)
    return Definition(template.language, template.category, body, names, actions)


def rendered(body: str, values: Mapping[str, str]) -> str:
    """A numbered body with its values, as WhatsApp shows it and Twilio lists it."""
    return NUMBER.sub(lambda found: values.get(found[1], found[0]), body)
