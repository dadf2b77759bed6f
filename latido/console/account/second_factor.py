"""One-time codes of an authenticator (RFC 6238): enrolled, asked for at log-in, each taken once."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Connection, delete, func, insert, select, update

from latido.console.account.codes import code_hash, code_matches, new_code
from latido.console.tables import operator, recovery_code
from latido.crypto import Vault

ISSUER = "Latido"
STEP = 30
# A clock that is half a minute off is no fault of hers.
TOLERATED = (0, -1, 1)
SECRET_BYTES = 20
RECOVERY_CODES = 8


def new_secret() -> bytes:
    """160 bits, as the RFC recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_in_words(secret: bytes) -> str:
    """Base32 in groups of four, to type into an authenticator."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def provisioning_uri(secret: bytes, username: str) -> str:
    """The otpauth address that an authenticator reads."""
    return _codes(secret).get_provisioning_uri(username, ISSUER)


def step_of(secret: bytes, code: str, now: datetime, after: int | None = None) -> int | None:
    """The time step whose code this is, later than `after`; None for a wrong code or one that was taken."""
    current = int(now.timestamp()) // STEP
    digits = "".join(code.split()).encode()
    for shift in TOLERATED:
        step = current + shift
        if (after is None or step > after) and _is_code_of(secret, digits, step):
            return step
    return None


def has_second_factor(connection: Connection, operator_id: int) -> bool:
    """Whether a code is asked of this operator."""
    sealed = select(operator.c.second_factor_sealed).where(operator.c.id == operator_id)
    return connection.execute(sealed).scalar() is not None


def enrol(
    connection: Connection, vault: Vault, operator_id: int, secret: bytes, code: str, now: datetime
) -> list[str] | None:
    """Ask for codes of this secret from now on; the recovery codes, or None when the code is not of the secret."""
    step = step_of(secret, code, now)
    if step is None:
        return None
    sealed = vault.seal(base64.b32encode(secret).decode())
    values = {"second_factor_sealed": sealed, "second_factor_step": step}
    connection.execute(update(operator).where(operator.c.id == operator_id).values(values))
    return renew_recovery_codes(connection, operator_id)


def renew_recovery_codes(connection: Connection, operator_id: int) -> list[str]:
    """New recovery codes; those before are worth nothing any more."""
    connection.execute(delete(recovery_code).where(recovery_code.c.operator_id == operator_id))
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    rows = [{"operator_id": operator_id, "code_hash": code_hash(code)} for code in codes]
    connection.execute(insert(recovery_code), rows)
    return codes


def drop_second_factor(connection: Connection, operator_id: int) -> None:
    """The password alone opens again."""
    none = {"second_factor_sealed": None, "second_factor_step": None}
    connection.execute(update(operator).where(operator.c.id == operator_id).values(none))
    connection.execute(delete(recovery_code).where(recovery_code.c.operator_id == operator_id))


def recovery_codes_left(connection: Connection, operator_id: int) -> int:
    """How many have not been used."""
    unused = (recovery_code.c.operator_id == operator_id, recovery_code.c.used_at.is_(None))
    return int(connection.execute(select(func.count()).select_from(recovery_code).where(*unused)).scalar_one())


def take_code(connection: Connection, vault: Vault, operator_id: int, code: str, now: datetime) -> str | None:
    """Take a code of the authenticator (`code`) or a recovery code (`recovery`), once; None for a wrong one."""
    row = connection.execute(select(operator).where(operator.c.id == operator_id).with_for_update()).one()
    if row.second_factor_sealed is None:
        return None
    secret = base64.b32decode(vault.open(row.second_factor_sealed))
    step = step_of(secret, code, now, row.second_factor_step)
    if step is not None:
        connection.execute(update(operator).where(operator.c.id == operator_id).values(second_factor_step=step))
        return "code"
    return "recovery" if _take_recovery_code(connection, operator_id, code, now) else None


def _take_recovery_code(connection: Connection, operator_id: int, code: str, now: datetime) -> bool:
    unused = (recovery_code.c.operator_id == operator_id, recovery_code.c.used_at.is_(None))
    for row in connection.execute(select(recovery_code).where(*unused)).all():
        if code_matches(row.code_hash, code):
            connection.execute(update(recovery_code).where(recovery_code.c.id == row.id).values(used_at=now))
            return True
    return False


def _is_code_of(secret: bytes, digits: bytes, step: int) -> bool:
    try:
        _codes(secret).verify(digits, step * STEP)
    except InvalidToken:
        return False
    return True


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP)  # noqa: S303 - what authenticators take (RFC 6238); HMAC-SHA1 is not broken
