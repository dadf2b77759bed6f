"""The overdue list as a file, in the order in which to call; without phones, names and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from latido.console.export.sheets import BATCH, Sheet, links_of, wanted_of
from latido.console.export.sheets import Row as Line
from latido.console.overdue.cases import Case, all_cases
from latido.console.overdue.rooms import in_words
from latido.console.overdue.rules import CallRules, load_call_rules
from latido.console.overdue.sheet import noted, what_is_due
from latido.console.overdue.sieve import WrongFilter, read_sieve
from latido.console.reading import label
from latido.console.visits import Problem, Visit
from latido.crypto import Vault

COLUMNS = (
    *("link", "state", "priority", "service", "person", "weeks", "age_days", "commune", "center", "since", "why"),
    *("until", "calls", "last_call_at", "last_call", "last_call_by", "again_at"),
)
FILTERS = ("state", "kind", "service", "commune", "center", "since", "result", "mine")


def overdue(visit: Visit) -> Sheet:
    """The sheet for the filters of the address; Problem when one is not known."""
    console, operator_id, now = visit.console, visit.require_operator().operator_id, visit.console.now()
    try:
        sieve = read_sieve(visit.request.query_params)
    except WrongFilter as error:
        raise Problem(400, "Esa dirección no está bien escrita.") from error
    links, rules = links_of(visit), load_call_rules()

    def batches(connection: Connection) -> Iterator[Sequence[Line]]:
        # Their order is not one of the database: the list is put together whole, and written piece by piece.
        cases = all_cases(connection, console.callers, now, most=None)
        let = [case for case in cases if sieve.lets(case, operator_id, now)]
        for start in range(0, len(let), BATCH):
            yield [_line(case, console.vault, rules, links) for case in let[start : start + BATCH]]

    return Sheet("overdue", COLUMNS, batches, wanted_of(visit, FILTERS))


def _line(case: Case, vault: Vault, rules: CallRules, links: str) -> Line:
    known, last = case.standing, case.last_call
    said = noted(vault, last, rules) if last else None
    why = [": ".join(filter(None, (label("overdue_kinds", due.kind), what_is_due(vault, due)))) for due in case.dues]
    return (
        f"{links}{case.whom.path}",
        label("overdue_states", case.state),
        label("waiting_classes", known.priority) if known.priority else None,
        label("overdue_services", case.whom.service),
        in_words(case.whom, case),
        known.weeks,
        known.age_days,
        known.commune,
        known.center,
        case.since,
        why,
        max(due.until for due in case.dues),
        sum(not call.undone for call in case.calls),
        last.at if last else None,
        " · ".join(filter(None, (said.words, said.why))) if said else None,
        last.by if last else None,
        case.again_at,
    )
