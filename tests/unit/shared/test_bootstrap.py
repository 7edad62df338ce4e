"""The addresses of brokers: several, without a port, IPv6; what is none is named with the remedy."""

import pytest

from shared.bootstrap import broker_addresses
from shared.errors import Misconfigured


@pytest.mark.parametrize(
    ("bootstrap", "addresses"),
    [
        ("kafka:9093", [("kafka", 9093)]),
        (" a:1 , b:2,", [("a", 1), ("b", 2)]),
        ("kafka", [("kafka", 9092)]),
        ("[::1]:19092,[::1],::1", [("::1", 19092), ("::1", 9092), ("::1", 9092)]),
    ],
)
def test_each_broker_is_found(bootstrap: str, addresses: list[tuple[str, int]]) -> None:
    found = broker_addresses(bootstrap)
    assert found == addresses
    assert broker_addresses(",".join(map(str, found))) == found, "as text it is read as the same again"


@pytest.mark.parametrize(
    "bootstrap", ["", " , ", "kafka:x", "kafka:", ":9092", "kafka:0", "kafka:65536", "[::1"]
)
def test_what_is_no_address_is_named_with_the_remedy(bootstrap: str) -> None:
    with pytest.raises(Misconfigured, match=r"PDX_KAFKA_BOOTSTRAP: .*write host:port") as refused:
        broker_addresses(f"a:1,{bootstrap}" if bootstrap.strip(" ,") else bootstrap)
    assert repr(bootstrap) in str(refused.value)
