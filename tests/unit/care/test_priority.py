"""Who goes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.care.rules.priority import ORDER, RULES_FILE, Answers, BadRule, evaluate, load_rules

RULES = load_rules()
maybe = st.sampled_from([None, "undisclosed"])
answers = st.builds(
    Answers,
    prior_checkups=maybe | st.sampled_from(["none", "some"]),
    age_band=maybe | st.sampled_from(["under_15", "15_17", "18_35", "over_35"]),
    conditions=maybe | st.sampled_from(["yes", "no"]),
    history=maybe | st.sampled_from(["yes", "no"]),
)
weeks = st.none() | st.integers(0, 44)


@pytest.mark.parametrize(
    ("given_answers", "upper", "name", "reasons"),
    [
        (Answers(prior_checkups="none"), 22, "top", ["no_checkup_after_20_weeks"]),
        (Answers(prior_checkups="none"), 20, "top", ["no_checkup_after_20_weeks"]),
        (Answers(prior_checkups="none"), 19, "priority", ["no_checkup_after_12_weeks"]),
        (Answers(prior_checkups="none"), 12, "priority", ["no_checkup_after_12_weeks"]),
        (Answers(prior_checkups="none"), 11, "routine", []),
        (Answers(prior_checkups="none"), None, "priority", ["no_checkup_weeks_unknown"]),
        (Answers(prior_checkups="some"), 22, "routine", []),
        (Answers(prior_checkups="some"), 36, "priority", ["late_pregnancy"]),
        (Answers(age_band="under_15"), None, "top", ["under_15"]),
        (Answers(age_band="15_17"), 8, "priority", ["age_15_17"]),
        (Answers(age_band="over_35", conditions="yes"), 8, "priority", ["age_over_35", "health_condition"]),
        (Answers(history="yes"), 8, "priority", ["obstetric_history"]),
        (Answers(), None, "routine", []),
    ],
)
def test_the_rules_as_written(given_answers, upper, name, reasons):
    priority = evaluate(RULES, given_answers, upper)
    assert (priority.name, list(priority.reasons)) == (name, reasons)
    assert priority.fhir_priority == {"top": 1, "priority": 3, "routine": 5}[name]


@given(answers, weeks)
def test_not_answering_never_lowers_nor_raises_more_than_answering_no(given_answers, upper):
    def silent(value):
        return None if value == "undisclosed" else value

    quiet = Answers(*(silent(getattr(given_answers, name)) for name in Answers.__dataclass_fields__))
    assert evaluate(RULES, given_answers, upper) == evaluate(RULES, quiet, upper)


@given(answers, weeks)
def test_a_higher_class_always_has_a_reason_and_an_earlier_target(given_answers, upper):
    priority = evaluate(RULES, given_answers, upper)
    assert bool(priority.reasons) == (priority.name != "routine")
    assert priority.reason_text and priority.reason_text[0].isupper() and priority.reason_text.endswith(".")
    assert priority.rule_set == RULES.version


@given(answers, st.integers(0, 43))
def test_without_a_check_more_weeks_never_lower_the_class(given_answers, upper):
    none_yet = Answers("none", given_answers.age_band, given_answers.conditions, given_answers.history)
    earlier, later = (ORDER.index(evaluate(RULES, none_yet, each).name) for each in (upper, upper + 1))
    assert later <= earlier


def test_the_rules_are_dated_and_await_a_clinician():
    assert RULES.clinical_sign_off == "pending"
    targets = [RULES.classes[name].target_days for name in ORDER]
    assert targets == sorted(targets)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('{age_band: "15_17"}', "{age_band: 15_17}"),
        ('{conditions: "yes"}', "{conditions: yes}"),
        ("{weeks_at_least: 36}", '{weeks_at_least: "36"}'),
        ("{age_band: over_35}", "{age: over_35}"),
        ("class: top\n    when: {age_band: under_15}", "class: urgent\n    when: {age_band: under_15}"),
    ],
)
def test_a_rule_that_could_never_hold_is_refused_by_name(tmp_path, good, bad):
    text = RULES_FILE.read_text(encoding="utf-8")
    assert good in text
    changed = tmp_path / "rules.yml"
    changed.write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises(BadRule, match="rule "):
        load_rules(changed)
