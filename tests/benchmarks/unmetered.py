"""A worker service without metrics: `python -m tests.benchmarks.unmetered feature`.

What measures is put out of work before the service is composed, so that the product needs no switch
that nobody else would turn.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import prometheus_client
from faststream import BaseMiddleware

from shared import service_app
from shared.service import run


class _NoMetrics:
    """Stands for FastStream's metrics middleware."""

    def __init__(self, **_: Any) -> None:
        """Takes what the real one takes."""

    def __call__(self, message: Any, *, context: Any) -> BaseMiddleware[Any]:
        return BaseMiddleware(message, context=context)


def silence() -> None:
    """Let every metric forget what it is told."""

    def forget(self: Any, *_: Any, **__: Any) -> None:
        return None

    def same(self: Any, *_: Any, **__: Any) -> Any:
        return self

    calls: dict[type[Any], dict[str, Callable[..., Any]]] = {
        prometheus_client.Counter: {"inc": forget},
        prometheus_client.Gauge: {"set": forget, "inc": forget, "dec": forget},
        prometheus_client.Histogram: {"observe": forget},
    }
    for kind, methods in calls.items():
        for name, stand_in in methods.items():
            setattr(kind, name, stand_in)
        kind.labels = same
    setattr(service_app, "KafkaPrometheusMiddleware", _NoMetrics)  # noqa: B010 - mypy knows no such export


if __name__ == "__main__":
    silence()
    run(sys.argv[1], import_module(f"services.{sys.argv[1]}.app").create_app)
