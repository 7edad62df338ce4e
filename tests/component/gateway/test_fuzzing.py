"""No request that can be made of the OpenAPI document is answered with 500, or with what it does not say."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from schemathesis import GenerationMode

from contracts.access import Scope
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.fuzzing import PATIENCE_SECONDS, Operation, fuzz, operations
from tests.support.gateway import fake_ports
from tests.support.gateway_door import UNLIMITED
from tests.support.loopback import serving

EXAMPLES: Final = {GenerationMode.POSITIVE: 10, GenerationMode.NEGATIVE: 20}


@pytest.fixture(scope="module")
def gateway() -> Iterator[tuple[Any, str]]:
    """Schema and key of a gateway on a real port."""
    ports, fakes = fake_ports()
    key = fakes.keys.grant(*Scope)
    app = create_app(Settings.model_validate(UNLIMITED), ports)
    app.openapi()  # it is kept; who asks for it first on a busy machine would wait long
    with serving(app, lifespan="on") as url:
        yield schemathesis.openapi.from_url(f"{url}openapi.json", timeout=PATIENCE_SECONDS), key


@pytest.mark.parametrize("operation", operations(), ids=lambda one: f"{one[0]} {one[1]} {one[2].name}")
def test_no_request_is_answered_with_500_or_with_what_is_not_documented(
    gateway: tuple[Any, str], operation: Operation
) -> None:
    schema, key = gateway
    assert fuzz(schema, key, operation, EXAMPLES[operation[2]])
