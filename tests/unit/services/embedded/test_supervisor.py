import configparser
import shlex
import signal
from pathlib import Path

import pytest

from services.embedded.layout import DataDirectory
from services.embedded.processes import Command
from services.embedded.supervisor import Program, ProgramState, configuration
from shared.errors import Misconfigured


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path / "data")
    directory.create()
    return directory


def program(name: str = "ui", group: str = "services", **changes: object) -> Program:
    fields = {"arguments": ("python", "-m", name), "directory": Path("/"), **changes}
    return Program(name=name, group=group, priority=40, command=Command(**fields))  # type: ignore[arg-type]


def parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser


def test_a_program_is_started_by_us_and_retried_by_supervisord(directory: DataDirectory) -> None:
    section = parsed(configuration(directory, [program()]))["program:ui"]
    assert section["autostart"] == "false"
    assert section["autorestart"] == "true"


def test_arguments_survive_as_they_are(directory: DataDirectory) -> None:
    arguments = ("/a folder/java", "-Dx=50%", "it's")
    section = parsed(configuration(directory, [program(arguments=arguments)]))["program:ui"]
    assert tuple(shlex.split(section["command"].replace("%%", "%"))) == arguments


def test_the_stop_signal_is_the_part_s_own(directory: DataDirectory) -> None:
    text = configuration(directory, [program(stop_signal=signal.SIGINT)])
    assert parsed(text)["program:ui"]["stopsignal"] == "INT"


def test_services_stop_together(directory: DataDirectory) -> None:
    text = configuration(directory, [program("ui"), program("gateway"), program("kafka", group="kafka")])
    assert parsed(text)["group:services"]["programs"] == "ui,gateway"
    assert parsed(text)["group:kafka"]["programs"] == "kafka"


@pytest.mark.parametrize("value", ["a\"b'c", "line\nbreak", "x ;comment"])
def test_what_the_file_cannot_say_is_refused(directory: DataDirectory, value: str) -> None:
    with pytest.raises(Misconfigured):
        configuration(directory, [program(environment={"NAME": value})])


@pytest.mark.parametrize(
    ("word", "has_failed", "is_alive"),
    [
        ("RUNNING", False, True),
        ("STARTING", False, True),
        ("BACKOFF", True, False),
        ("FATAL", True, False),
        ("EXITED", True, False),
        ("STOPPED", False, False),
    ],
)
def test_supervisord_s_words_are_understood(word: str, has_failed: bool, is_alive: bool) -> None:
    state = ProgramState(name="ui", state=word, pid=None, exit_status=0, started_at=0)
    assert (state.has_failed, state.is_alive) == (has_failed, is_alive)
