"""Nesting is counted without recursion, and brackets in strings are none."""

import json
from typing import Any

import pytest

from latido.fhir.server.answers import Refusal, parse_any
from latido.fhir.server.nesting import DEEPEST, text_too_deep, value_too_deep
from latido.fhir.server.patch import patched


def nested(levels: int) -> Any:
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(("levels", "too_deep"), [(1, False), (DEEPEST, False), (DEEPEST + 1, True), (500, True)])
def test_text_and_value_agree(levels: int, too_deep: bool) -> None:
    value = nested(levels)
    assert value_too_deep(value) is too_deep
    assert text_too_deep(json.dumps(value)) is too_deep
    assert value_too_deep({"a": [value, 1]}) is (levels + 2 > DEEPEST)


def test_brackets_in_strings_and_beside_one_another_do_not_count() -> None:
    assert not text_too_deep(json.dumps({"text": "[{" * 1000, "quote": 'she said: "[' * 500, "list": [[]] * 1000}))
    assert text_too_deep(json.dumps({'"': nested(DEEPEST)}))


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, ("[" * 300 + "]" * 300).encode("utf-16")])
def test_a_body_nested_without_end_is_refused(body: str | bytes) -> None:
    with pytest.raises(Refusal) as caught:
        parse_any(body)
    assert (caught.value.status, caught.value.faults[0].text) == (400, f"the body nests deeper than {DEEPEST} levels")


def test_a_patch_nests_nothing_without_end() -> None:
    resource = {"resourceType": "Slot", "id": "a", "meta": {"versionId": "1"}, "x": {}}
    copies = tuple({"op": "copy", "from": "/x", "path": "/x/a"} for _ in range(DEEPEST))
    with pytest.raises(Refusal) as caught:
        patched(resource, copies)
    assert caught.value.status == 422
    assert caught.value.faults[0].text.endswith("makes the resource too deep")
