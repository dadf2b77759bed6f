"""A campaign's form: what an operator typed, as fields, and the fields of a campaign that is there. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from latido.console.campaigns.desk import Choices, Form, FormWrong

USUAL_CAP = 200
USUAL_LENGTH = timedelta(days=14)
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"[0-9]{1,6}")


def empty_fields(today: date) -> dict[str, str]:
    """The fields of a new campaign."""
    days = {"first_day": today.isoformat(), "last_day": (today + USUAL_LENGTH).isoformat()}
    return {"daily_cap": str(USUAL_CAP)} | days


def fields_of(form: Form, choices: Choices) -> dict[str, str]:
    """The fields of a campaign that is there."""
    segment = form.segment
    fields = {
        "name": form.name,
        "template": form.template,
        "daily_cap": str(form.daily_cap),
        "first_day": form.first_day.isoformat(),
        "last_day": form.last_day.isoformat(),
        "neighbourhoods": ", ".join(
            choices.neighbourhoods.get(each, each) for each in _list(segment, "neighbourhoods")
        ),
        "centers": ", ".join(_list(segment, "centers")),
        "either": "1" if segment.get("either") else "",
        "overdue": "1" if segment.get("overdue") else "",
    }
    for name in ("weeks", "months"):
        first, last = [*_list(segment, name), "", ""][:2]
        fields |= {f"{name}_from": first, f"{name}_to": last}
    fields |= {f"commune_{each}": "1" for each in _list(segment, "communes")}
    return fields | {f"say_{name}": value for name, value in form.variables.items()}


def form_from(fields: Mapping[str, str], choices: Choices) -> Form:
    """What was typed, as a form; FormWrong names the field."""
    notice = next((each for each in choices.notices if each.name == fields.get("template")), None)
    if notice is None:
        raise FormWrong("template")
    return Form(
        name=fields.get("name", ""),
        segment=_segment(fields, choices),
        template=notice.name,
        variables={name: fields.get(f"say_{name}", "") for name in notice.asks},
        daily_cap=_number(fields, "daily_cap"),
        first_day=_day(fields, "first_day"),
        last_day=_day(fields, "last_day"),
    )


def _segment(fields: Mapping[str, str], choices: Choices) -> dict[str, object]:
    return {
        "neighbourhoods": _slugs(fields.get("neighbourhoods", ""), choices),
        "communes": [each for each in choices.communes if fields.get(f"commune_{each}")],
        "weeks": _span(fields, "weeks"),
        "months": _span(fields, "months"),
        "either": bool(fields.get("either")),
        "overdue": bool(fields.get("overdue")),
        "centers": _centers(fields.get("centers", ""), choices),
    }


def _slugs(typed: str, choices: Choices) -> list[str]:
    known = {_plain(name): slug for slug, name in choices.neighbourhoods.items()}
    named = [_plain(each) for each in typed.split(",") if each.strip()]
    if any(each not in known for each in named):
        raise FormWrong("neighbourhoods")
    return [known[each] for each in named]


def _centers(typed: str, choices: Choices) -> list[int]:
    named = [each for each in re.split(r"[,\s]+", typed) if each]
    if any(not _NUMBER.fullmatch(each) or int(each) not in choices.centers for each in named):
        raise FormWrong("centers")
    return [int(each) for each in named]


def _span(fields: Mapping[str, str], name: str) -> list[int] | None:
    given = [fields.get(f"{name}_{end}", "").strip() for end in ("from", "to")]
    if not any(given):
        return None
    if not all(_NUMBER.fullmatch(each) for each in given):
        raise FormWrong(name)
    return [int(each) for each in given]


def _number(fields: Mapping[str, str], name: str) -> int:
    typed = fields.get(name, "").strip()
    if not _NUMBER.fullmatch(typed):
        raise FormWrong(name)
    return int(typed)


def _day(fields: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(fields.get(name, ""))
    except ValueError:
        raise FormWrong(name) from None


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(name.casefold()))


def _list(segment: Mapping[str, object], name: str) -> list[str]:
    given = segment.get(name)
    return [str(each) for each in given] if isinstance(given, list) else []
