"""Windows of drift as a person reads them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rich.table import Table

from services.cli.console import plain_table
from shared.database.drift_changes import StoredChange
from shared.database.drift_windows import StoredWindow, iso
from shared.drift.documents import ColumnScore
from shared.drift.performance import Performance
from shared.drift.reference import NumericColumn, Reference

SHOWN_NAMES = 4
PERFORMANCE = "accuracy, Brier"


def status_table(
    latest: Sequence[StoredWindow],
    judged: Mapping[str, Performance],
    changes: Mapping[tuple[str, str], StoredChange],
) -> Table:
    """The last window of each release, the columns that drift most, and the last of its `changes`.

    `judged`: by window id.
    """
    table = plain_table(
        "release", "state", "last window", "predictions", PERFORMANCE, "", "most", "last change"
    )
    for one in latest:
        window = one.window
        release = f"{window.family}/{window.model_version}"
        change = changes.get(one.release)
        table.add_row(
            release,
            window.standing.state,
            iso(window.start_ms),
            f"{window.events:,}",
            performance_cell(judged.get(one.window_id)),
            window.reason,
            _few([column.name for column in _by_psi(window.columns) if column.drifts]),
            "" if change is None else change_text(change),
        )
    return table


def windows_table(windows: Sequence[StoredWindow], judged: Mapping[str, Performance]) -> Table:
    """One line a window, newest first. `judged`: by window id."""
    table = plain_table(
        "window", "start", "release", "predictions", PERFORMANCE, "level", "state", "drifting"
    )
    for one in windows:
        window = one.window
        table.add_row(
            one.window_id if one.revision == 1 else f"{one.window_id} (revision {one.revision})",
            iso(window.start_ms),
            f"{window.family}/{window.model_version}",
            f"{window.events:,}",
            performance_cell(judged.get(one.window_id)),
            window.level,
            window.standing.state,
            _few(window.drifting) or (window.reason if window.level != "ok" else ""),
        )
    return table


def report_lines(one: StoredWindow, how: Performance | None) -> list[str]:
    """What a window is, before its columns."""
    window = one.window
    lines = [
        f"Window {one.window_id}, revision {one.revision}, of {window.family}/{window.model_version}",
        f"{iso(window.start_ms)} to {iso(window.end_ms)}: {window.events:,} predictions, "
        f"{window.duplicates:,} duplicates left out",
        f"Level {window.level}, state {window.standing.state}: {window.reason}",
        f"sha256 {one.sha256}",
    ]
    if how is not None:
        lines.append(performance_line(msgspec.to_builtins(how)))
    if one.is_withdrawn:
        lines.append("Withdrawn: records that came later made other windows of its span.")
    lines += [f"ADWIN: {change_text(change)}" for change in one.changes]
    return lines


def change_text(change: StoredChange) -> str:
    """A change in the mean of a signal, in words."""
    means = f"{change.before:.3f} to {change.after:.3f}"
    return f"{change.signal} {means} in the last {change.recent:,} predictions, {iso(change.at_ms)}"


def full_lines(one: StoredWindow, full: Mapping[str, Any]) -> list[str]:
    """What the full report says, in words."""
    drifting, differs = full["drifting"], full["differs"]
    lines = [
        f"Window {one.window_id}: {full['rows']:,} of {one.window.events:,} predictions read again",
        f"Exact scores: {len(drifting)} of {len(full['columns'])} columns drift"
        + (f": {_few(drifting)}" if drifting else ""),
        "Every column is judged as by the histograms"
        if not differs
        else f"Judged otherwise than by the histograms: {_few(differs)}",
    ]
    if full["performance"] is not None:
        lines.append(performance_line(full["performance"]))
    return lines


def performance_line(how: Mapping[str, Any]) -> str:
    """How good the answers were; `how` is a `Performance` as JSON, perhaps of an earlier build."""
    basis = (
        f"{how['known']:,} reported outcomes"
        if how["basis"] == "outcomes"
        else "an estimate (CBPE), no outcomes"
    )
    accuracy = "no battle was decided" if how["accuracy"] is None else f"accuracy {how['accuracy']:.3f}"
    interval = how.get("accuracy_interval")
    between = "" if interval is None else f" ({interval[0]:.3f} to {interval[1]:.3f})"
    error = how["calibration_error"]
    calibration = "" if error is None else f", calibration error {error:.3f}"
    estimate = how.get("estimate") if how["basis"] == "outcomes" else None
    promised = (
        ""
        if estimate is None
        else f"; the chances promised {estimate['accuracy']:.3f} and {estimate['brier']:.3f}"
    )
    return f"By {basis}: {accuracy}{between}, Brier {how['brier']:.3f}{calibration}{promised}"


def performance_cell(how: Performance | None) -> str:
    """Accuracy and Brier score in a table, and what they rest on."""
    if how is None:
        return ""
    outcomes = "1 outcome" if how.known == 1 else f"{how.known:,} outcomes"
    basis = outcomes if how.basis == "outcomes" else "estimate"
    accuracy = "–" if how.accuracy is None else f"{how.accuracy:.3f}"
    return f"{accuracy}, {how.brier:.3f} ({basis})"


def columns_table(columns: Sequence[ColumnScore]) -> Table:
    """Scores of the columns, those that differ most first."""
    table = plain_table("column", "drifts", "PSI", "Jensen-Shannon", "Wasserstein", "statistic", "adjusted p")
    for column in _by_psi(columns):
        table.add_row(
            column.name,
            "yes" if column.drifts else "",
            f"{column.psi:.4f}",
            f"{column.jensen_shannon:.4f}",
            "" if column.wasserstein is None else f"{column.wasserstein:.4f}",
            f"{column.statistic:.4f}",
            f"{column.adjusted_p_value:.3g}",
        )
    return table


def reference_table(reference: Reference) -> Table:
    """The columns of a reference."""
    table = plain_table("column", "kind", "bins", "least", "largest")
    for column in reference.columns:
        if isinstance(column, NumericColumn):
            table.add_row(
                column.name,
                "number",
                str(len(column.edges) - 1),
                *(f"{column.edges[at]:g}" for at in (0, -1)),
            )
        else:
            table.add_row(column.name, "category", str(len(column.categories)), "", "")
    return table


def latest_of_each(windows: Sequence[StoredWindow]) -> list[StoredWindow]:
    """The newest window of each release, from windows newest first."""
    found: Mapping[tuple[str, str], StoredWindow] = {
        (one.window.family, one.window.model_version): one for one in reversed(windows)
    }
    return sorted(found.values(), key=lambda one: -one.window.start_ms)


def _by_psi(columns: Sequence[ColumnScore]) -> list[ColumnScore]:
    return sorted(columns, key=lambda column: (-column.psi, column.name))


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more
