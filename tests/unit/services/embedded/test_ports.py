import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded.ports import PortBook, free_port, holder_of, is_free
from shared.errors import Misconfigured


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


def test_the_usual_port_is_taken_first(file: Path) -> None:
    usual = free_port()
    assert PortBook(file, {}).choose("kafka", usual) == usual


def test_the_next_free_port_replaces_one_that_is_taken(file: Path, taken_port: int) -> None:
    chosen = PortBook(file, {}).choose("kafka", taken_port)
    assert chosen > taken_port
    assert is_free(chosen)


def test_two_parts_never_share_a_port(file: Path) -> None:
    book = PortBook(file, {})
    usual = free_port()
    assert book.choose("kafka", usual) != book.choose("kafka_controller", usual)


def test_a_port_is_remembered(file: Path, taken_port: int) -> None:
    first = PortBook(file, {})
    chosen = first.choose("ui", taken_port)
    first.save()
    assert PortBook(file, {}).choose("ui", free_port()) == chosen


def test_a_remembered_port_that_is_taken_now_is_given_up(file: Path, taken_port: int) -> None:
    file.write_text(json.dumps({"ui": taken_port}))
    assert PortBook(file, {}).choose("ui", free_port()) != taken_port


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"ui": "text"}'])
def test_a_damaged_memory_is_no_memory(file: Path, damage: str) -> None:
    file.write_text(damage)
    usual = free_port()
    assert PortBook(file, {}).choose("ui", usual) == usual


def test_a_fixed_port_wins_over_memory(file: Path) -> None:
    file.write_text(json.dumps({"ui": free_port()}))
    wanted = free_port()
    assert PortBook(file, {"PDX_PORT_UI": str(wanted)}).choose("ui", 8080) == wanted


def test_a_fixed_port_that_is_taken_names_its_holder(file: Path, taken_port: int) -> None:
    with pytest.raises(Misconfigured) as refusal:
        PortBook(file, {"PDX_PORT_UI": str(taken_port)}).choose("ui", 8080)
    assert f"process {os.getpid()}" in str(refusal.value)
    assert "PDX_PORT_UI" in str(refusal.value)


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "http", "80 80", "٣"])
def test_a_fixed_port_must_be_a_port(file: Path, text: str) -> None:
    with pytest.raises(Misconfigured, match="PDX_PORT_UI"):
        PortBook(file, {"PDX_PORT_UI": text}).choose("ui", 8080)


def test_one_fixed_port_cannot_be_for_two(file: Path) -> None:
    port = str(free_port())
    book = PortBook(file, {"PDX_PORT_UI": port, "PDX_PORT_GATEWAY": port})
    book.choose("gateway", 8000)
    with pytest.raises(Misconfigured, match="two parts"):
        book.choose("ui", 8080)


def test_nobody_holds_a_free_port() -> None:
    assert holder_of(free_port()) == "a process of another account"


def test_a_port_that_another_start_has_chosen_is_left_to_it(file: Path) -> None:
    other = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from services.embedded.ports import free_port; print(free_port(), flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[4],
    )
    assert other.stdout is not None
    port = int(other.stdout.readline())
    assert PortBook(file, {}).choose("kafka", port) != port
    other.communicate("\n", timeout=10)
    assert PortBook(file, {}).choose("kafka", port) == port


def test_free_ports_are_not_given_twice_and_no_client_is_given_them() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(12_000 <= port < lowest for port in ports)
