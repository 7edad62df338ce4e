from pathlib import Path

import pytest

from services.embedded.layout import DataDirectory
from services.embedded.stack import PARTS, SERVICES, Stack, shown
from shared.errors import Misconfigured


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path / "data")
    directory.create()
    directory.make_folders()
    return directory


OUTSIDE = {
    "PDX_KAFKA_BOOTSTRAP": "broker:9092",
    "PDX_DATABASE_URL": "postgresql://me:secret@db/pdx",
    "MLFLOW_TRACKING_URI": "http://tracking:5000",
}


def test_every_part_has_a_port_of_its_own(directory: DataDirectory) -> None:
    ports = Stack.plan(directory, {}).ports
    assert set(PARTS) <= set(ports)
    assert len(set(ports.values())) == len(ports)


def test_outside_servers_are_neither_started_nor_given_ports(directory: DataDirectory) -> None:
    stack = Stack.plan(directory, OUTSIDE)
    assert [program.name for program in stack.programs()] == list(SERVICES)
    assert {name for name, part in stack.parts().items() if part.is_external} == {
        "kafka",
        "database",
        "mlflow",
    }
    assert "kafka" not in stack.ports
    assert stack.environment()["PDX_KAFKA_BOOTSTRAP"] == "broker:9092"


def test_a_service_may_stop_as_long_as_it_was_given(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop_seconds() -> set[float]:
        return {program.command.stop_seconds for program in Stack.plan(directory, OUTSIDE).programs()}

    assert stop_seconds() == {7.0}
    monkeypatch.setenv("PDX_STOP_GRACE_SECONDS", "3")
    monkeypatch.setenv("PDX_DRAIN_SECONDS", "20")
    assert stop_seconds() == {25.0}
    monkeypatch.setenv("PDX_DRAIN_SECONDS", "long")
    assert stop_seconds() == {10.0}


def test_an_outside_database_is_shown_without_its_password(directory: DataDirectory) -> None:
    part = Stack.plan(directory, OUTSIDE).parts()["database"]
    assert part.is_external
    assert "secret" not in part.address


def test_a_described_stack_is_found_again(directory: DataDirectory) -> None:
    planned = Stack.plan(directory, {"PDX_KAFKA_BOOTSTRAP": "broker:9092"})
    planned.describe()
    loaded = Stack.load(directory)
    assert (loaded.ports, loaded.outside) == (planned.ports, planned.outside)


def test_the_description_is_private(directory: DataDirectory) -> None:
    Stack.plan(directory, OUTSIDE).describe()
    assert (directory.run / "stack.json").stat().st_mode & 0o777 == 0o600


def test_a_stack_that_was_never_started_is_not_found(directory: DataDirectory) -> None:
    with pytest.raises(Misconfigured, match="dex up"):
        Stack.load(directory)


def test_the_embedded_password_is_in_a_private_file_and_in_no_url(directory: DataDirectory) -> None:
    stack = Stack.plan(directory, {})
    stack.write_password_file()
    assert stack.postgres is not None
    assert stack.postgres.password in directory.password_file.read_text()
    assert directory.password_file.stat().st_mode & 0o777 == 0o600
    assert stack.postgres.password not in stack.environment()["PDX_DATABASE_URL"]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql+asyncpg://me:p%40ss@db:5432/pdx", "postgresql://me:…@db:5432/pdx"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("broker:9092", "broker:9092"),
    ],
)
def test_urls_are_shown_without_secrets(url: str, text: str) -> None:
    assert shown(url) == text


def test_a_scaled_stack_has_a_program_a_port_and_a_part_for_each_process(directory: DataDirectory) -> None:
    planned = Stack.plan(directory, OUTSIDE, {"feature": 3, "inference": 2})
    planned.describe()
    stack = Stack.load(directory)
    names = ["feature", "feature-2", "feature-3", "inference", "inference-2"]
    programs = {program.name: program.command for program in stack.programs()}
    assert [name for name in programs if name.startswith(("feature", "inference"))] == names
    assert set(names) <= set(stack.parts())
    assert {programs[name].arguments[-1] for name in names} == {"services.feature", "services.inference"}
    ports = [programs[name].environment["PDX_HTTP_PORT"] for name in names]
    assert len(set(ports)) == len(names)
