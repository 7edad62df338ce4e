"""From the sums of a release's cells to its windows, in order of time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.drift.binning import Binning, Counts
from shared.drift.documents import ColumnScore, Standing, Window, rounded
from shared.drift.partial import Partial, add_counts
from shared.drift.scores import score_columns
from shared.drift.spans import Definition, Span
from shared.drift.verdict import Thresholds, judge, step


@dataclass(frozen=True, slots=True, eq=False)
class Total:
    """The sum of a window's partials, over its cells and all partitions."""

    events: int
    duplicates: int
    counts: Counts | None

    @classmethod
    def of(cls, partials: Iterable[Partial]) -> "Total":
        """Integers only, so that the order does not matter."""
        events, duplicates = 0, 0
        counts: Counts | None = None
        for partial in partials:
            events += partial.events
            duplicates += partial.duplicates
            counts = add_counts(counts, partial.counts)
        return cls(events, duplicates, counts)

    def plus(self, other: "Total") -> "Total":
        """Both together."""
        return Total(
            self.events + other.events,
            self.duplicates + other.duplicates,
            add_counts(self.counts, other.counts),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """What the windows of one release are made by. `reference`: its sha256 and binning, None without."""

    definition: Definition
    family: str
    model_version: str
    reference: tuple[str, Binning] | None
    thresholds: Thresholds

    def windows(self, totals: Iterable[tuple[Span, Total]], before: Standing) -> Iterator[Window]:
        """The windows in order of time; `before` is where the release stood at the first of them."""
        standing = before
        for span, total in totals:
            window = self._window(span, total, standing)
            standing = window.standing
            yield window

    def _window(self, span: Span, total: Total, before: Standing) -> Window:
        columns: list[ColumnScore] | None = None
        if self.reference is not None:
            columns = [] if total.counts is None else score_columns(self.reference[1], total.counts)
        level, reason = judge(total.events, columns, self.thresholds)
        drifting = tuple(column.name for column in columns or () if column.drifts)
        return Window(
            definition=self.definition.name,
            family=self.family,
            model_version=self.model_version,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            events=total.events,
            duplicates=total.duplicates,
            reference=None if self.reference is None else self.reference[0],
            columns=tuple(columns or ()),
            drifting=drifting,
            share_drifting=rounded(len(drifting) / len(columns)) if columns else 0.0,
            level=level,
            reason=reason,
            standing=step(before, level, self.thresholds),
        )
