"""A resident with a past in every part of Latido, and operators who may look."""

from tests.integration.care.conftest import api as api
from tests.integration.care.conftest import bare_care as bare_care
from tests.integration.care.conftest import care as care
from tests.integration.care.conftest import clock as clock
from tests.integration.care.conftest import fhir as fhir
