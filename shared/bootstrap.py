"""The brokers that a setting names, read as the client of Kafka reads them."""

from typing import NamedTuple

from aiokafka.conn import collect_hosts

from shared.errors import Misconfigured


class Address(NamedTuple):
    """Of one broker. As text it is what the client takes: an IPv6 host stands in brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def broker_addresses(bootstrap: str) -> list[Address]:
    """The addresses of `host:port,…`; port 9092 where none is given.

    Raises Misconfigured for a port that is no number from 1 to 65535, and where no address is named.
    """
    addresses = []
    for one in filter(None, map(str.strip, bootstrap.split(","))):
        try:
            [(host, port, _)] = collect_hosts(one, randomize=False)
        except ValueError:
            host, port = "", 0
        if not host or not 0 < port < 65_536:
            raise Misconfigured(f"PDX_KAFKA_BOOTSTRAP: {one!r} is no address of a broker; write host:port")
        addresses.append(Address(host, port))
    if not addresses:
        raise Misconfigured(f"PDX_KAFKA_BOOTSTRAP: {bootstrap!r} names no broker; write host:port")
    return addresses
