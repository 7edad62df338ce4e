"""The application: which commands reach for the running stack, and what errors look like."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from services.cli import app as application
from services.cli import quality
from services.cli.reaching import NotRunning
from services.embedded.layout import DataDirectory
from services.embedded.stack import Stack
from shared.errors import CallFailed, Misconfigured, PredictionDexError, ReplyTimeout
from shared.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(os.environ)
    for name in ("PDX_DATA_DIR", "PDX_KAFKA_BOOTSTRAP", "PDX_DATABASE_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def described(tmp_path: Path) -> DataDirectory:
    """A data directory in which a stack was started."""
    directory = DataDirectory(tmp_path / "data")
    directory.create()
    directory.make_folders()
    Stack.plan(directory, {"PDX_KAFKA_BOOTSTRAP": "broker:9092"}).describe()
    return directory


def test_a_command_on_the_bus_finds_the_stack_of_the_data_directory(described: DataDirectory) -> None:
    CliRunner().invoke(application.create_app(), ["--data", str(described.root), "predict"])
    assert os.environ["PDX_KAFKA_BOOTSTRAP"] == "broker:9092"


def test_a_setting_of_the_user_wins(described: DataDirectory) -> None:
    os.environ["PDX_KAFKA_BOOTSTRAP"] = "mine:9092"
    CliRunner().invoke(application.create_app(), ["--data", str(described.root), "predict"])
    assert os.environ["PDX_KAFKA_BOOTSTRAP"] == "mine:9092"


@pytest.mark.parametrize("command", ["test", "lint"])
def test_the_gate_never_runs_on_a_stack_of_the_user(
    described: DataDirectory, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "_stages", lambda *_, **__: False)
    monkeypatch.setattr(quality, "_chosen", lambda _: ())
    CliRunner().invoke(application.create_app(), ["--data", str(described.root), command, "-k", "none"])
    assert "PDX_KAFKA_BOOTSTRAP" not in os.environ


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReplyTimeout("no reply within 5 s"), 3),
        (NotRunning("no stack runs"), 3),
        (Misconfigured("PDX_PORT_UI=x is not a port"), 2),
        (PredictionDexError("it did not work"), 1),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(
    error: PredictionDexError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr(application, "create_app", lambda _: fails)
    monkeypatch.setattr(application, "quiet_logs", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        application.main()
    assert end.value.code == code
    said = capsys.readouterr().err
    assert str(error) in said
    assert "Traceback" not in said
    if isinstance(error, CallFailed):
        assert error.remedy in said


def test_without_a_stack_and_a_broker_no_other_stack_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PDX_KAFKA_BOOTSTRAP", raising=False)
    outcome = CliRunner().invoke(
        application.create_app(), ["--data", str(tmp_path / "none"), "predict", "a", "b"]
    )
    assert isinstance(outcome.exception, NotRunning)
    assert "PDX_KAFKA_BOOTSTRAP" not in os.environ


@pytest.mark.parametrize("command", [["predict"], ["ingest"], ["pokedex"], ["pokedex", "moves"]])
def test_help_needs_no_stack(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["--data", str(tmp_path / "none"), *command, "--help"]
    monkeypatch.setattr("sys.argv", ["dex", *arguments])
    outcome = CliRunner().invoke(application.create_app(), arguments)
    assert outcome.exit_code == 0
    assert "Usage" in outcome.output


def test_every_command_is_known_by_its_module() -> None:
    everything = {command for commands in application.MODULES.values() for command in commands}
    for module, commands in application.MODULES.items():
        known = set(typer.main.get_group(application.create_app(commands[0])).commands)
        assert known == (everything if module == "docs" else set(commands)), module


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (["train", "--grid"], "train"),
        (["--data", "predict", "--lang", "fr", "dlq", "list"], "dlq"),
        (["--help"], None),
        ([], None),
    ],
)
def test_the_command_is_the_first_word_that_is_no_option(typed: list[str], command: str | None) -> None:
    assert application.first_command(typed) == command


@pytest.mark.parametrize("command", ["train", "predict", "battle", "models"])
def test_a_command_starts_without_the_libraries_of_others(command: str) -> None:
    code = (
        f"from services.cli.app import create_app; create_app({command!r}); import sys; "
        "print([name for name in ('faststream', 'numba', 'xgboost', 'mlflow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_an_interrupt_while_libraries_load_is_no_traceback(tmp_path: Path) -> None:
    # a module that every command imports, and that takes as long as the interrupt needs
    (tmp_path / "typer.py").write_text("print('loading', flush=True)\nimport time\ntime.sleep(20)\n")
    command = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "status"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}", "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # who was started in the background of a shell ignores interrupts, and so do its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert command.stdout is not None
    assert command.stdout.readline() == "loading\n"
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=20)
    assert (command.returncode, said) == (130, "")


def test_sigterm_ends_a_command_as_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        application.end_as_interrupt(signal.SIGTERM, None)


def test_sigterm_ends_a_command_that_ignores_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    with pytest.raises(KeyboardInterrupt):
        application.end_as_interrupt(signal.SIGTERM, None)


def test_a_wrong_setting_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PDX_HTTP_PORT", "x")

    def reads_settings(**_: object) -> None:
        Settings()

    monkeypatch.setattr(application, "create_app", lambda _: reads_settings)
    monkeypatch.setattr(application, "quiet_logs", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        application.main()
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert "PDX_HTTP_PORT='x': it should be a valid integer" in said
    assert "Input should" not in said
