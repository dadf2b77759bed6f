"""Rules of data types, wherever they stand."""

from collections.abc import Callable, Iterator, Mapping

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import Invariant, broken, each, has, starts_before_end

_UCUM = "http://unitsofmeasure.org"
_REPEAT = "repeat"


def _ext_1(value: Resource, path: str) -> Iterator[Fault]:
    if ("extension" in value) == has(value, "value[x]"):
        yield broken(path, "ext-1: an extension has either a value or extensions")


def _needs(key: str, name: str, other: str) -> Invariant:
    """The rule that an element is there only beside another."""

    def rule(value: Resource, path: str) -> Iterator[Fault]:
        if name in value and other not in value:
            yield broken(path, f"{key}: {name} needs {other}")

    return rule


def _ucum(key: str, fits: Callable[[Resource], bool] = lambda _: True) -> Invariant:
    def rule(value: Resource, path: str) -> Iterator[Fault]:
        coded_value = value.get("system", _UCUM) == _UCUM and ("code" in value or "value" not in value)
        if not (coded_value and fits(value)):
            yield broken(path, f"{key}: a value fit for the type, with a code of UCUM")

    return rule


def _is_age(value: Resource) -> bool:
    return bool(value.get("value", 1) > 0)


def _is_count(value: Resource) -> bool:
    return value.get("code", "1") == "1" and type(value.get("value", 0)) is int


def _drt_1(value: Resource, path: str) -> Iterator[Fault]:
    if "code" in value and (value.get("system") != _UCUM or "value" not in value):
        yield broken(path, "drt-1: the unit of a duration is a code of UCUM beside a value")


def _rat_1(value: Resource, path: str) -> Iterator[Fault]:
    both = {"numerator", "denominator"}
    if len(both & value.keys()) == 1 or not has(value, "numerator", "extension"):
        yield broken(path, "rat-1: numerator and denominator come together")


def _rng_2(value: Resource, path: str) -> Iterator[Fault]:
    low, high = value.get("low") or {}, value.get("high") or {}
    comparable = all(low.get(name) == high.get(name) for name in ("system", "code", "unit"))
    if comparable and "value" in low and "value" in high and low["value"] > high["value"]:
        yield broken(path, "rng-2: low must not be above high")


def _obs_3(value: Resource, path: str) -> Iterator[Fault]:
    if not has(value, "low", "high", "text"):
        yield broken(path, "obs-3: a reference range needs low, high or text")


def _exp_1(value: Resource, path: str) -> Iterator[Fault]:
    if not has(value, "expression", "reference"):
        yield broken(path, "exp-1: needs expression or reference")


def _timing(value: Resource, path: str) -> Iterator[Fault]:
    repeat, where = value.get(_REPEAT) or {}, f"{path}.{_REPEAT}"
    for name, other, key in _TIMING_NEEDS:
        yield from _needs(key, name, other)(repeat, where)
    for name, key in (("duration", "tim-4"), ("period", "tim-5")):
        if repeat.get(name, 0) < 0:
            yield broken(f"{where}.{name}", f"{key}: not less than nothing")
    if "offset" in repeat and ("when" not in repeat or {"C", "CM", "CD", "CV"} & set(repeat["when"])):
        yield broken(f"{where}.offset", "tim-9: an offset needs when, and none of C, CM, CD, CV")
    if {"timeOfDay", "when"} <= repeat.keys():
        yield broken(where, "tim-10: timeOfDay or when, not both")


_TIMING_NEEDS = (
    ("duration", "durationUnit", "tim-1"),
    ("period", "periodUnit", "tim-2"),
    ("periodMax", "period", "tim-6"),
    ("durationMax", "duration", "tim-7"),
    ("countMax", "count", "tim-8"),
)


def _filters(value: Resource, path: str) -> Iterator[Fault]:
    for name, key in (("codeFilter", "drq-1"), ("dateFilter", "drq-2")):
        for one, where in each(value, name, path):
            if ("path" in one) == ("searchParam" in one):
                yield broken(where, f"{key}: either path or searchParam")


_QUANTITY = _needs("qty-3", "code", "system")

OF_TYPES: Mapping[str, tuple[Invariant, ...]] = {
    "Extension": (_ext_1,),
    "Period": (starts_before_end("start", "end"),),
    "Quantity": (_QUANTITY,),
    "Age": (_QUANTITY, _ucum("age-1", _is_age)),
    "Count": (_QUANTITY, _ucum("cnt-3", _is_count)),
    "Distance": (_QUANTITY, _ucum("dis-1")),
    "Duration": (_QUANTITY, _drt_1),
    "Range": (_rng_2,),
    "Ratio": (_rat_1,),
    "ContactPoint": (_needs("cpt-2", "value", "system"),),
    "Attachment": (_needs("att-1", "data", "contentType"),),
    "Timing": (_timing,),
    "Expression": (_exp_1,),
    "DataRequirement": (_filters,),
    "Observation_ReferenceRange": (_obs_3,),
}
"""The rules of a data type, by its name."""
