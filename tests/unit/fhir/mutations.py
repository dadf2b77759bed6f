"""Examples with something else put in somewhere, the same for the same seed."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from latido.fhir.server.definitions import datatypes, definitions

from .examples import EXAMPLES, example

STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**400,
    "",
    "x",
    "2026-11-23",
    "2026-11-23T10:00:00Z",
    "#p",
    "Patient/1",
    "\ud800",
    [],
    {},
    [None],
    [{}],
    [[]],
    {"value": 1},
    {"reference": "#"},
    {"reference": None},
    {"start": "2026"},
    {"coding": [None]},
    {"coding": {}},
    {"coding": [{"system": "urn:x", "code": "x"}]},
    [{"coding": [{"system": "urn:x", "code": "x"}]}],
    {"extension": [{"url": "urn:x", "valueString": "x"}]},
    {"low": {"value": 1}, "high": {"value": 2}},
]
NAMES = sorted(
    {name for each in definitions().values() for name in each.table.properties}
    | {name for each in datatypes().values() for name in each.properties}
)


def mutations(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """`count` resources, each an example changed in one to three places."""
    chance = random.Random(seed)
    for _ in range(count):
        resource = copy.deepcopy(example(chance.choice(sorted(EXAMPLES))))
        for _ in range(chance.randint(1, 3)):
            _change(resource, chance)
        yield resource


def _change(resource: dict[str, Any], chance: random.Random) -> None:
    owner = chance.choice(list(_owners(resource)))
    keys = [key for key in (owner if isinstance(owner, dict) else range(len(owner))) if key != "resourceType"]
    strange, what = copy.deepcopy(chance.choice(STRANGE)), chance.choice(("add", "replace", "remove"))
    if what == "add" and isinstance(owner, dict):
        owner[chance.choice(["", "_"]) + chance.choice(NAMES)] = strange
    elif what == "remove" and keys:
        del owner[chance.choice(keys)]
    elif keys:
        owner[chance.choice(keys)] = strange


def _owners(value: Any) -> Iterator[Any]:
    """Every object and list in the value."""
    if isinstance(value, dict | list):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _owners(each)
