"""Latido's own key: made, read, published, and never half right."""

from __future__ import annotations

import stat
from pathlib import Path

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette

from latido.fhir.keys import KeyUnusable, jwks, jwks_routes, load_key, make_key, thumbprint
from tests.serving import served


def written(path: Path, key: object, password: bytes | None = None) -> Path:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))
    return path


@pytest.mark.parametrize(("kind", "algorithm"), [("ec", "ES384"), ("rsa", "RS384")])
def test_a_made_key_signs_what_its_published_half_verifies(tmp_path: Path, kind: str, algorithm: str) -> None:
    key = make_key(tmp_path / "key.pem", kind)
    published = jwks([key])["keys"][0]

    signed = jwt.encode({"a": 1}, key.private_key, algorithm=key.algorithm)

    assert key.algorithm == published["alg"] == algorithm
    assert jwt.decode(signed, jwt.PyJWK(published), algorithms=[algorithm]) == {"a": 1}
    assert "d" not in published and "p" not in published


def test_only_its_owner_may_read_a_made_key(tmp_path: Path) -> None:
    make_key(tmp_path / "key.pem")
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    first = make_key(tmp_path / "key.pem")
    with pytest.raises(KeyUnusable, match="there already"):
        make_key(tmp_path / "key.pem")
    assert load_key(tmp_path / "key.pem").key_id == first.key_id


def test_its_id_follows_from_the_key_or_is_given(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key.pem")
    assert load_key(tmp_path / "key.pem").key_id == key.key_id
    assert load_key(tmp_path / "key.pem", "ours-2026").key_id == "ours-2026"


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    """The RSA key and its thumbprint of the RFC's section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM"
        "QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz"
        "KnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=1024), "RSA of 2048"),
        (ec.generate_private_key(ec.SECP256R1()), "P-384"),
        (ed25519.Ed25519PrivateKey.generate(), "P-384"),
    ],
)
def test_other_keys_are_refused(tmp_path: Path, key: object, said: str) -> None:
    with pytest.raises(KeyUnusable, match=said):
        load_key(written(tmp_path / "key.pem", key))


def test_an_encrypted_a_broken_and_a_missing_file_say_what_to_do(tmp_path: Path) -> None:
    locked = written(tmp_path / "locked.pem", ec.generate_private_key(ec.SECP384R1()), b"secret")
    (tmp_path / "broken.pem").write_text("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
    for path in (locked, tmp_path / "broken.pem"):
        with pytest.raises(KeyUnusable, match="no unencrypted PEM"):
            load_key(path)
    with pytest.raises(KeyUnusable, match="latido fhir keys --new"):
        load_key(tmp_path / "absent.pem")


def test_the_public_half_is_served_and_nothing_else(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key.pem")
    with served(Starlette(routes=jwks_routes([key]))) as url:
        assert requests.get(f"{url}/.well-known/jwks.json", timeout=5).json() == jwks([key])
        assert requests.get(f"{url}/.well-known/key.pem", timeout=5).status_code == 404
