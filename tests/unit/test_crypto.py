"""One person, one key, however the phone is written; nothing readable at rest."""

from __future__ import annotations

import pytest

from latido.crypto import SealBroken, Vault, normalise_address


@pytest.mark.parametrize(
    "spelling",
    [
        "whatsapp:+5491151234567",
        "whatsapp:+541151234567",
        "+54 9 11 5123-4567",
        "011 15-5123-4567",
        "+54 11 15 5123 4567",
    ],
)
def test_one_argentine_person_has_one_address(spelling: str) -> None:
    assert normalise_address(spelling) == "541151234567"


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [("whatsapp:+59171234567", "59171234567"), ("whatsapp:AR.abcDEF123", "AR.abcDEF123")],
)
def test_other_countries_and_ids_without_a_phone_stay_themselves(spelling: str, normal: str) -> None:
    assert normalise_address(spelling) == normal


def test_keys_differ_between_people_and_between_secrets(vault: Vault) -> None:
    ana, eva = "whatsapp:+5491151234567", "whatsapp:+5491151234568"
    assert vault.resident_key(ana) != vault.resident_key(eva)
    assert vault.resident_key(ana) != Vault("another").resident_key(ana)
    assert "51234567" not in vault.resident_key(ana)


def test_what_is_sealed_opens_only_under_the_same_secret(vault: Vault) -> None:
    sealed = vault.seal("DNI 30.111.222")
    assert b"DNI" not in sealed
    assert vault.open(sealed) == "DNI 30.111.222"
    with pytest.raises(SealBroken):
        Vault("another").open(sealed)
