"""docs/journeys.md shows every conversation test as it is now."""

from __future__ import annotations

from tests.conversation import journey_page


def page() -> str:
    return journey_page.PAGE.read_text(encoding="utf-8")


def test_every_chat_is_shown_as_it_is_tested_now() -> None:
    assert [each.id for each in journey_page.outdated(page())] == [], "write them anew: make journeys"


def test_no_chat_is_shown_that_is_no_longer_tested() -> None:
    assert journey_page.leftovers(page()) == [], "write the page anew: make journeys"


def test_what_did_not_change_stays_as_it_was_told() -> None:
    assert journey_page.compose(page(), {}) == page()


def test_a_chat_told_anew_takes_the_place_of_the_old() -> None:
    first = journey_page.journeys()[0]
    told = journey_page.compose(page(), {(first.module, first.test): "> **Ana:** hola"})
    assert journey_page.sections(told)[first.module, first.test][1].endswith("> **Ana:** hola")
    assert set(journey_page.sections(told)) == set(journey_page.sections(page()))
