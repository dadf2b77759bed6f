"""The whole examination, one probe after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import requests

from latido.fhir.client import FhirClient
from latido.fhir.doctor.arrival import admission, arrive, clock, version
from latido.fhir.doctor.findings import Finding, Probe, Report, Visit
from latido.fhir.doctor.searches import searched
from latido.fhir.doctor.statement import listed
from latido.fhir.doctor.writes import written

TIMEOUT = (3.0, 10.0)


def examine(
    base_url: str,
    session: requests.Session,
    aliases: Sequence[str] = (),
    write: bool = False,
    more: Sequence[Probe] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """What the server at `base_url` can do. Reads only, unless `write`; `more` are probes of other parts of Latido."""
    client = FhirClient(base_url, session, TIMEOUT, aliases=aliases)
    first, features = arrive(client)
    if features is None:
        return Report((first,))
    visit = Visit(client, session, features, now)
    probes: list[Probe] = [version, clock, admission]
    findings = [first, *_run(visit, probes)]
    if Report(tuple(findings)).usable:
        findings += _run(visit, [listed, searched, *([written] if write else []), *more])
    return Report(tuple(findings))


def _run(visit: Visit, probes: Sequence[Probe]) -> Iterator[Finding]:
    for probe in probes:
        found = probe(visit)
        if isinstance(found, Finding):
            yield found
        else:
            yield from found
