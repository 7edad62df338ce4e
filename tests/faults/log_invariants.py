"""I3 and I5 of the guarantees, what the topics hold, over a ledger. Pure.

That a request may be dropped once its deadline has passed hides a loss as well as any timeout does. What
left nothing behind is lost when the log itself shows that it was in hand in time: see `dropped_in_time`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import inf
from typing import Final

from contracts.channels import (
    BATTLE_REQUESTED,
    FEATURES_COMPUTED,
    PREDICTIONS_MADE,
    REQUEST_ANSWERED,
    Channel,
)
from tests.faults.entries import Seen
from tests.faults.verdict import Evidence, Verdict

RESULTS: Final = (FEATURES_COMPUTED.name, PREDICTIONS_MADE.name, REQUEST_ANSWERED.name)


def whole_log(evidence: Evidence, verdict: Verdict) -> None:
    """I3: what one topic holds reached the next, and in the same order per partition."""
    requests, features, facts = (
        evidence.seen[channel.name] for channel in (BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE)
    )
    cut = [f"{topic} {count}" for topic, count in evidence.cut.items() if topic != REQUEST_ANSWERED.name]
    verdict.find("I3: records were gone before they were read", cut)
    if not requests:
        return
    missing = sorted(set(evidence.accepted) - {one.id for one in requests})
    verdict.find("I3: acknowledged, and not in the topic", missing, "lost")
    again = [
        one
        for one, found in evidence.by_id(BATTLE_REQUESTED.name).items()
        if one in evidence.accepted and len(found) > evidence.times_asked[one]
    ]
    verdict.find("I3: in the topic more often than it was asked", again, "duplicated")
    verdict.find("I3: in hand before its deadline, and nothing came of it", dropped(evidence), "lost")
    unmade = sorted(
        {one.id for one in features} - {one.id for one in facts} - _buried(evidence, FEATURES_COMPUTED)
    )
    verdict.find("I3: features.computed without predictions.made or dead letter", unmade, "lost")
    for channel, before, after, what in (
        (BATTLE_REQUESTED, requests, features, "battle.requested and features.computed"),
        (FEATURES_COMPUTED, features, facts, "features.computed and predictions.made"),
    ):
        # what was put aside, and came out well when it was delivered again, is behind those that passed it
        set_aside = _buried(evidence, channel)
        in_line = [one for one in after if one.id not in set_aside]
        verdict.find(f"I3: another order in {what}", out_of_order(before, in_line))
    first = {one: records[0] for one, records in evidence.by_id(PREDICTIONS_MADE.name).items()}
    elsewhere = [
        one
        for one, rows in evidence.rows.items()
        for row in rows
        if one in first and (row.partition, row.offset) != (first[one].partition, first[one].offset)
    ]
    verdict.find("I3: the row is not of the first predictions.made", elsewhere)


def _buried(evidence: Evidence, channel: Channel) -> set[str]:
    """Ids of which a dead letter of `channel` tells."""
    return {one.id for one in evidence.seen[channel.dead_letter_name]}


def dropped(evidence: Evidence) -> list[str]:
    """Ids of requests that left no features, no reply and no dead letter, and should have."""
    came_at: dict[str, float] = {}
    for topic in (FEATURES_COMPUTED.name, REQUEST_ANSWERED.name, BATTLE_REQUESTED.dead_letter_name):
        for one in evidence.seen[topic]:
            came_at[one.id] = min(one.at_ms, came_at.get(one.id, inf))
    partitions: dict[int, dict[str, Seen]] = defaultdict(dict)
    for one in evidence.seen[BATTLE_REQUESTED.name]:
        partitions[one.partition].setdefault(one.id, one)
    return [
        one for requests in partitions.values() for one in dropped_in_time(list(requests.values()), came_at)
    ]


def dropped_in_time(requests: Sequence[Seen], came_at: Mapping[str, float]) -> list[str]:
    """Ids of one partition's `requests`, in its order, of which nothing came, though they were not too late.

    A service works on one batch of a partition after the other. Once something came of a later request the
    batch of this one was in hand; a request that is younger than that is of another batch, so that when
    something came of it too, this one's was done. Lost is what was done by then and not too late yet.
    `came_at`: id → epoch milliseconds of the first record that came of it.
    """
    lost = []
    in_hand = inf
    """When the first thing came of any request behind `one`."""
    for index in range(len(requests) - 1, -1, -1):
        one = requests[index]
        if one.id in came_at:
            in_hand = min(in_hand, came_at[one.id])
            continue
        later = islice(requests, index + 1, None)
        if one.deadline_ms == 0 or _was_done(one.deadline_ms, later, in_hand, came_at):
            lost.append(one.id)
    return lost[::-1]


def _was_done(deadline_ms: int, later: Iterable[Seen], in_hand: float, came_at: Mapping[str, float]) -> bool:
    for one in later:
        # the broker stamps them in their order
        if one.at_ms >= deadline_ms:
            return False
        if one.at_ms >= in_hand and came_at.get(one.id, inf) < deadline_ms:
            return True
    return False


def done_once(evidence: Evidence, verdict: Verdict) -> None:
    """No request has two records on a topic of results."""
    for topic in RESULTS:
        again = [one for one, records in evidence.by_id(topic).items() if len(records) > 1]
        verdict.find(f"done twice, {topic}", again, "duplicated")


def count_redelivered(evidence: Evidence, verdict: Verdict) -> None:
    """How often work was done again; that it came to the same is what I5 looks at."""
    verdict.redelivered = sum(
        len(records) - 1 for topic in RESULTS for records in evidence.by_id(topic).values()
    )


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


def same_answer(evidence: Evidence, verdict: Verdict) -> None:
    """I5: request, model version and Pokédex decide the answer, whoever gave it, however often."""
    given: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    told = [one for given_to in evidence.answers.values() for one in given_to if one.outcome == "predicted"]
    for one in told:
        given[one.question, one.version, one.pokedex].add(one.digest)
    differing = [question for (question, _, _), digests in given.items() if len(digests) > 1]
    verdict.find("I5: one question, two answers", differing, "duplicated")
    facts = evidence.by_id(PREDICTIONS_MADE.name)
    verdict.find("I5: predictions.made of one id differ", _differing(facts), "duplicated")
    # a refusal has no version: who was refused as overloaded may be answered when it is delivered again
    replies = evidence.by_id(REQUEST_ANSWERED.name)
    predicted = {one: [reply for reply in sent if reply.version] for one, sent in replies.items()}
    verdict.find("I5: replies to one id differ", _differing(predicted), "duplicated")
    apart = [
        one.id
        for one in told
        if one.id in facts
        and (one.version, one.digest) not in {(fact.version, fact.digest) for fact in facts[one.id]}
    ]
    verdict.find("I5: the answer is not what predictions.made says", apart)


def _differing(records: Mapping[str, Sequence[Seen]]) -> list[str]:
    return [
        one
        for one, own in records.items()
        if any(len(digests) > 1 for digests in _digests_by_version(own).values())
    ]


def _digests_by_version(records: Iterable[Seen]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in records:
        found[one.version].add(one.digest)
    return found
