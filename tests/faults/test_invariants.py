"""Each invariant over a ledger that breaks it, and over one that does not."""

from pathlib import Path

import pytest

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE, REQUEST_ANSWERED
from tests.faults.entries import (
    Accepted,
    Answered,
    Checked,
    Cut,
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
from tests.faults.log_invariants import dropped
from tests.faults.rows.soak import slope_of
from tests.faults.verdict import Evidence

REPLIES = REQUEST_ANSWERED.name
TOPICS = (BATTLE_REQUESTED.name, FEATURES_COMPUTED.name, PREDICTIONS_MADE.name, REPLIES)
WITH_VERSION = (PREDICTIONS_MADE.name, REPLIES)


def predicted(one: str, digest: str = "d", version: str = "v1", question: str = "q") -> Answered:
    return Answered(one, "predicted", 0.1, question, version, "p", digest)


def seen(topic: str, one: str, offset: int, digest: str = "d", version: str = "v1") -> Seen:
    return Seen(topic, one, 0, offset, digest, version if topic in WITH_VERSION else "")


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
        "I1: accepted, and the call timed out",
    ),
    ("no fact", without(whole("a"), FACT_A), (1, 0), "I1: answered, and no predictions.made"),
    (
        "no reply to a prediction in time",
        without(whole("a"), seen(REPLIES, "a", 0)),
        (1, 0),
        "I1: predicted in time, and no reply was sent",
    ),
    (
        "everything refused",
        [
            *without(whole("a"), predicted("a"), FACT_A, Row("a", 0, 0, "v1"), seen(TOPICS[1], "a", 0)),
            Answered("a", "refused", 0.1, reason="unavailable"),
        ],
        (0, 0),
        "I1: valid, and refused: 1 (a as unavailable)",
    ),
    ("nobody predicted", [Healed(1.0, 2.0)], (0, 0), "I1: nobody got a prediction"),
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
        "asked twice",
        [*whole("a"), seen(BATTLE_REQUESTED.name, "a", 1)],
        (0, 1),
        "I3: in the topic more often than it was asked",
    ),
    (
        "read too late",
        [*whole("a"), Cut(FEATURES_COMPUTED.name, 7)],
        (0, 0),
        "I3: records were gone before they were read: 1 (features.computed.v1 7)",
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
        (0, 1),
        "I5: predictions.made of one id differ",
    ),
    (
        "replies that differ",
        [*whole("a"), seen(REPLIES, "a", 8, digest="other")],
        (0, 1),
        "I5: replies to one id differ",
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


def test_work_done_again_is_allowed_and_counted_unless_the_row_says_otherwise() -> None:
    again = [*whole("a"), *(seen(topic, "a", 3) for topic in TOPICS[1:])]
    verdict = judge(again)
    assert (verdict.holds, verdict.redelivered, verdict.duplicated) == (True, 3, 0), verdict.wrong
    assert judge(again, Allowed(redelivery=False)).duplicated == 1


def timed_out(deadline_at: float, outcome: str = "ReplyTimeout") -> list[Entry]:
    """The caller of `a` gave up at `deadline_at`; the fault was over at 100 and may be felt until 110."""
    entries = without(whole("a", "b"), predicted("a"), Healed(1.0, 2.0))
    return [*entries, Healed(1.0, 10.0, 100.0), Answered("a", outcome, 5.0, deadline_at=deadline_at)]


def test_what_was_set_aside_may_come_behind_those_that_passed_it() -> None:
    entries = [
        *without(whole("a", "b"), *(seen(FEATURES_COMPUTED.name, one, at) for at, one in enumerate("ab"))),
        seen(FEATURES_COMPUTED.name, "b", 0),
        seen(FEATURES_COMPUTED.name, "a", 1),
    ]
    letter = seen(BATTLE_REQUESTED.dead_letter_name, "a", 0)

    def wrong_order(found: list[Entry]) -> str:
        return " ".join(one for one in judge(found).wrong if "another order" in one)

    assert "battle.requested and features.computed: 1 (a)" in wrong_order(entries)
    assert "battle.requested and features.computed" not in wrong_order([*entries, letter])
    assert "features.computed and predictions.made: 1 (b)" in wrong_order([*entries, letter])
    # the facts are in the order of the requests: there b is behind
    assert wrong_order([*entries, letter, seen(FEATURES_COMPUTED.dead_letter_name, "b", 0)]) == ""


def test_who_asks_again_under_one_id_is_no_duplicate() -> None:
    again = [*whole("a"), seen(BATTLE_REQUESTED.name, "a", 1)]
    assert not judge(again).holds
    assert judge([*again, *(one for one in whole("a") if isinstance(one, Accepted))]).holds


def test_a_row_may_allow_timeouts_while_its_fault_is_felt_and_no_other_failure() -> None:
    allowed = Allowed(timeouts=True)
    assert judge(timed_out(109.0), allowed).holds
    outlived = judge(timed_out(111.0), allowed)
    assert (outlived.holds, outlived.lost) == (False, 1)
    assert "waited longer than fault and recovery" in outlived.wrong[0]
    assert judge(timed_out(109.0)).lost == 1
    assert judge(timed_out(109.0, "ShuttingDown"), allowed).lost == 1


def test_a_row_may_allow_refusals_by_reason_and_foresee_single_ones() -> None:
    def refused(reason: str, *, foreseen: bool = False) -> list[Entry]:
        entries = without(whole("a", "b"), predicted("a"))
        return [*entries, Answered("a", "refused", 0.1, reason=reason, foreseen=foreseen)]

    assert not judge(refused("internal")).holds
    assert judge(refused("internal"), Allowed(refusals=("internal",))).holds
    assert judge(refused("unknown", foreseen=True)).holds
    assert not judge(refused("Overloaded")).holds
    assert judge(refused("Overloaded"), Allowed(timeouts=True)).holds


def asked(one: str, offset: int, at_ms: int, deadline_ms: int = 2_000, partition: int = 0) -> Seen:
    return Seen(BATTLE_REQUESTED.name, one, partition, offset, "q", at_ms=at_ms, deadline_ms=deadline_ms)


def came(one: str, at_ms: int) -> Seen:
    return Seen(FEATURES_COMPUTED.name, one, 0, at_ms, "d", at_ms=at_ms)


B_IN_HAND = [asked("b", 1, 100), came("b", 300)]
DROPS: list[tuple[str, list[Seen], list[str]]] = [
    ("a later batch was done in time", [*B_IN_HAND, asked("c", 2, 400), came("c", 900)], ["a"]),
    ("a later batch was done too late", [*B_IN_HAND, asked("c", 2, 400), came("c", 2_100)], []),
    ("only its own batch was done", [*B_IN_HAND, asked("c", 2, 200), came("c", 300)], []),
    ("another partition says nothing", [*B_IN_HAND, asked("c", 2, 400, partition=1), came("c", 900)], []),
    ("nobody came after", [], []),
]


@pytest.mark.parametrize(("others", "lost"), [one[1:] for one in DROPS], ids=[one[0] for one in DROPS])
def test_what_was_in_hand_before_its_deadline_is_lost_though_its_caller_timed_out(
    others: list[Seen], lost: list[str]
) -> None:
    """`a` was committed and dropped: its caller timed out, as the row allows, and it is on no other topic."""
    assert dropped(Evidence([asked("a", 0, 0), *others])) == lost


def test_a_request_without_a_deadline_is_never_dropped() -> None:
    assert dropped(Evidence([asked("a", 0, 0, deadline_ms=0)])) == ["a"]


def test_a_refusal_or_a_dead_letter_is_no_drop() -> None:
    for topic in (REPLIES, BATTLE_REQUESTED.dead_letter_name):
        assert dropped(Evidence([asked("a", 0, 0, deadline_ms=0), Seen(topic, "a", 0, 0, "d")])) == []


def test_a_drop_turns_the_verdict_where_calls_may_time_out() -> None:
    entries: list[Entry] = [
        *without(whole("b"), seen(BATTLE_REQUESTED.name, "b", 0)),
        Accepted("a", "q"),
        Answered("a", "ReplyTimeout", 2.0, deadline_at=1.0),
        asked("a", 0, 0, deadline_ms=0),
        asked("b", 1, 0),
    ]
    verdict = judge(entries, Allowed(timeouts=True))
    assert verdict.lost == 1
    assert any("nothing came of it: 1 (a)" in line for line in verdict.wrong), verdict.wrong


def test_replies_that_retention_took_are_not_missed() -> None:
    entries = without(whole("a"), seen(REPLIES, "a", 0))
    assert judge([*entries, Cut(REPLIES, 3)]).holds


def test_another_model_may_answer_the_same_question_otherwise() -> None:
    newer = without(whole("a", "b"), predicted("b"), *(seen(topic, "b", 1) for topic in WITH_VERSION))
    newer += [predicted("b", "other", "v2"), *(seen(topic, "b", 1, "other", "v2") for topic in WITH_VERSION)]
    assert judge(newer).holds
