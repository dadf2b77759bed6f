"""Latido's own key at a city's server: read or made here, published as a JWKS, never shown."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Kind = Literal["ec", "rsa"]

RSA_BITS = 3072
_SMALLEST_RSA_BITS = 2048
# RFC 7638: the members that make a key's thumbprint.
_THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


class KeyUnusable(Exception):
    """The private key cannot be read or is of a kind SMART does not take; the message says what to do."""


@dataclass(frozen=True)
class ClientKey:
    """A private key with the algorithm it signs by (SMART asks for RS384 or ES384) and its id in our JWKS."""

    key_id: str
    algorithm: Literal["ES384", "RS384"]
    private_key: PrivateKey = field(repr=False)

    def public_jwk(self) -> dict[str, Any]:
        """The public half as a JWK."""
        return public_jwk(self.private_key) | {"kid": self.key_id, "alg": self.algorithm, "use": "sig"}


def load_key(path: Path, key_id: str | None = None) -> ClientKey:
    """The key in a PEM file; its id is the RFC 7638 thumbprint unless one is given. KeyUnusable says what is wrong."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeyUnusable(f"cannot read {path}: {error.strerror}; `latido fhir keys --new {path}` makes one") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable(f"{path} holds no unencrypted PEM private key") from None
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
        return ClientKey(key_id or thumbprint(public_jwk(key)), "ES384", key)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _SMALLEST_RSA_BITS:
        return ClientKey(key_id or thumbprint(public_jwk(key)), "RS384", key)
    raise KeyUnusable(f"{path}: SMART takes RSA of {_SMALLEST_RSA_BITS} bits or more, or an elliptic curve P-384 key")


def make_key(path: Path, kind: Kind = "ec") -> ClientKey:
    """A new private key in a file that only its owner may read; KeyUnusable when the file is there already."""
    made: PrivateKey = (
        ec.generate_private_key(ec.SECP384R1())
        if kind == "ec"
        else rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    )
    content = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise KeyUnusable(f"{path} is there already: a key in use is never overwritten") from None
    except OSError as error:
        raise KeyUnusable(f"cannot write {path}: {error.strerror}") from None
    return load_key(path)


def public_jwk(key: PrivateKey) -> dict[str, Any]:
    """The public half of a private key as a JWK, without an id."""
    if isinstance(key, rsa.RSAPrivateKey):
        found = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        found = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: value for name, value in found.items() if name != "key_ops"}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The RFC 7638 thumbprint of a JWK: an id that follows from the key alone."""
    told = json.dumps({name: jwk[name] for name in _THUMBPRINT[jwk["kty"]]}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()).rstrip(b"=").decode()


def jwks(keys: Iterable[ClientKey]) -> dict[str, Any]:
    """The public keys as a JWK Set: what the city's server verifies our signature with."""
    return {"keys": [key.public_jwk() for key in keys]}


def jwks_routes(keys: Iterable[ClientKey]) -> list[BaseRoute]:
    """`/.well-known/jwks.json`: public, as it has to be."""
    content = jwks(keys)

    def published(_: Request) -> Response:
        return JSONResponse(content, headers={"Cache-Control": "public, max-age=3600"})

    return [Route("/.well-known/jwks.json", published, methods=["GET"])]
