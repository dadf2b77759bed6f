"""What a careless or hostile caller may send to a FHIR server: strategies for whole requests.

Resources begin valid and are then damaged; nothing is aimed at those whose id begins with `keep`.
"""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from latido.fhir.resources import FHIR_JSON
from latido.fhir.server.definitions import definitions
from latido.fhir.server.patch import JSON_PATCH
from tests.integration.fhir.conftest import appointment, center, patient, slot
from tests.unit.fhir.examples import EXAMPLES, example

MARK = "Ñusta-Secreta-77"
"""Stands in values only, so no error may repeat it."""

IDS = [f"prey-{number}" for number in range(6)]


@dataclass(frozen=True)
class Sent:
    """One HTTP request; `path` is below the base, with its query."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def corpus() -> dict[str, dict[str, Any]]:
    """A valid resource of every type, without id."""
    places = {each["resourceType"]: each for each in center(15, -34.6195, -58.3712)}
    own = {"Slot": slot("x"), "Appointment": appointment("prey-0"), "Patient": patient()}
    own["Organization"] = {"resourceType": "Organization", "name": "CeSAC N° 15"}
    found = places | own | {kind: example(kind) for kind in EXAMPLES}
    return {kind: {k: v for k, v in each.items() if k != "id"} for kind, each in found.items()}


CORPUS = corpus()
KINDS = sorted(definitions())

_deep = st.integers(5, 300).map(lambda depth: json.loads("[" * depth + "]" * depth))
_deep_objects = st.integers(5, 150).map(lambda depth: json.loads('{"extension":[' * depth + "{}" + "]}" * depth))
_odd_texts = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud800",
        "‮",
        "💔" * 50,
        "x" * 70_000,
        "2026-13-45T99:99:99Z",
        "0000-00-00",
        "9999-12-31T23:59:59.999999999+14:00",
        "Slot/" + "a" * 65,
        "Slot/../../x",
        "urn:uuid:1",
        "http://[::1",
        "#",
        "Patient?identifier=x|y",
        "Patient?",
        MARK,
    ]
)
odd_values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, -(2**70), 10**400, 0, -1, 1e308, 1e-320, 0.1 + 0.2]),
    st.floats(),
    st.text(max_size=30),
    _odd_texts,
    _deep,
    _deep_objects,
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [None]),
    st.builds(lambda: {"reference": "Slot/prey-0"}),
    st.builds(lambda: {"coding": [{"code": MARK}]}),
)
_names = st.sampled_from(
    [
        "status",
        "start",
        "slot",
        "actor",
        "extension",
        "_status",
        "meta",
        "contained",
        "resourceType",
        "id",
        "value",
        "x",
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if len(path) > 12:
        return []
    inner = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return [path, *(found for name, each in inner for found in _places(each, (*path, name)))]


@st.composite
def resources(draw: st.DrawFn, kind: str | None = None) -> dict[str, Any]:
    """A resource with none to a few faults."""
    kind = kind or draw(st.sampled_from(KINDS))
    found: Any = copy.deepcopy(CORPUS[kind])
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3]))):
        path = draw(st.sampled_from(_places(found)[1:] or [()]))
        if not path:
            break
        owner = found
        for step in path[:-1]:
            owner = owner[step]
        _damage(draw, owner, path[-1])
    return dict(found)


def _damage(draw: st.DrawFn, owner: Any, step: Any) -> None:
    way = draw(st.sampled_from(["replace", "replace", "remove", "wrap", "double", "add"]))
    if way == "replace":
        owner[step] = draw(odd_values)
    elif way == "remove":
        del owner[step]
    elif way == "wrap":
        owner[step] = [owner[step]]
    elif way == "double" and isinstance(owner, list):
        owner.append(copy.deepcopy(owner[step]))
    elif isinstance(owner, dict):
        owner[draw(_names | st.text(max_size=8))] = draw(odd_values)


_words = st.sampled_from(
    ["", "|", ",", "a|b|c", "ge", "ge0001", "lt9999", "-", "\\", "Slot:*", "%", "%00", "%ff", "+", "1e9"]
)
query_values = st.one_of(
    _words,
    st.text(max_size=20),
    st.sampled_from(["free", "2026-11-26", "ge2026-11-26T09:30:00-03:00", "Slot/prey-0", "-34.6|-58.4|3|km", "9" * 30]),
    st.sampled_from(["WyIiLG51bGwsMSxmYWxzZV0", "eyJhIjoxfQ", "gAAAAABx", "x" * 4000]),
)
_own = [name for kind in KINDS for name in definitions()[kind].search]
_modifiers = st.sampled_from(
    ["", "", "", ":missing", ":not", ":exact", ":contains", ":Slot", ":x", ".name", ".identifier"]
)
query_names = st.one_of(
    st.builds(str.__add__, st.sampled_from(sorted(set(_own))), _modifiers),
    st.sampled_from(
        ["_id", "_lastUpdated", "_tag", "_sort", "_count", "_offset", "_cursor", "_page", "_since", "_total"]
    ),
    st.sampled_from(
        ["_include", "_revinclude", "_include:iterate", "_summary", "_total", "_format", "_elements", "_at"]
    ),
    st.sampled_from(["_has:Appointment:slot:status", "schedule.actor", "schedule.actor.location.near"]),
    st.text(max_size=8),
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query string, encoded or not quite."""
    pairs = draw(st.lists(st.tuples(query_names, query_values), max_size=5))
    safe = draw(st.sampled_from(["", "%&=;"]))
    return "&".join(f"{_quoted(name, safe)}={_quoted(value, safe)}" for name, value in pairs)


