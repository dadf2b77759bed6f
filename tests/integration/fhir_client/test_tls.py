"""A city whose certificates come from its own authority: trusted when it is named, and only then."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from latido.fhir.city import CityServerUnset, city_client
from latido.fhir.errors import NeverSent
from latido.fhir.keys import jwks, make_key
from latido.fhir.resilience import LeftAlone
from latido.settings import Settings
from tests.integration.fhir_client.authorization import CLIENT_ID, City
from tests.integration.fhir_client.loopback import loopback


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that signs itself, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "salud.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "city.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "city.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tmp_path / "city.pem"


def settings(tmp_path: Path, **more: object) -> Settings:
    return Settings(_env_file=None, fhir_client_id=CLIENT_ID, fhir_private_key_file=tmp_path / "latido.pem", **more)


def test_the_city_own_authority(certificate: Path, tmp_path: Path) -> None:
    guard = City(jwks([make_key(tmp_path / "latido.pem")]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with loopback(guard, tls) as server:
        guard.url = server.url
        base = f"{server.url}/fhir"
        assert city_client(base, settings(tmp_path, fhir_ca_file=certificate)).read("Slot", "1")["id"] == "1"
        asked = len(server.asked)
        with pytest.raises(NeverSent) as refused:
            city_client(base, settings(tmp_path)).read("Slot", "1")
        assert not isinstance(refused.value, LeftAlone)
        assert len(server.asked) == asked


def test_an_absent_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CityServerUnset, match="LATIDO_FHIR_CA_FILE"):
        city_client("https://fhir.example/R4", settings(tmp_path, fhir_ca_file=tmp_path / "absent.pem"))
