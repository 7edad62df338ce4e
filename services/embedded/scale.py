"""How many processes a service runs as, and their names: `feature`, `feature-2`, `feature-3`. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.errors import Misconfigured

SCALABLE: Final = ("feature", "inference", "recorder", "drift")
"""Those that share partitions in a group; `ingest` and `training` do one thing at a time."""
MOST: Final = 8


def read_scale(options: Iterable[str]) -> dict[str, int]:
    """Service → processes, from `SERVICE=NUMBER`; one that runs once is left out. Raises Misconfigured."""
    scale: dict[str, int] = {}
    for option in options:
        service, _, number = option.partition("=")
        if service not in SCALABLE:
            raise Misconfigured(
                f"--scale {option}: only {', '.join(SCALABLE)} run more than once; write --scale inference=2."
            )
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MOST):
            raise Misconfigured(f"--scale {option}: a number from 1 to {MOST}, as --scale {service}=2.")
        if service in scale and scale[service] != int(number):
            raise Misconfigured(f"--scale {option}: {service} is scaled to {scale[service]} already.")
        scale[service] = int(number)
    return {service: count for service, count in scale.items() if count > 1}


def instances(services: Sequence[str], scale: Mapping[str, int]) -> tuple[str, ...]:
    """The names of all processes, each service's own name first."""
    return tuple(
        service if number == 1 else f"{service}-{number}"
        for service in services
        for number in range(1, scale.get(service, 1) + 1)
    )


def service_of(instance: str) -> str:
    """The service that an instance runs."""
    name, _, number = instance.rpartition("-")
    return name if number.isdigit() and name in SCALABLE else instance


def shown_scale(scale: Mapping[str, int]) -> str:
    """In words, as it is asked for."""
    return " ".join(f"{service}={scale.get(service, 1)}" for service in SCALABLE)
