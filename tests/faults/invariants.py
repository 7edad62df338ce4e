"""I1 to I6 of the guarantees over a ledger. Pure: entries in, what is wrong out.

I4 (windows of drift) is not among them: the rows of `rows/windows.py` compare windows with the log.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE
from tests.faults.entries import Accepted, Answered, Checked, Declined, Entry, Healed, Measured, Row, Seen

SLACK_SECONDS = 1.0
"""What a busy machine may add to a deadline before it counts as silence."""
SHOWN = 5
DELIVERED = ("predicted", "refused", "found")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a row may end in.

    `timeouts`: typed timeouts are answers too, as when the broker is away. `redelivery`: work may be
    done again, and its equal results be on the topics again.
    """

    timeouts: bool = False
    redelivery: bool = True


@dataclass(slots=True)
class Verdict:
    """`lost` and `duplicated` are counts of requests; `wrong` says everything that does not hold.

    `measured`: the figures that the row was judged by, by what they are.
    """

    requests: int = 0
    lost: int = 0
    duplicated: int = 0
    recovery_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every invariant does."""
        return not (self.wrong or self.lost or self.duplicated)


def judge(entries: Iterable[Entry], allowed: Allowed = Allowed()) -> Verdict:
    """All invariants over one ledger."""
    ledger = _Sorted(entries)
    verdict = Verdict(requests=len(ledger.accepted) + len(ledger.declined))
    one_answer(ledger, allowed, verdict)
    no_silence(ledger, verdict)
    whole_log(ledger, verdict)
    if not allowed.redelivery:
        done_once(ledger, verdict)
    same_answer(ledger, verdict)
    heals(ledger, verdict)
    verdict.wrong += [check.text for check in ledger.checks if not check.holds]
    verdict.measured = ledger.measured
    return verdict


class _Sorted:
    """The entries by kind."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.accepted: dict[str, Accepted] = {}
        self.declined: list[Declined] = []
        self.answers: dict[str, list[Answered]] = defaultdict(list)
        self.seen: dict[str, list[Seen]] = defaultdict(list)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.healed: list[Healed] = []
        self.checks: list[Checked] = []
        self.measured: dict[str, float] = {}
        for entry in entries:
            match entry:
                case Accepted():
                    self.accepted[entry.id] = entry
                case Declined():
                    self.declined.append(entry)
                case Answered():
                    self.answers[entry.id].append(entry)
                case Seen():
                    self.seen[entry.topic].append(entry)
                case Row():
                    self.rows[entry.id].append(entry)
                case Healed():
                    self.healed.append(entry)
                case Checked():
                    self.checks.append(entry)
                case Measured():
                    self.measured[entry.what] = entry.value

    def by_id(self, topic: str) -> dict[str, list[Seen]]:
        found: dict[str, list[Seen]] = defaultdict(list)
        for one in self.seen[topic]:
            found[one.id].append(one)
        return found


def one_answer(ledger: _Sorted, allowed: Allowed, verdict: Verdict) -> None:
    """I1: each accepted request has one answer at its caller, each prediction one row."""
    silent = [one for one in ledger.accepted if not ledger.answers.get(one)]
    twice = [one for one, answers in ledger.answers.items() if len(answers) > 1]
    failed = [
        one
        for one, answers in ledger.answers.items()
        for answer in answers
        if answer.outcome not in DELIVERED and not (allowed.timeouts and answer.outcome == "ReplyTimeout")
    ]
    facts = ledger.by_id(PREDICTIONS_MADE.name)
    predicted = {one for one, answers in ledger.answers.items() if answers[0].outcome == "predicted"}
    without_fact = sorted(predicted - set(facts))
    without_row = [one for one in facts if not ledger.rows.get(one)]
    many_rows = [one for one, rows in ledger.rows.items() if len(rows) > 1]
    verdict.lost += len({*silent, *failed, *without_fact, *without_row})
    verdict.duplicated += len({*twice, *many_rows})
    _say(verdict, "I1: accepted and never answered", silent)
    _say(verdict, "I1: accepted, and the call failed", failed)
    _say(verdict, "I1: answered more than once", twice)
    _say(verdict, "I1: answered, and no predictions.made", without_fact)
    _say(verdict, "I1: predictions.made without a row", without_row)
    _say(verdict, "I1: more than one row", many_rows)
    invented = sorted({one for one, rows in ledger.rows.items() if rows} - set(facts))
    _say(verdict, "I1: a row without predictions.made", invented)


def no_silence(ledger: _Sorted, verdict: Verdict) -> None:
    """I2: who is not accepted hears it by the deadline."""
    late = [one.id for one in ledger.declined if one.waited_s > one.deadline_s + SLACK_SECONDS]
    _say(verdict, "I2: told after its deadline that it was not accepted", late)
    untyped = [one.id for one in ledger.declined if not one.reason]
    _say(verdict, "I2: not accepted, and no reason told", untyped)


