"""How many processes a service runs as, and their names: `feature`, `feature-2`, `feature-3`. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.errors import Misconfigured
from shared.wording import Text

SCALABLE: Final = ("feature", "inference", "recorder", "drift")
"""Those that share partitions in a group; `ingest` and `training` do one thing at a time."""
MOST: Final = 8
_NOT_SCALABLE: Final = Text(
    "--scale {option}: only {scalable} run more than once; write --scale inference=2.",
    "--scale {option} : seuls {scalable} tournent plus d’une fois ; écrivez --scale inference=2.",
)
_NO_NUMBER: Final = Text(
    "--scale {option}: a number from 1 to {most}, as --scale {service}=2.",
    "--scale {option} : un nombre de 1 à {most}, comme --scale {service}=2.",
)
_SCALED_TWICE: Final = Text(
    "--scale {option}: {service} is scaled to {number} already.",
    "--scale {option} : {service} est déjà réglé à {number}.",
)


def read_scale(options: Iterable[str]) -> dict[str, int]:
    """Service → processes, from `SERVICE=NUMBER`; one that runs once is left out. Raises Misconfigured."""
    scale: dict[str, int] = {}
    for option in options:
        service, _, number = option.partition("=")
        if service not in SCALABLE:
            raise Misconfigured(_NOT_SCALABLE.of(option=option, scalable=", ".join(SCALABLE)))
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MOST):
            raise Misconfigured(_NO_NUMBER.of(option=option, most=MOST, service=service))
        if service in scale and scale[service] != int(number):
            raise Misconfigured(_SCALED_TWICE.of(option=option, service=service, number=scale[service]))
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
