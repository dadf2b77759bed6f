"""Codes that open once: made at random, shown once, kept as argon2id hashes."""

from __future__ import annotations

import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# No letters or digits that are taken for one another.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 3, 4
# 59 bits at random stand by themselves: the least that OWASP asks for keeps a check of several quick.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new_code() -> str:
    """`k7mp-2xqa-9fhd`."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def code_hash(code: str) -> str:
    """What is kept of a code."""
    return _hasher.hash(_plain(code))


def code_matches(stored: str, code: str) -> bool:
    """Whether this is the code, however it is spelt: capitals, spaces and hyphens do not count."""
    plain = _plain(code)
    if len(plain) != _GROUPS * _GROUP:
        return False
    try:
        return _hasher.verify(stored, plain)
    except (VerificationError, InvalidHashError):
        return False


def _plain(code: str) -> str:
    return re.sub(r"[^a-z0-9]", "", code.lower())
