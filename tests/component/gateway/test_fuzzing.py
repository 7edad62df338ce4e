"""Requests that schemathesis makes of the OpenAPI document, good and bad: no route answers 500.

The seed is fixed and the number of requests bounded, so that a run is the same as the one before.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contracts.access import Scope
from services.gateway.access import HEADER
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.gateway import fake_ports
from tests.support.gateway_door import UNLIMITED
from tests.support.loopback import serving

SEED: Final = 20_251_121
EXAMPLES: Final = {GenerationMode.POSITIVE: 10, GenerationMode.NEGATIVE: 20}
PATIENCE_SECONDS: Final = 60
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@cache
def operations() -> list[tuple[str, str, GenerationMode]]:
    """Each twice, but for those that take nothing which could be wrong: any text may be a name."""
    paths: dict[str, dict[str, Any]] = create_app(Settings(), fake_ports()[0]).openapi()["paths"]
    found = []
    for path, methods in paths.items():
        for method, operation in methods.items():
            found.append((method, path, GenerationMode.POSITIVE))
            is_in_query = [one["in"] == "query" for one in operation.get("parameters", ())]
            if any(is_in_query) or "requestBody" in operation:
                found.append((method, path, GenerationMode.NEGATIVE))
    return found


@pytest.fixture(scope="module")
def gateway() -> Iterator[tuple[Any, str]]:
    """Schema and key of a gateway on a real port."""
    ports, fakes = fake_ports()
    key = fakes.keys.grant(*Scope)
    app = create_app(Settings.model_validate(UNLIMITED), ports)
    app.openapi()  # it is kept; who asks for it first on a busy machine would wait long
    with serving(app, lifespan="on") as url:
        yield schemathesis.openapi.from_url(f"{url}openapi.json", timeout=PATIENCE_SECONDS), key


@pytest.mark.parametrize(("method", "path", "mode"), operations())
def test_no_request_is_answered_with_500_or_with_what_is_not_documented(
    gateway: tuple[Any, str], method: str, path: str, mode: GenerationMode
) -> None:
    schema, key = gateway
    answered = []

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES[mode],
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def fuzz(case: Any) -> None:
        headers = {HEADER: key}
        answered.append(case.call_and_validate(headers=headers, checks=CHECKS, timeout=PATIENCE_SECONDS))

    fuzz()
    assert answered
