"""Our check of a webhook's signature says what Twilio's own library says."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from latido.bridge.parsing import parse_form
from latido.bridge.signature import SignatureCheck

PATH = "/webhooks/twilio/status"
BASES = (
    "https://latido.example",
    "https://latido.example:8443/",
    "http://127.0.0.1:8000",
    "https://latido.example/city",
)
names = st.sampled_from(["Body", "From", "A", "B", "AB", "Ñ"]) | st.text(max_size=5)
# No halves of a character: no form can carry one.
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=150, database=None)
@given(
    pairs=st.lists(st.tuples(names.filter(lambda name: name.isprintable()), values), max_size=8),
    base=st.sampled_from(BASES),
    query=st.sampled_from(["", "ref=12", "ref=1&b=%20"]),
    port=st.sampled_from(["", ":443", ":80", ":8443", ":8000"]),
    altered=st.booleans(),
)
def test_it_accepts_what_twilios_library_accepts(
    pairs: list[tuple[str, str]], base: str, query: str, port: str, altered: bool
) -> None:
    form = parse_form(urlencode(pairs).encode())
    asked = base.rstrip("/") + PATH + (f"?{query}" if query else "")
    host = asked.split("/")[2]
    signed = asked.replace(host, host.split(":")[0] + port, 1)
    signature = RequestValidator("12345").compute_signature(signed, form) + ("=" if altered else "")

    expected = RequestValidator("12345").validate(asked, form, signature)
    assert SignatureCheck(["another", "12345"], base).accepts(PATH, query, form, signature) is expected


@pytest.mark.parametrize("signature", [None, "", "=", "ñ", "x" * 5000])
def test_what_is_no_signature_is_refused(signature: str | None) -> None:
    assert not SignatureCheck(["12345"], BASES[0]).accepts(PATH, "", parse_form(b"a=b"), signature)


def test_a_parameter_given_twice_is_signed_with_both_values_and_read_as_the_last() -> None:
    form = parse_form(b"b=2&a=9&a=1&a=9&c=")
    assert (form["a"], form.getlist("a"), form["c"]) == ("9", ["9", "1", "9"], "")
    signature = RequestValidator("12345").compute_signature(BASES[0] + PATH, form)
    assert SignatureCheck(["12345"], BASES[0]).accepts(PATH, "", form, signature)
    assert not SignatureCheck(["12345"], BASES[0]).accepts(PATH, "", parse_form(b"b=2&a=1&c="), signature)
