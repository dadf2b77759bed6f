"""The people of a phone: pregnancies, children, births, and who is forgotten."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import text

from tests.integration.care.conftest import Clock, served
from tests.integration.care.people_story import ANA, Family, weeks
from tests.integration.care.people_story import family as family
from tests.integration.care.waiting_story import DAY, key
from tests.integration.care.waiting_story import waiting as waiting


def test_a_pregnancy_is_told_once_and_then_brought_up_to_date(family: Family, clock: Clock):
    told = family.post("pregnancies", person="self", gestational_age=weeks(18, 22, "months"))
    assert (told.status_code, told.json()["person"]) == (
        201,
        {
            "id": "self",
            "kind": "adult",
            "given_name": None,
            "birth_date": None,
            "pregnancy": {
                "gestational_age": {"weeks_min": 18, "weeks_max": 22, "source": "months", "lmp": None},
                "due": {"from": "2027-03-23", "to": "2027-04-26"},
                "since": "2026-11-23",
            },
        },
    )
    clock.now += 14 * DAY
    again = family.post("pregnancies", person="self", gestational_age=weeks(22, source="weeks"))
    assert again.status_code == 200
    assert again.json()["person"]["pregnancy"]["gestational_age"]["source"] == "weeks"
    assert again.json()["person"]["pregnancy"]["since"] == "2026-11-23"
    clock.now += 7 * DAY
    worse = family.pregnant(gestational_age=weeks(23, 27, "months"))
    assert worse["pregnancy"]["gestational_age"] == {"weeks_min": 23, "weeks_max": 23, "source": "weeks", "lmp": None}
    assert family.people() == [worse]


def test_what_lies_far_apart_is_a_correction(family: Family):
    family.pregnant(gestational_age=weeks(0, 0, "lmp", "2026-07-01"))
    # Twenty weeks: up to four weeks more or less go with it.
    for said in (weeks(18, 22, "months"), weeks(24), weeks(16)):
        assert family.pregnant(gestational_age=said)["pregnancy"]["gestational_age"]["source"] == "lmp"
    assert family.pregnant(gestational_age=weeks(26))["pregnancy"]["gestational_age"]["weeks_max"] == 26
    assert family.pregnant(gestational_age=weeks(9, 13, "months"))["pregnancy"]["gestational_age"]["weeks_max"] == 13
    assert family.people()[0]["pregnancy"]["since"] == "2026-11-23"


def test_the_last_period_gives_one_due_date(family: Family):
    told = family.pregnant(gestational_age=weeks(0, 0, "lmp", "2026-07-01"))
    assert told["pregnancy"]["gestational_age"] == {
        "weeks_min": 20,
        "weeks_max": 20,
        "source": "lmp",
        "lmp": "2026-07-01",
    }
    assert told["pregnancy"]["due"] == {"from": "2027-04-07", "to": "2027-04-07"}


def test_a_last_period_that_cannot_be_is_refused(family: Family):
    for lmp in ("2026-11-24", "2026-01-18"):
        refused = family.post("pregnancies", person="self", gestational_age=weeks(0, 0, "lmp", lmp))
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid")
    assert family.people() == []
    oldest = family.pregnant(gestational_age=weeks(0, 0, "lmp", "2026-01-19"))
    assert oldest["pregnancy"]["gestational_age"]["weeks_max"] == 44


def test_long_after_the_due_date_nothing_is_said_of_weeks_and_another_pregnancy_is_another(
    family: Family, clock: Clock
):
    family.pregnant(gestational_age=weeks(0, 0, "lmp", "2026-07-01"))
    clock.now += 300 * DAY
    assert family.people()[0]["pregnancy"] == {"gestational_age": None, "due": None, "since": "2026-11-23"}
    another = family.pregnant(gestational_age=weeks(5, 8, "months"))
    assert another["pregnancy"]["gestational_age"] == {
        "weeks_min": 5,
        "weeks_max": 8,
        "source": "months",
        "lmp": None,
    }


def test_another_adult_is_new_unless_one_of_that_name_is_known(family: Family):
    family.pregnant()
    rosa = family.pregnant(None, given_name="Rosa")
    assert family.pregnant(None, given_name="ROSA", gestational_age=weeks(12))["id"] == rosa["id"] == "other-1"
    assert family.pregnant(None, given_name="Mía")["id"] == "other-2"
    assert family.pregnant(None)["id"] == "other-3" == family.pregnant(None)["id"]
    assert family.ids() == ["self", "other-1", "other-2", "other-3"]
    assert family.post("pregnancies", person="other-7").status_code == 404
    assert family.post("pregnancies", person="nobody").status_code == 400


def test_nothing_is_stored_without_consent(family: Family):
    stranger = Family(family.api, family.care, key("berta"))
    for what, body in (
        ("pregnancies", {"person": "self"}),
        ("children", {"given_name": "Luca"}),
        ("births", {"mother": None, "born_on": "2026-11-20", "children": [{}]}),
    ):
        refused = stranger.post(what, **body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_consent")
    with family.care.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM care_person")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM care_idempotency")).scalar() == 0


def test_a_child_is_known_by_name_and_birth_date(family: Family):
    first = family.post("children", given_name="Luca", birth_date="2026-09-01")
    assert (first.status_code, first.json()["person"]["id"]) == (201, "child-1")
    again = family.post("children", given_name="luca ", birth_date="2026-09-01")
    assert (again.status_code, again.json()) == (200, first.json())
    assert family.child("Mía", "2026-09-01")["id"] == "child-2"
    assert family.child("Luca", "2020-02-29")["id"] == "child-3"
    assert family.child("Juana")["birth_date"] is None
    assert family.child("Juana", "2025-01-31")["id"] == "child-4"
    assert family.ids() == ["child-1", "child-2", "child-3", "child-4"]


def test_a_child_without_a_name_takes_it_later(family: Family):
    assert family.child(None, "2026-09-01")["id"] == family.child(None, "2026-09-01")["id"] == "child-1"
    assert family.child("Luca", "2026-09-01") == {
        "id": "child-1",
        "kind": "child",
        "given_name": "Luca",
        "birth_date": "2026-09-01",
        "pregnancy": None,
    }
    assert family.child("Mía", "2026-09-01")["id"] == "child-2"


def test_a_child_is_corrected_by_its_id(family: Family):
    family.child("Luca", "2026-09-01")
    assert family.child(born="2026-08-31", child="child-1")["birth_date"] == "2026-08-31"
    assert family.child("Lucas", child="child-1")["given_name"] == "Lucas"
    assert family.post("children", child="child-2", given_name="Eva").status_code == 404
    assert family.post("children", child="self", given_name="Eva").status_code == 404


def test_impossible_birth_dates_are_refused(family: Family):
    for born in ("2026-11-24", "2008-11-23"):
        refused = family.post("children", given_name="Luca", birth_date=born)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "impossible_birth_date")
    assert family.child("Luca", "2026-11-23")["birth_date"] == "2026-11-23"
    assert family.child("Mía", "2008-11-24")["id"] == "child-2"
    late = family.post("births", mother="self", born_on="2026-11-24", children=[{}])
    assert late.json()["error"]["code"] == "impossible_birth_date"


def test_a_birth_closes_the_pregnancy_and_the_twins_are_known(family: Family):
    family.pregnant(gestational_age=weeks(39))
    born = family.post("births", mother=None, born_on="2026-11-22", children=[{"given_name": "Luca"}, {}])
    assert born.status_code == 201
    answer = born.json()
    assert answer["pregnancy_closed"] is True and answer["appointments"] == []
    assert (answer["mother"]["id"], answer["mother"]["pregnancy"]) == ("self", None)
    assert [(each["id"], each["given_name"]) for each in answer["children"]] == [("child-1", "Luca"), ("child-2", None)]
    again = family.post("births", mother=None, born_on="2026-11-22", children=[{"given_name": "Luca"}, {}])
    assert [each["id"] for each in again.json()["children"]] == ["child-1", "child-2"]
    assert again.json()["pregnancy_closed"] is False
    assert family.ids() == ["self", "child-1", "child-2"]


def test_whose_birth_it_is_is_only_guessed_when_one_is_pregnant(family: Family):
    family.pregnant(gestational_age=weeks(38))
    family.pregnant(None, given_name="Rosa", gestational_age=weeks(39))
    unclear = family.post("births", mother=None, born_on="2026-11-22", children=[{}]).json()
    assert (unclear["mother"], unclear["pregnancy_closed"]) == (None, False)
    clear = family.post("births", mother="other-1", born_on="2026-11-22", children=[{}]).json()
    assert (clear["mother"]["given_name"], clear["pregnancy_closed"]) == ("Rosa", True)
    assert family.people()[0]["pregnancy"] is not None


def test_an_older_child_does_not_close_a_new_pregnancy(family: Family):
    family.pregnant(gestational_age=weeks(12))
    answer = family.post("births", mother="self", born_on="2025-12-01", children=[{"given_name": "Luca"}]).json()
    assert answer["pregnancy_closed"] is False and answer["mother"]["pregnancy"] is not None


def test_who_is_forgotten_leaves_nothing_to_read(family: Family):
    family.pregnant(gestational_age=weeks(12))
    family.child("Luca", "2026-09-01")
    answer = family.post("people/child-1/forget", key="SM:forget")
    assert (answer.status_code, [each["id"] for each in answer.json()["people"]]) == (200, ["self"])
    assert family.post("people/child-1/forget", key="SM:forget").json() == answer.json()
    assert family.post("people/child-1/forget").status_code == 404
    assert family.post("people/child-2/forget").status_code == 404
    # A number is never given to another child.
    assert family.child("Mía", "2026-09-01")["id"] == "child-2"
    assert family.post("people/self/forget").json()["people"][0]["id"] == "child-2"
    assert family.pregnant()["id"] == "self"


def test_the_same_key_is_the_same_answer_and_another_request_a_conflict(family: Family, clock: Clock):
    first = family.post("pregnancies", key="SM1:p", person="self", gestational_age=weeks(12))
    clock.now += timedelta(days=30)
    assert family.post("pregnancies", key="SM1:p", person="self", gestational_age=weeks(12)).json() == first.json()
    other = family.post("pregnancies", key="SM1:p", person="self", gestational_age=weeks(13))
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_two_at_once_are_one_child(family: Family):
    answers: list[str] = []

    def tell(number: int) -> None:
        with served(family.care) as api:
            body = {"idempotency_key": f"SM{number}:twice", "given_name": "Luca", "birth_date": "2026-09-01"}
            answers.append(api.post(f"/residents/{ANA}/children", body).json()["person"]["id"])

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["child-1"] * 6 and family.ids() == ["child-1"]


def test_names_dates_and_weeks_are_not_readable_in_the_database(family: Family):
    family.pregnant(None, given_name="Rosalinda", gestational_age=weeks(12, source="ultrasound"))
    family.child("Lucio", "2026-09-01")
    family.post("losses", of="pregnancy", person="other-1")
    with family.care.engine.connect() as connection:
        rows = [
            connection.execute(text(f"SELECT CAST(t AS text) FROM {table} t")).scalars().all()
            for table in ("care_person", "care_pregnancy", "care_idempotency", "alert")
        ]
    written = " ".join(str(row) for table in rows for row in table)
    for secret in ("Rosalinda", "Lucio", "2026-09-01", "ultrasound", '"loss"'):
        assert secret not in written
        assert secret.encode().hex() not in written
