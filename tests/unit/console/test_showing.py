"""What an operator reads of the log's values: short, in local time, and never who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from latido.console.reading import LABELS, delivery, label
from latido.console.roles import ROLES, may
from latido.console.showing import age_in_words, day_in_words, preview, short_time, value_in_short, whatsapp_text

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)  # 23:30 of the day before in Buenos Aires


def test_the_day_is_that_of_buenos_aires() -> None:
    assert day_in_words(datetime(2026, 11, 22, 4, 0, tzinfo=UTC), NOW) == "Hoy"
    assert day_in_words(datetime(2026, 11, 22, 2, 0, tzinfo=UTC), NOW) == "Ayer"
    assert day_in_words(datetime(2026, 11, 18, 12, 0, tzinfo=UTC), NOW) == "Miércoles 18 de noviembre"
    assert day_in_words(datetime(2025, 11, 18, 12, 0, tzinfo=UTC), NOW) == "Martes 18 de noviembre de 2025"


def test_a_list_says_the_time_today_and_the_date_before() -> None:
    assert short_time(NOW, NOW) == "23:30"
    assert short_time(NOW - timedelta(days=1), NOW) == "ayer 23:30"
    assert short_time(datetime(2026, 11, 3, 12, tzinfo=UTC), NOW) == "3/11"
    assert short_time(datetime(2025, 1, 3, 12, tzinfo=UTC), NOW) == "3/1/25"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "recién"),
        (timedelta(seconds=59), "recién"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=30), "1 día"),
        (timedelta(days=4), "4 días"),
    ],
)
def test_age_in_words(ago: timedelta, words: str) -> None:
    assert age_in_words(NOW - ago, NOW) == words


def test_numbers_that_identify_are_masked_wherever_they_hide() -> None:
    shown = value_in_short({"a": ["30.111.222", {"b": 30111222}], "c": "11 5566-7788"})
    assert "111" not in shown
    assert "5566" not in shown
    assert shown.count("[documento]") == 2


def test_names_and_exact_places_are_left_out() -> None:
    value = {"label": "Barracas", "latitude": -34.6431, "longitude": -58.3826, "patient": {"given_name": "Ana"}}
    assert value_in_short(value) == "label Barracas"


def test_an_appointment_id_is_shown_whole_though_it_has_digits_like_a_document() -> None:
    identifier = "5f1c2a9e-7b1d-4a57-9c35-301112223333"
    assert value_in_short(identifier) == identifier


def test_an_instant_is_said_in_local_time() -> None:
    assert value_in_short("2026-11-26T12:30:00Z") == "jue 26/11 09:30"


def test_words_replace_the_names_of_fields_and_values() -> None:
    offers = [{"slot_id": "s1", "start": "2026-11-26T09:30:00-03:00", "center": {"number": 1, "name": "CeSAC N° 1"}}]
    assert value_in_short(offers, label) == "jue 26/11 09:30, CeSAC N° 1"
    assert value_in_short("in_process", label) == "en trámite"


def test_long_values_are_cut() -> None:
    assert len(value_in_short("palabra " * 100)) <= 160
    assert value_in_short(list("abcde")) == "a; b; c; y 2 más"


def test_markup_in_a_message_is_text_and_only_its_stars_are_bold() -> None:
    shown = whatsapp_text('*hola* <b onclick="x">2 * 3 * 4</b> *a<i>*')
    assert shown == (
        "<strong>hola</strong> &lt;b onclick=&#34;x&#34;&gt;2 * 3 * 4&lt;/b&gt; <strong>a&lt;i&gt;</strong>"
    )


def test_a_preview_is_one_masked_line() -> None:
    assert preview("*Hola*\n\nmi dni es  30111222") == "Hola mi dni es [documento]"


@pytest.mark.parametrize(
    ("state", "status", "step"),
    [
        ("queued", None, "queued"),
        ("sending", None, "sending"),
        ("unknown", None, "unknown"),
        ("handed_over", "queued", "accepted"),
        ("handed_over", "sent", "sent"),
        ("handed_over", "delivered", "delivered"),
        ("handed_over", "read", "read"),
        ("failed", "undelivered", "failed"),
        ("failed", None, "failed"),
    ],
)
def test_how_far_a_message_came(state: str, status: str | None, step: str) -> None:
    shown = delivery(state, status, None)
    assert shown.step == step
    assert shown.words
    assert shown.why == ""


def test_why_it_failed_is_said_with_twilios_code() -> None:
    assert delivery("failed", "failed", 63016).why == "código 63016: fuera de la ventana de 24 horas"
    assert delivery("failed", "failed", 12345).why == "código 12345"


def test_every_role_has_words_and_only_those_who_attend_may_resolve() -> None:
    assert LABELS.exists()
    assert all(label("roles", role) != role for role in ROLES)
    assert {role for role in ROLES if may(role, "resolve_alerts")} == {"agent", "supervisor", "admin"}
