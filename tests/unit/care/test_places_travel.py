"""Estimates of how long a way takes."""

import pytest

from latido.care.places.directory import load_directory
from latido.care.places.seed_files import PLACES, read_seed
from latido.care.places.travel import MODES, read_travel

CONTENT = read_seed(PLACES / "travel.yml")
TRAVEL = read_travel(CONTENT)


def test_the_city_walk_of_850_metres_takes_15_minutes():
    assert [TRAVEL.walking.minutes(metres) for metres in (850, 640, 0)] == [15, 11, 1]


@pytest.mark.parametrize(("metres", "bus", "car"), [(0, 10, 5), (850, 20, 10), (2_000, 25, 15), (6_000, 55, 35)])
def test_bus_and_car_are_coarse_and_rounded_up(metres, bus, car):
    assert (TRAVEL.modes["bus"].minutes(metres), TRAVEL.modes["car"].minutes(metres)) == (bus, car)


@pytest.mark.parametrize("mode", MODES)
def test_farther_never_takes_less(mode):
    minutes = [TRAVEL.modes[mode].minutes(metres) for metres in range(0, 20_000, 50)]
    assert minutes == sorted(minutes) and minutes[0] >= 1 and minutes[-1] > minutes[0]


def test_every_mode_says_what_it_assumes_and_from_where():
    assert CONTENT["as_of"] and set(CONTENT["modes"]) == set(MODES)
    for row in CONTENT["modes"].values():
        assert row["assumption"] and row["source"].strip()
    assumed = [name for name, row in CONTENT["modes"].items() if "own assumption" in row["source"]]
    assert assumed == ["bus", "car"]
    assert all(TRAVEL.modes[name].assumption.startswith("latido_assumption_") for name in assumed)


def test_the_figures_in_an_assumption_are_those_it_is_worked_out_with():
    for mode in TRAVEL.modes.values():
        assert f"x{mode.detour}_at_{mode.metres_per_minute}_m_per_min" in mode.assumption
        assert not mode.before_minutes or f"_{mode.before_minutes}_min_" in mode.assumption


def test_the_directory_brings_them():
    assert load_directory().travel == TRAVEL
