"""Keys derived from LATIDO_SECRET_KEY: sealing what must not be readable at rest, and keying residents."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RESIDENT_KEY_LENGTH = 32
_BROKEN = "sealed under another LATIDO_SECRET_KEY: name the one it replaced in LATIDO_OLD_SECRET_KEYS"


class SealBroken(Exception):
    """What was stored cannot be opened: LATIDO_SECRET_KEY is not the one that sealed it."""


@dataclass(frozen=True)
class LastingKeys:
    """The keys that name people and find equal values: replacing the secret leaves them, or nobody would be known."""

    resident: bytes
    blind: bytes

    @classmethod
    def derived(cls, secret: str) -> LastingKeys:
        """Those of a secret that keeps none of its own."""
        return cls(_derive(secret, b"resident"), _derive(secret, b"blind"))


class Vault:
    """Seals with one secret, opens also with those that it replaces, and names people by keys that outlive both.

    `lasting` fetches those keys when they are first needed; without it they are the secret's own.
    """

    def __init__(
        self, secret: str, replaced: Sequence[str] = (), lasting: Callable[[Vault], LastingKeys] | None = None
    ) -> None:
        self.secret = secret
        self._present = _fernet(secret)
        self._any = MultiFernet([self._present, *(_fernet(each) for each in replaced)])
        self._fetch = lasting
        self.session_keys = tuple(_derive(each, b"session") for each in (secret, *replaced))

    def __repr__(self) -> str:
        return "Vault(…)"

    @cached_property
    def lasting(self) -> LastingKeys:
        """The keys in use; raises SealBroken where they were kept under a secret that we were not given."""
        return self._fetch(self) if self._fetch else LastingKeys.derived(self.secret)

    def seal(self, text: str) -> bytes:
        """`text` encrypted and authenticated (Fernet)."""
        return self._present.encrypt(text.encode())

    def open(self, token: bytes) -> str:
        """The text that `seal` took; raises SealBroken under another key."""
        try:
            return self._any.decrypt(bytes(token)).decode()
        except InvalidToken as error:
            raise SealBroken(_BROKEN) from error

    def renewed(self, token: bytes) -> bytes | None:
        """The same text sealed under the present secret; None if it is already. Raises SealBroken under another key."""
        try:
            self._present.decrypt(bytes(token))
            return None
        except InvalidToken:
            pass
        try:
            return self._any.rotate(bytes(token))
        except InvalidToken as error:
            raise SealBroken(_BROKEN) from error

    def blind(self, value: str) -> str:
        """A keyed hash (64 hexadecimal digits) that finds equal values without showing them."""
        return hmac.new(self.lasting.blind, value.encode(), hashlib.sha256).hexdigest()

    def resident_key(self, address: str) -> str:
        """The resident's key (32 hexadecimal digits) for a WhatsApp address of any spelling."""
        normal = normalise_address(address)
        return hmac.new(self.lasting.resident, normal.encode(), hashlib.sha256).hexdigest()[:RESIDENT_KEY_LENGTH]


def normalise_address(address: str) -> str:
    """One spelling per person: 54 + the last ten digits in Argentina, digits elsewhere, else the id as it is.

    `+5411…`, `+54911…` and `011 15-…` are one person: the mobile 9, the trunk 0 and the local 15 are dropped.
    """
    bare = address.removeprefix("whatsapp:").strip()
    if re.match(r"^[A-Za-z]{2}\.", bare):
        return bare
    digits = re.sub(r"\D", "", bare)
    if bare.startswith("+") and not digits.startswith("54"):
        return digits
    national = digits.removeprefix("54").lstrip("0").removeprefix("9")
    local = re.match(r"^(11|[23]\d{2,3})15(\d{6,8})$", national)
    if local and len(national) == 12:
        national = local.group(1) + local.group(2)
    return "54" + national[-10:]


def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret, b"seal")))


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"latido:" + purpose).derive(secret.encode())
