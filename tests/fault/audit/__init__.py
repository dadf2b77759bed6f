"""The audit after a run of faults: three witnesses are heard, and whatever they do not agree on is a problem.

The witnesses are Latido's message log (Postgres), what the stand-in for Twilio took and delivered, and the FHIR server.
`gather` hears them, `audit` judges, `printed` shows; `remember` has pytest print it at the end of its run.
"""

from __future__ import annotations

from tests.fault.audit.gathering import gather
from tests.fault.audit.printing import printed, remember
from tests.fault.audit.verdicts import Report, audit
from tests.fault.audit.witnesses import Witnesses

__all__ = ["Report", "Witnesses", "audit", "gather", "printed", "remember"]
