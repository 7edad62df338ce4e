import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.access import AccessGranted, Scope
from shared.api_keys import BadOwner, TooManyKeys, draw_key, hash_secret, judge_key, revoke, state_of

DAY_MS = 86_400_000


def drawn(owner: str = "ada", lifetime_ms: int | None = DAY_MS) -> tuple[AccessGranted, str]:
    return draw_key(owner, [Scope.PREDICT], now_ms=0, lifetime_ms=lifetime_ms)


def test_a_key_has_192_random_bits_and_its_grant_holds_only_their_hash() -> None:
    grant, key = drawn()

    prefix, key_id, secret = key.split("_")
    assert (prefix, key_id) == ("pdx", grant.key_id)
    assert len(bytes.fromhex(secret)) * 8 == 192
    assert grant.secret_sha256 == hash_secret(secret)
    assert secret not in str(grant)
    assert len({drawn()[1] for _ in range(100)}) == 100


def test_a_key_counts_from_the_grant_to_its_end() -> None:
    grant, key = drawn()
    grants = {grant.key_id: grant}

    assert judge_key(key, grants, DAY_MS - 1) == grant
    assert judge_key(key, grants, DAY_MS) == "expired"
    assert judge_key(key, {grant.key_id: revoke(grant, 5)}, 6) == "revoked"
    assert revoke(revoke(grant, 5), 9).revoked_at_ms == 5
    forever, key = drawn(lifetime_ms=None)
    assert judge_key(key, {forever.key_id: forever}, 2**60) == forever


def test_a_revoked_key_with_a_wrong_secret_is_unknown() -> None:
    grant, key = drawn()
    assert judge_key(key[:-1], {grant.key_id: revoke(grant, 5)}, 6) == "unknown"


@given(st.text(max_size=300))
def test_no_text_is_a_key_by_chance(text: str) -> None:
    grant, _ = drawn()
    assert judge_key(text, {grant.key_id: grant}, 0) == "unknown"
    assert judge_key(f"pdx_{grant.key_id}_{text}", {grant.key_id: grant}, 0) == "unknown"


def test_an_owner_has_two_keys_in_force_at_most() -> None:
    first, second = drawn()[0], drawn()[0]

    with pytest.raises(TooManyKeys, match=first.key_id):
        draw_key("ada", [Scope.READ], now_ms=1, lifetime_ms=None, grants=[first, second])

    for held in ([first, revoke(second, 1)], [first, drawn("grace")[0]]):
        draw_key("ada", [Scope.READ], now_ms=1, lifetime_ms=None, grants=held)
    draw_key("ada", [Scope.READ], now_ms=DAY_MS, lifetime_ms=None, grants=[first, second])
    assert state_of(first, DAY_MS) == "expired"


@pytest.mark.parametrize("owner", ["", "Ada", "a b", "x" * 65, "-a", "é", "a\n"])
def test_an_owner_has_a_plain_name(owner: str) -> None:
    with pytest.raises(BadOwner, match="lower-case"):
        drawn(owner)


def test_an_unknown_key_takes_as_long_as_a_wrong_one() -> None:
    """Medians of interleaved rounds: the ratio of two equal amounts of work stays near 1."""
    grant, key = drawn()
    grants = {grant.key_id: grant}
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    unknown = wrong.replace(grant.key_id, "0" * len(grant.key_id))
    assert grant.key_id != "0" * len(grant.key_id)

    def seconds(text: str) -> float:
        begin = time.perf_counter()
        for _ in range(200):
            judge_key(text, grants, 0)
        return time.perf_counter() - begin

    def ratio() -> float:
        rounds = [(seconds(wrong), seconds(unknown)) for _ in range(101)]
        medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
        return max(medians) / min(medians)

    # Other work on the machine adds to either; only a difference that stays is one of ours.
    assert min(ratio() for _ in range(3)) < 1.1
