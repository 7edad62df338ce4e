"""`dex test`: what it runs, what it counts, what its last line says."""

import subprocess
import threading
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli import quality
from shared.errors import Misconfigured

SUITE = (
    '<testsuites><testsuite tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"/>'
    "</testsuites>"
)


class FakeTools:
    """Stands for ruff, mypy, pytest and coverage: good unless a test says otherwise."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.beside: list[tuple[str, ...]] = []
        self.bad: dict[str, int] = {}
        self.suite = {"tests": 5, "failures": 0, "errors": 0, "skipped": 0}
        self.writes_report = True

    def __call__(self, *arguments: str, is_beside: bool = False) -> subprocess.CompletedProcess[str]:
        self.calls.append(arguments)
        if is_beside:
            self.beside.append(arguments)
        output = "TOTAL   100   10   90.0%\n" if "report" in arguments else ""
        if "pytest" in arguments and self.writes_report:
            report = next(part for part in arguments if part.startswith("--junitxml="))
            Path(report.partition("=")[2]).write_text(SUITE.format(**self.suite))
        code = next((code for word, code in self.bad.items() if word in arguments), 0)
        return subprocess.CompletedProcess(arguments, code, output, "")

    def ran(self, word: str) -> bool:
        return any(word in call for call in self.calls)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    tools = FakeTools()
    monkeypatch.setattr(quality, "_run", tools)
    monkeypatch.setattr(quality, "find_chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(quality, "missing_of_oracle", lambda: "")
    return tools


def dex(*arguments: str) -> Result:
    app = typer.Typer()
    quality.register(app)
    return CliRunner().invoke(app, arguments)


def last_line(result: Result) -> str:
    return result.stdout.strip().splitlines()[-1]


def test_without_words_everything_is_run(tools: FakeTools) -> None:
    result = dex("test")
    assert result.exit_code == 0
    for tool in ("ruff", "mypy", "coverage"):
        assert tools.ran(tool)
    for tier in quality.TIERS:
        assert tools.ran(f"tests/{tier}")
    assert last_line(result).startswith(f"{5 * len(quality.TIERS)} passed, 0 failed")


def test_what_only_computes_runs_beside_the_rest(tools: FakeTools) -> None:
    dex("test")
    words = {word for call in tools.beside for word in call}
    assert {"mypy", "tests/architecture", "tests/oracle"} <= words
    assert "tests/kafka" not in words
    dex("test", "architecture")
    assert tools.calls[-1] not in tools.beside


def test_nothing_is_begun_after_an_interrupt(tools: FakeTools, monkeypatch: pytest.MonkeyPatch) -> None:
    began, goes_on = threading.Event(), threading.Event()

    def interrupted(*arguments: str, is_beside: bool = False) -> subprocess.CompletedProcess[str]:
        if is_beside:
            began.set()
            assert goes_on.wait(10)
        elif "tests/unit" in arguments:
            assert began.wait(10)
            threading.Timer(0.1, goes_on.set).start()
            raise KeyboardInterrupt
        return tools(*arguments, is_beside=is_beside)

    monkeypatch.setattr(quality, "_run", interrupted)
    assert dex("test").exit_code != 0
    assert not tools.ran("tests/architecture")
    assert not tools.ran("tests/kafka")


def test_tiers_that_read_the_code_or_start_whole_systems_are_not_measured(tools: FakeTools) -> None:
    dex("test")
    measured = {word for call in tools.calls if "run" in call for word in call}
    assert {"tests/unit", "tests/component", "tests/kafka", "tests/ui"} <= measured
    assert not {"tests/architecture", "tests/faults", "tests/system"} & measured


def test_one_tier_is_run_alone_and_unmeasured(tools: FakeTools) -> None:
    assert dex("test", "unit", "-k", "ports").exit_code == 0
    assert tools.ran("tests/unit")
    assert tools.ran("ports")
    for other in ("ruff", "mypy", "coverage", "tests/kafka"):
        assert not tools.ran(other)


def test_a_failure_names_the_way_to_repeat_it(tools: FakeTools) -> None:
    tools.suite |= {"failures": 1, "errors": 1}
    tools.bad = {"pytest": 1}
    result = dex("test", "unit", "--seed", "7")
    assert result.exit_code == 1
    assert "./dex test unit --seed 7" in result.stdout
    assert last_line(result).startswith("3 passed, 2 failed")


def test_a_run_that_breaks_without_a_report_is_a_failure(tools: FakeTools) -> None:
    tools.writes_report = False
    tools.bad = {"pytest": 3}
    result = dex("test", "unit")
    assert result.exit_code == 1
    assert last_line(result).startswith("0 passed, 1 failed")


@pytest.mark.parametrize(
    ("word", "complaint"), [("mypy", "lint failed"), ("report", "coverage under the floor")]
)
def test_other_gates_fail_the_run_and_are_named(tools: FakeTools, word: str, complaint: str) -> None:
    tools.bad = {word: 1}
    result = dex("test")
    assert result.exit_code == 1
    assert complaint in last_line(result)


@pytest.mark.usefixtures("tools")
def test_a_missing_browser_is_said_in_the_last_line_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quality, "find_chromium", lambda: None)
    monkeypatch.delenv("PDX_REQUIRE", raising=False)
    result = dex("test")
    assert result.exit_code == 0
    assert "not run: page tests, apt-get install chromium" in last_line(result)


@pytest.mark.usefixtures("tools")
def test_a_required_browser_that_is_missing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "find_chromium", lambda: None)
    monkeypatch.setenv("PDX_REQUIRE", "promtool,chromium")
    assert isinstance(dex("test", "ui").exception, Misconfigured)


@pytest.mark.usefixtures("tools")
def test_a_missing_reference_engine_is_said_or_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "missing_of_oracle", lambda: "(npm install)")
    monkeypatch.setenv("PDX_REQUIRE", "chromium")
    assert "not run: comparison with the reference engine, (npm install)" in last_line(dex("test"))
    assert "not run" not in last_line(dex("test", "unit"))
    monkeypatch.setenv("PDX_REQUIRE", "chromium,oracle")
    assert isinstance(dex("test", "oracle").exception, Misconfigured)


@pytest.mark.parametrize("words", [["unti"], ["--coverage", "pdf"]])
@pytest.mark.usefixtures("tools")
def test_unknown_words_are_refused(words: list[str]) -> None:
    assert isinstance(dex("test", *words).exception, Misconfigured)


@pytest.mark.usefixtures("tools")
def test_skipped_tests_are_counted_apart(tools: FakeTools) -> None:
    tools.suite |= {"skipped": 2}
    assert last_line(dex("test", "unit")).startswith("3 passed, 0 failed; 2 skipped")


def test_lint_shows_what_is_wrong(tools: FakeTools) -> None:
    tools.bad = {"mypy": 1}
    result = dex("lint")
    assert result.exit_code == 1
    assert "types" in result.stdout
