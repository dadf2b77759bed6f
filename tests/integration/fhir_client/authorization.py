"""A real authorization server on the loopback: it verifies the assertion as SMART asks, and may fail N times."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import jwt

from latido.fhir.smart import ASSERTION_TYPE
from tests.integration.fhir_client.loopback import Answer, Asked, HangUp

CLIENT_ID = "latido-of-the-tests"


@dataclass
class City:
    """An authorization server and the FHIR server it guards, as one behaviour of a loopback server."""

    jwks: dict[str, Any]
    url: str = ""
    expires_in: int | None = 300
    failures: list[Answer | type[HangUp]] = field(default_factory=list)
    resource: dict[str, Any] = field(default_factory=lambda: {"resourceType": "Slot", "id": "1"})
    issued: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/fhir/.well-known/smart-configuration":
            return Answer(200, {"token_endpoint": f"{self.url}/token"})
        if asked.path == "/token":
            return self._token(asked)
        return self._guarded(asked)

    def revoke_all(self) -> None:
        self.valid.clear()

    def _guarded(self, asked: Asked) -> Answer:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.valid:
            return Answer(401, {"resourceType": "OperationOutcome", "issue": [{"code": "login"}]})
        return Answer(200, self.resource)

    def _token(self, asked: Asked) -> Answer:
        with self._lock:
            if self.failures:
                failure = self.failures.pop(0)
                if isinstance(failure, Answer):
                    return failure
                raise failure
            fault = self._fault(asked.form)
            if fault:
                return Answer(400, {"error": "invalid_client", "error_description": fault})
            token = f"token-{len(self.issued)}"
            self.issued.append(token)
            self.valid.add(token)
        said = {"access_token": token, "token_type": "bearer", "scope": asked.form["scope"]}
        return Answer(200, said | ({"expires_in": self.expires_in} if self.expires_in is not None else {}))

    def _fault(self, form: dict[str, str]) -> str | None:
        """Why the assertion is not accepted; None when it is."""
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != ASSERTION_TYPE:
            return "wrong grant"
        assertion = form["client_assertion"]
        header = jwt.get_unverified_header(assertion)
        key = next((each for each in self.jwks["keys"] if each["kid"] == header["kid"]), None)
        if key is None or header["alg"] not in ("RS384", "ES384"):
            return "unknown key"
        try:
            claims = jwt.decode(
                assertion,
                jwt.PyJWK(key),
                algorithms=[header["alg"]],
                audience=f"{self.url}/token",
                issuer=CLIENT_ID,
                options={"require": ["exp", "iss", "sub", "aud", "jti"]},
            )
        except jwt.InvalidTokenError as error:
            return type(error).__name__
        if claims["sub"] != claims["iss"] or claims["exp"] > time.time() + 300:
            return "wrong subject or too long"
        if claims["jti"] in {each["jti"] for each in self.assertions}:
            return "replayed"
        self.assertions.append(claims)
        self.scopes.append(form["scope"])
        return None
