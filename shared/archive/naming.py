"""What a file of the archive is called, and how ours are told from those of others."""

import re
from collections.abc import Sequence
from typing import Final

from shared.archive.record import ArchivedRecord

OWN_NAME: Final = re.compile(r"[^/]+/\d{4}-\d\d-\d\d/[^/]+/\d+-\d{20}-\d{20}-[0-9a-f]+\.parquet")
"""Topic, day, family, then partition, first and last offset and a token."""


def file_name(topic: str, records: Sequence[ArchivedRecord], token: str) -> str:
    """Where the file of these records lies, relative to the archive. `token` differs in every try."""
    first, last = records[0], records[-1]
    return (
        f"{topic}/{first.day}/{first.made.family}/"
        f"{first.partition}-{first.offset:020d}-{last.offset:020d}-{token}.parquet"
    )
