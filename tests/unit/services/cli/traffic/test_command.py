"""`dex traffic` with doors of ours: what it prints and which exit code it ends with."""

import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli.reaching import NotRunning
from services.cli.traffic.calls import Call
from services.cli.traffic.command import register
from services.cli.traffic.driving import Send
from shared.pokedex import Pokedex
from tests.support.pokedex import load_snapshot_pokedex


class Stack:
    """Answers every call with `error`; sends itself Ctrl-C at call number `interrupted_at`."""

    def __init__(self, error: str | None = None, interrupted_at: int = 0) -> None:
        self.error = error
        self.interrupted_at = interrupted_at
        self.calls: list[Call] = []
        self.is_running = True

    async def read(self) -> Pokedex:
        return load_snapshot_pokedex()

    @asynccontextmanager
    async def doors(self, _: str | None) -> AsyncIterator[Send]:
        if not self.is_running:
            raise NotRunning("No REST API.\nStart it.")
        yield self.send

    async def send(self, call: Call) -> str | None:
        self.calls.append(call)
        if len(self.calls) == self.interrupted_at:
            os.kill(os.getpid(), signal.SIGINT)
        return self.error


def dex(stack: Stack, *arguments: str) -> Result:
    app = typer.Typer()
    register(app, stack.read, stack.doors)
    return CliRunner().invoke(app, arguments)


BRIEF = ("--mode", "burst", "--rate", "200", "--duration", "1", "--seed", "4")


def test_the_figures_of_a_run_as_json() -> None:
    stack = Stack()
    result = dex(stack, *BRIEF, "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["sent"] == len(stack.calls) == sum(kind["sent"] for kind in figures["kinds"].values())
    assert figures["sent"] == pytest.approx(200, abs=40)
    assert (figures["errors"], figures["held_back"], figures["seed"]) == (0, 0, 4)
    assert figures["kinds"]["prediction"]["share"] == pytest.approx(0.8, abs=0.1)
    assert figures["kinds"]["read"]["p99_ms"] is not None


def test_the_table_says_the_planned_and_the_achieved_mix() -> None:
    result = dex(Stack(), *BRIEF)
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert " 80% " in rows["predictions"]
    assert "bad requests" in rows["bad"]
    assert "seed 4" in result.stdout
    assert "20 visitors" in result.stdout


def test_drift_says_who_fought_before_and_after_the_shift() -> None:
    arguments = ("--mode", "drift", "--rate", "200", "--duration", "1", "--shift", "types", "--clean")
    result = dex(Stack(), *arguments)
    assert result.exit_code == 0, result.output
    assert "before the shift at 0.5 s" in result.stdout
    assert "100% of the attackers Fire" in result.stdout.partition("after it:")[2]
    assert "bad" not in result.stdout


def test_drift_says_first_when_it_shifts_and_where_it_is_seen() -> None:
    arguments = ("--mode", "drift", "--rate", "200", "--duration", "1")
    told = dex(Stack(), *arguments).stderr
    assert "Until 0.5 s battles are like those" in told
    assert all(f"./dex drift {one}" in told for one in ("status", "windows", "report"))
    assert "give --duration 186 or more" in told, (
        "two windows of a minute after the one of the shift, and grace"
    )
    assert "drift" not in dex(Stack(), *arguments, "--json").stderr


def test_an_error_is_counted_by_its_reason_and_is_exit_code_1() -> None:
    result = dex(Stack("ReplyTimeout"), *BRIEF)
    assert result.exit_code == 1
    assert "ReplyTimeout" in result.stdout


def test_ctrl_c_ends_with_the_summary() -> None:
    stack = Stack(interrupted_at=5)
    result = dex(stack, "--mode", "burst", "--duration", "3600", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["sent"] == len(stack.calls) < 100


def test_a_stack_that_cannot_be_reached_is_exit_code_3() -> None:
    stack = Stack()
    stack.is_running = False
    result = dex(stack, *BRIEF)
    assert result.exit_code == 3
    assert "No REST API." in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mode", "calm"),
        ("--rate", "0"),
        ("--duration", "0"),
        ("--shift", "types"),
        ("--mode", "realistic", "--shift-after", "5"),
        ("--mode", "drift", "--duration", "60", "--shift-after", "60"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    stack = Stack()
    assert dex(stack, *arguments).exit_code == 2
    assert stack.calls == []
