"""A segment in words, and numbers as they may be shown."""

from __future__ import annotations

from collections.abc import Mapping

from latido.console.campaigns.desk import Choices
from latido.console.reading import label


def in_words(segment: Mapping[str, object], choices: Choices) -> list[str]:
    """One phrase a condition, in the order of the form."""
    neighbourhoods = [choices.neighbourhoods.get(each, each) for each in _list(segment, "neighbourhoods")]
    said = [
        ("neighbourhoods", ", ".join(neighbourhoods)),
        ("communes", ", ".join(_list(segment, "communes"))),
        ("ages", _ages(segment)),
        ("overdue", label("campaign_segment", "is_overdue") if segment.get("overdue") else ""),
        ("centers", ", ".join(_list(segment, "centers"))),
    ]
    return [label("campaign_segment", name).format(value=value) for name, value in said if value]


def _ages(segment: Mapping[str, object]) -> str:
    spans = [
        label("campaign_segment", name).format(*_list(segment, name))
        for name in ("weeks", "months")
        if _list(segment, name)
    ]
    return label("campaign_segment", "or" if segment.get("either") else "and").join(spans)


def _list(segment: Mapping[str, object], name: str) -> list[str]:
    given = segment.get(name)
    return [str(each) for each in given] if isinstance(given, list) else []
