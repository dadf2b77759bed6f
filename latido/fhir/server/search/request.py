"""A search as it was asked, read against the definitions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from latido.fhir.server.answers import refuse
from latido.fhir.server.definitions import Definition, SearchParameter, definitions
from latido.fhir.server.search import escapes

DEFAULT_COUNT = 50
MAX_COUNT = 1000
MAX_PARAMETERS = 100
MAX_OFFSET = 1_000_000
CURSOR = "_cursor"

MODIFIERS: Mapping[str, frozenset[str]] = {
    "token": frozenset({"not", "missing"}),
    "reference": frozenset({"missing"}),
    "date": frozenset({"missing"}),
    "string": frozenset({"exact", "contains", "missing"}),
    "words": frozenset({"missing"}),
    "day": frozenset({"missing"}),
    "position": frozenset(),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """One condition: any of the values, read by the last parameter of the chain.

    `chain` holds the references on the way, each with the type it leads to; `owner` is the type of `parameter`.
    """

    owner: Definition
    parameter: SearchParameter
    values: tuple[str, ...]
    modifier: str | None = None
    chain: tuple[tuple[SearchParameter, str], ...] = ()
    has: "Has | None" = None

    @property
    def personal(self) -> bool:
        """Whether its values may tell of somebody."""
        inner = (self.has.referring.concealed, *(each.personal for each in self.has.filters)) if self.has else ()
        return self.owner.concealed or any(inner)


@dataclass(frozen=True)
class Has:
    """`_has`: a type that refers by a parameter to what is searched, and what it must fulfil (any of the filters)."""

    referring: Definition
    parameter: SearchParameter
    filters: tuple[Filter, ...]


@dataclass(frozen=True)
class Include:
    """`_include` or `_revinclude`: the source type, its reference parameter (None: all), the target type if named."""

    source: str
    parameter: str | None
    target: str | None
    iterate: bool = False
    reverse: bool = False


@dataclass(frozen=True)
class SortKey:
    """One key of `_sort`."""

    name: str
    descending: bool


@dataclass
class SearchRequest:
    """A search: alternatives in `filters` are joined by AND; each is a list of Filters joined by OR."""

    definition: Definition
    filters: list[list[Filter]] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    sort: list[SortKey] = field(default_factory=list)
    count: int = DEFAULT_COUNT
    offset: int = 0
    cursor: str | None = None
    only_count: bool = False
    with_total: bool = False
    honoured: list[tuple[str, str]] = field(default_factory=list)
    personal: bool = False


def read_parameters(text: str) -> list[tuple[str, str]]:
    """The name-value pairs of a query string or form body."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except (ValueError, UnicodeError):
        refuse(400, "value", f"the query is not UTF-8, or has more than {MAX_PARAMETERS} parameters")
    if any(_CONTROL.search(part) for pair in pairs for part in pair):
        refuse(400, "value", "the query holds control characters")
    return pairs


def read_search(definition: Definition, parameters: Parameters, strict: bool) -> SearchRequest:
    """The search; an unknown parameter is refused under `strict`, else left out of `honoured`."""
    request = SearchRequest(definition)
    for name, value in parameters:
        # A parameter without a value says nothing (FHIR R4 search, "empty parameters").
        if value == "" or _read_one(request, name, value):
            request.honoured += [(name, value)] if value else []
        elif strict:
            refuse(400, "not-supported", f"{_shown(name)} is no search parameter of {definition.name} here")
    return request


def _read_one(request: SearchRequest, name: str, value: str) -> bool:
    if name in _RESULT_PARAMETERS:
        return _RESULT_PARAMETERS[name](request, value)
    if name in ("_include", "_revinclude", "_include:iterate", "_revinclude:iterate"):
        return _read_include(request, name, value)
    return _read_filter(request, name, value)


def _read_count(request: SearchRequest, value: str) -> bool:
    request.count = min(read_number("_count", value), MAX_COUNT)
    request.only_count = request.only_count or request.count == 0
    return True


def _read_offset(request: SearchRequest, value: str) -> bool:
    request.offset = min(read_number("_offset", value), MAX_OFFSET)
    return True


def _read_cursor(request: SearchRequest, value: str) -> bool:
    request.cursor = value
    return True


def _read_summary(request: SearchRequest, value: str) -> bool:
    request.only_count = request.only_count or value == "count"
    return value in ("count", "false")


def _read_total(request: SearchRequest, value: str) -> bool:
    request.with_total = value in ("accurate", "estimate")
    return value in ("accurate", "estimate", "none")


def _read_format(_: SearchRequest, value: str) -> bool:
    return value in ("json", "application/json", "application/fhir+json")


def _read_sort(request: SearchRequest, value: str) -> bool:
    keys = [SortKey(part.lstrip("-"), part.startswith("-")) for part in value.split(",")]
    known = [key for key in keys if _sortable(request.definition, key.name)]
    request.sort += known
    return len(known) == len(keys)


