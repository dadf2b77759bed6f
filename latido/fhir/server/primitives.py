"""What each primitive data type of FHIR R4 may hold. Source: https://hl7.org/fhir/R4/datatypes.html#primitive"""

import re
from collections.abc import Callable, Mapping

from latido.fhir.server.instants import interval_of
from latido.fhir.server.narrative import is_narrative

_INT_MAX = 2_147_483_647
_DECIMAL_MAX = 1e300  # also keeps out the infinity that 1e999 becomes
_ZONED = re.compile(r".*T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_BASE64 = re.compile(r"[0-9A-Za-z+/]+={0,2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: is_text(value) and compiled.fullmatch(str(value)) is not None


def is_text(value: object) -> bool:
    """A string with something in it besides blanks, without control characters or broken Unicode."""
    return isinstance(value, str) and bool(value.strip()) and _CONTROL.search(value) is None


def _integer(low: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= _INT_MAX


def _decimal(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and abs(value) < _DECIMAL_MAX


def _date(value: object) -> bool:
    return is_text(value) and "T" not in str(value) and interval_of(str(value)) is not None


def _date_time(value: object) -> bool:
    text = str(value)
    if not is_text(value) or interval_of(text) is None:
        return False
    return "T" not in text or _ZONED.fullmatch(text) is not None


def _instant(value: object) -> bool:
    return _date_time(value) and "T" in str(value)


def _base64(value: object) -> bool:
    if not is_text(value):
        return False
    bare = "".join(str(value).split())
    return len(bare) % 4 == 0 and _BASE64.fullmatch(bare) is not None


_URI = _matches(r"\S+")

PRIMITIVES: Mapping[str, Callable[[object], bool]] = {
    "string": is_text,
    "markdown": is_text,
    "boolean": lambda value: type(value) is bool,
    "code": _matches(r"[^\s]+( [^\s]+)*"),
    "id": _matches(r"[A-Za-z0-9\-.]{1,64}"),
    "uri": _URI,
    "url": _URI,
    "canonical": _URI,
    "oid": _matches(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
    "uuid": _matches(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "base64Binary": _base64,
    "integer": _integer(-_INT_MAX - 1),
    "unsignedInt": _integer(0),
    "positiveInt": _integer(1),
    "decimal": _decimal,
    "date": _date,
    "dateTime": _date_time,
    "instant": _instant,
    "time": _matches(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d)(\.\d+)?"),
    "xhtml": lambda value: is_text(value) and is_narrative(str(value)),
}
"""Whether a JSON value is one of the type, by the type's name."""
