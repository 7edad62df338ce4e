import pytest

from services.embedded.scale import MOST, instances, read_scale, service_of
from shared.errors import Misconfigured

SERVICES = ("ingest", "feature", "inference", "ui")


def test_processes_are_numbered_from_the_second() -> None:
    assert instances(SERVICES, {"feature": 3}) == (
        "ingest",
        "feature",
        "feature-2",
        "feature-3",
        "inference",
        "ui",
    )


@pytest.mark.parametrize(
    ("instance", "service"), [("feature", "feature"), ("feature-2", "feature"), ("mlflow-2", "mlflow-2")]
)
def test_an_instance_runs_its_service(instance: str, service: str) -> None:
    assert service_of(instance) == service


def test_one_is_what_runs_anyway() -> None:
    assert read_scale(["inference=2", "feature=1"]) == {"inference": 2}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("training=2", "only feature, inference, recorder, drift"),
        ("ui=2", "only feature"),
        ("feature", "a number from 1 to 8"),
        ("feature=0", "a number from 1 to 8"),
        (f"feature={MOST + 1}", "a number from 1 to 8"),
        ("feature=²", "a number from 1 to 8"),
    ],
)
def test_what_cannot_be_scaled_is_refused_with_what_can(option: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        read_scale([option])


def test_the_refusal_is_said_in_french_too() -> None:
    with pytest.raises(Misconfigured) as refused:
        read_scale(["training=2"])
    assert refused.value.words.say("fr").startswith("--scale training=2 : seuls feature")


def test_one_service_has_one_number() -> None:
    with pytest.raises(Misconfigured, match="scaled to 2 already"):
        read_scale(["feature=2", "feature=3"])
