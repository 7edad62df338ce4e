"""`dex lint` and `dex test`: the one command to know that it is right. CI calls the same."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import psutil
import typer

from services.cli.console import output
from services.cli.readme import write_figures
from services.embedded.chromium import find_chromium
from services.embedded.layout import CHECKOUT
from services.embedded.oracle import missing_of_oracle
from shared.cores import usable_cores
from shared.errors import Misconfigured

TIERS: Final = ("architecture", "unit", "component", "oracle", "kafka", "faults", "ui", "system")
"""In the order in which they run: what fails fast comes first."""
TIERS_BESIDE: Final = ("architecture", "oracle")
"""In a run of everything they use what the others leave of the cores while they wait for brokers."""
UNMEASURED_TIERS: Final = frozenset({"architecture", "faults", "system"})
"""They read the code, or start whole systems of parts that the others measure: tracing only takes time."""
PARALLEL_TIERS: Final = frozenset({"architecture", "unit", "component", "kafka", "ui"})
"""Those that bring what they need for each worker. The others start whole systems on all cores."""
QUICK_STAGES: Final = {
    "format": ("-m", "ruff", "format", "--check", "--quiet", "."),
    "lint": ("-m", "ruff", "check", "--quiet", "."),
}
SLOW_STAGES: Final = {
    "types": ("-m", "mypy", "--no-error-summary"),
    "imports": ("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"),
}
NICE: Final = ("nice", "-n", "10")
MOST_WORKERS: Final = 4
NO_TESTS_EXIT: Final = 5
CHROMIUM_REMEDY: Final = "apt-get install chromium (or set PDX_CHROMIUM)"


@dataclass(frozen=True, slots=True)
class Counts:
    """Results of one or more tiers."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(lint)
    app.command("test")(run_tests)


def lint() -> None:
    """Format, lint, types and import direction; silent when all is well."""
    is_formatted = _stages(QUICK_STAGES)
    if not _stages(SLOW_STAGES) or not is_formatted:
        raise typer.Exit(1)


def run_tests(
    tiers: Annotated[list[str] | None, typer.Argument(help=f"Any of {', '.join(TIERS)}.")] = None,
    expression: Annotated[str, typer.Option("-k", help="Only tests whose names match.")] = "",
    coverage: Annotated[str, typer.Option(help="`html` writes htmlcov/, `text` prints a table.")] = "",
    seed: Annotated[int | None, typer.Option(help="Order of the tests; a failure prints it.")] = None,
    write_readme: Annotated[
        bool, typer.Option("--write-readme", help="Put the counts and the coverage into README.md.")
    ] = False,
) -> None:
    """Run everything: lint, types, then all tests with branch coverage; or some tiers of tests."""
    chosen = _chosen(tiers or [])
    if coverage not in ("", "html", "text"):
        raise Misconfigured(f"--coverage {coverage}: write html or text.")
    is_whole = not tiers and not expression
    not_run = _left_out(chosen)
    begin = time.monotonic()
    is_measured = is_whole or bool(coverage)
    if is_measured:
        _run("-m", "coverage", "erase")
    order = seed if seed is not None else random.randrange(1_000_000)
    if is_whole:
        is_clean, counts = _run_everything(chosen, order)
    else:
        is_clean, counts = True, _run_tiers(chosen, expression, order, is_measured)
    is_covered = _report_coverage(coverage, has_floor=is_whole) if is_measured else True
    if write_readme and is_whole and counts.failed == 0:
        write_figures(CHECKOUT / "README.md", counts.passed, _total_coverage())
    _say_last_line(counts, is_clean, is_covered, not_run, time.monotonic() - begin)
    if counts.failed or not is_clean or not is_covered:
        raise typer.Exit(1)


def _chosen(tiers: Sequence[str]) -> tuple[str, ...]:
    unknown = [tier for tier in tiers if tier not in TIERS]
    if unknown:
        raise Misconfigured(f"There are no tests {', '.join(unknown)}. Choose from {', '.join(TIERS)}.")
    return tuple(
        tier for tier in TIERS if (not tiers or tier in tiers) and (CHECKOUT / "tests" / tier).is_dir()
    )


def _left_out(tiers: Sequence[str]) -> str:
    """What this machine lacks, for the last line; raises Misconfigured where `PDX_REQUIRE` wants it."""
    required = os.environ.get("PDX_REQUIRE", "").split(",")
    needs = (
        ("ui", "chromium", "page tests", "" if find_chromium() else CHROMIUM_REMEDY),
        ("oracle", "oracle", "comparison with the reference engine", missing_of_oracle()),
    )
    lacking = [(name, what, remedy) for tier, name, what, remedy in needs if tier in tiers and remedy]
    for name, _, remedy in lacking:
        if name in required:
            raise Misconfigured(f"PDX_REQUIRE wants {name}, which is not here: {remedy}.")
    return "; ".join(f"not run: {what}, {remedy}" for _, what, remedy in lacking)


