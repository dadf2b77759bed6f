"""How sure it is that two Patients are one person: pure, with the weights of `match_rules.yml`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from latido.crypto import normalise_address
from latido.fhir.resources import Resource
from latido.fhir.server.indexing import words_of

Grade = Literal["certain", "probable", "possible", "certainly-not"]


@dataclass(frozen=True)
class Weights:
    """The data file, typed; `as_of` is the date of the weights."""

    as_of: str
    agrees: Mapping[str, float]
    differs: Mapping[str, float]
    grades: Mapping[Grade, float]
    equal_systems: tuple[tuple[str, ...], ...]

    def systems_like(self, system: str) -> tuple[str, ...]:
        """The system with its other spellings."""
        return next((group for group in self.equal_systems if system in group), (system,))


@dataclass(frozen=True)
class Likeness:
    """How alike a candidate is: a score from 0 to 1, and what it means."""

    score: float
    grade: Grade


@cache
def weights() -> Weights:
    """The weights that ship with the server."""
    source = yaml.safe_load(files("latido.fhir.server").joinpath("match_rules.yml").read_text(encoding="utf-8"))
    equal = tuple(tuple(group) for group in source["equal_systems"])
    return Weights(source["as_of"], source["agrees"], source["differs"], source["grades"], equal)


def likeness(asked: Resource, candidate: Resource, by: Weights) -> Likeness:
    """How likely the candidate is the person asked for, as far as both tell."""
    found = dict(_compare(asked, candidate, by))
    score = min(1.0, sum(by.agrees.get(name, 0.0) for name, same in found.items() if same))
    differing = [name for name, same in found.items() if not same and name in by.differs]
    for name in differing:
        score *= by.differs[name]
    # What sums to the edge of a grade reaches it, whatever binary fractions make of it.
    score = round(score, 4)
    return Likeness(score, _grade(score, found.get("identifier") is True and not differing, by))


def ranked(found: Sequence[tuple[Resource, Likeness]]) -> list[tuple[Resource, Likeness]]:
    """Those that may be the person, the likeliest first. Two who are certain are both only probable."""
    likely = [(each, how) for each, how in found if how.grade != "certainly-not"]
    if sum(1 for _, how in likely if how.grade == "certain") > 1:
        likely = [(each, _doubted(how)) for each, how in likely]
    return sorted(likely, key=lambda pair: (-pair[1].score, str(pair[0].get("id"))))


def _doubted(how: Likeness) -> Likeness:
    return Likeness(how.score, "probable") if how.grade == "certain" else how


def _grade(score: float, identified: bool, by: Weights) -> Grade:
    if score >= by.grades["certain"] and identified:
        return "certain"
    if score >= by.grades["probable"]:
        return "probable"
    return "possible" if score >= by.grades["possible"] else "certainly-not"


def _compare(asked: Resource, candidate: Resource, by: Weights) -> Iterator[tuple[str, bool]]:
    """What both tell, and whether it agrees."""
    numbers = numbers_of(asked, by), numbers_of(candidate, by)
    shared = numbers[0].keys() & numbers[1].keys()
    if shared:
        yield "identifier", any(numbers[0][system] & numbers[1][system] for system in shared)
    yield from _compare_births(str(asked.get("birthDate", "")), str(candidate.get("birthDate", "")))
    genders = {each["gender"] for each in (asked, candidate) if each.get("gender", "unknown") != "unknown"}
    if len(genders) > 1:
        yield "gender", False
    for part in ("family", "given"):
        words = name_words(asked, part), name_words(candidate, part)
        if all(words):
            yield part, words[0] <= words[1] or words[1] <= words[0]
    if phones_of(asked) & phones_of(candidate):
        yield "phone", True


def _compare_births(one: str, other: str) -> Iterator[tuple[str, bool]]:
    """Whole days agree or differ; a year or a month that fits a day says nothing."""
    if one == other and len(one) == len("YYYY-MM-DD"):
        yield "birth_date", True
    elif not (one.startswith(other) or other.startswith(one)):
        yield "birth_date", False


def numbers_of(patient: Resource, by: Weights) -> dict[str, set[str]]:
    """The identifiers by system, one name for systems that are equal; of those only the digits count."""
    found: dict[str, set[str]] = {}
    for each in patient.get("identifier", []):
        if "system" in each and "value" in each:
            group = by.systems_like(each["system"])
            value = plain_number(each["value"]) if len(group) > 1 else each["value"]
            found.setdefault(group[0], set()).add(value)
    return found


def plain_number(value: str) -> str:
    """A number as it is stored: `30.111.222` without its points."""
    return re.sub(r"\D", "", value) or value


def name_words(patient: Resource, part: str) -> frozenset[str]:
    """The words of all family or given names, without case and accents."""
    found: list[Any] = []
    for name in patient.get("name", []):
        value = name.get(part, [])
        found += value if isinstance(value, list) else [value]
    return frozenset(word for text in found if text for word in words_of(text))


def phones_of(patient: Resource) -> frozenset[str]:
    """The phone numbers, one spelling each."""
    telecom = (each for each in patient.get("telecom", []) if each.get("system") == "phone" and "value" in each)
    return frozenset(normalise_address(each["value"]) for each in telecom)
