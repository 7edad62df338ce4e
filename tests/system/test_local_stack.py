"""`dex up`, `status`, `down`: what a user does, and what happens to a stack that was killed."""

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import time

import httpx
import pytest

from services.embedded.layout import CHECKOUT, DataDirectory
from services.embedded.processes import kill_tree
from services.embedded.stack import PARTS, Stack
from tests.support.local_stack import LocalStack, wait_for

STOP_SECONDS = 15.0


def win_probability(stack: LocalStack) -> float:
    outcome = stack.dex("predict", "pikachu:thunderbolt", "squirtle:water-gun", "--json")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return float(json.loads(outcome.stdout)["win_probability"])


def recorded_predictions(stack: LocalStack) -> int:
    outcome = stack.dex("psql", "-c", "copy (select count(*) from predictions) to stdout")
    assert outcome.returncode == 0, outcome.stderr
    return int(outcome.stdout)


def test_every_part_is_ready_and_says_where_it_is(running_stack: LocalStack) -> None:
    status = running_stack.status()
    assert set(status["parts"]) == set(PARTS)
    for name, part in status["parts"].items():
        assert part["state"] == "ready", (name, part)
        assert part["pid"] > 0
        assert part["memory_mb"] > 0
        assert part["address"]


def test_a_battle_is_answered(running_stack: LocalStack) -> None:
    assert win_probability(running_stack) > 0.9


def requests_of_readme(stack: LocalStack) -> list[httpx.Request]:
    """What the `curl` commands of the README send, to this stack and with its key."""
    text = (CHECKOUT / "README.md").read_text("utf-8")
    key = (stack.data / "keys" / "api.key").read_text().strip()
    text = text.replace("$(cat .pdx/keys/api.key)", key).replace("\\\n", " ")
    text = text.replace("http://127.0.0.1:8000", stack.address_of("gateway"))
    found = []
    for line in text.splitlines():
        if line.startswith("curl "):
            words = shlex.split(line)
            headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
            body = words[words.index("-d") + 1]
            found.append(httpx.Request("POST", words[2], headers=headers, content=body.encode()))
    return found


def test_the_first_start_makes_a_key_with_which_the_readme_works(running_stack: LocalStack) -> None:
    file = running_stack.data / "keys" / "api.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(file) in running_stack.up().stdout

    requests = requests_of_readme(running_stack)
    assert len(requests) >= 2
    with httpx.Client(timeout=20) as client:
        for request in requests:
            answered = client.send(request)
            assert answered.status_code == 200, answered.text
            del request.headers["x-api-key"]
            assert client.send(request).status_code == 401


def test_up_again_says_that_it_runs_already(running_stack: LocalStack) -> None:
    before = running_stack.status()["parts"]["kafka"]["pid"]
    assert "already running" in running_stack.up().stdout
    assert running_stack.status()["parts"]["kafka"]["pid"] == before


def test_a_killed_stack_comes_back_with_its_data(running_stack: LocalStack) -> None:
    answer = win_probability(running_stack)
    wait_for(lambda: recorded_predictions(running_stack) > 0, 15, "the prediction to be recorded")
    rows = recorded_predictions(running_stack)
    running_stack.kill_everything()
    assert running_stack.dex("status").returncode == 1
    output = running_stack.up().stdout
    assert "first model" not in output
    assert recorded_predictions(running_stack) >= rows
    assert win_probability(running_stack) == answer


