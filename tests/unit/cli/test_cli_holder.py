"""Who has a port."""

import os
import socket
from collections.abc import Iterator

import pytest

from stratolite.cli.holder import holder_of, is_free, next_free, taken


@pytest.fixture
def port() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="needs Linux")  # noqa: PTH110
def test_the_process_is_named(port: int) -> None:
    holder = holder_of(port)
    assert holder.pid == os.getpid()
    assert f"(pid {os.getpid()})" in str(holder)


def test_nobody_in_particular_has_a_port_that_is_free(port: int) -> None:
    free = next_free("127.0.0.1", port)
    assert is_free("127.0.0.1", free) and not is_free("127.0.0.1", port)
    assert str(holder_of(free)) == "another process"


def test_other_ports_are_offered_for_all_that_are_taken(port: int) -> None:
    free = next_free("127.0.0.1", port)
    error = taken("127.0.0.1", port, {"--port": port, "--app-port": free})
    assert error.what.startswith(f"port {port} is in use by '")
    assert error.todo == f"Stop it, or choose another port: --port {free}"