def _quoted(text: str, safe: str = "") -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe=safe)


_segments = st.one_of(
    st.sampled_from([*KINDS, "metadata", "_history", "_search", "$match", "$none", "1", "...", "prey-0", "Medication"]),
    st.sampled_from(IDS),
    # A client takes "." and ".." out itself, and so leaves the server.
    st.text(max_size=12).filter(lambda text: text not in (".", "..")),
    st.just("x" * 3000),
)
paths = st.lists(_segments, max_size=5).map(lambda parts: "/" + "/".join(_quoted(part) for part in parts))
ids = st.sampled_from(IDS) | st.text(max_size=10).filter(lambda text: not text.startswith("keep"))

_header_values = st.one_of(
    st.sampled_from(
        ['W/"1"', 'W/"2"', '"1"', "1", "*", 'W/"', "identifier=urn:x|1", "_id=prey-1", "?_id=prey-1", "name=x"]
    ),
    st.sampled_from(
        ["return=minimal", "return=OperationOutcome", "handling=strict", "handling=strict, return=x", ";=,"]
    ),
    st.sampled_from([FHIR_JSON, JSON_PATCH, "application/json; charset=latin-1", "text/xml", "a/b", "*/*;q=0", "é"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"]), max_size=30),
)
headers = st.dictionaries(
    st.sampled_from(["If-Match", "If-None-Match", "If-None-Exist", "Prefer", "Accept", "Content-Type", "X-Odd"]),
    _header_values,
    max_size=3,
)
conditions = st.sampled_from(["_id=prey-1", "_id=prey-2,prey-3", "identifier=urn:x|1", "_id=none", ""]) | st.builds(
    "{}={}".format, st.just("_id"), ids.map(_quoted)
)


def _pointer(path: tuple[Any, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@st.composite
def patches(draw: st.DrawFn) -> Any:
    """A JSON Patch that may fit a resource of the corpus, or nothing at all."""
    known = _places(CORPUS[draw(st.sampled_from(KINDS))])
    pointers = st.sampled_from(known).map(_pointer) | st.sampled_from(["", "/", "/-", "/status/0", "/~2", "x", "/meta"])
    operation = st.fixed_dictionaries(
        {"op": st.sampled_from(["test", "add", "replace", "remove", "copy", "move", "explode"]), "path": pointers},
        optional={"value": odd_values, "from": pointers, "x": odd_values},
    )
    return draw(st.lists(operation | odd_values if draw(st.booleans()) else operation, max_size=6) | odd_values)


@st.composite
def writes(draw: st.DrawFn) -> tuple[str, str, Any]:
    """Method, URL and content (None: none) of one write."""
    kind = draw(st.sampled_from(KINDS))
    method = draw(st.sampled_from(["POST", "PUT", "PUT", "PATCH"]))
    by_condition = draw(st.integers(0, 4)) == 0
    if method == "POST":
        return method, kind, draw(resources(kind))
    identity = draw(ids if draw(st.integers(0, 5)) == 0 else st.sampled_from(IDS))
    url = f"{kind}?{draw(conditions)}" if by_condition else f"{kind}/{_quoted(identity)}"
    if method == "PATCH":
        return method, url, draw(patches())
    content = draw(resources(kind))
    return method, url, content if by_condition else content | {"id": identity}


@st.composite
def entries(draw: st.DrawFn) -> Any:
    """An entry of a Bundle, mostly one that can be read."""
    if draw(st.integers(0, 6)) == 0:
        return draw(odd_values)
    if draw(st.integers(0, 3)) == 0:
        request: dict[str, Any] = {"method": "GET", "url": f"{draw(st.sampled_from(KINDS))}?{draw(queries())}"}
        return {"request": request}
    method, url, content = draw(writes())
    if method == "PATCH":
        data = base64.b64encode(_encoded(content)).decode()
        content = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}
    request = {"method": method, "url": url}
    request |= draw(
        st.dictionaries(st.sampled_from(["ifMatch", "ifNoneExist", "x"]), _header_values | odd_values, max_size=1)
    )
    found = {"resource": content, "request": request}
    return found | ({"fullUrl": draw(odd_values)} if draw(st.integers(0, 3)) == 0 else {})


def _encoded(content: Any) -> bytes:
    return json.dumps(content).encode()


_NO_JSON = st.sampled_from([b"[" * 9_000, b'{"a":' * 9_000, b"NaN", b"1e999", b"-"])


@st.composite
def bodies(draw: st.DrawFn, content: Any) -> bytes:
    """The content as JSON, now and then broken."""
    text = _encoded(content)
    way = draw(st.integers(0, 25))
    if way == 0:
        return text[: draw(st.integers(0, len(text)))]
    if way == 1:
        return text.decode().encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "latin-1"])), "replace")
    if way == 2:
        return draw(st.binary(max_size=60))
    if way == 3:
        return text.replace(
            b":", b":" + draw(st.sampled_from([b"[" * 9_000, b'{"a":' * 9_000, b"NaN", b"1e999", b"-"])), 1
        )
    return text


