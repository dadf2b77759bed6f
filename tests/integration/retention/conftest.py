"""A resident with a long past, and a clock that moves by years."""

from tests.integration.care.conftest import bare_care as bare_care
from tests.integration.care.conftest import care as care
from tests.integration.care.conftest import clock as clock
from tests.integration.care.conftest import fhir as fhir
