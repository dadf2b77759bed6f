"""The report: shares with their intervals, nothing of few, confusions, entities, emergencies."""

from __future__ import annotations

from datetime import date

from latido.console.review.rules.score import LEAST_SHARE, Judged, report_on, share

WEEK = date(2026, 11, 16)


def judged(intent: str, predicted: str | None = None, reason: str = "low_margin", **more: object) -> Judged:
    values: dict[str, object] = {"alarmed": False, "model": "20261101", "week": WEEK, "entities_told": ()}
    return Judged(predicted or intent, intent, reason=reason, **(values | more))  # type: ignore[arg-type]


def test_shares_have_intervals_and_few_are_not_shown() -> None:
    found = report_on([judged("greet")] * 8 + [judged("greet", "thank")] * 2 + [judged("thank")] * (LEAST_SHARE - 1))
    greet, thank = found.by_intent
    assert (greet.name, greet.hits, greet.of) == ("greet", 8, 10)
    assert greet.shown and greet.shown.point == 0.8 and 0.49 < greet.shown.low < 0.5 and 0.94 < greet.shown.high < 0.95
    assert (thank.name, thank.shown) == ("thank", None)
    assert share("x", 0, 0).shown is None


def test_what_was_drawn_at_random_is_told_apart() -> None:
    found = report_on([judged("greet", reason="random")] * 10 + [judged("greet", "thank")] * 10)
    assert found.at_random.shown and found.at_random.shown.point == 1
    assert found.overall.shown and found.overall.shown.point == 0.5


def test_confusions_come_by_how_often_and_rare_ones_are_only_counted() -> None:
    often, rare = [judged("greet", "thank")] * 4, [judged("deny", "affirm")] * 2
    found = report_on([*rare, *often, judged("greet")])
    assert [(one.intent, one.predicted, one.count) for one in found.pairs] == [("greet", "thank", 4)]
    assert found.others == 2


def test_an_emergency_counts_as_heard_when_it_was_answered_as_one() -> None:
    heard = [judged("danger_sign", "report_violence", alarmed=True)] * 9
    missed, false = [judged("report_self_harm", "greet")], [judged("greet", "danger_sign", alarmed=True)] * 3
    found = report_on([*heard, *missed, *false])
    assert (found.emergencies.hits, found.emergencies.of) == (9, 10)
    assert (found.false_alarms.hits, found.false_alarms.of) == (3, 12)


def test_entities_are_counted_by_kind_and_left_out_when_the_words_are_gone() -> None:
    found = report_on(
        [judged("inform", entities_told=("date", "date"), entities_true=("date", "address"))] * 10
        + [judged("inform", entities_told=None, entities_true=("date",))] * 10
    )
    by_kind = {one.kind: one for one in found.entities}
    assert (by_kind["date"].precision.hits, by_kind["date"].precision.of) == (10, 20)
    assert (by_kind["date"].recall.hits, by_kind["date"].recall.of) == (10, 10)
    assert (by_kind["address"].recall.hits, by_kind["address"].recall.of) == (0, 10)


def test_models_and_weeks_begin_with_the_newest() -> None:
    old = judged("greet", model="20260901", week=date(2026, 9, 7))
    found = report_on([old, judged("greet")])
    assert [one.name for one in found.by_model] == ["20261101", "20260901"]
    assert [one.name for one in found.by_week] == ["2026-11-16", "2026-09-07"]


def test_nothing_reviewed_is_no_fault() -> None:
    found = report_on([])
    assert found.overall.shown is None and not found.by_intent and not found.pairs
