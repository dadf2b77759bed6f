"""Agendas reach the FHIR server whole, once, and without touching what is booked."""

from contextlib import contextmanager
from datetime import date

import pytest
from click.testing import CliRunner

from latido.care.agenda.command import AgendaRefused, agenda, import_agenda, make_demo
from latido.care.seed import seed_places
from tests.integration.care.conftest import AGENDA, NOW


def slots_at(fhir, number: int):
    return fhir.search(
        "Slot", [("schedule", f"Schedule/cesac-{number}-prenatal"), ("_sort", "start"), ("_count", "200")]
    ).matches


def test_an_agenda_is_imported_once_however_often_it_is_loaded(care):
    again = import_agenda(care.fhir, care.directory, AGENDA, NOW)
    assert (again.created, again.kept) == (0, 16)
    assert [slot["start"][:16] for slot in slots_at(care.fhir, 1)][:3] == [
        "2026-11-24T09:00",
        "2026-11-24T09:20",
        "2026-11-24T09:40",
    ]


def test_loading_again_leaves_a_booked_slot_booked(care):
    slot = slots_at(care.fhir, 1)[0]
    care.fhir.update({**slot, "status": "busy"})
    import_agenda(care.fhir, care.directory, AGENDA, NOW)
    assert slots_at(care.fhir, 1)[0]["status"] == "busy"


def test_one_fault_refuses_the_whole_file(care):
    text = AGENDA.splitlines()[0] + "\n10,prenatal,2026-11-26,09:00,10:00,20\n10,prenatal,26-11,09:00,10:00,20\n"
    with pytest.raises(AgendaRefused, match="line 3, column date"):
        import_agenda(care.fhir, care.directory, text, NOW)
    assert slots_at(care.fhir, 10) == []


def test_a_time_that_overlaps_a_stored_slot_refuses_the_whole_file(care):
    text = AGENDA.splitlines()[0] + "\n10,prenatal,2026-11-26,09:00,10:00,20\n1,prenatal,2026-11-24,09:10,09:40,30\n"
    with pytest.raises(AgendaRefused, match=r"line 3.*cesac-1-prenatal-20261124T0900"):
        import_agenda(care.fhir, care.directory, text, NOW)
    assert slots_at(care.fhir, 10) == []


def test_an_agenda_makes_the_service_of_a_centre_that_publishes_none(care):
    text = AGENDA.splitlines()[0] + "\n46,prenatal,2026-11-26,09:00,10:00,20\n"
    import_agenda(care.fhir, care.directory, text, NOW)
    assert care.fhir.read("HealthcareService", "cesac-46-prenatal")["location"] == [{"reference": "Location/cesac-46"}]


def test_seeding_twice_writes_nothing_the_second_time(bare_care):
    fhir = bare_care.fhir
    # Centres, their prenatal and paediatric agendas, hospitals, early-childhood centres.
    assert seed_places(fhir) == 2 * 50 + 2 * 42 + 2 * 44 + 2 * 18 + 94
    assert seed_places(fhir) == 0
    assert fhir.read("Location", "cesac-15")["address"]["text"] == "Balcarce 1150 (ex Padelai)"
    assert fhir.search("Schedule", [("_id", "cesac-42-prenatal,cesac-28-prenatal")]).matches == []


def test_a_demo_agenda_is_marked_and_the_same_again(care):
    seed_places(care.fhir)
    first = make_demo(care.fhir, care.directory, date(2026, 11, 30), weeks=1)
    assert first.created > 400
    again = make_demo(care.fhir, care.directory, date(2026, 11, 30), weeks=1)
    assert (again.created, again.kept) == (0, first.created)
    tagged = care.fhir.search("Slot", [("_tag", "urn:latido:origin|demo"), ("_summary", "count")]).total
    assert tagged == first.created


def test_the_commands_tell_what_they_did(care, tmp_path):
    seed_places(care.fhir)

    @contextmanager
    def open_fhir():
        yield care.fhir

    file = tmp_path / "agenda.csv"
    file.write_text("center,service,date,from,to,minutes\n15,prenatal,2031-03-04,09:00,10:00,20\n", encoding="utf-8")
    done = CliRunner().invoke(agenda, ["import", str(file)], obj=open_fhir)
    assert (done.exit_code, done.output) == (0, "3 slots created, 0 were there already, 0 refused.\n")
    file.write_text("center,service,date,from,to,minutes\n15,prenatal,2031-03-04,09:00,10:00,1\n", encoding="utf-8")
    refused = CliRunner().invoke(agenda, ["import", str(file)], obj=open_fhir)
    assert refused.exit_code == 1 and "line 2, column minutes" in refused.output
    demo = CliRunner().invoke(agenda, ["demo", "--from", "2026-12-14", "--weeks", "1"], obj=open_fhir)
    assert demo.exit_code == 0 and "demo slots created" in demo.output


def test_a_large_agenda_is_stored_whole_in_one_transaction_and_a_larger_one_refused(care):
    def file_of(centers):
        blocks = [f"{center},prenatal,2027-03-{day:02},08:00,18:00,5" for center in centers for day in range(1, 11)]
        return AGENDA.splitlines()[0] + "\n" + "\n".join(blocks) + "\n"

    assert import_agenda(care.fhir, care.directory, file_of([2, 3]), NOW).created == 2400
    with pytest.raises(AgendaRefused, match="split it"):
        import_agenda(care.fhir, care.directory, file_of([4, 5, 6, 7]), NOW)
    assert slots_at(care.fhir, 4) == []
