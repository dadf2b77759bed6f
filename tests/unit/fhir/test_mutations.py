"""Whatever is sent, the validator answers; and what it lets through can be indexed."""

from __future__ import annotations

import pytest

from latido.crypto import Vault
from latido.fhir.server.definitions import definitions
from latido.fhir.server.indexing import index_entries
from latido.fhir.server.validation import faults

from .mutations import mutations


@pytest.mark.parametrize("seed", range(4))
def test_the_validator_never_fails(seed: int):
    vault, taken = Vault("a secret for tests only"), 0
    for resource in mutations(seed, 1500):
        definition = definitions()[resource["resourceType"]]
        if not faults(resource, definition):
            taken += 1
            assert index_entries(resource, definition, vault, 1).type == definition.name
    assert 20 < taken < 1000
