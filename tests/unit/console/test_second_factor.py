"""One-time codes by the vectors of RFC 6238, and codes that open once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from latido.console.account.codes import code_hash, code_matches, new_code
from latido.console.account.devices import device_in_words
from latido.console.account.second_factor import new_secret, provisioning_uri, secret_in_words, step_of

SECRET = b"12345678901234567890"


# Appendix B of RFC 6238, SHA-1, of which an authenticator shows the last six digits.
@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_the_standard_and_each_is_taken_once(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)
    step = step_of(SECRET, f"{code[:3]} {code[3:]}", now)
    assert step == second // 30
    assert step_of(SECRET, code, now, after=step) is None, "a code that was taken"
    assert step_of(SECRET, code, now, after=step - 1) == step


def test_half_a_minute_off_is_taken_and_more_is_not() -> None:
    for seconds, taken in ((0, True), (30, True), (-30, True), (61, False), (-61, False)):
        now = datetime.fromtimestamp(1111111111 + seconds, UTC)
        assert (step_of(SECRET, "050471", now) is not None) is taken, seconds


@pytest.mark.parametrize("code", ["", "0", "05047", "0504711", "abcdef", "050472", "５０４７１２"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert step_of(SECRET, code, datetime.fromtimestamp(1111111111, UTC)) is None


def test_an_authenticator_is_told_who_and_where() -> None:
    uri = provisioning_uri(SECRET, "laura")
    assert uri.startswith("otpauth://totp/Latido:laura?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in uri and "issuer=Latido" in uri
    assert secret_in_words(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert len(new_secret()) == 20 and new_secret() != new_secret()


def test_a_recovery_code_is_known_however_it_is_spelt() -> None:
    code = new_code()
    stored = code_hash(code)
    assert stored.startswith("$argon2id$") and code.replace("-", "") not in stored
    assert code_matches(stored, code) and code_matches(stored, f" {code.upper().replace('-', ' ')} ")
    assert not code_matches(stored, new_code())
    assert not code_matches(stored, "")
    assert not code_matches("no hash", code)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox en Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge en Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome en Android"),
        ("<script>", "Otro navegador"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    assert device_in_words(agent) == words
