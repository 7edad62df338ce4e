"""The two places where results enter the documents: docs/FAULTS.md and a table in README.md."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.cli.parts import with_part
from services.embedded.layout import CHECKOUT
from tests.faults.results import REAL_FORM, Result, Summary, commit, missing, summarise
from tests.faults.running import Row

DOCUMENT: Final = "docs/FAULTS.md"
README: Final = "README.md"
PART: Final = "faults"
REASON_LENGTH: Final = 200


def write(rows: Sequence[Row], results: Sequence[Result], root: Path = CHECKOUT) -> list[str]:
    """Write both from `results`, when they are those of a whole run; else what is missing, in words.

    Raises Misconfigured when README.md has no place for the table.
    """
    real = [one for one in results if one.form == REAL_FORM]
    lacking = missing(rows, real)
    if lacking:
        return lacking
    summaries = summarise(rows, real)
    readme = root / README
    text = with_part(README, readme.read_text("utf-8"), PART, readme_part(rows, summaries))
    (root / DOCUMENT).write_text(document(rows, summaries, real), "utf-8")
    readme.write_text(text, "utf-8")
    return []


def readme_part(rows: Sequence[Row], summaries: Sequence[Summary]) -> str:
    """The table of the README."""
    titles = {row.number: row.title for row in rows}
    return "\n".join(
        [
            f"What held when it was broken. {_machine()} What each row expects, its figures, and how it is "
            f"judged: [{DOCUMENT}]({DOCUMENT}).",
            "",
            "| # | what is broken | repetitions | requests | lost | duplicated | worst recovery | met |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *(f"| {one.id} | {titles[one.id]} | {_counts(one)} |" for one in summaries),
        ]
    )


def document(rows: Sequence[Row], summaries: Sequence[Summary], results: Sequence[Result]) -> str:
    """docs/FAULTS.md."""
    by_id = {row.number: row for row in rows}
    lines = [
        "# Faults",
        "",
        "Written by `./dex faults --write-docs`; every figure is measured. Each row breaks a running broker,",
        "database and services of the request path in the stated way, under load. A ledger, a process of its",
        "own with an fsynced file, notes every accepted request and every answer, reads the topics and the",
        "prediction log by itself, and is judged after: one answer a request, one row a prediction, nothing",
        "silent, no record lost or out of order between topics, the same answer to the same question, well",
        "again in time.",
        "Windows of drift are compared with those that the log gives in memory, byte by byte.",
        "",
        "Lost: accepted and never answered, answered without a fact or a row, dropped before its deadline,",
        "or without the answer that a caller had the time to wait for. Duplicated: answered or asked more",
        "than once, with more than one row, or with results that differ. Redelivered: records of results",
        "beside the first of their request, which come to the same; delivery is at least once.",
        "",
        _machine(),
        "",
        "| # | fault | expected | repetitions | requests | lost | duplicated | worst recovery | met "
        "| redelivered |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in summaries:
        row = by_id[one.id]
        lines.append(f"| {one.id} | {row.title} | {row.expected} | {_counts(one)} | {one.redelivered:,} |")
    lines += _figures(summaries)
    lines += _failures(results)
    return "\n".join(lines) + "\n"


def _counts(one: Summary) -> str:
    met = {True: "yes", False: f"**no**, {one.failed} of {one.attempts} attempts failed"}
    return (
        f"{one.repetitions} | {one.requests:,} | {one.lost} | {one.duplicated} "
        f"| {one.worst_recovery_s:g} s | {f'not run: {one.not_run}' if one.met is None else met[one.met]}"
    )


def _figures(summaries: Sequence[Summary]) -> list[str]:
    figures = [
        f"| {one.id} | {what} | {least:g} | {most:g} |"
        for one in summaries
        for what, (least, most) in one.measured.items()
    ]
    if not figures:
        return []
    head = ["", "Figures that rows were judged by, over all attempts:", ""]
    return [*head, "| # | figure | least | most |", "| --- | --- | --- | --- |", *figures]


def _failures(results: Sequence[Result]) -> list[str]:
    failed = [
        f"| {one.id} | {one.repetition} | {one.seed} | {_reason(one)} |"
        for one in sorted(results, key=lambda one: one.id)
        if not one.met and not one.not_run
    ]
    if not failed:
        return []
    head = ["", "Attempts that failed; they stay failed when they are run again:", ""]
    return [*head, "| # | repetition | seed | why |", "| --- | --- | --- | --- |", *failed]


def _reason(result: Result) -> str:
    """The first thing that was wrong, in one line of a table."""
    (first, *_) = (*result.wrong, "it does not say")
    return first.splitlines()[0][:REASON_LENGTH].replace("|", "\\|")


def _machine() -> str:
    return (
        f"Commit `{commit()}`, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )
