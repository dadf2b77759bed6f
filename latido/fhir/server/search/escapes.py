"""FHIR's escapes in search values: `\\,` `\\|` `\\$` and `\\\\` stand for the signs themselves."""

import re

_UNIT = re.compile(r"\\.|.", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\,|$])")


def split(text: str, separator: str) -> list[str]:
    """The parts between separators that are not escaped; the escapes stay."""
    if "\\" not in text:
        return text.split(separator)
    parts = [""]
    for unit in _UNIT.findall(text):
        if unit == separator:
            parts.append("")
        else:
            parts[-1] += unit
    return parts


def plain(text: str) -> str:
    """The text with its escapes taken out."""
    return _ESCAPED.sub(r"\1", text)
