"""Each invariant over a ledger that breaks it, and over one that does not."""

from pathlib import Path

import pytest

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE
from tests.faults.entries import (
    Accepted,
    Answered,
    Checked,
    Declined,
    Entry,
    Healed,
    Measured,
    Row,
    Seen,
    encode,
    read,
)
from tests.faults.invariants import Allowed, judge
from tests.faults.rows.soak import slope_of

TOPICS = (BATTLE_REQUESTED.name, FEATURES_COMPUTED.name, PREDICTIONS_MADE.name)


def predicted(one: str, digest: str = "d", version: str = "v1", question: str = "q") -> Answered:
    return Answered(one, "predicted", 0.1, question, version, "p", digest)


def seen(topic: str, one: str, offset: int, digest: str = "d", version: str = "v1") -> Seen:
    return Seen(topic, one, 0, offset, digest, version if topic == PREDICTIONS_MADE.name else "")


def whole(*ids: str) -> list[Entry]:
    """Everything as it should be, for requests with these ids."""
    entries: list[Entry] = [Healed(1.0, 2.0)]
    for offset, one in enumerate(ids):
        entries += [Accepted(one, "q"), predicted(one), Row(one, 0, offset, "v1")]
        entries += [seen(topic, one, offset) for topic in TOPICS]
    return entries


def without(entries: list[Entry], *left_out: Entry) -> list[Entry]:
    assert set(left_out) <= set(entries)
    return [entry for entry in entries if entry not in left_out]


def test_a_whole_ledger_holds() -> None:
    verdict = judge(whole("a", "b", "c"))
    assert (verdict.holds, verdict.requests, verdict.recovery_s) == (True, 3, 1.0), verdict.wrong


def test_figures_are_kept_beside_the_verdict() -> None:
    verdict = judge([*whole("a"), Measured("goodput", 250.0)])
    assert (verdict.holds, verdict.measured) == (True, {"goodput": 250.0})


def test_the_slope_is_of_the_second_half_alone() -> None:
    warming = [(minute, 100_000_000 * minute) for minute in (0.0, 0.1, 0.2)]
    grown = [(1.0 + minute / 10, 50_000_000 + 200_000 * minute) for minute in range(4)]
    assert slope_of([(at, int(size)) for at, size in warming + grown]) == pytest.approx(2_000_000)


def test_a_ledger_reads_as_it_was_written(tmp_path: Path) -> None:
    entries = [*whole("a"), Declined("b", "NotReady", 0.1, 5.0), Checked(True, "")]
    file = tmp_path / "ledger"
    file.write_bytes(b"".join(map(encode, entries)))
    assert read(file) == entries


