"""docs/fhir.md names every resource type and search parameter."""

from __future__ import annotations

from pathlib import Path

import pytest

from latido.fhir.server.definitions import COMMON_PARAMETERS, definitions

DOCS = (Path(__file__).parents[3] / "docs" / "fhir.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(definitions()))
def test_the_documentation_lists_what_there_is(name: str):
    row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}` |"))
    documented = {word.strip(" `") for word in row.split("|")[2].split(",")}
    assert documented == set(definitions()[name].search) - set(COMMON_PARAMETERS)
