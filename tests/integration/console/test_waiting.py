"""The page of the waiting list: who waits, what is held for whom, and why, without a word that identifies anybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from latido.care.booking.patients import Person
from latido.care.places.geometry import Point
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers, load_rules
from latido.care.rules.waiting import Candidate, Released, choose_next
from latido.care.rules.waiting_data import load_waiting_rules
from latido.care.services import BUENOS_AIRES
from latido.care.waiting.entries import Entry, Wish, mark_unreachable, put_on_list, set_state
from latido.care.waiting.offers_made import Offer, begin_offer, held, record, settle
from latido.console.reading import label
from latido.console.waiting import why_in_words
from latido.crypto import Vault
from tests.integration.console.conftest import Visitor
from tests.integration.console.log import Log

RULES = load_waiting_rules(load_rules().classes)
# The page tells what was decided at some moment of the day; the rule is asked at ten in the morning.
NOW = datetime.now(BUENOS_AIRES).replace(hour=10, minute=0, second=0, microsecond=0)
ANA, BETTY, CARLA = (f"whatsapp:+549115550000{n}" for n in (1, 2, 3))
DNI = "30111222"


class Story:
    """Ana and Betty wait for a slot, Carla for one centre; a slot became free."""

    def __init__(self, log: Log, engine: Engine, vault: Vault) -> None:
        self.log, self.engine, self.vault = log, engine, vault
        self.entries: dict[str, Entry] = {}

    def waits(
        self,
        address: str,
        name: str,
        weeks: int | None,
        center: int | None = None,
        days: int = 2,
        service: str = "prenatal",
    ) -> Entry:
        self.log.receives(address, f"hola, soy Ana y mi dni es {DNI}")
        resident = self.log.key(address)
        age = None if weeks is None else GestationalAge(weeks, weeks, NOW.date() - timedelta(days=7))
        wish = Wish(Person("self", "Ana", DNI), Answers("none"), age, Point(-34.6421, -58.3812), center, "Barracas")
        entry = Entry(
            id=f"entry-{len(self.entries)}",
            resident=resident,
            patient_key=f"{resident}:self",
            patient_id=f"p{len(self.entries)}",
            service=service,
            state="waiting",
            name=name,
            wish=wish,
            since=NOW - timedelta(days=days),
            ends_at=NOW + timedelta(days=60),
            shown_on_server="waiting",
            ended_why=None,
        )
        with self.engine.begin() as connection:
            self.entries[address] = put_on_list(connection, self.vault, entry)
        return self.entries[address]

    def candidate(self, address: str, wrote: datetime = NOW) -> Candidate:
        entry = self.entries[address]
        weeks = entry.wish.weeks_on(NOW.date())
        return Candidate(
            entry.id, entry.name, weeks, entry.since, {1: 700.0}, entry.wish.center_number, last_wrote=wrote
        )

    def decides(self, *candidates: Candidate) -> Offer:
        slot = Released("cesac-1-prenatal-x", NOW + timedelta(days=1), 1)
        decision = choose_next(slot, candidates, RULES, NOW)
        assert decision.chosen
        with self.engine.begin() as connection:
            number = record(connection, decision, "prenatal", RULES.version, datetime.now(UTC))
            set_state(connection, decision.chosen, "offered", datetime.now(UTC))
            offer = begin_offer(connection, decision, number, 30, datetime.now(UTC))
            held(connection, offer, "a1", datetime.now(UTC) + timedelta(minutes=12, seconds=20), datetime.now(UTC))
        return offer


@pytest.fixture
def story(log: Log, engine: Engine, vault: Vault) -> Story:
    return Story(log, engine, vault)


@pytest.fixture
def told(story: Story) -> Story:
    story.waits(BETTY, "priority", 14)
    story.waits(ANA, "top", 29, days=3)
    story.waits(CARLA, "top", None, center=9)
    long_ago = NOW - timedelta(hours=30)
    story.decides(story.candidate(ANA, long_ago), story.candidate(BETTY), story.candidate(CARLA))
    with story.engine.begin() as connection:
        mark_unreachable(connection, [story.entries[ANA].id], datetime.now(UTC))
    return story


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 día de vida"), (20, "20 días de vida"), (200, "6 meses de vida"), (900, "2 años")]
)
def test_of_a_child_the_age_is_told_and_no_weeks(agent: Visitor, story: Story, days: int, words: str) -> None:
    story.waits(ANA, "priority", None, service="pediatric")
    assert "niña o niño" in plain(agent.opens("/waiting-list").text)
    story.decides(replace(story.candidate(ANA), age_days=days))
    text = plain(agent.opens("/waiting-list").text)
    assert words in text and "no sabe de cuánto" not in text


def test_an_empty_list_says_so(agent: Visitor) -> None:
    text = plain(agent.opens("/waiting-list").text)
    assert "Nadie espera un turno." in text and "Todavía no se ofreció ningún turno" in text


def test_who_waits_stands_in_the_order_of_the_list(reader: Visitor, told: Story) -> None:
    page = reader.opens("/waiting-list").text
    waiting = page.split('id="waiting"')[1].split("</ul>")[0]
    expected = [told.log.key(one) for one in (ANA, CARLA, BETTY)]
    assert re.findall(r'href="/console/conversations/([0-9a-f]{32})"', waiting) == expected
    text = plain(waiting)
    assert "Prioridad máxima 30 semanas Barracas" in text, "weeks are today's"
    assert "no sabe de cuánto solo en el CeSAC 9" in text


def test_unknown_weeks_stand_where_the_rule_puts_them(reader: Visitor, story: Story) -> None:
    story.waits(BETTY, "priority", 9)
    story.waits(ANA, "priority", None)
    story.waits(CARLA, "priority", 10)
    page = reader.opens("/waiting-list").text.split('id="waiting"')[1].split("</ul>")[0]
    expected = [story.log.key(one) for one in (ANA, CARLA, BETTY)]
    found = re.findall(r"conversations/([0-9a-f]{32})", page)
    assert found == expected, "told a week ago: 11 and 10 today; an unknown number counts as 12"


def test_an_open_offer_shows_how_long_it_is_still_held(reader: Visitor, told: Story) -> None:
    page = plain(reader.opens("/waiting-list").text)
    assert re.search(r"Turno ofrecido: \w+ \d+/\d+ 10:00, CeSAC 1 · le quedan 12 min, hasta las \d\d:\d\d", page)


def test_a_decision_is_told_in_plain_words(reader: Visitor, told: Story) -> None:
    page = plain(reader.opens("/waiting-list").text)
    ana, betty, carla = (told.log.key(one)[:6] for one in (ANA, BETTY, CARLA))
    assert f"para {betty} · espera su respuesta" in page
    chosen = "prioridad alta, 15 semanas, espera hace 2 días, a 700 m."
    assert f"Se ofreció a {betty} porque era la primera en el orden a quien le servía: {chosen}" in page
    first = "prioridad máxima, 30 semanas, espera hace 3 días, a 700 m"
    no_reach = "pasaron 24 horas desde su último mensaje y no se le puede escribir"
    assert f"Antes se pasó a: {ana} ({first}) porque {no_reach}." in page
    assert f"{carla} (prioridad máxima, no sabe de cuánto, espera hace 2 días, a 700 m)" in page
    assert "porque espera solo en el CeSAC 9." in page


def test_what_became_of_the_offer_is_told(reader: Visitor, story: Story) -> None:
    story.waits(BETTY, "priority", 14)
    offer = story.decides(story.candidate(BETTY))
    with story.engine.begin() as connection:
        settle(connection, offer, "declined", datetime.now(UTC))
    assert "dijo que no" in plain(reader.opens("/waiting-list").text)


def test_who_has_to_be_called_comes_first(reader: Visitor, told: Story) -> None:
    page = reader.opens("/waiting-list").text
    to_call = page.split('id="to-call"')[1].split("</ul>")[0]
    assert re.findall(r"conversations/([0-9a-f]{32})", to_call) == [told.log.key(ANA)]


def test_nothing_on_the_page_identifies_anybody(agent: Visitor, told: Story) -> None:
    raw = agent.opens("/waiting-list").text
    for secret in (DNI, "Ana", "-34.6", "-58.3", "5550000", "no_checkup", "none"):
        assert secret not in re.sub(r'(?s)<head>.*?</head>|id="\w+"|style="[^"]*"|data-\w+="[^"]*"', "", raw), secret


def test_it_wants_a_log_in_and_stays_quiet_while_nothing_changes(
    stranger: Visitor, agent: Visitor, told: Story
) -> None:
    assert stranger.opens("/waiting-list").headers["location"].endswith("/login?next=%2Fwaiting-list")
    page = agent.opens("/waiting-list").text
    again = re.search(r'hx-get="/console(/waiting-list\?seen=[0-9a-f]+)"', page)
    assert again and agent.opens(again[1], **{"HX-Request": "true"}).status_code == 204


CODES = [
    *("already_booked", "offer_open", "declined_this_slot", "let_this_slot_pass", "window_closed", "quiet_hours"),
    "no_consent",
    *(
        "not_wanted_center",
        "too_far",
        "too_soon",
        "too_late",
        "not_earlier",
        "after_due",
        "kept_back",
        "enough_offers_today",
    ),
]


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_words(code: str) -> None:
    with_number = CODES.index(code) >= 7
    words = why_in_words(code, 3.0 if with_number else None)
    assert words != code and "{" not in words
    assert label("waiting_outcomes", "expired") == "no contestó a tiempo"