@st.composite
def sent(draw: st.DrawFn) -> Sent:
    """Any request."""
    way = draw(st.sampled_from(["write", "write", "write", "bundle", "bundle", "search", "form", "match", "path"]))
    extra = draw(headers) if draw(st.integers(0, 3)) == 0 else {}
    if way == "write":
        method, url, content = draw(writes())
        kind = JSON_PATCH if method == "PATCH" else FHIR_JSON
        return Sent(method, f"/{url}", {"Content-Type": kind} | extra, draw(bodies(content)))
    if way == "bundle":
        bundle = {"resourceType": "Bundle", "type": draw(st.sampled_from(["transaction", "batch"]))}
        bundle["entry"] = draw(st.lists(entries(), max_size=5))
        return Sent("POST", "/", {"Content-Type": FHIR_JSON} | extra, draw(bodies(bundle)))
    kind = draw(st.sampled_from(KINDS))
    if way == "search":
        return Sent(draw(st.sampled_from(["GET", "GET", "HEAD"])), f"/{kind}?{draw(queries())}", extra)
    if way == "form":
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return Sent("POST", f"/{kind}/_search", form | extra, draw(queries()).encode())
    if way == "match":
        parameters = {"resourceType": "Parameters", "parameter": draw(odd_values | st.just([]))}
        parameters["parameter"] = [
            {"name": "resource", "resource": draw(resources("Patient"))},
            {"name": "count", "valueInteger": 3},
        ]
        return Sent("POST", "/Patient/$match", {"Content-Type": FHIR_JSON} | extra, draw(bodies(parameters)))
    method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"]))
    query = draw(queries())
    return Sent(method, f"{draw(paths)}{'?' if query else ''}{query}", extra, draw(st.binary(max_size=20)))
