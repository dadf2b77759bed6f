"""A template as a reply: its session wording with buttons, and what the sender needs to send it outside the window."""

from __future__ import annotations

from collections.abc import Mapping

from latido.messaging.messages import Button, Reply
from latido.messaging.templates.answers import payload_about
from latido.messaging.templates.filling import TemplateUnfit, cleaned, demand, filled_inside
from latido.messaging.templates.model import Template
from latido.messaging.templates.reading import templates


def reminder_reply(
    template: str,
    variables: Mapping[str, str | None],
    reminder_id: int | None,
    variant: str = "",
    recipient_id: int | None = None,
) -> Reply:
    """The reply of a reminder, or for a campaign's recipient, in both forms.

    TemplateUnfit for an unknown template or values that do not fill it.
    """
    found = _find(template, variant)
    values = cleaned(variables)
    demand(found.label, found.outside.variables, values)
    about = (reminder_id, recipient_id)
    choices = tuple(Button(each.title, payload_about(each.answer, *about)) for each in found.inside.buttons)
    text = filled_inside(found, values)
    return Reply(
        "quick_reply" if choices else "text",
        text,
        choices,
        template=template,
        variables=values,
        variant=variant,
    )


def _find(name: str, variant: str) -> Template:
    known = templates()
    found = known.get((name, variant))
    if found is None:
        there = ", ".join(sorted("/".join(filter(None, key)) for key in known))
        raise TemplateUnfit(f"there is no template {'/'.join(filter(None, (name, variant)))}; there are: {there}")
    return found
