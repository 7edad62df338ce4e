"""I1, I2 and I6 of the guarantees, what callers saw, over a ledger. Pure: entries in, what is wrong out.

I3 and I5 are in `log_invariants.py`. I4 (windows of drift) is not among them: the rows of
`rows/windows.py` compare windows with the log.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

from contracts.channels import PREDICTIONS_MADE, REQUEST_ANSWERED
from tests.faults.entries import OVERLOADED, TIMED_OUT, Answered, Entry
from tests.faults.log_invariants import count_redelivered, done_once, same_answer, whole_log
from tests.faults.verdict import Allowed, Evidence, Verdict

__all__ = ["Allowed", "Verdict", "judge"]
SLACK_SECONDS: Final = 1.0
"""What a busy machine may add to a deadline before it counts as silence."""
NOTHING_SPECIAL: Final = Allowed()
DELIVERED: Final = ("predicted", "refused", "found")


def judge(entries: Iterable[Entry], allowed: Allowed = NOTHING_SPECIAL) -> Verdict:
    """All invariants over one ledger."""
    evidence = Evidence(entries)
    verdict = Verdict(requests=len(evidence.accepted) + len(evidence.declined))
    one_answer(evidence, allowed, verdict)
    one_record(evidence, verdict)
    no_silence(evidence, verdict)
    whole_log(evidence, verdict)
    if not allowed.redelivery:
        done_once(evidence, verdict)
    same_answer(evidence, verdict)
    heals(evidence, verdict)
    count_redelivered(evidence, verdict)
    verdict.wrong += [check.text for check in evidence.checks if not check.holds]
    verdict.measured = evidence.measured
    return verdict


def one_answer(evidence: Evidence, allowed: Allowed, verdict: Verdict) -> None:
    """I1 at the caller: each accepted request has one answer; a valid one is predicted, not refused."""
    answers = evidence.answers
    silent = [one for one in evidence.accepted if not answers.get(one)]
    verdict.find("I1: accepted and never answered", silent, "lost")
    told = [answer for given in answers.values() for answer in given]
    timed_out = [one for one in told if one.outcome == TIMED_OUT]
    until = excused_until(evidence, allowed)
    outlived = [one.id for one in timed_out if one.deadline_at > until]
    what = "who waited longer than fault and recovery" if allowed.timeouts else "the call"
    verdict.find(f"I1: accepted, and {what} timed out", outlived, "lost")
    failed = [one.id for one in told if one.outcome not in (*DELIVERED, TIMED_OUT)]
    verdict.find("I1: accepted, and the call failed", failed, "lost")
    twice = [one for one, given in answers.items() if len(given) > 1]
    verdict.find("I1: answered more than once", twice, "duplicated")
    refused = [f"{one.id} as {one.reason}" for one in told if _is_wrongly_refused(one, allowed)]
    verdict.find("I1: valid, and refused", refused)
    if not any(one.outcome in ("predicted", "found") for one in told):
        verdict.wrong.append("I1: nobody got a prediction")


def excused_until(evidence: Evidence, allowed: Allowed) -> float:
    """Until which instant of the monotonic clock the deadline of a call may run out."""
    if not allowed.timeouts:
        return -inf
    return max((one.over_at + one.bound_s for one in evidence.healed), default=-inf)


def _is_wrongly_refused(answer: Answered, allowed: Allowed) -> bool:
    if answer.outcome != "refused" or answer.foreseen or answer.reason in allowed.refusals:
        return False
    return not (allowed.timeouts and answer.reason == OVERLOADED)


def one_record(evidence: Evidence, verdict: Verdict) -> None:
    """I1 in the log: what was answered is a fact, a fact in time was replied, each fact has one row."""
    facts = evidence.by_id(PREDICTIONS_MADE.name)
    predicted = {one for one, given in evidence.answers.items() if given[0].outcome == "predicted"}
    without_fact = sorted(predicted - set(facts))
    verdict.find("I1: answered, and no predictions.made", without_fact, "lost")
    replies = evidence.by_id(REQUEST_ANSWERED.name)
    # the last time that it was worked on, which no kill cut short
    in_time = [one for one in evidence.accepted if one in facts and not facts[one][-1].late]
    unsent = [one for one in in_time if one not in replies]
    if REQUEST_ANSWERED.name not in evidence.cut:
        verdict.find("I1: predicted in time, and no reply was sent", unsent, "lost")
    without_row = [one for one in facts if not evidence.rows.get(one)]
    verdict.find("I1: predictions.made without a row", without_row, "lost")
    many_rows = [one for one, rows in evidence.rows.items() if len(rows) > 1]
    verdict.find("I1: more than one row", many_rows, "duplicated")
    invented = sorted({one for one, rows in evidence.rows.items() if rows} - set(facts))
    verdict.find("I1: a row without predictions.made", invented)


def no_silence(evidence: Evidence, verdict: Verdict) -> None:
    """I2: who is not accepted hears it by the deadline."""
    late = [one.id for one in evidence.declined if one.waited_s > one.deadline_s + SLACK_SECONDS]
    verdict.find("I2: told after its deadline that it was not accepted", late)
    untyped = [one.id for one in evidence.declined if not one.reason]
    verdict.find("I2: not accepted, and no reason told", untyped)


def heals(evidence: Evidence, verdict: Verdict) -> None:
    """I6: ready, and nothing left to do, within the bound."""
    verdict.recovery_s = max((one.seconds for one in evidence.healed), default=0.0)
    for one in evidence.healed:
        if one.seconds > one.bound_s:
            verdict.wrong.append(f"I6: well again after {one.seconds:.1f} s, more than {one.bound_s:g} s")
    if not evidence.healed:
        verdict.wrong.append("I6: nobody saw it well again")