def _run_everything(tiers: Sequence[str], seed: int) -> tuple[bool, Counts]:
    """Whether lint is clean, and the results of all tiers; in two lanes."""
    aside = [tier for tier in tiers if tier in TIERS_BESIDE]
    with ThreadPoolExecutor(max_workers=1) as lane:
        is_typed = lane.submit(_stages, SLOW_STAGES, is_beside=True)
        others = [
            lane.submit(_run_tiers, [tier], "", seed, is_measured=True, is_beside=True) for tier in aside
        ]
        try:
            is_formatted = _stages(QUICK_STAGES)
            counts = _run_tiers([tier for tier in tiers if tier not in aside], "", seed, is_measured=True)
            for other in others:
                counts += other.result()
        except BaseException:  # Ctrl-C: nothing is begun any more, and what runs ends
            lane.shutdown(wait=False, cancel_futures=True)
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.terminate()
            raise
    return is_formatted and is_typed.result(), counts


def _run_tiers(
    tiers: Sequence[str], expression: str, seed: int, is_measured: bool, *, is_beside: bool = False
) -> Counts:
    counts = Counts()
    for tier in tiers:
        counts += _run_tier(
            tier, expression, seed, is_measured and tier not in UNMEASURED_TIERS, is_beside=is_beside
        )
    return counts


def _stages(stages: Mapping[str, Sequence[str]], *, is_beside: bool = False) -> bool:
    results = [_stage(name, *arguments, is_beside=is_beside) for name, arguments in stages.items()]
    return all(results)


def _stage(name: str, *arguments: str, is_beside: bool = False) -> bool:
    begin = time.monotonic()
    outcome = _run(*arguments, is_beside=is_beside)
    is_good = outcome.returncode == 0
    _say_stage(name, is_good, "", time.monotonic() - begin)
    if not is_good:
        print(outcome.stdout + outcome.stderr)
    return is_good


def _run_tier(tier: str, expression: str, seed: int, is_measured: bool, *, is_beside: bool = False) -> Counts:
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        arguments = ["-m", "coverage", "run"] if is_measured else []
        arguments += ["-m", "pytest", f"tests/{tier}", "-q", "--no-header", "-p", "no:cacheprovider"]
        arguments += [
            f"--randomly-seed={seed}",
            f"--junitxml={report}",
            "--color=yes" if sys.stdout.isatty() else "--color=no",
        ]
        if tier in PARALLEL_TIERS:
            arguments += ["-n", str(min(MOST_WORKERS, usable_cores()))]
        if expression:
            arguments += ["-k", expression]
        outcome = _run(*arguments, is_beside=is_beside)
        counts = _read_report(report)
    if outcome.returncode not in (0, NO_TESTS_EXIT) and counts.failed == 0:
        # the run itself broke: a fixture of the session, a collection error, a signal
        counts += Counts(failed=1)
    is_good = counts.failed == 0
    _say_stage(tier, is_good, f"{counts.passed} passed", time.monotonic() - begin)
    if not is_good:
        print(outcome.stdout + outcome.stderr)
        print(f"Again: ./dex test {tier} --seed {seed}")
    return counts


def _read_report(report: Path) -> Counts:
    if not report.exists():
        return Counts()
    counts = Counts()
    for suite in ElementTree.parse(report).iter("testsuite"):  # noqa: S314 - pytest wrote it just now
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        counts += Counts(total - skipped - failed, failed, skipped)
    return counts


def _report_coverage(form: str, *, has_floor: bool) -> bool:
    _run("-m", "coverage", "combine", "--quiet")
    if form == "html":
        _run("-m", "coverage", "html", "--quiet", "--fail-under=0")
        output().print(f"  coverage by line: {CHECKOUT / 'htmlcov' / 'index.html'}", markup=False)
    floor = () if has_floor else ("--fail-under=0",)
    outcome = _run("-m", "coverage", "report", *floor)
    is_good = outcome.returncode == 0
    total = next((line for line in outcome.stdout.splitlines() if line.startswith("TOTAL")), "")
    if form == "text" or not is_good:
        print(outcome.stdout or outcome.stderr)
    _say_stage("coverage", is_good, f"{total.split()[-1] if total else 'none'} of branches and lines", 0.0)
    return is_good


def _total_coverage() -> float:
    return float(_run("-m", "coverage", "report", "--format=total", "--precision=1").stdout.strip())


def _run(*arguments: str, is_beside: bool = False) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    # tests start their own stack: what points at a live one would let them work on its records
    for name in ("PDX_DATA_DIR", "PDX_KAFKA_BOOTSTRAP", "PDX_DATABASE_URL", "MLFLOW_TRACKING_URI"):
        environment.pop(name, None)
    return subprocess.run(  # noqa: S603 - our own command line
        [*(NICE if is_beside and shutil.which("nice") else ()), sys.executable, *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _say_stage(name: str, is_good: bool, detail: str, seconds: float) -> None:
    mark = "[green]ok[/]    " if is_good else "[red]failed[/]"
    output().print(f"  {name:<12} {mark} {seconds:6.1f} s  {detail}")


def _say_last_line(counts: Counts, is_clean: bool, is_covered: bool, not_run: str, seconds: float) -> None:
    parts = [f"{counts.passed} passed, {counts.failed} failed"]
    if counts.skipped:
        parts.append(f"{counts.skipped} skipped")
    if not is_clean:
        parts.append("lint failed")
    if not is_covered:
        parts.append("coverage under the floor")
    parts.append(f"{seconds:.0f} s")
    if not_run:
        parts.append(not_run)
    output().print("; ".join(parts), markup=False)
