"""What a comparison found, as Markdown between two marks of docs/BATTLE_ENGINE.md."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from services.embedded.layout import CHECKOUT
from tests.oracle.comparing import Played, Verdict, off
from tests.oracle.judging import FALSE_ALARM

DOCUMENT: Final = CHECKOUT / "docs" / "BATTLE_ENGINE.md"
BEGIN: Final = "<!-- comparison with the reference engine: begin -->"
END: Final = "<!-- comparison with the reference engine: end -->"
ALLOWED_DIFFERENCE: Final = 0.01
WANTED_SPEED: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """`sample`: random match-ups; `covering`: those that cover every move; and their verdicts."""

    about: Mapping[str, str]
    seed: int
    sample: Played
    covering: Played
    classes: Sequence[Verdict]
    matchups: Sequence[Verdict]
    load: tuple[float, float]

    @property
    def mean_difference(self) -> float:
        """Mean |win rate − win rate| over the random match-ups."""
        return float(np.abs(self.sample.differences).mean())

    @property
    def goals(self) -> dict[str, bool]:
        """What must hold, and whether it does."""
        wrong = len(off(self.classes)) + len(off(self.matchups))
        return {
            f"mean difference of win rates {self.mean_difference:.4f} ≤ {ALLOWED_DIFFERENCE}": (
                self.mean_difference <= ALLOWED_DIFFERENCE
            ),
            f"classes and match-ups that are off: {wrong}": wrong == 0,
            f"battles a second {self.sample.speed_ratio:,.0f} × ≥ {WANTED_SPEED} ×": (
                self.sample.speed_ratio >= WANTED_SPEED
            ),
        }


def noise_of(played: Played) -> float:
    """Mean |difference| that two engines with our win rates would show by chance alone."""
    by_winner = played.ours.sum(axis=2)
    ours, theirs = by_winner.sum(axis=1), played.theirs.sum(axis=(1, 2))
    rate = by_winner[:, 0] / ours
    deviation = np.sqrt(rate * (1 - rate) * (1 / ours + 1 / theirs))
    return float(deviation.mean() * np.sqrt(2 / np.pi))


def markdown(comparison: Comparison) -> str:
    """The figures and the table by class."""
    sample, about = comparison.sample, comparison.about
    theirs, ours = int(sample.theirs[0].sum()), int(sample.ours[0].sum())
    lines = [
        f"`python -m tests.oracle --seed {comparison.seed} --write` against {about['package']} "
        f"{about['version']}, mod `{about['mod']}`, Node {about['node']}, both on one core, one after the "
        f"other in rounds; load {comparison.load[0]:.1f} before and {comparison.load[1]:.1f} after.",
        "",
        f"{len(sample.matchups):,} random match-ups at level 50, {ours:,} battles of ours and {theirs:,} of "
        f"theirs each; chance alone would differ by {noise_of(sample):.4f}:",
        "",
        *(f"- {goal}: {'met' if is_met else 'MISSED'}" for goal, is_met in comparison.goals.items()),
        f"- battles a second: ours {np.median(sample.our_rates):,.0f}, theirs "
        f"{np.median(sample.their_rates):,.0f}; ratio by round {sample.ratios.min():,.0f} to "
        f"{sample.ratios.max():,.0f}",
        "",
        f"{len(comparison.covering.matchups):,} match-ups that cover every damaging move and every form that "
        "can fight, contested where possible. p: the chance that equal engines differ as much. A class is "
        f"off below {FALSE_ALARM / 4 / len(comparison.classes):.1g}; the least p of a match-up alone is "
        f"{_least(comparison.matchups):.1g}, the limit {FALSE_ALARM / 4 / len(comparison.matchups):.1g}.",
        "",
        "| class of move | match-ups | mean difference of wins | turns, ours/theirs | p wins | p turns |",
        "|---|---|---|---|---|---|",
        *(
            f"| {verdict.name} | {verdict.matchups} | {verdict.mean_difference:.3f} "
            f"| {verdict.mean_turn_difference:+.1%} | {verdict.wins_p:.2g} | {verdict.turns_p:.2g} |"
            for verdict in comparison.classes
        ),
    ]
    return "\n".join(lines)


def write(text: str, document: Path = DOCUMENT) -> None:
    """Put the text between the marks. Raises ValueError when the document has none."""
    before, begin, rest = document.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no place for the comparison: add the lines {BEGIN} and {END}.")
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def load() -> float:
    """Processes that wanted a core during the last minute."""
    return os.getloadavg()[0]


def _least(verdicts: Sequence[Verdict]) -> float:
    return min(min(verdict.wins_p, verdict.turns_p) for verdict in verdicts)
