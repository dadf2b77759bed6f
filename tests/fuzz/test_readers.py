"""Odd files, odd answers of other services and odd words: read, or refused with the reader's own error."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from latido.care.agenda.table import COLUMNS, read_table
from latido.care.mapping.map_file import MapUnusable, load_map
from latido.care.places.geocoder import read_answer, readable
from latido.care.places.names import normalise, read_center
from latido.care.places.settlements import read_block, read_points
from latido.crypto import normalise_address
from latido.fhir.bundles import read_searchset, read_transaction_response
from latido.fhir.errors import FhirError
from latido.fhir.features import read_features
from latido.messaging.redaction import masked, masked_values
from latido.messaging.templates.reading import FOLDER, TemplateUnreadable, read_templates
from latido.reminders.policy_data import POLICY_FILE, BadPolicy, load_policy
from tests.fuzz.trying import odd_texts, trying

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd_texts | st.sampled_from([10**400, -1, 0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=5,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    yield path
    for name, each in inner:
        yield from _places(each, (*path, name))


@st.composite
def damaged(draw: st.DrawFn, whole: Any) -> Any:
    """The value with a part or two replaced, left out or added."""
    found = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(_places(found))))
        if not path:
            return draw(odd)
        owner = found
        for step in path[:-1]:
            owner = owner[step]
        way = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if way == "remove":
            del owner[path[-1]]
        elif way == "add" and isinstance(owner, dict):
            owner[draw(odd_texts)] = draw(odd)
        else:
            owner[path[-1]] = draw(odd)
    return found


def _yaml(content: Any) -> str:
    try:
        return yaml.safe_dump(content, allow_unicode=True)
    except (yaml.YAMLError, ValueError):
        return "- [unfinished"


cells = odd_texts | st.sampled_from(
    ["15", "prenatal", "2026-12-01", "09:00", "12:00", "20", "٣", "24:00", "2026-02-30"]
)
rows = st.lists(st.lists(cells, max_size=8).map(",".join), max_size=4).map("\n".join)
NOT_YAML = ["", "a: [", "\x00", "&a [*a]", "!!python/object:os.system {}", "- " * 300, "a: &x {b: *x}", "\ufeff{}"]


@given(text=odd_texts | rows.map(lambda rest: ",".join(COLUMNS) + "\n" + rest))
@example('center,service,date,from,to,minutes\n"')
@example("center,service,date,from,to,minutes\n15,prenatal,9999-12-31,23:00,23:59,5")
@example("center,service,date,from,to,minutes\n²,prenatal,2026-12-01,09:00,12:00,20")
@example("center,service,date,from,to,minutes\n15,prenatal,2026-12-01,09:00,12:00,²")
@trying(150)
def test_an_odd_agenda_is_read_or_its_faults_are_named(text: str) -> None:
    slots, faults = read_table(text, range(1, 51), datetime(2026, 11, 24, tzinfo=UTC))
    assert all(slot.center in range(1, 51) for slot in slots)
    assert all(fault.line >= 1 and fault.problem and fault.remedy for fault in faults)


MAP = {
    "center_system": "urn:x",
    "centers": {15: {"location": "Location/x", "schedules": {"prenatal": ["Schedule/y"]}}},
    "services": {"prenatal": ["urn:s|p"]},
}


@given(text=damaged(MAP).map(_yaml) | st.sampled_from(NOT_YAML) | odd_texts)
@trying(100)
def test_an_odd_map_of_the_citys_server_is_refused_by_name(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    _file_or(MapUnusable, load_map, tmp_path_factory, text)


@given(text=damaged(yaml.safe_load(POLICY_FILE.read_text("utf-8"))).map(_yaml) | st.sampled_from(NOT_YAML))
@trying(100)
def test_an_odd_policy_of_reminders_is_refused_by_name(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    _file_or(BadPolicy, load_policy.__wrapped__, tmp_path_factory, text)


TEMPLATE = sorted(FOLDER.glob("*.yml"))[0]


@given(text=damaged(yaml.safe_load(TEMPLATE.read_text("utf-8"))).map(_yaml) | st.sampled_from(NOT_YAML))
@trying(100)
def test_an_odd_template_is_refused_by_name(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    def read(path: Path) -> object:
        return read_templates(path.parent)

    _file_or(TemplateUnreadable, read, tmp_path_factory, text, TEMPLATE.name)


def _file_or(
    refused: type[Exception],
    read: Callable[[Path], object],
    folders: pytest.TempPathFactory,
    text: str,
    name: str = "given.yml",
) -> None:
    path = folders.mktemp("odd") / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read(path)
    except refused as error:
        assert str(error).strip()


PLACE = {
    "direccionesNormalizadas": [{"cod_partido": "caba", "direccion": "X", "coordenadas": {"x": "-58", "y": "-34"}}]
}


@given(content=damaged(PLACE) | odd)
@trying(100)
def test_an_odd_answer_of_the_address_service_is_a_value_error_at_most(content: Any) -> None:
    for read in (read_answer, read_points):
        try:
            found = read(content)
        except ValueError:
            continue
        assert isinstance(found, tuple)


BUNDLE = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 1,
    "link": [{"relation": "next", "url": "http://x/Slot?_page=2"}],
    "entry": [{"search": {"mode": "match"}, "resource": {"resourceType": "Slot", "id": "s"}}],
}
RESPONSE = {
    "resourceType": "Bundle",
    "type": "transaction-response",
    "entry": [{"response": {"status": "201 Created", "location": "Slot/s/_history/1", "etag": 'W/"1"'}}],
}
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "rest": [{"mode": "server", "resource": [{"type": "Slot", "interaction": [{"code": "read"}], "searchParam": []}]}],
}


@pytest.mark.parametrize(
    ("read", "whole"),
    [(read_searchset, BUNDLE), (read_transaction_response, RESPONSE), (read_features, STATEMENT)],
    ids=["search", "transaction", "features"],
)
def test_an_odd_answer_of_the_citys_server_is_an_error_of_ours(read: Callable[[Any], object], whole: Any) -> None:
    @given(content=damaged(whole).filter(lambda found: isinstance(found, dict)))
    @trying(80)
    def try_it(content: Any) -> None:
        try:
            read(json.loads(json.dumps(content)))
        except FhirError as error:
            assert str(error)

    try_it()


@given(text=odd_texts)
@trying(200)
def test_whatever_she_writes_of_a_place_is_read(text: str) -> None:
    number, _ = read_center(text)
    assert number is None or number >= 0
    assert normalise(normalise(text)) == normalise(text)
    read_block(text)
    readable(text)


@given(address=odd_texts | st.from_regex(r"\A(whatsapp:)?\+?[\d\s().-]{0,20}\Z"))
@trying(200)
def test_every_sender_has_one_spelling(address: str) -> None:
    address = address.removeprefix("whatsapp:")
    assert normalise_address(f"whatsapp:{address}") == normalise_address(address)


around = st.text(st.characters(exclude_categories=["Nd", "No", "Nl", "Cs"], exclude_characters=",./-+@T"), max_size=20)


@given(before=around, after=around, number=st.sampled_from(["28345671", "28.345.671", "28 345 671", "1155667788"]))
@trying(200)
def test_no_document_or_phone_is_left_among_other_words(before: str, after: str, number: str) -> None:
    """However she surrounds it; what touches digits or a comma may be an amount or a date."""
    shown = masked(f"{before} {number} {after}")
    assert re.sub(r"\D", "", number) not in re.sub(r"\D", "", shown)


@given(value=odd)
@trying(100)
def test_any_json_is_masked_without_fail(value: object) -> None:
    assert type(masked_values(value)) is type(value) or isinstance(value, str)
