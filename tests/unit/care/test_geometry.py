"""Distances, and what is nearest."""

import math

from hypothesis import given
from hypothesis import strategies as st

from latido.care.places.directory import load_directory
from latido.care.places.geometry import Point, distance_m

city_points = st.builds(Point, st.floats(-34.71, -34.52), st.floats(-58.54, -58.33))


def test_a_thousandth_of_a_degree_north_is_111_metres():
    assert math.isclose(distance_m(Point(-34.6, -58.4), Point(-34.601, -58.4)), 111.2, abs_tol=0.1)


@given(city_points, city_points)
def test_distance_is_symmetric_and_agrees_with_the_flat_city(a, b):
    metres = distance_m(a, b)
    assert math.isclose(metres, distance_m(b, a), rel_tol=1e-9, abs_tol=1e-6)
    north = (a.latitude - b.latitude) * 111_195
    east = (a.longitude - b.longitude) * 111_195 * math.cos(math.radians((a.latitude + b.latitude) / 2))
    assert math.isclose(metres, math.hypot(north, east), rel_tol=0.001, abs_tol=0.5)


@given(city_points)
def test_remembering_a_place_moves_it_less_than_100_metres(point):
    assert distance_m(point, point.coarse()) < 75


@given(city_points)
def test_nearest_really_is_nearest(point):
    directory = load_directory_once()
    ranked = directory.nearest(point, limit=50)
    distances = [metres for _, metres in ranked]
    assert distances == sorted(distances) and len(ranked) == 50
    assert distances[0] == min(distance_m(point, center.point) for center in directory.centers.values())


@given(city_points)
def test_prenatal_never_offers_a_centre_known_to_lack_it_and_always_one_known_to_have_it(point):
    offered = [center.has_prenatal for center, _ in load_directory_once().nearest(point, "prenatal", limit=3)]
    assert len(offered) == 3 and False not in offered and True in offered


def load_directory_once(cache={}):  # noqa: B006 (one load for all examples)
    return cache.setdefault("directory", load_directory())