def test_parts_that_outlive_their_supervisor_are_replaced(running_stack: LocalStack) -> None:
    pid = int((DataDirectory(running_stack.data).run / "supervisord.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    output = running_stack.up().stdout
    assert "left behind" in output
    assert running_stack.status()["ready"]


def test_a_part_that_dies_is_started_again(running_stack: LocalStack) -> None:
    before = running_stack.status()["parts"]["recorder"]["pid"]
    os.kill(before, signal.SIGKILL)

    def is_replaced() -> bool:
        part = running_stack.status()["parts"]["recorder"]
        return bool(part["state"] == "ready" and part["pid"] != before)

    wait_for(is_replaced, 40, "the recorder to be ready again")


def test_restart_replaces_one_process_and_no_other(running_stack: LocalStack) -> None:
    before = running_stack.status()["parts"]
    assert running_stack.dex("restart", "drift").returncode == 0
    after = running_stack.status()["parts"]
    assert after["drift"]["pid"] != before["drift"]["pid"]
    assert after["recorder"]["pid"] == before["recorder"]["pid"]
    assert after["drift"]["state"] == "ready"


def test_the_database_prompt_writes_only_when_told_to(running_stack: LocalStack) -> None:
    statement = "create table scribble (i int); drop table scribble"
    assert running_stack.dex("psql", "-c", statement).returncode == 1
    assert running_stack.dex("psql", "--write", "-c", statement).returncode == 0


def test_a_scaled_stack_is_one_stack_and_ctrl_c_stops_all_of_it_in_time(running_stack: LocalStack) -> None:
    running_stack.dex("down")
    process = running_stack.start_in_foreground("--scale", "feature=2", "--scale", "inference=2")
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            break
    parts = running_stack.status()["parts"]
    assert set(parts) == {*PARTS, "feature-2", "inference-2"}, "".join(lines)
    assert {part["state"] for part in parts.values()} == {"ready"}
    assert win_probability(running_stack) > 0.9
    assert running_stack.dex("restart", "feature-2").returncode == 0
    assert running_stack.status()["parts"]["feature-2"]["pid"] != parts["feature-2"]["pid"]
    assert "started" in running_stack.dex("logs", "feature-2").stdout
    other = running_stack.dex("up", "--scale", "feature=3")
    assert other.returncode == 2
    assert "runs with feature=2 inference=2" in other.stderr
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=STOP_SECONDS + 5)
    assert time.monotonic() - begin < STOP_SECONDS
    assert process.returncode == 0, "".join(lines) + rest
    assert "had to be killed" not in rest
    assert running_stack.process_count() == 0
    running_stack.up()


@pytest.mark.parametrize("line", ["PredictionDex in", "  topics"])
def test_ctrl_c_in_the_middle_of_a_start_leaves_nothing_behind(other_stack: LocalStack, line: str) -> None:
    process = other_stack.start_in_foreground()
    assert process.stdout is not None
    next(printed for printed in process.stdout if printed.startswith(line))
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=STOP_SECONDS + 5)
    except subprocess.TimeoutExpired:
        kill_tree(process.pid)
        pytest.fail("still at it:\n" + process.communicate()[0])
    assert time.monotonic() - begin < STOP_SECONDS
    assert other_stack.process_count() == 0


def test_a_second_stack_finds_ports_of_its_own(running_stack: LocalStack, other_stack: LocalStack) -> None:
    mine = Stack.load(DataDirectory(running_stack.data)).ports
    directory = DataDirectory(other_stack.data)
    directory.create()
    theirs = Stack.plan(directory, {}).ports
    assert not set(mine.values()) & set(theirs.values())


def test_a_fixed_port_that_is_taken_names_who_holds_it(other_stack: LocalStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = other_stack.dex("up", "--detach", "--no-browser", "--port", f"ui={port}")
    assert outcome.returncode == 2
    assert f"Port {port}" in outcome.stderr
    assert f"process {os.getpid()}" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_reset_asks_and_a_no_changes_nothing(running_stack: LocalStack) -> None:
    outcome = running_stack.dex("up", "--reset", stdin="n\n")
    assert outcome.returncode == 1
    assert running_stack.status()["ready"]


def test_reset_wipes_what_is_there(other_stack: LocalStack) -> None:
    directory = DataDirectory(other_stack.data)
    directory.create()
    identity = directory.id
    (directory.root / "kafka").mkdir()
    # the port is refused after the wipe, which ends the command before anything is started
    outcome = other_stack.dex("up", "--reset", "--yes", "--port", "ui=http")
    assert outcome.returncode == 2
    assert "PDX_PORT_UI=http" in outcome.stderr
    assert not (directory.root / "kafka").exists()
    assert directory.id != identity


@pytest.mark.parametrize("command", ["restart", "logs"])
def test_an_unknown_part_is_refused_with_the_known_ones(running_stack: LocalStack, command: str) -> None:
    outcome = running_stack.dex(command, "kafak")
    assert outcome.returncode == 2
    assert "kafka" in outcome.stderr


def test_commands_without_a_stack_say_how_to_start_one(other_stack: LocalStack) -> None:
    outcome = other_stack.dex("open", "ui")
    assert outcome.returncode == 3
    assert "./dex up" in outcome.stderr
