"""Lost answers, dead servers and killed processes: one booking, never two, never none without a word."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from latido.care.api.errors import of_fhir
from latido.care.booking.book import Booking, book
from latido.care.booking.cancel import cancel
from latido.care.booking.ledger import find_entry
from latido.care.booking.patients import Person
from latido.care.booking.settling import sweep
from latido.care.errors import HealthServiceUnavailable
from latido.care.services import Care, create_care
from latido.database import create_engine
from latido.fhir.client import FhirClient
from latido.fhir.errors import FhirError
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, InProcessAdapter
from tests.integration.care.conftest import NOW, served

SLOT = "cesac-1-prenatal-20261124T0900"
WANTED = Booking("SM1:book", "ana", SLOT, "prenatal", Person("self"))


class Faulty(InProcessAdapter):
    """Reaches the embedded server, but calls `before` and `after` around each transaction."""

    before: Callable[[], None] = staticmethod(lambda: None)
    after: Callable[[], None] = staticmethod(lambda: None)
    reads_fail: type[requests.RequestException] | None = None

    def send(self, request, *args, **kwargs):
        transaction = request.method == "POST" and request.url.rstrip("/").endswith("/R4")
        if self.reads_fail and not transaction:
            raise self.reads_fail("the line is dead")
        if transaction:
            self.before()
        answer = super().send(request, *args, **kwargs)
        if transaction:
            self.after()
        return answer


@pytest.fixture
def line(care, vault) -> Faulty:
    return Faulty(FhirServer(care.engine, vault))


@pytest.fixture
def shaky(care, line) -> Care:
    session = requests.Session()
    session.mount(IN_PROCESS_BASE, line)
    return replace(care, fhir=FhirClient(IN_PROCESS_BASE, session))


def lost():
    raise requests.ReadTimeout("the answer was lost")


def appointments(care):
    return care.fhir.search("Appointment", []).matches


def test_a_lost_answer_is_settled_by_reading_back(shaky, line, care):
    line.after = lost
    answer, made_now = book(shaky, WANTED)
    assert made_now and [answer["appointment"]["id"]] == [each["id"] for each in appointments(care)]


def test_a_request_lost_on_its_way_is_made_again(shaky, line, care):
    times = iter([lost, lambda: None])
    line.before = lambda: next(times)()
    book(shaky, WANTED)
    assert len(appointments(care)) == 1


# The second is what a call says that never left, as all do while the breaker is open.
@pytest.mark.parametrize("failing", [requests.ReadTimeout, requests.ConnectTimeout])
def test_when_nobody_can_tell_the_same_key_settles_it_later(shaky, line, care, failing):
    def lose_everything():
        line.reads_fail = failing
        lost()

    line.after = lose_everything
    with pytest.raises((HealthServiceUnavailable, FhirError)):
        book(shaky, WANTED)
    line.after, line.reads_fail = staticmethod(lambda: None), None
    assert find_entry(care.engine, WANTED.key).state == "placing"
    answer, _ = book(shaky, WANTED)
    assert [answer["appointment"]["id"]] == [each["id"] for each in appointments(care)]


def test_what_nobody_could_tell_is_found_by_the_sweep(shaky, line, care):
    def lose_everything():
        line.reads_fail = requests.ConnectTimeout
        lost()

    line.after = lose_everything
    with pytest.raises(HealthServiceUnavailable):
        book(shaky, WANTED)
    sweep(care, timedelta(seconds=-1))
    [made] = appointments(care)
    entry = find_entry(care.engine, WANTED.key)
    assert (entry.state, entry.appointment_id) == ("booked", made["id"])


def test_a_lost_answer_to_a_cancellation_is_settled_too(shaky, line, care):
    made, _ = book(care, WANTED)
    line.after = lost
    answer = cancel(shaky, made["appointment"]["id"], "ana", "SM2:cancel")
    assert answer["appointment"]["status"] == "cancelled"
    assert care.fhir.read("Slot", SLOT)["status"] == "free"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_in_the_middle_of_a_booking_books_once(care, vault, line, moment):
    killed = in_a_child(care, vault, lambda child: book(child, WANTED), moment)
    assert killed == 9
    assert len(appointments(care)) == (1 if moment == "after" else 0)
    answer, _ = book(care, WANTED)
    assert [answer["appointment"]["id"]] == [each["id"] for each in appointments(care)]
    repeated, made_now = book(care, WANTED)
    assert repeated == answer and not made_now


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_in_the_middle_of_a_cancellation_cancels_once(care, vault, moment):
    made, _ = book(care, WANTED)
    identity = made["appointment"]["id"]
    killed = in_a_child(care, vault, lambda child: cancel(child, identity, "ana", "SM2:cancel"), moment)
    assert killed == 9
    assert cancel(care, identity, "ana", "SM2:cancel")["appointment"]["status"] == "cancelled"
    assert care.fhir.read("Slot", SLOT)["status"] == "free"


def test_a_health_service_that_is_away_is_said_and_remembered_things_still_work(care):
    session = requests.Session()
    session.trust_env = False
    away = replace(care, fhir=FhirClient("http://127.0.0.1:9/fhir", session, (0.5, 0.5)))
    with served(away) as api:
        for path, body in {
            "/offers": {"resident": "ana", "near": {"neighbourhood": "barracas"}},
            "/appointments": {"idempotency_key": "SM1:book", "resident": "ana", "slot_id": SLOT},
        }.items():
            answer = api.post(path, body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "health_service_unavailable")
        assert api.get("/residents/ana/appointments").status_code == 503
        assert api.get("/residents/ana").json()["open_appointments"] is None
        assert api.post("/places/search", {"near": {"neighbourhood": "barracas"}}).json()["centers"]
    assert book(care, WANTED)[1]


def test_an_error_of_the_health_service_shows_nothing_of_what_was_sent(caplog):
    error = of_fhir(FhirError("POST /fhir/R4: 422 (invalid Patient.name)"))
    assert "Patient" not in str(error) and error.status == 503


def in_a_child(care: Care, vault, work: Callable[[Care], object], moment: str) -> int:
    """Do `work` in a process that dies before or after its FHIR transaction; returns its exit status."""
    url = care.engine.url.render_as_string(hide_password=False)
    child = os.fork()
    if child == 0:
        try:
            engine = create_engine(url, pool_size=2)
            adapter = Faulty(FhirServer(engine, vault))
            setattr(adapter, moment, lambda: os._exit(9))
            session = requests.Session()
            session.mount(IN_PROCESS_BASE, adapter)
            fhir = FhirClient(IN_PROCESS_BASE, session)
            work(create_care(engine, vault, fhir, "http://127.0.0.1:9", lambda: NOW))
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_booking_given_up_for_dead_never_stands_beside_the_one_that_took_its_place(care, vault, clock):
    """A process sleeps in its write for so long that its row is given up, and she books again; then it wakes."""
    sleeping = Booking("SM1:sleeper", "ana", SLOT, "prenatal", Person("self"))
    awake = Booking("SM2:awake", "ana", "cesac-9-prenatal-20261124T0800", "prenatal", Person("self"))

    class Sleepy(Faulty):
        def send(self, request, *args, **kwargs):
            if request.method == "POST" and request.url.rstrip("/").endswith("/R4"):
                clock.now += timedelta(minutes=5)
                sweep(care)
                book(care, awake)
            return super().send(request, *args, **kwargs)

    session = requests.Session()
    session.mount(IN_PROCESS_BASE, Sleepy(FhirServer(care.engine, vault)))
    slow = replace(care, fhir=FhirClient(IN_PROCESS_BASE, session))
    with pytest.raises(HealthServiceUnavailable):
        book(slow, sleeping)
    live = [each for each in appointments(care) if each["status"] in ("pending", "booked")]
    assert [each["identifier"][0]["value"] for each in live] == ["SM2:awake"]
    assert care.fhir.read("Slot", SLOT)["status"] == "free"
