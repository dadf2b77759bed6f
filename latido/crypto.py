"""Keys derived from LATIDO_SECRET_KEY: sealing what must not be readable at rest, and keying residents."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RESIDENT_KEY_LENGTH = 32


class SealBroken(Exception):
    """What was stored cannot be opened: LATIDO_SECRET_KEY is not the one that sealed it."""


class Vault:
    """Seals, opens and blinds with keys derived from one secret; holds no state besides them."""

    def __init__(self, secret: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(secret, b"seal")))
        self._resident_key = _derive(secret, b"resident")
        self._blind_key = _derive(secret, b"blind")
        self.session_key = _derive(secret, b"session")

    def seal(self, text: str) -> bytes:
        """`text` encrypted and authenticated (Fernet)."""
        return self._fernet.encrypt(text.encode())

    def open(self, token: bytes) -> str:
        """The text that `seal` took; raises SealBroken under another key."""
        try:
            return self._fernet.decrypt(bytes(token)).decode()
        except InvalidToken as error:
            raise SealBroken("sealed under another LATIDO_SECRET_KEY") from error

    def blind(self, value: str) -> str:
        """A keyed hash (64 hexadecimal digits) that finds equal values without showing them."""
        return hmac.new(self._blind_key, value.encode(), hashlib.sha256).hexdigest()

    def resident_key(self, address: str) -> str:
        """The resident's key (32 hexadecimal digits) for a WhatsApp address of any spelling."""
        normal = normalise_address(address)
        return hmac.new(self._resident_key, normal.encode(), hashlib.sha256).hexdigest()[:RESIDENT_KEY_LENGTH]


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


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"latido:" + purpose).derive(secret.encode())
