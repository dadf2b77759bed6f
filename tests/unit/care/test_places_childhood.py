"""Early-childhood centres, and which children they take."""

from dataclasses import replace

import pytest

from latido.care.places.childhood import best_for
from latido.care.places.directory import Directory, load_directory
from latido.care.places.geometry import Point

LUGANO = Point(-34.675, -58.475)


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load_directory()


def named(directory, slug):
    return next(each for each in directory.childhood_centres if each.slug == slug)


@pytest.mark.parametrize(
    ("age_days", "takes"),
    [
        (44, False),
        (45, True),
        (729, True),
        (731, None),  # two years old: "a 2 años" may mean until then, or through that year
        (1_095, None),
        (1_097, False),
        (3_000, False),
    ],
)
def test_an_upper_age_is_sure_only_up_to_its_birthday(directory, age_days, takes):
    pamperito = named(directory, "cpi-pamperito")
    assert (pamperito.age_from_days, pamperito.age_to_months) == (45, 24)
    assert pamperito.takes(age_days) is takes


def test_ages_that_nobody_published_are_unknown(directory):
    unknown = [each for each in directory.childhood_centres if each.age_from_days is None]
    assert [each.name for each in unknown] == ["Pasitos curiosos"]
    assert unknown[0].takes(200) is None and "ages" in unknown[0].unknown


def test_hours_and_free_places_are_unknown_everywhere(directory):
    assert all(each.unknown[:2] == ("hours", "places") for each in directory.childhood_centres)


def test_a_baby_is_sent_only_where_babies_are_taken(directory):
    offered = directory.nearest_childhood_centres(LUGANO, age_days=60, limit=10)
    assert len(offered) == 10
    assert False not in [centre.takes(60) for centre, _ in offered]
    nearest = directory.nearest_childhood_centres(LUGANO, limit=10)
    assert any(centre.takes(60) is False for centre, _ in nearest)


def test_among_the_offered_one_is_sure(directory):
    pamperito = named(directory, "cpi-pamperito")
    silent = [(replace(pamperito, slug=f"x{n}", age_from_days=None), float(n)) for n in range(4)]
    chosen = best_for([*silent, (pamperito, 9.0)], 100, 3)
    assert [centre.slug for centre, _ in chosen] == ["x0", "x1", "cpi-pamperito"]
    assert best_for(silent, 100, 3) == silent[:3]


def test_when_none_takes_the_child_the_nearest_are_told_all_the_same(directory):
    offered = directory.nearest_childhood_centres(LUGANO, age_days=10, limit=3)
    assert [centre.takes(10) for centre, _ in offered] == [False] * 3
    assert [metres for _, metres in offered] == sorted(metres for _, metres in offered)


def test_they_are_read_only_when_asked_for(tmp_path, directory):
    bare = replace(directory, folder=tmp_path)
    assert bare.nearest(LUGANO)
    with pytest.raises(FileNotFoundError):
        bare.nearest_childhood_centres(LUGANO)
