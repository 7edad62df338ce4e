"""Rows of the archive: what comes back is what lay on the topic."""

import hypothesis.strategies as st
import msgspec
from hypothesis import given, settings

from shared.archive.record import ArchivedRecord
from shared.archive.rows import from_table, to_table
from tests.support.predictions import a_prediction

TEXT = st.text(max_size=20)
JSON = st.dictionaries(TEXT, TEXT, max_size=3).map(lambda value: msgspec.Raw(msgspec.json.encode(value)))
RECORDS = st.builds(
    ArchivedRecord,
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 4_102_444_800_000),
    st.builds(
        a_prediction,
        TEXT,
        family=TEXT,
        request=JSON,
        answer=JSON,
        body_hash=TEXT,
        model_version=TEXT,
        late=st.booleans(),
        requester=TEXT,
        features=st.lists(st.binary(min_size=4, max_size=4), max_size=5).map(b"".join),
    ),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(RECORDS, max_size=4))
def test_records_come_back_as_they_were_to_the_bit(records: list[ArchivedRecord]) -> None:
    assert list(from_table(to_table(records))) == records
