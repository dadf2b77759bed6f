"""Whatever the figures are: nothing that is shown, alone or taken from the whole, tells of a few."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latido.indicators.registry import load_registry
from latido.indicators.rules.figures import Figure
from latido.indicators.rules.hiding import hidden, is_small
from latido.indicators.shown import shown

LEAST = 10
counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda two: (sum(two), two[0]))


def worlds(parts: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    return st.lists(counts, min_size=1, max_size=parts)


def with_whole(parts: list[tuple[int, int]]) -> list[Figure]:
    named = [Figure(chr(97 + number), of, hits) for number, (of, hits) in enumerate(parts)]
    return [Figure("", sum(of for of, _ in parts), sum(hits for _, hits in parts)), *named]


@given(worlds(8))
def test_neither_a_part_nor_what_is_left_of_the_whole_tells_of_a_few(parts: list[tuple[int, int]]) -> None:
    figures = with_whole(parts)
    blank = hidden(figures, LEAST)
    assert not any(is_small(each, LEAST) for each in figures if each.part not in blank)
    if "" not in blank:
        left = [each for each in figures if each.part in blank]
        together = Figure("", sum(each.of for each in left), sum(each.hits or 0 for each in left))
        assert not is_small(together, LEAST)
        assert len(left) != 1


@given(worlds(6), st.data())
def test_no_commune_can_be_had_from_two_modes_of_travel(parts: list[tuple[int, int]], data: st.DataObject) -> None:
    registry = load_registry()
    by_car = [(of, data.draw(st.integers(hits, of))) for of, hits in parts]
    figures = [
        Figure(f"{mode}:{'' if not each.part else ord(each.part) - 96}", each.of, each.hits)
        for mode, theirs in (("walking", parts), ("car", by_car))
        for each in with_whole(theirs)
    ]
    blank = [
        each.part
        for each in shown(registry, registry.indicators["within_15_minutes"], {"within_15_minutes": figures})
        if not each.figure
    ]
    communes = {
        mode: {part for part in blank if part.startswith(mode) and part[-1] != ":"} for mode in ("walking", "car")
    }
    assert {part.split(":")[1] for part in communes["walking"]} == {part.split(":")[1] for part in communes["car"]}
    assert len(communes["car"]) != 1 or {"walking:", "car:"} <= set(blank)
