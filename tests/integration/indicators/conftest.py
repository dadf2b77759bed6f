"""Care on a real Postgres and the embedded FHIR server, for a month that is counted by hand."""

from tests.integration.care.conftest import bare_care as bare_care
from tests.integration.care.conftest import care as care
from tests.integration.care.conftest import clock as clock
from tests.integration.care.conftest import fhir as fhir
from tests.integration.reminders.conftest import reminders as reminders