def whole_log(ledger: _Sorted, verdict: Verdict) -> None:
    """I3: what one topic holds reached the next, and in the same order per partition."""
    requests, features, facts = (
        ledger.seen[channel.name] for channel in (BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE)
    )
    if not requests:
        return
    missing = sorted(set(ledger.accepted) - {one.id for one in requests})
    verdict.lost += len(missing)
    _say(verdict, "I3: acknowledged, and not in the topic", missing)
    buried = {one.id for one in ledger.seen[FEATURES_COMPUTED.dead_letter_name]}
    unmade = sorted({one.id for one in features} - {one.id for one in facts} - buried)
    verdict.lost += len(unmade)
    _say(verdict, "I3: features.computed without predictions.made or dead letter", unmade)
    for before, after, what in (
        (requests, features, "battle.requested and features.computed"),
        (features, facts, "features.computed and predictions.made"),
    ):
        _say(verdict, f"I3: another order in {what}", out_of_order(before, after))
    first = {one: records[0] for one, records in ledger.by_id(PREDICTIONS_MADE.name).items()}
    elsewhere = [
        one
        for one, rows in ledger.rows.items()
        for row in rows
        if one in first and (row.partition, row.offset) != (first[one].partition, first[one].offset)
    ]
    _say(verdict, "I3: the row is not of the first predictions.made", elsewhere)


def done_once(ledger: _Sorted, verdict: Verdict) -> None:
    """No request has two records on a topic of results."""
    for channel in (FEATURES_COMPUTED, PREDICTIONS_MADE):
        again = [one for one, records in ledger.by_id(channel.name).items() if len(records) > 1]
        verdict.duplicated += len(again)
        _say(verdict, f"done twice, {channel.name}", again)


def out_of_order(before: Sequence[Seen], after: Sequence[Seen]) -> list[str]:
    """Ids that come later in `after` than ids of their own partition of `before` that they preceded.

    Both in the order in which they were read, which is that of each partition; offsets begin anew in
    a topic that was made anew.
    """
    wrong = []
    where: dict[str, tuple[int, int]] = {}
    for place, one in enumerate(before):
        where.setdefault(one.id, (one.partition, place))
    seen: set[str] = set()
    last: dict[tuple[int, int], int] = {}
    for one in after:
        if one.id in seen or one.id not in where:
            continue
        seen.add(one.id)
        partition, place = where[one.id]
        way = (partition, one.partition)
        if place < last.get(way, -1):
            wrong.append(one.id)
        last[way] = max(place, last.get(way, -1))
    return wrong


def same_answer(ledger: _Sorted, verdict: Verdict) -> None:
    """I5: request, model version and Pokédex decide the answer, whoever gave it, however often."""
    given: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for answers in ledger.answers.values():
        for one in answers:
            if one.outcome == "predicted":
                given[one.question, one.version, one.pokedex].add(one.digest)
    differing = [question for (question, _, _), digests in given.items() if len(digests) > 1]
    verdict.duplicated += len(differing)
    _say(verdict, "I5: one question, two answers", differing)
    facts = ledger.by_id(PREDICTIONS_MADE.name)
    unequal = [
        one
        for one, records in facts.items()
        if any(len(digests) > 1 for digests in _digests_by_version(records).values())
    ]
    _say(verdict, "I5: predictions.made of one id differ", unequal)
    apart = [
        one
        for one, answers in ledger.answers.items()
        for answer in answers
        if answer.outcome == "predicted"
        and one in facts
        and (answer.version, answer.digest) not in {(fact.version, fact.digest) for fact in facts[one]}
    ]
    _say(verdict, "I5: the answer is not what predictions.made says", apart)


def heals(ledger: _Sorted, verdict: Verdict) -> None:
    """I6: ready, and nothing left to do, within the bound."""
    verdict.recovery_s = max((one.seconds for one in ledger.healed), default=0.0)
    for one in ledger.healed:
        if one.seconds > one.bound_s:
            verdict.wrong.append(f"I6: well again after {one.seconds:.1f} s, more than {one.bound_s:g} s")
    if not ledger.healed:
        verdict.wrong.append("I6: nobody saw it well again")


def _digests_by_version(records: Iterable[Seen]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in records:
        found[one.version].add(one.digest)
    return found


def _say(verdict: Verdict, what: str, ids: Sequence[str]) -> None:
    if ids:
        names = ", ".join(list(Counter(ids))[:SHOWN])
        verdict.wrong.append(f"{what}: {len(ids)} ({names}{', …' if len(ids) > SHOWN else ''})")
