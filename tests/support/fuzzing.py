"""Requests that schemathesis makes of the OpenAPI document, good and bad.

The seed is fixed and the number of requests bounded, so that a run is the same as the one before.
"""

from functools import cache
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.gateway.access import HEADER
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.gateway import fake_ports

SEED: Final = 20_251_121
PATIENCE_SECONDS: Final = 60
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

Operation = tuple[str, str, GenerationMode]


@cache
def operations() -> list[Operation]:
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


def fuzz(schema: Any, key: str, operation: Operation, examples: int) -> list[int]:
    """The statuses of so many answers, none of them of the 500s and each as it is documented."""
    method, path, mode = operation
    answered = []

    @seed(SEED)
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        response = case.call_and_validate(headers={HEADER: key}, checks=CHECKS, timeout=PATIENCE_SECONDS)
        answered.append(response.status_code)

    ask()
    return answered
