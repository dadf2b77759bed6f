"""What residents and operators write, and what tells who they are: read or refused, in range and in linear time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from latido.bridge.parsing import LARGEST_CODE, MalformedWebhook, parse_form, parse_inbound, parse_receipt
from latido.care.api.models import DocumentModel, GestationalAge
from latido.care.errors import Invalid
from latido.care.places.addresses import beside_address, corners, street_address
from latido.care.places.names import normalise, read_center
from latido.care.places.settlements import read_block
from latido.care.rules.gestation import LONGEST_WEEKS
from latido.console.finding.filters import WrongFilter, read_filters
from latido.console.finding.passage import LONGEST, Meant, passage_of
from latido.console.finding.words import fold, may_be_meant, sounds_of, words_of
from latido.console.replies.rules import ReplyRefused, check_text, check_word
from latido.console.review.rules.marked import WordingRefused, marked, read_marked
from latido.console.review.rules.nlu_files import plain
from latido.console.review.rules.wording import MadeUp, proposed, still_identifies
from latido.crypto import normalise_address
from latido.emulator.addresses import is_whatsapp_address
from latido.emulator.content_rules import fault_in
from latido.messaging.bubbles import split_text
from latido.messaging.redaction import masked
from latido.messaging.templates.answers import read_static_id
from latido.messaging.templates.filling import LONGEST_BODY, TemplateUnfit, cleaned, numbered
from latido.reminders.api import AgainRequest, ReminderId
from tests.fuzz.endless import for_minutes_at_most, pages
from tests.fuzz.trying import odd_texts, trying
from tracelog import parsed

TODAY = date(2026, 11, 24)
MADE_UP = MadeUp(
    ("Ana",), ("Paz",), ("Uno", "Dos"), ("20111222", "20.111.222"), ("1140000000", "11 4000-0000"), "a@x.ar"
)
digits = st.text(st.sampled_from("0123456789.- ٣²٠"), max_size=14)


@given(number=odd_texts | digits)
@example("٣٠١١١٢٢٢")
@example("³⁰¹¹¹²²²")
@trying(200)
def test_a_document_is_six_to_nine_plain_digits_or_none(number: str) -> None:
    try:
        dni = DocumentModel(status="dni", number=number).dni
    except ValidationError:
        return
    assert dni is None or re.fullmatch(r"[0-9]{6,9}", dni)


ages = st.none() | st.integers(-5, 60) | st.sampled_from([10**30, "20", "٣", True, 1.5])


@given(least=ages, most=ages, lmp=st.none() | st.dates() | odd_texts)
@trying(200)
def test_weeks_are_those_of_a_pregnancy(least: object, most: object, lmp: object) -> None:
    try:
        told = GestationalAge.model_validate({"weeks_min": least, "weeks_max": most, "lmp": lmp})
        age = told.value(TODAY)
    except ValidationError:
        return
    if age is not None:
        assert 0 <= age.earliest_on(TODAY) <= age.latest_on(TODAY) <= max(LONGEST_WEEKS, 45)
    try:
        told.exact_value(TODAY)
    except Invalid as refused:
        assert str(refused)


moments = st.fixed_dictionaries(
    {"idempotency_key": st.just("SM1:x"), "resident": st.just("ana")},
    optional={
        "day": st.dates().map(str) | odd_texts,
        "in_days": st.integers(-1, 121) | odd_texts,
        "part": st.sampled_from(["morning", "afternoon", "night"]),
        "time": st.times().map(str) | st.sampled_from(["24:00", "09:00Z", "9", "25:61"]),
    },
)


@given(wish=moments)
@trying(150)
def test_when_she_wants_to_be_told_again_is_said_in_one_way(wish: dict[str, object]) -> None:
    """What `ask_again` makes of it, also of the last day there is: tests/integration/reminders/test_answering.py."""
    try:
        read = AgainRequest.model_validate(wish)
    except ValidationError as refused:
        assert refused.error_count()
        return
    assert read.day is None or read.in_days is None
    assert read.in_days is None or timedelta(0) <= timedelta(days=read.in_days) <= timedelta(days=120)


@given(text=odd_texts | digits)
@trying(200)
def test_a_reminders_id_is_one_that_the_database_can_hold(text: str) -> None:
    try:
        assert 0 < int(TypeAdapter(ReminderId).validate_python(text)) < 2**63
    except ValidationError:
        assert not re.fullmatch(r"[1-9][0-9]{0,17}", text, re.ASCII)


@given(address=odd_texts | st.from_regex(r"\Awhatsapp:(\+[1-9][0-9]{6,14}|AR\.[a-z0-9]{1,9})\Z"))
@trying(200)
def test_a_sender_keeps_one_spelling_however_often_it_is_normalised(address: str) -> None:
    once = normalise_address(address)
    if is_whatsapp_address(address):
        assert normalise_address(f"+{once}" if once.isdigit() else once) == once
        assert once.isascii()


@given(text=odd_texts)
@trying(300)
def test_what_is_masked_stays_as_it_is(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(values=st.dictionaries(st.sampled_from(["day", "place"]), st.none() | odd_texts))
@trying(200)
def test_values_of_a_template_are_cleaned_once_and_fit_or_are_refused(values: dict[str, str | None]) -> None:
    tidy = cleaned(values)
    assert cleaned(tidy) == tidy
    assert not any(set("{}\n\t\r\x00") & set(value) for value in tidy.values())
    try:
        filled = numbered("t", ["day", "place"], "Tenés turno el {day} en {place}.", values)
    except TemplateUnfit as refused:
        assert not any(value and len(value) > 4 and value in str(refused) for value in values.values())
    else:
        assert sum(map(len, filled.values())) <= LONGEST_BODY


@given(text=odd_texts.filter(str.strip), longest=st.integers(20, 200))
@trying(150)
def test_a_text_is_cut_so_that_every_part_fits_and_no_word_is_lost(text: str, longest: int) -> None:
    parts = split_text(text, longest)
    assert all(0 < len(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(asked=odd_texts, text=odd_texts)
@trying(200)
def test_any_word_may_be_looked_for_in_any_text(asked: str, text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for word in words_of(asked)[:3]:
        assert words_of(word) == [word]
        assert sounds_of(word)
        assert may_be_meant(word, word)
    pieces = passage_of(text, [Meant(word, frozenset()) for word in words_of(asked)])
    assert sum(len(piece.text) for piece in pieces) <= 2 * LONGEST + 42


NAMES = (
    "filter",
    "q",
    "since",
    "until",
    "journey",
    "outcome",
    "step",
    "intent",
    "sure_from",
    "tag",
    "review",
    "center",
)


@given(given_=st.dictionaries(st.sampled_from(NAMES), odd_texts | st.sampled_from(["2026-11-24", "danger", "50", "²"])))
@trying(200)
def test_filters_are_read_or_refused_by_name(given_: dict[str, str]) -> None:
    try:
        read_filters(given_)
    except WrongFilter as refused:
        assert str(refused)


@given(text=odd_texts | st.lists(st.sampled_from(["[a](dni)", "[", "]", "(", ")", "soy Ana", "\n"])).map("".join))
@trying(200)
def test_a_wording_for_training_is_read_as_it_is_shown(text: str) -> None:
    wording = proposed(text, (), MADE_UP)
    assert "\n" not in wording.text
    try:
        read, spans = read_marked(text, {"dni"})
    except WordingRefused as refused:
        assert refused.reason
        return
    assert all(read[start:end] for _, start, end in spans)
    assert read_marked(marked(read, spans), {"dni"})[0] == read


@given(text=odd_texts)
@trying(150)
def test_a_saved_reply_is_kept_or_refused_for_a_reason(text: str) -> None:
    for check in (check_text, check_word):
        try:
            assert check(check(text)) == check(text)
        except ReplyRefused as refused:
            assert refused.reason


@given(form=st.dictionaries(st.sampled_from(["MessageSid", "From", "MessageStatus", "ErrorCode", "Body"]), odd_texts))
@trying(150)
def test_a_form_is_a_message_or_receipt_or_malformed(form: dict[str, str]) -> None:
    given_ = parse_form("&".join(f"{name}={value}" for name, value in form.items()).encode("utf-8", "surrogatepass"))
    try:
        assert "\x00" not in parse_inbound(given_).text
    except MalformedWebhook as refused:
        assert str(refused)
    try:
        assert (parse_receipt(given_, None).error_code or 0) <= LARGEST_CODE
    except MalformedWebhook as refused:
        assert str(refused)


@given(text=odd_texts | st.sampled_from(["latido:t:tell:confirm", "latido:t::", "latido:t:" + "a" * 99 + ":b"]))
@trying(150)
def test_ids_from_outside_are_ours_or_nobodys(text: str) -> None:
    found = read_static_id(text)
    assert found is None or text.startswith("latido:t:")
    trace = parsed(text)
    assert trace is None or re.fullmatch(r"[0-9a-f]{32}", trace.trace_id)
    assert fault_in({"twilio/text": {"body": text}}) is None or not text.strip() or len(text) > 1024 or "{{" in text


def _or(refused: type[Exception], read: Callable[[str], object]) -> Callable[[str], object]:
    def tolerant(text: str) -> object:
        try:
            return read(text)
        except refused:
            return None

    return tolerant


READERS: dict[str, tuple[int, Callable[[str], object]]] = {
    # By the longest text that reaches it: a webhook's body, a message of WhatsApp, what the care API takes, a form.
    "masks": (64 * 1024, masked),
    "sender": (64 * 1024, normalise_address),
    "trace": (64 * 1024, parsed),
    "button": (64 * 1024, read_static_id),
    "words": (4096, words_of),
    "passage": (4096, lambda text: passage_of(text, [Meant("emb", frozenset({"enb"}))])),
    "cut": (4096, lambda text: split_text(text, 100)),
    "values": (4096, lambda text: cleaned({"day": text})),
    "place": (600, lambda text: [street_address(text), beside_address(text), corners(text), read_center(text)]),
    "block": (600, lambda text: [read_block(text), normalise(text)]),
    "wording": (4096, lambda text: [proposed(text, (), MADE_UP), still_identifies(text, MADE_UP), plain(text)]),
    "marked": (4096, _or(WordingRefused, lambda text: read_marked(text, {"a"}))),
    "reply": (4096, _or(ReplyRefused, check_text)),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_page_of_the_same_is_read_to_its_end(reader: str) -> None:
    longest, read = READERS[reader]
    with for_minutes_at_most():
        for page in pages(longest):
            read(page)