FACT_A = seen(PREDICTIONS_MADE.name, "a", 0)
BREAKS: list[tuple[str, list[Entry], tuple[int, int], str]] = [
    ("no answer", without(whole("a", "b"), predicted("a")), (1, 0), "I1: accepted and never answered: 1 (a)"),
    ("two answers", [*whole("a"), predicted("a")], (0, 1), "I1: answered more than once"),
    (
        "timeout",
        [*without(whole("a"), predicted("a")), Answered("a", "ReplyTimeout", 5.0)],
        (1, 0),
        "I1: accepted, and the call failed",
    ),
    ("no fact", without(whole("a"), FACT_A), (2, 0), "I1: answered, and no predictions.made"),
    ("no row", without(whole("a"), Row("a", 0, 0, "v1")), (1, 0), "I1: predictions.made without a row"),
    ("two rows", [*whole("a"), Row("a", 0, 0, "v1")], (0, 1), "I1: more than one row"),
    ("invented row", [*whole("a"), Row("z", 0, 9, "v1")], (0, 0), "I1: a row without predictions.made"),
    (
        "silence",
        [*whole("a"), Declined("z", "ReplyTimeout", 9.0, 5.0)],
        (0, 0),
        "I2: told after its deadline",
    ),
    ("no reason", [*whole("a"), Declined("z", "", 0.1, 5.0)], (0, 0), "I2: not accepted, and no reason"),
    (
        "a request that is gone",
        without(whole("a", "b"), seen(BATTLE_REQUESTED.name, "a", 0)),
        (1, 0),
        "I3: acknowledged, and not in the topic",
    ),
    (
        "features that nobody scored",
        [*whole("a"), seen(FEATURES_COMPUTED.name, "z", 7)],
        (1, 0),
        "I3: features.computed without predictions.made",
    ),
    (
        "another order",
        [
            *without(
                whole("a", "b"), *(seen(FEATURES_COMPUTED.name, one, at) for at, one in enumerate("ab"))
            ),
            seen(FEATURES_COMPUTED.name, "b", 0),
            seen(FEATURES_COMPUTED.name, "a", 1),
        ],
        (0, 0),
        "I3: another order in battle.requested and features.computed",
    ),
    (
        "the row of the second record",
        [
            *without(whole("a"), Row("a", 0, 0, "v1")),
            seen(PREDICTIONS_MADE.name, "a", 5),
            Row("a", 0, 5, "v1"),
        ],
        (0, 0),
        "I3: the row is not of the first",
    ),
    (
        "two answers to one question",
        [*without(whole("a", "b"), predicted("b")), predicted("b", digest="other")],
        (0, 1),
        "I5: one question, two answers",
    ),
    (
        "facts that differ",
        [*whole("a"), seen(PREDICTIONS_MADE.name, "a", 8, digest="other")],
        (0, 0),
        "I5: predictions.made of one id differ",
    ),
    (
        "answer and fact differ",
        [*without(whole("a"), predicted("a")), predicted("a", digest="other")],
        (0, 0),
        "I5: the answer is not what predictions.made says",
    ),
    ("slow to heal", [*whole("a"), Healed(9.0, 2.0)], (0, 0), "I6: well again after 9.0 s"),
    ("never well", without(whole("a"), Healed(1.0, 2.0)), (0, 0), "I6: nobody saw it well again"),
    ("a check of the row", [*whole("a"), Checked(False, "it took too long")], (0, 0), "it took too long"),
]


@pytest.mark.parametrize(
    ("entries", "counts", "says"), [one[1:] for one in BREAKS], ids=[o[0] for o in BREAKS]
)
def test_what_breaks_an_invariant_is_told(entries: list[Entry], counts: tuple[int, int], says: str) -> None:
    verdict = judge(entries)
    assert not verdict.holds
    assert (verdict.lost, verdict.duplicated) == counts, verdict.wrong
    assert any(line.startswith(says) for line in verdict.wrong), verdict.wrong


def test_work_done_again_is_allowed_unless_the_row_says_otherwise() -> None:
    again = [*whole("a"), seen(FEATURES_COMPUTED.name, "a", 3), seen(PREDICTIONS_MADE.name, "a", 4)]
    assert judge(again).holds
    verdict = judge(again, Allowed(redelivery=False))
    assert verdict.duplicated == 2


def test_a_row_may_allow_timeouts_and_no_other_failure() -> None:
    timed_out = [*without(whole("a"), predicted("a")), Answered("a", "ReplyTimeout", 5.0)]
    assert judge(timed_out, Allowed(timeouts=True)).holds
    failed = [*without(whole("a"), predicted("a")), Answered("a", "ShuttingDown", 5.0)]
    assert judge(failed, Allowed(timeouts=True)).lost == 1


def test_another_model_may_answer_the_same_question_otherwise() -> None:
    newer = without(whole("a", "b"), predicted("b"), seen(PREDICTIONS_MADE.name, "b", 1))
    newer += [predicted("b", "other", "v2"), seen(PREDICTIONS_MADE.name, "b", 1, "other", "v2")]
    assert judge(newer).holds
