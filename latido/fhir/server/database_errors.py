"""What Postgres refuses, in FHIR's terms."""

from psycopg import errors
from sqlalchemy.exc import DBAPIError

from latido.fhir.server import tables
from latido.fhir.server.answers import Fault, Refusal

_RETRY = {"Retry-After": "1"}


def worth_repeating(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed at once when it is run again."""
    return isinstance(error.orig, errors.DeadlockDetected | errors.SerializationFailure)


def refusal_of(error: DBAPIError) -> Exception:
    """The refusal that a database error means; the error itself when it means a fault of ours."""
    cause = error.orig
    if isinstance(cause, errors.UniqueViolation):
        return _conflict(cause.diag.constraint_name) or error
    if isinstance(cause, errors.DataError):
        return Refusal(422, [Fault("", "value", "a value is outside what can be stored")])
    if lost(error):
        return Refusal(503, [Fault("", "transient", "the database cannot answer now")], _RETRY)
    return error


def lost(error: DBAPIError) -> bool:
    """Whether the database went away or could not be reached."""
    return isinstance(error.orig, errors.OperationalError) or error.connection_invalidated


def outcome_unknown() -> Refusal:
    """The refusal for a connection lost at the commit itself: nobody can tell whether it happened."""
    return Refusal(500, [Fault("", "incomplete", "the outcome is not known: read back, or repeat the same condition")])


def _conflict(constraint: str | None) -> Refusal | None:
    if constraint == tables.UNIQUE_LIVE_SEAT:
        text = "the slot is taken by another live appointment: search again and offer others"
        return Refusal(409, [Fault("Appointment.slot", "conflict", text)])
    if constraint == tables.UNIQUE_RESOURCE:
        return Refusal(409, [Fault("", "conflict", "the resource has just been created by somebody else")])
    return None
