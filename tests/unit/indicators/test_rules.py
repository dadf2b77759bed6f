"""Figures and what must not be shown of them, on worlds small enough to count by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import yaml

from latido.care.services import BUENOS_AIRES
from latido.indicators.counting.coverage import first_birthday
from latido.indicators.counting.visits import outcome_of
from latido.indicators.registry import FILE, BadRegistry, load_registry
from latido.indicators.rounds import COUNTS
from latido.indicators.rules.figures import Figure, Month, measured
from latido.indicators.rules.hiding import hidden, is_small
from latido.indicators.shown import shown

REGISTRY = load_registry()


def test_a_month_runs_from_its_first_moment_to_that_of_the_next() -> None:
    start, end = Month.named("2026-12").span(BUENOS_AIRES)
    assert (start.isoformat(), end.isoformat()) == ("2026-12-01T00:00:00-03:00", "2027-01-01T00:00:00-03:00")
    assert Month.named("2027-01").before().name == "2026-12"
    assert Month.of(date(2026, 1, 31)).next().name == "2026-02"


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "26-11", "", "2026-11-01"])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        Month.named(name)


def test_the_median_and_the_ninetieth_are_values_that_were_measured() -> None:
    assert measured("", [5, 1, 3, 2, 4, 6, 7, 8, 9, 10]) == Figure("", 10, None, 5, 9)
    assert measured("", [7]) == Figure("", 1, None, 7, 7)
    assert measured("", []) == Figure("", 0)


@pytest.mark.parametrize(
    ("of", "hits", "small"),
    [(0, 0, False), (9, 0, True), (10, 0, False), (10, 10, False), (20, 9, True), (20, 11, True), (20, 10, False)],
)
def test_a_figure_of_a_few_or_of_all_but_a_few_is_small(of: int, hits: int, small: bool) -> None:
    assert is_small(Figure("", of, hits), least=10) is small


def test_one_hidden_part_takes_the_next_smallest_with_it() -> None:
    parts = [Figure("", 60, 30), Figure("a", 5, 2), Figure("b", 20, 10), Figure("c", 35, 18)]
    assert hidden(parts, least=10) == {"a", "b"}
    assert hidden(parts, least=10, adds_up=False) == {"a"}


def test_two_hidden_parts_hide_each_other() -> None:
    parts = [Figure("", 80, 38), Figure("a", 9, 5), Figure("b", 24, 9), Figure("c", 47, 24)]
    assert hidden(parts, least=10) == {"a", "b"}


def test_hidden_parts_that_are_few_together_take_another_with_them() -> None:
    parts = [Figure("", 160, 80), Figure("a", 5, 2), Figure("b", 8, 4), Figure("c", 47, 24), Figure("d", 100, 50)]
    assert hidden(parts, least=10) == {"a", "b", "c"}


def test_where_there_is_but_one_other_part_the_whole_is_hidden_too() -> None:
    assert hidden([Figure("", 12, 6), Figure("a", 12, 3)], least=5) == {"a", ""}


@pytest.mark.parametrize(
    ("status", "ended_why", "told", "outcome"),
    [
        ("fulfilled", "past", None, "kept"),
        ("fulfilled", "past", "not_went", "kept"),  # the centre's word counts
        ("noshow", "past", "went", "missed"),
        ("booked", "past", "went", "kept"),
        ("booked", "past", "not_went", "missed"),
        (None, "missed", None, "missed"),
        (None, "past", None, "unknown"),
        ("booked", None, None, "unknown"),
    ],
)
def test_the_centre_says_what_became_of_a_visit_else_she_does(status, ended_why, told, outcome) -> None:
    assert outcome_of(status, ended_why, told) == outcome


@pytest.mark.parametrize(
    ("birth", "birthday"),
    [(date(2024, 2, 29), date(2025, 3, 1)), (date(2025, 11, 23), date(2026, 11, 23))],
)
def test_a_first_birthday(birth: date, birthday: date) -> None:
    assert first_birthday(birth) == birthday


def test_every_indicator_is_counted_and_every_count_is_defined() -> None:
    assert set(COUNTS) == set(REGISTRY.indicators)


@pytest.mark.parametrize("indicator", REGISTRY.indicators.values(), ids=lambda each: each.name)
def test_an_indicator_says_what_it_is_from_what_and_whose(indicator) -> None:
    assert indicator.title
    assert indicator.source
    assert indicator.owner
    assert indicator.unit == "count" or indicator.denominator


def test_lists_are_narrowed_by_what_the_dialogue_knows() -> None:
    domain = yaml.safe_load((FILE.parents[1] / "domain.yml").read_text(encoding="utf-8"))
    intents = {each if isinstance(each, str) else next(iter(each)) for each in domain["intents"]}
    for one in REGISTRY.indicators.values():
        asked = dict(parse_qsl(one.leads_to.partition("?")[2]))
        assert asked.get("journey", "place_form") in domain["forms"], one.name
        assert asked.get("intent", "opt_out") in intents, one.name


def test_parts_have_words_and_small_ones_are_blank() -> None:
    indicator = REGISTRY.indicators["within_15_minutes"]
    figures = [Figure("walking:", 100, 40), Figure("walking:4", 80, 30), Figure("walking:7", 20, 10)]
    lines = shown(REGISTRY, indicator, {indicator.name: figures})
    assert [(each.words, each.figure is None) for each in lines] == [
        ("A pie", False),
        ("A pie, comuna 4", False),
        ("A pie, comuna 7", False),
    ]
    few = [Figure("walking:", 84, 40), Figure("walking:4", 80, 38), Figure("walking:7", 4, 2)]
    assert [each.part for each in shown(REGISTRY, indicator, {indicator.name: few}) if each.figure is None] == [
        "walking:4",
        "walking:7",
    ]


def test_a_commune_is_hidden_for_every_mode_or_for_none() -> None:
    indicator = REGISTRY.indicators["within_15_minutes"]
    # On foot two communes are small, so no third is hidden; by car one is, and the next smallest goes with it. Taken
    # apart, the residents of commune 13 could be had from the whole of one mode and the parts of the other.
    walking = [Figure("walking:", 184, 64), Figure("walking:4", 100, 9), Figure("walking:8", 80, 53)]
    car = [Figure("car:", 184, 150), Figure("car:4", 100, 80), Figure("car:8", 80, 67)]
    few = [Figure("walking:13", 4, 2), Figure("car:13", 4, 3)]
    blank = {
        each.part
        for each in shown(REGISTRY, indicator, {indicator.name: [*walking, *car, *few]})
        if each.figure is None
    }
    assert blank == {f"{mode}:{commune}" for mode in ("walking", "car") for commune in (4, 8, 13)}


def test_parts_stand_as_the_registry_lists_them() -> None:
    figures = [Figure(part, 20, 10) for part in ("car:", "car:4", "walking:", "walking:10", "walking:4")]
    ranked = [
        each.part for each in shown(REGISTRY, REGISTRY.indicators["within_15_minutes"], {"within_15_minutes": figures})
    ]
    assert ranked == ["walking:", "walking:4", "walking:10", "car:", "car:4"]


@pytest.mark.parametrize(
    ("change", "why"),
    [("unit: share", "denominator"), ("unit: furlongs", "unit"), ("unit: count\n    colour: red", "colour")],
)
def test_a_registry_that_lacks_something_says_what(change: str, why: str, tmp_path: Path) -> None:
    text = (
        'version: "x"\nas_of: "x"\nlicence: x\nleast: 10\nparts: {}\nindicators:\n  one:\n    title: x\n'
        f"    numerator: x\n    source: x\n    owner: x\n    published: true\n    {change}\n"
    )
    file = tmp_path / "indicators.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadRegistry, match=why):
        load_registry(file)


def test_a_service_is_hidden_in_both_figures_of_visits_or_in_none() -> None:
    known = {"prenatal": (3, 2), "pediatric": (20, 10), "newborn": (90, 50)}
    unknown = {"prenatal": 30, "pediatric": 100, "newborn": 12}
    kept = [Figure(part, of, hits) for part, (of, hits) in known.items()]
    untold = [Figure(part, known[part][0] + count, count) for part, count in unknown.items()]
    counted = {"visits_kept": [Figure("", 113, 62), *kept], "visits_unknown": [Figure("", 255, 142), *untold]}
    blank = [
        {each.part for each in shown(REGISTRY, REGISTRY.indicators[name], counted) if each.figure is None}
        for name in counted
    ]
    # By itself one would hide the second smallest of its own: how many are known of three would follow from the other.
    assert blank == [set(known), set(known)]
