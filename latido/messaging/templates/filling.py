"""Putting values into a template: cleaned and checked before Twilio is called, which refuses bad ones (21656). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from latido.messaging.templates.model import VARIABLE, Template

LONGEST_VALUE = 1600
LONGEST_BODY = 1024
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


class TemplateUnfit(ValueError):
    """These values cannot fill this template; the message names what is missing or too long, never a value."""


def cleaned(values: Mapping[str, str | None]) -> dict[str, str]:
    """The values that say something, each on one line: no newlines, tabs, long gaps, braces or invisible signs."""
    tidy = {name: _tidy(value) for name, value in values.items() if value is not None}
    return {name: value for name, value in tidy.items() if value}


def filled_inside(template: Template, values: Mapping[str, str | None]) -> str:
    """The inside wording without the lines whose variable is not given; TemplateUnfit when a needed one is missing."""
    known = cleaned(values)
    demand(template.label, sorted(template.needs), known)
    lines = [line for line in template.inside.body.split("\n") if set(VARIABLE.findall(line)) <= set(known)]
    text = VARIABLE.sub(lambda found: known[found[1]], "\n".join(lines))
    if len(text) > LONGEST_BODY:
        raise TemplateUnfit(f"{template.label} has {len(text)} characters with these values, {LONGEST_BODY} fit")
    return text


def numbered(label: str, names: Iterable[str], body: str, values: Mapping[str, str | None]) -> dict[str, str]:
    """The values by number, for `ContentVariables`; TemplateUnfit when one is missing or the text gets too long."""
    names, known = tuple(names), cleaned(values)
    demand(label, names, known)
    length = len(body) + sum(len(known[name]) for name in names)
    if length > LONGEST_BODY:
        raise TemplateUnfit(f"{label} has about {length} characters with these values, {LONGEST_BODY} fit")
    return {str(number): known[name] for number, name in enumerate(names, 1)}


def demand(label: str, names: Iterable[str], known: Mapping[str, str]) -> None:
    """TemplateUnfit when one of the names has no value or one that is too long."""
    missing = [name for name in names if name not in known]
    if missing:
        raise TemplateUnfit(f"{label} lacks {', '.join(missing)}: Twilio refuses empty values (21656)")
    long = [name for name in names if len(known[name]) > LONGEST_VALUE]
    if long:
        raise TemplateUnfit(f"{label}: {', '.join(long)} has more than {LONGEST_VALUE} characters")


def _tidy(value: str) -> str:
    without_braces = _INVISIBLE.sub("", value).replace("{", "").replace("}", "")
    return _SPACE.sub(" ", without_braces).strip()
