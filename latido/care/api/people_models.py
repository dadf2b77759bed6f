"""Requests about the people of a phone (docs/wires.md)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from latido.care.api.models import GestationalAge, Key, PersonId, Request

GivenName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]


class PregnancyRequest(Request):
    """She tells of a pregnancy; `person` None: another adult."""

    idempotency_key: Key
    person: PersonId | None = None
    given_name: GivenName | None = None
    gestational_age: GestationalAge | None = None


class ChildRequest(Request):
    """She tells of a child; `child` names the one to correct."""

    idempotency_key: Key
    child: PersonId | None = None
    given_name: GivenName | None = None
    birth_date: date | None = None


class NewbornModel(Request):
    """A child that was born."""

    given_name: GivenName | None = None


class BirthRequest(Request):
    """She tells of a birth; `mother` None: the only pregnancy known, if there is one."""

    idempotency_key: Key
    mother: PersonId | None = None
    born_on: date
    children: list[NewbornModel] = Field(min_length=1, max_length=6)


class LossRequest(Request):
    """She tells of a loss; what is not clear is left out."""

    idempotency_key: Key
    of: Literal["pregnancy", "child", "unknown"]
    person: PersonId | None = None


class ScheduleRequest(Request):
    """The schedule of somebody who is not known: by a pregnancy's weeks or by a birth date."""

    gestational_age: GestationalAge | None = None
    birth_date: date | None = None


class OnlyKeyRequest(Request):
    """What needs no more than its key."""

    idempotency_key: Key