_RESULT_PARAMETERS = {
    "_count": _read_count,
    "_offset": _read_offset,
    CURSOR: _read_cursor,
    "_summary": _read_summary,
    "_total": _read_total,
    "_format": _read_format,
    "_sort": _read_sort,
}


def _sortable(definition: Definition, name: str) -> bool:
    parameter = definition.search.get(name)
    return name in ("_id", "_lastUpdated") or (
        parameter is not None and (parameter.kind in ("string", "date") or parameter.looks_at(definition.state))
    )


def read_number(name: str, value: str) -> int:
    """A number from 0 up; 400 for anything else."""
    if not re.fullmatch(r"[0-9]{1,9}", value):
        refuse(400, "value", f"{name} must be a number from 0 up")
    return int(value)


def _read_include(request: SearchRequest, name: str, value: str) -> bool:
    source, _, rest = value.partition(":")
    parameter, _, target = rest.partition(":")
    definition = definitions().get(source)
    found = definition.search.get(parameter) if definition else None
    if parameter != "*" and (found is None or found.kind != "reference"):
        return False
    request.includes.append(
        Include(
            source,
            None if parameter == "*" else parameter,
            target or None,
            name.endswith(":iterate"),
            name.startswith("_revinclude"),
        )
    )
    return True


def _read_filter(request: SearchRequest, name: str, value: str) -> bool:
    found = _filters(request.definition, name, tuple(escapes.split(value, ",")))
    if found:
        request.filters.append(found)
        request.personal = request.personal or any(each.personal for each in found)
    return bool(found)


def _filters(definition: Definition, name: str, values: tuple[str, ...], depth: int = 0) -> list[Filter]:
    """The filters that one parameter stands for, joined by OR; none for one that is not known."""
    if name in ("_id", "_lastUpdated"):
        return [Filter(definition, SearchParameter(name, "special", ()), values)]
    if name.startswith("_has:"):
        return _reversed(definition, name, values, depth)
    return _alternatives(definition, name, values, ())


def _reversed(definition: Definition, name: str, values: tuple[str, ...], depth: int) -> list[Filter]:
    """`_has:Type:reference:parameter`, at most three deep."""
    parts = name.split(":", 3)
    referring = definitions().get(parts[1]) if len(parts) == 4 and depth < 3 else None
    parameter = referring.search.get(parts[2]) if referring else None
    if referring is None or parameter is None or parameter.kind != "reference":
        return []
    inner = _filters(referring, parts[3], values, depth + 1)
    if not inner or (parameter.targets and definition.name not in parameter.targets):
        return []
    has = Has(referring, parameter, tuple(inner))
    return [Filter(definition, SearchParameter("_has", "has", ()), values, has=has)]


def _alternatives(
    definition: Definition, name: str, values: tuple[str, ...], chain: tuple[tuple[SearchParameter, str], ...]
) -> list[Filter]:
    """The filters that a possibly chained name stands for, one for each type a reference may lead to."""
    head, dot, rest = name.partition(".")
    base, _, modifier = head.partition(":")
    parameter = definition.search.get(base)
    if parameter is None:
        return _of_every_type(definition, base, values, chain) if not (dot or modifier) else []
    if dot:
        return _further(parameter, modifier, rest, values, chain)
    checked = _modifier(parameter, modifier)
    if parameter.kind == "reference" and modifier and checked is None:
        values = tuple(f"{modifier}/{value}" for value in values)
    return [Filter(definition, parameter, values, checked, chain)]


def _of_every_type(
    definition: Definition, name: str, values: tuple[str, ...], chain: tuple[tuple[SearchParameter, str], ...]
) -> list[Filter]:
    if name != "_id" or not chain:
        return []
    return [Filter(definition, SearchParameter(name, "special", ()), values, None, chain)]


def _further(
    parameter: SearchParameter,
    modifier: str,
    rest: str,
    values: tuple[str, ...],
    chain: tuple[tuple[SearchParameter, str], ...],
) -> list[Filter]:
    if parameter.kind != "reference" or len(chain) >= 3:
        return []
    wanted = [modifier] if modifier else list(parameter.targets)
    known = [target for target in wanted if target in definitions()]
    return [
        each
        for target in known
        for each in _alternatives(definitions()[target], rest, values, (*chain, (parameter, target)))
    ]


def _modifier(parameter: SearchParameter, modifier: str) -> str | None:
    """The modifier; a reference's may be a type instead, which is none."""
    if modifier in MODIFIERS[parameter.kind]:
        return modifier
    names_type = parameter.kind == "reference" and (modifier in parameter.targets or not parameter.targets)
    if not modifier or names_type:
        return None
    # FHIR R4 search, "modifiers": a server rejects those it does not support, strict or not.
    return refuse(400, "not-supported", f"{_shown(parameter.name)} has no such modifier here")


def _shown(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][\w:.\-]{0,80}", name, re.ASCII) else "this"
